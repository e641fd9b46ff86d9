"""Evaluation of a transcription: one pass over the tracks of a split, the model beside its trivial baselines.

Every result carries its convention: what was compared with what, and where each threshold was chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import MirlitonError, TrackError
from mir_models.evaluation.metrics import note_level, velocity_level
from mir_models.evaluation.metrics.per_key import per_note
from mir_models.evaluation.metrics.tally import SystemScores, Tally
from mir_models.evaluation.note_baselines import energy, notes_of_roll, silence
from mir_models.notes.annotations import Notes
from mir_models.notes.decoding import Activations, Decoding, decode
from mir_models.notes.frames import FrameGrid

MODEL = "model"
"""The network among the systems; the others are baselines."""


@dataclass(frozen=True)
class TrackPrediction:
    """What a network said about one track, and the truth.

    Attributes
    ----------
    track : str
        Id of the track.
    activations : mapping of str to (n_frames, 88) array
        See `mir_models.notes.decoding.Activations`.
    features : (n_frames, n_bins) array or None
        Constant-Q levels in dB for the energy baseline; None if the network hears something else.
    ref_roll : (n_frames, 88) bool array
        Piano roll of the reference.
    ref_notes : Notes
        Notes of the reference, aligned to the audio.
    duration : float
        Seconds of audio.
    """

    track: str
    activations: Activations
    features: NDArray[np.float32] | None
    ref_roll: NDArray[np.bool_]
    ref_notes: Notes
    duration: float


@dataclass(frozen=True)
class EvaluationParams:
    """How an evaluation is done, and what its numbers have to say about themselves.

    Attributes
    ----------
    grid : FrameGrid
        Frames of activations and references.
    decoding : Decoding
        Thresholds, chosen on `thresholds_from`.
    datasets : tuple of str
        The datasets evaluated.
    split : str
        The split evaluated.
    thresholds_from : str
        Split on which the thresholds of model and baseline were chosen.
    energy_threshold_db : float or None
        Threshold of the energy baseline, from `fit_energy`; None: no such baseline.
    first_pitch : int
        MIDI number of bin 0 of the features.
    pedal : {"applied", "separate"}
        Whether the offsets of the reference contain the sustain pedal.
    n_quarantined : int
        Rows in the quarantine of the datasets, of all splits and stages.
    n_resamples, level, seed
        Of the bootstrap over tracks; see `metrics.bootstrap.interval`.
    """

    grid: FrameGrid
    decoding: Decoding
    datasets: tuple[str, ...]
    split: str = "test"
    thresholds_from: str = "validation"
    energy_threshold_db: float | None = None
    first_pitch: int = 24
    pedal: str = "separate"
    n_quarantined: int = 0
    n_resamples: int = 1000
    level: float = 0.95
    seed: int = 0


class Evaluation(SystemScores):
    """The result, ready for JSON: the model's own scores, as in `SystemScores`, and what stands beside them.

    Attributes
    ----------
    convention : dict
        What has to be said beside the numbers; see `convention`.
    per_note : list of dict
        Frame scores of the 88 keys; see `metrics.per_key.per_note`.
    baselines : dict of SystemScores
        ``silence`` and, where there is one, ``energy``.
    tracks : list of dict
        ``track``, ``duration`` in seconds, the scores of `metrics.tally.row`, ``n_ref_notes`` and ``n_est_notes``; the
        lowest note onset F1 first. It is the score by which transcriptions are compared, and what a listener hears:
        frame F1 falls as much by offsets under the pedal. Of equals, the lower frame F1 is first.
    """

    convention: dict[str, Any]
    per_note: list[dict[str, Any]]
    baselines: dict[str, SystemScores]
    tracks: list[dict[str, Any]]


def evaluate(
    tracks: Iterable[TrackPrediction],
    params: EvaluationParams,
    *,
    on_track: Callable[[TrackPrediction, Notes], None] | None = None,
) -> Evaluation:
    """Scores of a model and of silence and an energy threshold on the same tracks.

    Parameters
    ----------
    tracks : iterable of TrackPrediction
        Read once; one track is in memory at a time.
    params : EvaluationParams
        Thresholds and convention.
    on_track : callable, optional
        Called with each track and its estimated notes, e.g. to write them as MIDI.

    Returns
    -------
    Evaluation

    Raises
    ------
    MirlitonError
        If there is no track.
    TrackError
        If activations or features of a track do not have the frames of its reference.
    """
    systems: dict[str, Tally] = {}
    rows = []
    for track in tracks:
        _check_frames(track)
        est_notes = decode(track.activations, params.grid, params.decoding)
        model = systems.setdefault(MODEL, Tally(velocities="velocity" in track.activations))
        scores = model.add(track.ref_roll, _frames_on(track, params.decoding), track.ref_notes, est_notes)
        rows.append(_track_row(track, est_notes, scores))
        for name, roll in _baseline_rolls(track, params).items():
            notes = notes_of_roll(roll, params.grid, min_frames=params.decoding.min_frames)
            systems.setdefault(name, Tally()).add(track.ref_roll, roll, track.ref_notes, notes)
        if on_track is not None:
            on_track(track, est_notes)
    if not rows:
        remedy = "register a dataset with labels for it, or change the split rule"
        raise MirlitonError(f"tracks in the {params.split} split", received="none", remedy=remedy)
    return _evaluation(systems, rows, params)


def convention(params: EvaluationParams, *, n_tracks: int) -> dict[str, Any]:
    """What has to be said beside the scores for them to mean something."""
    return {
        "datasets": list(params.datasets),
        "split": params.split,
        "n_tracks": n_tracks,
        "n_quarantined": params.n_quarantined,
        "frame_threshold": params.decoding.frame_threshold,
        "onset_threshold": params.decoding.onset_threshold,
        "min_frames": params.decoding.min_frames,
        "onset_radius": params.decoding.onset_radius,
        "energy_threshold_db": params.energy_threshold_db,
        "thresholds_from": params.thresholds_from,
        "onset_tolerance": note_level.ONSET_TOLERANCE,
        "pitch_tolerance_cents": note_level.PITCH_TOLERANCE,
        "offset_ratio": note_level.OFFSET_RATIO,
        "offset_min_tolerance": note_level.OFFSET_MIN_TOLERANCE,
        "velocity_tolerance": velocity_level.VELOCITY_TOLERANCE,
        "pedal": params.pedal,
        "sr": params.grid.sr,
        "hop_length": params.grid.hop_length,
        "bootstrap": {"over": "tracks", "level": params.level, "n_resamples": params.n_resamples, "seed": params.seed},
        "zero_by_zero": 0.0,
    }


def _evaluation(systems: dict[str, Tally], rows: list[dict[str, Any]], params: EvaluationParams) -> Evaluation:
    """All counts as scores; the rows in their order."""
    draws = {"n_resamples": params.n_resamples, "level": params.level, "seed": params.seed}
    model = systems.pop(MODEL)
    return Evaluation(
        **model.scores(draws),
        convention=convention(params, n_tracks=len(rows)),
        per_note=per_note(model.counts),
        baselines={name: tally.scores(draws) for name, tally in systems.items()},
        tracks=sorted(rows, key=lambda row: (row["note_onset_f1"], row["f1"], row["track"])),
    )


def _frames_on(track: TrackPrediction, decoding: Decoding) -> NDArray[np.bool_]:
    """Frames at or above the frame threshold: frame scores judge the frame head, not the decoded notes."""
    return np.asarray(track.activations["frame"], dtype=np.float32) >= np.float32(decoding.frame_threshold)


def _baseline_rolls(track: TrackPrediction, params: EvaluationParams) -> dict[str, NDArray[np.bool_]]:
    rolls = {"silence": silence(len(track.ref_roll))}
    if track.features is not None and params.energy_threshold_db is not None:
        rolls["energy"] = energy(track.features, params.energy_threshold_db, first_pitch=params.first_pitch)
    return rolls


def _track_row(track: TrackPrediction, est_notes: Notes, scores: Mapping[str, float | None]) -> dict[str, Any]:
    counts = {"n_ref_notes": len(track.ref_notes), "n_est_notes": len(est_notes)}
    return {"track": track.track, "duration": float(track.duration), **scores, **counts}


def _check_frames(track: TrackPrediction) -> None:
    lengths = {head: len(values) for head, values in track.activations.items()} | {"ref_roll": len(track.ref_roll)}
    if track.features is not None:
        lengths["features"] = len(track.features)
    if "frame" not in lengths or len(set(lengths.values())) > 1:
        remedy = "compute features, labels and predictions on one frame grid again"
        raise TrackError(
            f'"frame" activations with as many frames as the reference for {track.track}',
            received=lengths,
            remedy=remedy,
        )
