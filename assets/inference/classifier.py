"""Classification of recordings on disk, and files with the probabilities of classes by window."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assets.inference.champion import ModelInUse, model_in_use, network_in_use
from assets.inference.loaded_model import LoadedModel, load_from_folder, load_from_run, voting
from assets.inference.transcriber import Warn, with_progress
from mir_models.architectures import ARCHITECTURES
from mir_models.errors import MirlitonError
from mir_models.figures.classes import class_probabilities
from mir_models.inference.classification import Prediction, Voting
from mir_models.resampling import resample_blocks
from mir_models.tasks import TASKS
from storage import home
from storage.corpora.files import nfc_name
from storage.media import audio
from storage.media.png import png
from storage.models.checkpoints import ModelStore
from storage.models.exported import ModelFolder
from storage.objects.objects import open_objects

DECIMALS = 4
SUFFIXES = {"json": ".json", "plot": ".png"}
"""By format, the ending of its files."""


@dataclass(frozen=True)
class Classifier:
    """A model, and how the windows of a recording vote for its class.

    Attributes
    ----------
    model : LoadedModel
    voting : Voting
    """

    model: LoadedModel
    voting: Voting

    def predict(self, recording: Path, *, warn: Warn) -> Prediction:
        """Probabilities of the windows of a recording, decoded completely: levels may be relative to its peak."""
        params = self.model.params

        def process(blocks: Iterator[np.ndarray], sr: int) -> np.ndarray:
            return np.concatenate(list(resample_blocks(with_progress(blocks, recording, sr), sr, params.sr)))

        y = audio.process_checked(recording, process, warn)
        features, rate = self.model.feature.extract(y, params), params.grid.frame_rate
        probabilities = self.voting.predict_windows(self._predict, features, silence=params.silence)
        window = self.voting.window
        starts = window.starts(len(features)) / rate
        return Prediction(self.voting.classes, starts, min(window.frames, len(features)) / rate, probabilities)

    def _predict(self, windows: np.ndarray) -> np.ndarray:
        return np.asarray(self.model.network.predict_on_batch(windows)["class"])

    def encoded(self, prediction: Prediction, format: str, recording: str, top: int) -> bytes:
        """A prediction as the content of a file in one of `SUFFIXES`."""
        if format == "plot":
            return png(class_probabilities(prediction, top, nfc_name(recording)))
        return (json.dumps(self._as_json(prediction, recording, top), indent=1, ensure_ascii=False) + "\n").encode()

    def _as_json(self, prediction: Prediction, recording: str, top: int) -> dict[str, object]:
        rows = zip(prediction.starts.tolist(), prediction.probabilities.astype(np.float64), strict=True)
        return {
            "recording": nfc_name(recording),
            "model": self.model.metadata,
            "label": TASKS.get(self.model.record.task).LABELS,
            "top": [{"class": name, "probability": round(p, DECIMALS)} for name, p in prediction.top(top)],
            "classes": list(prediction.classes),
            "windows": [
                {"start": round(start, 3), "end": round(start + prediction.seconds, 3), "probabilities": _rounded(row)}
                for start, row in rows
            ],
        }


def _rounded(row: np.ndarray) -> list[float]:
    return [round(value, DECIMALS) for value in row.tolist()]


def find_classifier(task: str, architecture: str | None) -> ModelInUse:
    """The model of an architecture, see `network_in_use`; without a name the champion, else the only one trained."""
    if TASKS.get(task).KIND != "classes":
        remedy = f"mirliton transcribe is for {task}"
        raise MirlitonError("a task that predicts a class", received=task, remedy=remedy)
    if architecture:
        return network_in_use(task, architecture)
    return model_in_use(task) or network_in_use(task, _only_trained(task))


def load_classifier_from_run(task: str, run_id: str) -> Classifier:
    """The model that an MLflow run trained; refuses one of another task."""
    return classifier_of(_check_task(load_from_run(run_id), task, f"run {run_id}"))


def load_classifier_from_folder(task: str, exported: ModelFolder) -> Classifier:
    """A model that was exported; refuses one of another task."""
    return classifier_of(_check_task(load_from_folder(exported), task, str(exported.folder)))


def _check_task(model: LoadedModel, task: str, name: str) -> LoadedModel:
    found = model.record.task
    if found != task:
        raise MirlitonError(f"a model for {task}", received=f"{name}, for {found}", remedy=f"--task {found}")
    return model


def classifier_of(model: LoadedModel) -> Classifier:
    """A loaded model as a classifier; refuses one of another kind."""
    return Classifier(model, voting(model.check_kind("classes").record))


def _only_trained(task: str) -> str:
    """Name of the only trained network for a task; refuses none, and several."""
    objects = open_objects(home.store_address())
    names = [name for name, each in ARCHITECTURES.entries().items() if task == each.TASK]
    trained = [name for name in names if ModelStore(objects, task, name).current_record()]
    if len(trained) == 1:
        return trained[0]
    remedy = f"choose one: --model {trained[0]}" if trained else f"mirliton train {task} --model {names[0]}"
    raise MirlitonError(f"one trained network for {task}", received=", ".join(trained) or "none", remedy=remedy)
