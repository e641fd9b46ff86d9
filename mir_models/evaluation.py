"""Evaluation of a transcription: one pass over the tracks of a split, the model beside its trivial baselines.

Every result carries its convention: what was compared with what, and where each threshold was chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from mir_models.annotations import LOWEST_PITCH, Notes
from mir_models.baselines import energy, notes_of_roll, silence
from mir_models.decoding import Activations, Decoding, decode
from mir_models.errors import MirlitonError, TrackError
from mir_models.frames import FrameGrid
from mir_models.metrics import bootstrap, frame_level, note_level
from mir_models.metrics.frame_level import FrameCounts

NAMES = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")


@dataclass(frozen=True)
class TrackPrediction:
    """What a network said about one track, and the truth.

    Attributes
    ----------
    track : str
        Id of the track.
    activations : mapping of str to (n_frames, 88) array
        See `mir_models.decoding.Activations`.
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


class Evaluation(TypedDict):
    """The result, ready for JSON: scores in [0, 1], intervals [low, high] or None, times in seconds."""

    convention: dict[str, Any]
    micro: dict[str, float]
    macro: dict[str, float]
    frame: dict[str, Any]
    note_onset: dict[str, Any]
    note_onset_offset: dict[str, Any]
    per_note: list[dict[str, Any]]
    baselines: dict[str, dict[str, Any]]
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
        ``micro`` and ``macro`` frame scores, ``frame`` (micro F1 with its interval), ``note_onset`` and
        ``note_onset_offset`` (means over tracks; the interval is that of F1), ``per_note`` (88 rows), ``baselines``
        with the same scores but ``per_note``, ``tracks`` (lowest frame F1 first) and ``convention``.

    Raises
    ------
    MirlitonError
        If there is no track.
    TrackError
        If activations or features of a track do not have the frames of its reference.
    """
    model, rows = _Tally(), []
    baselines: dict[str, _Tally] = {}
    for track in tracks:
        _check_frames(track)
        est_notes = decode(track.activations, params.grid, params.decoding)
        scores = model.add(track, _frames_on(track, params.decoding), est_notes)
        rows.append(_track_row(track, est_notes, scores))
        for name, roll in _baseline_rolls(track, params).items():
            notes = notes_of_roll(roll, params.grid, min_frames=params.decoding.min_frames)
            baselines.setdefault(name, _Tally()).add(track, roll, notes)
        if on_track is not None:
            on_track(track, est_notes)
    if not rows:
        remedy = "register a dataset with labels for it, or change the split rule"
        raise MirlitonError(f"tracks in the {params.split} split", received="none", remedy=remedy)
    totals = model.scores(params)
    return Evaluation(
        convention=convention(params, n_tracks=len(rows)),
        micro=totals["micro"],
        macro=totals["macro"],
        frame=totals["frame"],
        note_onset=totals["note_onset"],
        note_onset_offset=totals["note_onset_offset"],
        per_note=per_note(model.counts),
        baselines={name: tally.scores(params) for name, tally in baselines.items()},
        tracks=sorted(rows, key=lambda row: (row["f1"], row["track"])),
    )


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
        "pedal": params.pedal,
        "sr": params.grid.sr,
        "hop_length": params.grid.hop_length,
        "bootstrap": {"over": "tracks", "level": params.level, "n_resamples": params.n_resamples, "seed": params.seed},
        "zero_by_zero": 0.0,
    }


def per_note(counts: FrameCounts) -> list[dict[str, Any]]:
    """88 rows, lowest key first: pitch, name, support (frames in the reference), precision, recall, F1."""
    scores = frame_level.precision_recall_f1(counts)
    return [
        {
            "pitch": LOWEST_PITCH + key,
            "name": pitch_name(LOWEST_PITCH + key),
            "support": int(counts.support[key]),
            "precision": float(scores.precision[key]),
            "recall": float(scores.recall[key]),
            "f1": float(scores.f1[key]),
        }
        for key in range(len(counts.tp))
    ]


def pitch_name(pitch: int) -> str:
    """Name of a MIDI number with its octave, in sharps: 21 is A0, 60 is C4."""
    return f"{NAMES[pitch % 12]}{pitch // 12 - 1}"


@dataclass
class _Tally:
    """Counts and note scores of one system, track by track."""

    counts: FrameCounts = field(default_factory=FrameCounts.none)
    pooled: list[NDArray[np.int64]] = field(default_factory=list)
    notes: list[dict[str, dict[str, float]]] = field(default_factory=list)

    def add(self, track: TrackPrediction, est_roll: NDArray[np.bool_], est_notes: Notes) -> dict[str, float]:
        """Count one track; its frame scores and note F1s."""
        counts = frame_level.count(est_roll, track.ref_roll)
        notes = note_level.note_scores(track.ref_notes, est_notes)
        self.counts += counts
        self.pooled.append(counts.pooled())
        self.notes.append(notes)
        return frame_level.micro(counts).as_dict() | {f"note_{kind}_f1": values["f1"] for kind, values in notes.items()}

    def scores(self, params: EvaluationParams) -> dict[str, dict[str, Any]]:
        """Scores over all tracks counted."""
        draws: dict[str, Any] = {"n_resamples": params.n_resamples, "level": params.level, "seed": params.seed}
        micro = frame_level.micro(self.counts).as_dict()
        bounds = bootstrap.interval(np.stack(self.pooled), bootstrap.pooled_f1, **draws)
        return {
            "micro": micro,
            "macro": frame_level.macro(self.counts).as_dict(),
            "frame": {"f1": micro["f1"], "interval": bootstrap.as_json(bounds)},
            "note_onset": self._mean("onset", draws),
            "note_onset_offset": self._mean("onset_offset", draws),
        }

    def _mean(self, kind: str, draws: Mapping[str, Any]) -> dict[str, Any]:
        """Mean note scores over tracks, with the interval of F1."""
        names = ("precision", "recall", "f1")
        means = {name: float(np.mean([notes[kind][name] for notes in self.notes])) for name in names}
        bounds = bootstrap.interval([notes[kind]["f1"] for notes in self.notes], **draws)
        return means | {"interval": bootstrap.as_json(bounds)}


def _frames_on(track: TrackPrediction, decoding: Decoding) -> NDArray[np.bool_]:
    """Frames at or above the frame threshold: frame scores judge the frame head, not the decoded notes."""
    return np.asarray(track.activations["frame"], dtype=np.float32) >= np.float32(decoding.frame_threshold)


def _baseline_rolls(track: TrackPrediction, params: EvaluationParams) -> dict[str, NDArray[np.bool_]]:
    rolls = {"silence": silence(len(track.ref_roll))}
    if track.features is not None and params.energy_threshold_db is not None:
        rolls["energy"] = energy(track.features, params.energy_threshold_db, first_pitch=params.first_pitch)
    return rolls


def _track_row(track: TrackPrediction, est_notes: Notes, scores: dict[str, float]) -> dict[str, Any]:
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
