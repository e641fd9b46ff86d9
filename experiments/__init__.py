"""Experiments that make the tables of docs/results.md: each runs by ``python -m experiments.<name>``.

``ablation``: changes of features, segments, data and network of the transcriber
``alignment``: alignment methods on disturbed labels
``artists``: artist recognition by folds, and probes on unseen artists
``certainty``: how sure a transcription is, of pianos and of what is none
``chance``: verdicts on trainings that learn, that cannot, and that hardly move
``cluster``: preparation by workers of a Dask scheduler elsewhere, disturbed, beside local workers, byte for byte
``decodings``: ways to decode the activations of one network
``duplicates``: detection of copies of a recording
``float16_features``: the transcriber on features rounded to 16 bits
``fma_small``: genre recognition on FMA small
``label_noise``: transcription trained on jittered labels
``lead_ins``: alignments of renderings whose lead-in is known
``long_runs``: trainings of days, resumed again and again, whose data and code do not change
``midi_readers``: MIDI files by several readers
``mutation``: mutation testing of this project's own tests
``object_store``: the chain on S3 beside the same in a folder, with and without faults, and libraries for it
``odd_files``: odd recordings and MIDI files, before and after, and containers and codecs
``peers``: transcription by other systems
``real_pianos``: why real pianos are harder to transcribe than rendered ones
``robustness``: data, rooms, networks and training that make a transcriber better on real pianos
``shared_works``: works that a long run trains on and that evaluate

``arrays``, ``command_line``, ``tables``, ``transcribers``, ``trials``: archives of features, command lines, Markdown,
networks, and result files that they share
"""

from mirliton import check_import_names

__all__ = [
    "ablation",
    "alignment",
    "arrays",
    "artists",
    "certainty",
    "chance",
    "cluster",
    "command_line",
    "decodings",
    "duplicates",
    "float16_features",
    "fma_small",
    "label_noise",
    "lead_ins",
    "long_runs",
    "midi_readers",
    "mutation",
    "object_store",
    "odd_files",
    "peers",
    "real_pianos",
    "robustness",
    "shared_works",
    "tables",
    "transcribers",
    "trials",
]

check_import_names()
