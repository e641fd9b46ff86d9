"""The scores of every recording by each of what is compared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from assets.inference.loaded_model import LoadedModel
from experiments.decodings.compared import PLAIN, compared, decodings, likeliest_ends
from experiments.decodings.ends import EndCounts, end_counts
from experiments.decodings.onset_thresholds import by_property
from experiments.decodings.recordings import Recording
from experiments.decodings.transcription import Transcription, activations_of
from experiments.decodings.velocities import VelocityCounts, velocity_counts
from mir_models.evaluation.metrics import frame_level, velocity_level
from mir_models.evaluation.metrics.note_level import matches, note_scores, tp_fp_fn
from mir_models.notes.annotations import Notes
from mir_models.notes.decoding import Decoding

VELOCITY_RADII = {"of its own frame": 0, "of 3 frames": 1}
"""Radii by which velocities are read, by name."""


@dataclass(frozen=True)
class NoteF1:
    """Note F1 of a recording by onset, by onset and offset, and by both and velocity."""

    onset: float
    onset_offset: float
    velocity: float


@dataclass(frozen=True)
class Scored:
    """A recording.

    Attributes
    ----------
    group : str
    f1 : dict of str to NoteF1
        By each of `compared`.
    onset_f1 : dict of str to float
        By the network's own decoding, and by each of `by_property`.
    ends : dict of str to EndCounts
        By the frame threshold, and by each of `likeliest_ends`.
    velocities : dict of str to VelocityCounts
        By each of `VELOCITY_RADII`.
    """

    group: str
    f1: dict[str, NoteF1]
    onset_f1: dict[str, float]
    ends: dict[str, EndCounts]
    velocities: dict[str, VelocityCounts]


def run(recordings: Iterable[Recording], model: LoadedModel) -> list[Scored]:
    """The scores of every recording."""
    plain = decodings(model.decoding(Decoding))[PLAIN]
    return [
        scored(each.group, Transcription(activations_of(each, model), model.params.grid, plain), each.notes())
        for each in recordings
    ]


def scored(group: str, found: Transcription, ref: Notes) -> Scored:
    """The scores of a recording whose notes are `ref`."""
    plain = found.own
    ends = {PLAIN: plain, **likeliest_ends(plain)}
    radii = {name: replace(plain, velocity_radius=radius) for name, radius in VELOCITY_RADII.items()}
    onsets = {PLAIN: found.notes(plain), **{name: each(found) for name, each in by_property(plain).items()}}
    return Scored(
        group=group,
        f1={name: note_f1(ref, each(found)) for name, each in compared(plain).items()},
        onset_f1={name: onset_f1(ref, est) for name, est in onsets.items()},
        ends={name: end_counts(ref, found.notes(each)) for name, each in ends.items()},
        velocities={name: velocity_counts(ref, found.notes(each)) for name, each in radii.items()},
    )


def note_f1(ref: Notes, est: Notes) -> NoteF1:
    """Note F1 of a recording."""
    found, with_velocity = note_scores(ref, est), velocity_level.velocity_counts(ref, est)
    return NoteF1(found["onset"]["f1"], found["onset_offset"]["f1"], float(frame_level.scores(*with_velocity).f1))


def onset_f1(ref: Notes, est: Notes) -> float:
    """Note onset F1 of a recording."""
    return float(frame_level.scores(*tp_fp_fn(len(matches(ref, est)), ref, est)).f1)
