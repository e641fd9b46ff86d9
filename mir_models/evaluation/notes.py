"""Evaluation of transcription: scores of a model and of its baselines in one pass over the tracks of a split.

Every result has its convention: tolerances, datasets and split, and where each threshold was chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import MirlitonError, TrackError
from mir_models.evaluation.metrics import calibration, note_ends, note_level, velocity_level
from mir_models.evaluation.metrics.bootstrap import BootstrapConvention, BootstrapParams, bootstrap_convention
from mir_models.evaluation.metrics.calibration import Calibration
from mir_models.evaluation.metrics.note_ends import NoteEnds
from mir_models.evaluation.metrics.per_key import KeyScores, key_scores
from mir_models.evaluation.metrics.tally import SystemScores, Tally
from mir_models.evaluation.note_baselines import energy, notes_of_roll, silence
from mir_models.notes.annotations import Notes
from mir_models.notes.decoding import Activations, Decoding, decode
from mir_models.notes.frames import FrameGrid

MODEL = "model"
"""The network among the systems; the others are baselines."""


@dataclass(frozen=True)
class NotePrediction:
    """Activations of a network for one track, and the reference.

    Attributes
    ----------
    track : str
        Id of the track.
    activations : mapping of str to (n_frames, 88) array
        See `mir_models.notes.decoding.Activations`.
    features : (n_frames, n_bins) array or None
        Constant-Q levels in dB for the energy baseline; None where the input features of the network are others.
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
class NoteEvaluationParams:
    """Thresholds, convention and bootstrap of an evaluation.

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


TrackRow = dict[str, str | float | None]
"""Scores of one track by name, see `NoteEvaluation`."""
COMPARED = ("f1", "note_onset_f1", "note_onset_offset_f1", "note_onset_offset_velocity_f1")
"""Scores of a track that are kept of baselines as well, so that systems can be compared track by track."""


class NoteConvention(TypedDict):
    """What the scores of a transcription depend on, ready for JSON; see `NoteEvaluationParams` and `metrics`."""

    datasets: list[str]
    split: str
    n_tracks: int
    n_quarantined: int
    frame_threshold: float
    onset_threshold: float
    min_frames: int
    onset_radius: int
    end_threshold: float | None
    velocity_radius: int
    energy_threshold_db: float | None
    thresholds_from: str
    onset_tolerance: float
    pitch_tolerance_cents: float
    offset_ratio: float
    offset_min_tolerance: float
    velocity_tolerance: float
    pedal: str
    sr: int
    hop_length: int
    bootstrap: BootstrapConvention
    zero_by_zero: float


class NoteEvaluation(SystemScores):
    """Evaluation of a model, ready for JSON: its scores, as in `SystemScores`, with convention and baselines.

    Attributes
    ----------
    convention : NoteConvention
    per_note : list of KeyScores
        Frame scores of the 88 keys.
    baselines : dict of SystemScores
        ``silence`` and, where there is one, ``energy``.
    tracks : list of dict
        ``track``, ``duration`` in seconds, the scores of `metrics.tally.track_scores`, ``n_ref_notes`` and
        ``n_est_notes``; the lowest note onset F1 first, of equals the lower frame F1. Note onset F1 is the score by
        which transcriptions are compared; frame F1 falls as much by offsets under the pedal.
    baseline_tracks : dict of dict of dict
        By baseline and track, its scores of `COMPARED`.
    note_ends : NoteEnds
        What was found of the length of notes.
    calibration : Calibration
        Of onsets, or of frames where the network has no onset head.
    """

    convention: NoteConvention
    per_note: list[KeyScores]
    baselines: dict[str, SystemScores]
    tracks: list[TrackRow]
    baseline_tracks: dict[str, dict[str, dict[str, float | None]]]
    note_ends: NoteEnds
    calibration: Calibration


@dataclass
class _Sums:
    """What was counted of the tracks so far: by system, of each track, and of the network's ends and probabilities."""

    systems: dict[str, Tally] = field(default_factory=dict)
    rows: list[TrackRow] = field(default_factory=list)
    baseline_tracks: dict[str, dict[str, dict[str, float | None]]] = field(default_factory=dict)
    ends: NDArray[np.float64] | float = 0.0
    probabilities: NDArray[np.float64] | float = 0.0
    events: str = ""


def evaluate_notes(
    tracks: Iterable[NotePrediction],
    params: NoteEvaluationParams,
    *,
    on_track: Callable[[NotePrediction, Notes], None] | None = None,
) -> NoteEvaluation:
    """Scores of a model and of silence and an energy threshold on the same tracks.

    Parameters
    ----------
    tracks : iterable of NotePrediction
        Read once; one track is in memory at a time.
    params : NoteEvaluationParams
        Thresholds and convention.
    on_track : callable, optional
        Called with each track and its estimated notes, e.g. to write them as MIDI.

    Returns
    -------
    NoteEvaluation

    Raises
    ------
    MirlitonError
        If there is no track.
    TrackError
        If activations or features of a track do not have the frames of its reference.
    """
    sums = _Sums()
    for track in tracks:
        _check_frames(track)
        est_notes = decode(track.activations, params.grid, params.decoding)
        _count_model(track, est_notes, params, sums)
        _count_baselines(track, params, sums)
        if on_track is not None:
            on_track(track, est_notes)
    if not sums.rows:
        remedy = "register a dataset with labels for it, or change the split rule"
        raise MirlitonError(f"tracks in the {params.split} split", received="none", remedy=remedy)
    return _evaluation(sums, params)


