"""Shards on disk as training examples.

* ``track_shards``: which tracks have shards of a preset, their arrays, and their digest
* ``indexed``: examples of tracks by index; shards as examples
* ``windows``: windows across the shards of a track, with its class, as examples
* ``cached``: examples that stay in memory
"""

__all__ = ["cached", "indexed", "track_shards", "windows"]
