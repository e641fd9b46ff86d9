"""What is out of date.

* ``changes``: files of a corpus that changed since they were read, and tracks of a stage that are stale
* ``outdated_models``: models and reports that were made of shards which have changed since
"""

__all__ = ["changes", "outdated_models"]
