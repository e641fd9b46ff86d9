"""The data of a task: training examples, validation and decoding, by what it predicts (notes or classes)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assets.training.dataset_shards import DatasetShards
from mir_models.architectures import ClassArchitecture, NoteArchitecture
from mir_models.errors import MirlitonError
from mir_models.examples.windows import Window
from mir_models.features import FeatureParams
from mir_models.inference import activations
from mir_models.inference.classification import Voting
from mir_models.notes.annotations import Notes
from mir_models.notes.decoding import Decoding
from mir_models.tasks import ClassTask, NoteTask
from storage.examples.indexed import ShardExamples
from storage.examples.track_shards import TrackShards
from storage.examples.windows import WindowExamples

Log = dict[str, float]
"""Metrics of an epoch by name."""


@dataclass(frozen=True)
class NoteData:
    """Training data of tasks that predict notes: shards with their piano rolls.

    Attributes
    ----------
    data : DatasetShards
    architecture, task : module
    feature_params : FeatureParams
        Settings of the feature.
    window : None
        The network takes any length.
    """

    data: DatasetShards
    architecture: NoteArchitecture
    task: NoteTask
    feature_params: FeatureParams
    window: None = None

    @property
    def shape_arguments(self) -> dict[str, int]:
        """Arguments of ``build`` about shapes: none, inputs have any length and outputs the 88 keys."""
        return {}

    @property
    def class_names(self) -> None:
        """There are no classes."""
        return None

    @cached_property
    def examples(self) -> ShardExamples:
        """Training examples: the train split."""
        return self.data.examples("train", self.task.fields(self.architecture.HEADS))

    def validate(self, model: Any) -> Log:
        """Scores of the validation tracks."""
        return self.task.validate(self._predictor(model), self._validation(), self.feature_params.grid)

    def choose_decoding(self, model: Any, log: Log) -> Decoding:
        """Thresholds chosen on validation, given the log of the best epoch."""
        threshold = log["frame_threshold"]
        return self.task.choose_decoding(
            self._predictor(model), self._validation(), self.feature_params.grid, threshold
        )

    def _predictor(self, model: Any) -> Callable[[NDArray[Any]], dict[str, NDArray[Any]]]:
        """Function from the features (n_frames, n_bins) of a track to activations by head."""
        return partial(activations.predict_track, model, silence=self.feature_params.silence)

    def _validation(self) -> Iterator[tuple[dict[str, NDArray[Any]], Notes]]:
        """The validation tracks with the rolls of the heads and their notes, one at a time."""
        fields = self.task.fields(self.architecture.HEADS)
        for track in self.data.split("validation"):
            yield self.data.track_arrays(track, "features", *fields), self.data.notes(track)


@dataclass(frozen=True)
class ClassData:
    """Training data of tasks that predict classes: windows of tracks. Attributes as in `NoteData`, but for `window`.

    Attributes
    ----------
    window : Window
        Input of the network.
    """

    data: DatasetShards
    architecture: ClassArchitecture
    task: ClassTask
    feature_params: FeatureParams
    window: Window

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """The classes of the train split, sorted; refuses fewer than two."""
        found = sorted({each.classes[self.task.LABELS] for each in self.data.split("train")})
        if len(found) < 2:
            remedy = "name more datasets, or choose a split rule that leaves two classes to train on"
            raise MirlitonError(f"two classes of {self.task.LABELS} to distinguish", received=found, remedy=remedy)
        return tuple(found)

    @property
    def shape_arguments(self) -> dict[str, int]:
        """Arguments of ``build`` about shapes."""
        return {"n_frames": self.window.frames, "n_classes": len(self.classes)}

    @property
    def class_names(self) -> list[str]:
        """The classes, in the order of the outputs."""
        return list(self.classes)

    @cached_property
    def examples(self) -> WindowExamples:
        """Training examples: the train split."""
        tracks = self.data.split("train")
        labels = [self.classes.index(each.classes[self.task.LABELS]) for each in tracks]
        return WindowExamples(tracks, labels, len(self.classes), self.window, self.feature_params.silence)

    def validate(self, model: Any) -> Log:
        """Scores of the validation tracks whose class the train split has."""
        return self.task.validate(self._validation(model))

    def choose_decoding(self, model: Any, log: Log) -> Voting:
        """How the windows of a track vote; nothing is chosen."""
        return Voting(self.classes, self.window)

    def _validation(self, model: Any) -> Iterator[tuple[np.ndarray, int]]:
        """Probabilities of the windows and the true class of each validation track."""
        label, classes = self.task.LABELS, self.classes
        tracks = [each for each in self.data.split("validation") if each.classes[label] in classes]
        if not tracks:
            remedy = "register the dataset with another --split-seed, or another split rule"
            raise MirlitonError("validation tracks of classes that train", received="none", remedy=remedy)
        voting = Voting(classes, self.window)
        for track in tracks:
            probabilities = predict_windows(model, voting, track, self.data, self.feature_params)
            yield probabilities, classes.index(track.classes[label])


def predict_windows(
    model: Any, voting: Voting, track: TrackShards, data: DatasetShards, feature_params: FeatureParams
) -> np.ndarray:
    """(n_windows, n_classes) probabilities of the windows of a track."""
    features = data.track_arrays(track, "features")["features"]
    return voting.predict_windows(
        lambda windows: np.asarray(model.predict_on_batch(windows)["class"]), features, silence=feature_params.silence
    )


TASK_DATA = {"notes": NoteData, "classes": ClassData}
"""Training data, by the kind of the task."""
