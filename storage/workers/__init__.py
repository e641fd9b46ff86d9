"""Workers: Dask processes that work on tracks, and the memory and time that they take.

* `dask_workers`: a function mapped over tracks by a Dask cluster, or in this process
* `memory`: peak memory of this process, free memory of the machine
* `timed_workers`: when each worker was busy, for estimates
"""

__all__ = ["dask_workers", "memory", "timed_workers"]