def _count_model(track: NotePrediction, est_notes: Notes, params: NoteEvaluationParams, sums: _Sums) -> None:
    model = sums.systems.setdefault(MODEL, Tally(velocities="velocity" in track.activations))
    scores = model.add(track.ref_roll, _active_frames(track, params.decoding), track.ref_notes, est_notes)
    sums.rows.append(_track_row(track, est_notes, scores))
    sums.ends = sums.ends + note_ends.end_counts(track.ref_notes, est_notes)
    sums.events = calibration.events_of(track.activations)
    events = calibration.note_events(track.activations, track.ref_notes, track.ref_roll, params.grid, params.decoding)
    sums.probabilities = sums.probabilities + calibration.counts(*events)


def _count_baselines(track: NotePrediction, params: NoteEvaluationParams, sums: _Sums) -> None:
    for name, roll in _baseline_rolls(track, params).items():
        notes = notes_of_roll(roll, params.grid, min_frames=params.decoding.min_frames)
        scores = sums.systems.setdefault(name, Tally()).add(track.ref_roll, roll, track.ref_notes, notes)
        sums.baseline_tracks.setdefault(name, {})[track.track] = {key: scores[key] for key in COMPARED}


def convention(params: NoteEvaluationParams, *, n_tracks: int) -> NoteConvention:
    """The convention of an evaluation of `n_tracks` tracks."""
    return NoteConvention(
        datasets=list(params.datasets),
        split=params.split,
        n_tracks=n_tracks,
        n_quarantined=params.n_quarantined,
        frame_threshold=params.decoding.frame_threshold,
        onset_threshold=params.decoding.onset_threshold,
        min_frames=params.decoding.min_frames,
        onset_radius=params.decoding.onset_radius,
        end_threshold=params.decoding.end_threshold,
        velocity_radius=params.decoding.velocity_radius,
        energy_threshold_db=params.energy_threshold_db,
        thresholds_from=params.thresholds_from,
        onset_tolerance=note_level.ONSET_TOLERANCE,
        pitch_tolerance_cents=note_level.PITCH_TOLERANCE,
        offset_ratio=note_level.OFFSET_RATIO,
        offset_min_tolerance=note_level.OFFSET_MIN_TOLERANCE,
        velocity_tolerance=velocity_level.VELOCITY_TOLERANCE,
        pedal=params.pedal,
        sr=params.grid.sr,
        hop_length=params.grid.hop_length,
        bootstrap=bootstrap_convention(params.n_resamples, params.level, params.seed),
        zero_by_zero=0.0,
    )


def _evaluation(sums: _Sums, params: NoteEvaluationParams) -> NoteEvaluation:
    """Scores of all systems from their counts; the rows of tracks sorted."""
    resampling = BootstrapParams(n_resamples=params.n_resamples, level=params.level, seed=params.seed)
    model = sums.systems.pop(MODEL)
    return NoteEvaluation(
        **model.scores(resampling),
        convention=convention(params, n_tracks=len(sums.rows)),
        per_note=key_scores(model.counts),
        baselines={name: tally.scores(resampling) for name, tally in sums.systems.items()},
        tracks=sorted(sums.rows, key=_lowest_first),
        baseline_tracks=sums.baseline_tracks,
        note_ends=note_ends.summary(np.asarray(sums.ends)),
        calibration=calibration.summary(np.asarray(sums.probabilities), sums.events),
    )


def _lowest_first(row: TrackRow) -> tuple[float, float, str]:
    return float(row["note_onset_f1"] or 0), float(row["f1"] or 0), str(row["track"])


def _active_frames(track: NotePrediction, decoding: Decoding) -> NDArray[np.bool_]:
    """Frames at or above the frame threshold: frame scores are of the frame head, not of the decoded notes."""
    return np.asarray(track.activations["frame"], dtype=np.float32) >= np.float32(decoding.frame_threshold)


def _baseline_rolls(track: NotePrediction, params: NoteEvaluationParams) -> dict[str, NDArray[np.bool_]]:
    rolls = {"silence": silence(len(track.ref_roll))}
    if track.features is not None and params.energy_threshold_db is not None:
        rolls["energy"] = energy(track.features, params.energy_threshold_db, first_pitch=params.first_pitch)
    return rolls


def _track_row(track: NotePrediction, est_notes: Notes, scores: Mapping[str, float | None]) -> TrackRow:
    counts = {"n_ref_notes": len(track.ref_notes), "n_est_notes": len(est_notes)}
    return {"track": track.track, "duration": float(track.duration), **scores, **counts}


def _check_frames(track: NotePrediction) -> None:
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
