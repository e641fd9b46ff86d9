"""Naming: a network of classes put to recordings on disk, and files of what it says."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assets.inference.loaded_model import Opened, of_folder, of_run, of_store
from assets.inference.transcriber import Doubt, told
from mir_models.architectures import ARCHITECTURES
from mir_models.errors import MirlitonError
from mir_models.examples.windows import Window
from mir_models.figures.classes import over_time
from mir_models.inference.classification import Answer, Voting
from mir_models.resampling import resample_blocks
from mir_models.tasks import TASKS
from storage import home
from storage.corpora.files import readable
from storage.media import audio
from storage.media.png import png
from storage.models.exported import ModelFolder
from storage.models.trainings import ModelStore
from storage.objects.objects import open_objects

DECIMALS = 4
SUFFIXES = {"json": ".json", "plot": ".png"}
"""By format, the ending of its files."""


@dataclass(frozen=True)
class Namer:
    """A model with how the windows of a recording vote.

    Attributes
    ----------
    model : Opened
    voting : Voting
    """

    model: Opened
    voting: Voting

    def hear(self, recording: Path, *, doubt: Doubt) -> Answer:
        """What the model says of a recording, which is decoded whole: levels can be relative to its loudest moment."""
        blocks, sr = audio.stream_doubted(recording, doubt)
        params = self.model.params
        heard = np.concatenate(list(resample_blocks(told(blocks, recording, sr), sr, params.sr)))
        features, rate = self.model.feature.extract(heard, params), params.grid.frame_rate
        probabilities = self.voting.heard(self._predict, features, silence=params.silence)
        window = self.voting.window
        starts = window.starts(len(features)) / rate
        return Answer(self.voting.classes, starts, min(window.frames, len(features)) / rate, probabilities)

    def _predict(self, windows: np.ndarray) -> np.ndarray:
        return np.asarray(self.model.network.predict_on_batch(windows)["class"])

    def encoded(self, answer: Answer, format: str, recording: str, top: int) -> bytes:
        """An answer as the content of a file in one of `SUFFIXES`."""
        if format == "plot":
            return png(over_time(answer, top, readable(recording)))
        return (json.dumps(self._as_json(answer, recording, top), indent=1, ensure_ascii=False) + "\n").encode()

    def _as_json(self, answer: Answer, recording: str, top: int) -> dict[str, Any]:
        rows = zip(answer.starts.tolist(), answer.probabilities.astype(np.float64), strict=True)
        return {
            "recording": readable(recording),
            "model": self.model.about,
            "label": TASKS.get(self.model.record["task"]).LABELS,
            "top": [{"class": name, "probability": round(p, DECIMALS)} for name, p in answer.most(top)],
            "classes": list(answer.classes),
            "windows": [
                {"start": round(start, 3), "end": round(start + answer.seconds, 3), "probabilities": _rounded(row)}
                for start, row in rows
            ],
        }


def _rounded(row: np.ndarray) -> list[float]:
    return [round(value, DECIMALS) for value in row.tolist()]


def open_namer(task: str, architecture: str | None) -> Namer:
    """The current model of an architecture in the store; without a name, of the only one that is trained."""
    if TASKS.get(task).KIND != "classes":
        remedy = f"mirliton transcribe is for {task}"
        raise MirlitonError("a task whose answer is a class", received=task, remedy=remedy)
    return _namer(of_store(task, architecture or _only(task)))


def run_namer(task: str, run_id: str) -> Namer:
    """The model that an MLflow run trained; refuses one of another task."""
    return _namer(_of_task(task, of_run(run_id), f"run {run_id}"))


def folder_namer(task: str, exported: ModelFolder) -> Namer:
    """A model that was exported; refuses one of another task."""
    return _namer(_of_task(task, of_folder(exported), str(exported.folder)))


def _of_task(task: str, model: Opened, called: str) -> Opened:
    found = model.record["task"]
    if found != task:
        raise MirlitonError(f"a model for {task}", received=f"{called}, for {found}", remedy=f"--task {found}")
    return model


def _namer(model: Opened) -> Namer:
    voting = model.of_kind("classes").record["decoding"]
    return Namer(model, Voting(tuple(voting["classes"]), Window(**voting["window"])))


def _only(task: str) -> str:
    """The network for a task that is trained; refuses none, and several."""
    objects = open_objects(home.store_address())
    names = [name for name, each in ARCHITECTURES.entries().items() if task == each.TASK]
    trained = [name for name in names if ModelStore(objects, task, name).current_record()]
    if len(trained) == 1:
        return trained[0]
    remedy = f"choose one: --model {trained[0]}" if trained else f"mirliton train {task} --model {names[0]}"
    raise MirlitonError(f"one trained network for {task}", received=", ".join(trained) or "none", remedy=remedy)
