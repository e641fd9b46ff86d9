"""Experiments that make the tables of docs/results.md: each runs by ``python -m experiments.<name>``.

``ablation``: changes of features, segments, data and network of the transcriber
``alignment``: alignment methods on disturbed labels
``artists``: artist recognition by folds, and probes on unseen artists
``duplicates``: detection of copies of a recording
``fma_small``: genre recognition on FMA small
``label_noise``: transcription trained on jittered labels
``mutation``: mutation testing of this project's own tests
``peers``: transcription by other systems

``arrays``, ``command_line``, ``tables``, ``trials``: archives of features, command lines, Markdown, and result files
that they share
"""

from mirliton import check_import_names

__all__ = [
    "ablation",
    "alignment",
    "arrays",
    "artists",
    "command_line",
    "duplicates",
    "fma_small",
    "label_noise",
    "mutation",
    "peers",
    "tables",
    "trials",
]

check_import_names()
