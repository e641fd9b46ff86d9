"""Objects: bytes by key in a folder or behind a URL, written atomically; temporary stores, atomic files, locks.

* `atomic`: a file is written to a draft and renamed
* `disk_usage`: what a store takes on disk, and how much is free
* `locks`: locks between processes of this machine
* `objects`: stores of objects and of trees of arrays
* `outputs`: files where the user wants them, which replace none that mirliton did not write
* `scratch`: a temporary store beside another; an overlay in memory for dry runs
"""

__all__ = ["atomic", "disk_usage", "locks", "objects", "outputs", "scratch"]
