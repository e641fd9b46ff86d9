"""The run: every recording is transcribed once in every condition; its notes and those of the labels are kept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assets.inference.loaded_model import LoadedModel
from experiments.real_pianos.conditions import CONDITIONS, UNCHANGED
from experiments.real_pianos.levels import note_levels
from experiments.real_pianos.pairing import Pairing, pairing
from experiments.real_pianos.recordings import Excerpt, Recording
from experiments.trials import OnProgress, Result, Trial, complete, read_results
from mir_models.features.cqt import Params as CqtParams
from mir_models.inference.activations import predict_track
from mir_models.notes.annotations import LOWEST_PITCH, Notes
from mir_models.notes.decoding import Decoding, decode, onset_head
from mir_models.notes.frames import FrameGrid
from mir_models.resampling import resample
from storage.fingerprints import fingerprint

VERSION = 3
"""Raised when the same recording would have another result, or results have other keys."""
NEAR = 0.05
"""Seconds around an onset in which the height of the onset head is looked for."""


@dataclass(frozen=True, eq=False)
class Transcribed:
    """A recording in a condition: its notes and those that were found.

    Attributes
    ----------
    piano, name, condition : str
    is_control : bool
        See :class:`experiments.real_pianos.recordings.Recording`.
    seconds : float
    ref, est : Notes
        Of the labels, with the sustain pedal, and of the network.
    released : (n_ref,) float64
        Seconds at which the keys of `ref` are released.
    heights : (n_ref,) float64
        Largest activation of the onset head within `NEAR` of the onset of each of `ref`; NaN without such a head.
    levels : (n_ref,) float64
        See :func:`experiments.real_pianos.levels.note_levels`; NaN where the features are no constant-Q transform.
    """

    piano: str
    name: str
    condition: str
    is_control: bool
    seconds: float
    ref: Notes
    est: Notes
    released: NDArray[np.float64]
    heights: NDArray[np.float64]
    levels: NDArray[np.float64]

    @cached_property
    def pairs(self) -> Pairing:
        """The notes of the labels and those found that belong together."""
        return pairing(self.ref, self.est)

    def onset_f1(self, *, wide: bool = False) -> float:
        """Note onset F1 within 50 ms, or within 150."""
        n_pairs, n_notes = len(self.pairs.found if wide else self.pairs.right), len(self.ref) + len(self.est)
        return 2 * n_pairs / n_notes if n_notes else 0.0


def run(recordings: Iterable[Recording], conditions: Sequence[str], model: LoadedModel, out: Path) -> None:
    """Transcribe what is missing, recording by recording."""
    complete(
        [
            Trial(
                f"{each.piano}: {each.name} ({name})",
                result_file(out, model, each, name),
                partial(_result, each, name, model),
            )
            for each, name in chosen(recordings, conditions)
        ]
    )


def results(
    recordings: Iterable[Recording], conditions: Sequence[str], model: LoadedModel, out: Path
) -> list[Transcribed]:
    """The results that exist."""
    paths = [result_file(out, model, each, name) for each, name in chosen(recordings, conditions)]
    return [_transcribed(each) for each in read_results(paths)]


def chosen(recordings: Iterable[Recording], conditions: Sequence[str]) -> list[tuple[Recording, str]]:
    """Every recording as it is, then those that are no controls in the other conditions."""
    every = list(recordings)
    others = [name for name in conditions if name != UNCHANGED]
    as_they_are = [(each, UNCHANGED) for each in every]
    return as_they_are + [(each, name) for each in every if not each.is_control for name in others]


def result_file(out: Path, model: LoadedModel, recording: Recording, condition: str) -> Path:
    """Where the result of a recording in a condition is kept: a function of all that makes it."""
    of = fingerprint(recording.piano, recording.name, condition, recording.made_of, CONDITIONS[condition].made_of)
    return out / f"results-{VERSION}-{model_identity(model)}" / f"{of}.json"


def model_identity(model: LoadedModel) -> str:
    """Changes with the weights, the input features and the decoding of a model."""
    feature = [model.feature.NAME, model.feature.VERSION, model.params]
    return fingerprint(model.metadata["sha256"], feature, model.decoding(Decoding))


@lru_cache(maxsize=1)
def _read(recording: Recording) -> Excerpt:
    return recording.read()


def _result(recording: Recording, condition: str, model: LoadedModel, on_progress: OnProgress) -> dict[str, Any]:
    found = transcribe(recording, condition, model)
    return {
        "piano": found.piano,
        "name": found.name,
        "condition": found.condition,
        "is_control": found.is_control,
        "duration": found.seconds,
        "ref": _rows(found.ref),
        "est": _rows(found.est),
        "released": found.released.tolist(),
        "heights": found.heights.tolist(),
        "levels": found.levels.tolist(),
    }


def transcribe(recording: Recording, condition: str, model: LoadedModel) -> Transcribed:
    """Transcribe a recording in a condition, whose draws are a function of both names."""
    read, params = _read(recording), model.params
    rng = np.random.default_rng(int(hashlib.sha256(f"{condition}/{recording.name}".encode()).hexdigest()[:8], 16))
    y, times = CONDITIONS[condition](rng, read.y, read.sr)
    features = model.feature.extract(resample(np.ascontiguousarray(y), read.sr, params.sr), params)
    activations = predict_track(model.network, features, silence=params.silence)
    ref, head = times.moved(read.notes), onset_head(activations)
    unknown = np.full(len(ref), np.nan)
    return Transcribed(
        piano=recording.piano,
        name=recording.name,
        condition=condition,
        is_control=recording.is_control,
        seconds=len(y) / read.sr,
        ref=ref,
        est=decode(activations, params.grid, model.decoding(Decoding)),
        released=times(read.released),
        heights=heights(activations[head], ref, params.grid) if head else unknown,
        levels=note_levels(features, ref, params) if isinstance(params, CqtParams) else unknown,
    )


def heights(onset: NDArray[np.float32], ref: Notes, grid: FrameGrid) -> NDArray[np.float64]:
    """(n_ref,) the largest activation of (n_frames, 88) within `NEAR` of each onset."""
    first, last = grid.frames(ref.onset_times - NEAR), grid.frames(ref.onset_times + NEAR)
    keys = ref.pitches - LOWEST_PITCH
    return np.array(
        [onset[max(0, a) : b + 1, key].max(initial=0.0) for a, b, key in zip(first, last, keys, strict=True)]
    )


def _rows(notes: Notes) -> list[list[float]]:
    return np.column_stack([notes.intervals, notes.pitches, notes.velocities]).tolist()


def _notes(rows: list[list[float]]) -> Notes:
    table = np.array(rows).reshape(-1, 4)
    return Notes(table[:, :2], table[:, 2], table[:, 3])


def _transcribed(result: Result) -> Transcribed:
    return Transcribed(
        piano=result["piano"],
        name=result["name"],
        condition=result["condition"],
        is_control=result["is_control"],
        seconds=result["duration"],
        ref=_notes(result["ref"]),
        est=_notes(result["est"]),
        released=np.array(result["released"]),
        heights=np.array(result["heights"]),
        levels=np.array(result["levels"]),
    )
