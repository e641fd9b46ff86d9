"""Corpora: registered datasets, the listing of their tracks, and their splits.

* `catalogue`: the registrations of a store
* `files`: finding files, ids from file names, names of splits, checks of options
* `label_kinds`: genre, artist and the other kinds of names that a track can have
* `listing`: what a loader returns: track files, and what the corpus guarantees of its labels
* `promotion_split`: which tracks of validation models are only compared on
* `recordings`: recordings and MIDI files below a folder, and sentences on those that are not used
* `registrations`: a registration: loader, root and options of a dataset; checks of them
* `sample`: systematic sampling of tracks by duration, for estimates
* `split_table`: the splits of a dataset as stored
* `splits`: split rules, and assignment of groups by minimisation
"""

__all__ = [
    "catalogue",
    "files",
    "label_kinds",
    "listing",
    "promotion_split",
    "recordings",
    "registrations",
    "sample",
    "split_table",
    "splits",
]
