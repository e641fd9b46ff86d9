"""Workers: Dask processes that work on tracks, and the memory and time that they take.

* `dask_workers`: a function mapped over tracks by a Dask cluster, or in this process
* `cluster`: local processes, or the workers of a scheduler elsewhere, which may be gone and come back
* `cores`: how many there are for this process
* `processes`: a function called in processes of its own, for a while
* `submissions`: items given to a cluster, some at a time, until every one has come back once
* `batch_sizes`: how many items go into one task
* `requirements`: what a worker elsewhere must have and see: versions, one thread, the store, the corpus
* `environment`: versions of libraries, and a digest of mirliton's source
* `memory`: peak memory of this process, free memory of the machine
* `timed_workers`: when each worker was busy, for estimates
"""

__all__ = [
    "batch_sizes",
    "cluster",
    "cores",
    "dask_workers",
    "environment",
    "memory",
    "processes",
    "requirements",
    "submissions",
    "timed_workers",
]
