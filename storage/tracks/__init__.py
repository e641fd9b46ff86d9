"""What is stored of each track of a dataset.

* ``stage_update``: which tracks of a stage are up to date; the others are made, or put in quarantine
* ``track_work``: what a worker does: the work on some tracks, and the writing of what is made of them
* ``dataset_store``: the stores of a dataset by stage
* ``track_store``: the tracks of one stage, addressed by fingerprint, and the table of their records
* ``records``: what a record of each stage holds
* ``arrays``: the arrays of a track as a zarr group
* ``zarr_objects``: the objects of a zarr array, without zarr
* ``note_arrays``: notes as an array, and in audio time
* ``bundles``: one array of every track in one object
* ``quarantine``: the tracks that could not be used, and why
* ``quarantine_groups``: tracks in quarantine by cause
"""

__all__ = [
    "arrays",
    "bundles",
    "dataset_store",
    "note_arrays",
    "quarantine",
    "quarantine_groups",
    "records",
    "stage_update",
    "track_store",
    "track_work",
    "zarr_objects",
]
