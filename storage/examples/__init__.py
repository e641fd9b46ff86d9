"""Shards on disk as training examples.

* ``track_shards``: which tracks have shards of a preset, and their digest
* ``stored_fields``: arrays read example by example, at the offsets of their chunks
* ``track_fields``: the arrays of tracks, opened together
* ``indexed``: examples of tracks by index; shards as examples
* ``windows``: windows across the shards of a track, with its class, as examples
* ``cached``: examples that stay in memory
"""

__all__ = ["cached", "indexed", "stored_fields", "track_fields", "track_shards", "windows"]
