"""What is out of date.

* ``changes``: files of a corpus that changed since they were read, and tracks of a stage that are stale
* ``stale``: models and reports made of other shards than there are now
"""

__all__ = ["changes", "stale"]
