"""Measurements of speed, memory and growth for docs/results.md: each module runs by ``python -m benchmarks.<name>``.

``make benchmarks`` runs those of `DEFAULTS`. What they measure is appended to a history, beside commit and machine.

``audio_to_store``: from recordings to stored features, beside a plain loop
``augmentation_speed``: variants of recordings, by augmentation and by preset
``constant_q``: the constant-Q transform beside librosa's
``corpus_8gb``: a corpus of 8 GB through the graph and an epoch, with the memory of all processes
``data_path``: training examples read from shards, beside other ways to store them
``growth``: seconds of one more track, by the size of the dataset
``history``: figures over time; the latest beside peers and goals
``larger_corpora``: what larger corpora would take, computed from the figures of the history
``many_tracks``: tables, listings and landmarks by the number of tracks
``memory``: memory of all processes of a command
``music_corpus``: piano music rendered to a corpus of given length
``planning``: estimates of ``mirliton plan`` against a measured backfill
``preparation``: seconds and memory of the preparation of a dataset
``rendering_speed``: performances rendered by sampled pianos, beside a SoundFont
``start_up``: seconds until a command, the UI and a backfill without work have started
``training_input``: training from shards beside training from memory
``training_step``: a step of the seed network beside the network as it was
``transcriber_step``: a training step of transcribers, by backend and precision
``transcription_speed``: transcription of long recordings, beside a peer
"""

from mirliton import check_import_names

__all__ = [
    "DEFAULTS",
    "audio_to_store",
    "augmentation_speed",
    "constant_q",
    "corpus_8gb",
    "data_path",
    "growth",
    "history",
    "larger_corpora",
    "many_tracks",
    "memory",
    "music_corpus",
    "planning",
    "preparation",
    "rendering_speed",
    "start_up",
    "training_input",
    "training_step",
    "transcriber_step",
    "transcription_speed",
]

check_import_names()

DEFAULTS: tuple[str, ...] = (
    "data_path",
    "training_input",
    "training_step",
    "audio_to_store",
    "growth",
    "transcription_speed",
    "start_up",
    "constant_q",
)
"""Benchmarks that take minutes, by name of module."""
