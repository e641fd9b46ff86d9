"""Objects: bytes by key in a folder or behind a URL, written atomically; temporary stores, atomic files, locks.

* `atomic`: a file is written to a draft and renamed
* `bucket`, `bucket_objects`, `bucket_arrays`: a bucket of an object store: connection and errors, objects, zarr arrays
* `conditions`: whether a bucket heeds the conditions of writes
* `disk_usage`: what a store takes on disk, and how much is free
* `leases`: locks between machines, kept in a bucket
* `locks`: locks between processes of this machine
* `new_bucket`: a bucket that is not there yet is made
* `new_bucket`: a bucket is made where there is none
* `objects`: stores of objects and of trees of arrays
* `outputs`: files where the user wants them, which replace none that mirliton did not write
* `probe`: whether a store answers
* `ranges`: parts of objects
* `scratch`: a temporary store beside another; an overlay in memory for dry runs
* `store_error`: the error of a store that does not answer
* `trees`: how a tree replaces another behind a URL
"""

__all__ = [
    "atomic",
    "bucket",
    "bucket_arrays",
    "bucket_objects",
    "conditions",
    "disk_usage",
    "leases",
    "locks",
    "new_bucket",
    "objects",
    "outputs",
    "probe",
    "ranges",
    "scratch",
    "store_error",
    "trees",
]
