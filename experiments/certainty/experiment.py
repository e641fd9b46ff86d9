"""The run: every recording is transcribed once, its measures and the score of its notes kept in a file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from assets.inference.loaded_model import LoadedModel
from experiments.certainty.measures import MEASURES, Evidence
from experiments.certainty.recordings import Recording
from experiments.trials import OnProgress, Results, Trial, complete, read_results
from mir_models.errors import MirlitonError
from mir_models.evaluation.metrics.note_level import note_scores
from mir_models.features.cqt import Params as CqtParams
from mir_models.inference.activations import predict_track
from mir_models.notes.decoding import Decoding, decode, onset_head
from mir_models.resampling import resample

VERSION = 1
"""Raised when the same recording would have another result."""


def run(recordings: Iterable[Recording], model: LoadedModel, out: Path) -> Results:
    """Transcribe what is missing; the results of all."""
    trials = [
        Trial(f"{each.group}: {each.name}", result_file(out, model, each), partial(_result, each, model))
        for each in recordings
    ]
    complete(trials)
    return read_results(trial.path for trial in trials)


def results(recordings: Sequence[Recording], model: LoadedModel, out: Path) -> Results:
    """The results that exist."""
    return read_results(result_file(out, model, each) for each in recordings)


def result_file(out: Path, model: LoadedModel, recording: Recording) -> Path:
    """Where the result of a recording is kept."""
    name = f"{recording.group}/{recording.name}/{recording.half}"
    digest = hashlib.sha256(name.encode()).hexdigest()[:16]
    return out / f"results-{VERSION}-{model.metadata['sha256'][:12]}" / f"{digest}.json"


def _result(recording: Recording, model: LoadedModel, on_progress: OnProgress) -> dict[str, Any]:
    y, sr, ref = recording.read()
    evidence = _evidence(np.asarray(y, dtype=np.float32), sr, model)
    est = decode(evidence.activations, model.params.grid, evidence.decoding)
    scores = {} if ref is None else note_scores(ref.where(ref.onset_times < len(y) / sr), est)["onset"]
    return {
        "group": recording.group,
        "name": recording.name,
        "half": recording.half,
        "is_piano": recording.is_piano,
        "is_degraded": recording.is_degraded,
        "duration": len(y) / sr,
        "n_notes": len(est),
        "f1": scores.get("f1"),
        "measures": {name: measure(evidence) for name, measure in MEASURES.items()},
    }


def _evidence(y: np.ndarray, sr: int, model: LoadedModel) -> Evidence:
    if not isinstance(model.params, CqtParams):
        raise MirlitonError("a model of a constant-Q transform", received=model.record.preset, remedy="choose another")
    levels = model.feature.extract(resample(np.ascontiguousarray(y), sr, model.params.sr), model.params)
    activations = predict_track(model.network, levels, silence=model.params.silence)
    if onset_head(activations) is None:
        remedy = "choose another: without one a transcription has no certainty"
        raise MirlitonError("a model with an onset head", received=", ".join(activations), remedy=remedy)
    return Evidence(activations, levels, model.params, model.decoding(Decoding))
