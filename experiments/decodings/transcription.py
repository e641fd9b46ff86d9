"""The activations of a network over a recording, and their notes by decoding."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from assets.inference.loaded_model import LoadedModel
from experiments.decodings.recordings import Recording
from mir_models.inference.activations import predict_track
from mir_models.notes.annotations import Notes
from mir_models.notes.decoding import Activations, Decoding, decode
from mir_models.notes.frames import FrameGrid
from mir_models.resampling import resample
from storage.media import audio


@dataclass(frozen=True, eq=False)
class Transcription:
    """A recording's activations; notes are kept by decoding, since several comparisons need the same ones.

    Attributes
    ----------
    activations : mapping of str to (n_frames, 88)
    grid : FrameGrid
    own : Decoding
        Of the network, but with ends by the frame threshold and velocities of one frame.
    """

    activations: Activations
    grid: FrameGrid
    own: Decoding
    _notes: dict[Decoding, Notes] = field(default_factory=dict)

    def notes(self, decoding: Decoding) -> Notes:
        """The notes by a decoding."""
        if decoding not in self._notes:
            self._notes[decoding] = decode(self.activations, self.grid, decoding)
        return self._notes[decoding]


def activations_of(recording: Recording, model: LoadedModel) -> Activations:
    """Activations of a network over a recording."""
    y, sr = audio.read_mono(recording.path)
    features = model.feature.extract(resample(np.ascontiguousarray(y), sr, model.params.sr), model.params)
    return predict_track(model.network, features, silence=model.params.silence)
