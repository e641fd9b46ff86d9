"""The preparation of a dataset, track by track: which tracks have to be made, and the work that workers do on one.

* ``raw_audio``: decode a recording, its record and landmarks
* ``variants``: an augmented variant of a recording
* ``features``: features of a recording or variant
* ``labels``: read the notes, apply the sustain pedal, align them
* ``shards``: cut features and draw targets as training examples
* ``example_figure``: a training example as a picture
* ``earlier_versions``: what a backfill makes once more though nothing changed on disk
* ``duplicates``: tracks that are the same recording
* ``groups``: works, artists, albums and copies that are in several splits
* ``plausibility``: labels that do not look like those of their recording
* ``alignments``: rows, figures and page of how well a dataset was aligned
* ``missing``: whether a dataset has to be prepared
* ``track_labels``, ``inspection``: one track as a picture, a page and sound
"""

__all__ = [
    "alignments",
    "duplicates",
    "earlier_versions",
    "example_figure",
    "features",
    "groups",
    "inspection",
    "labels",
    "missing",
    "plausibility",
    "raw_audio",
    "shards",
    "track_labels",
    "variants",
]
