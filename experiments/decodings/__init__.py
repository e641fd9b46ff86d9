"""Ways to decode the activations of one network: note F1 of rendered and of real pianos by each.

Every recording is transcribed once, and its activations are decoded by the network's own decoding and by others that
differ in one respect. Makes the tables of "Decoding" in docs/results.md::

    python -m experiments.decodings --out DIR --maps FOLDER --real FOLDER --aligned FOLDER [--model FOLDER]

MAPS gives its validation recordings, by which thresholds may be chosen, and those of the piano that tests; ``--real``
is a folder of recorded Disklaviers in MAPS' layout; ``--aligned`` holds recordings with ``truth.json``. F1 is the mean
over recordings. A corpus whose folder is not given is left out.

``compared``: the decodings, and what else makes notes of activations
``ends``: the earlier of two ends; notes that end too late or too early
``experiment``: the scores of every recording
``onset_thresholds``: thresholds by what surrounds an onset
``recordings``: recordings and their notes
``table``: the tables
``transcription``: activations, and their notes by decoding
``velocities``: velocities beside those of the labels
"""

__all__ = [
    "compared",
    "ends",
    "experiment",
    "onset_thresholds",
    "recordings",
    "table",
    "transcription",
    "velocities",
]
