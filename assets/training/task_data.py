"""The data of a task: training examples, validation and decoding, by what it predicts (notes or classes)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from assets.training.dataset_shards import DatasetShards
from mir_models.architectures import ClassArchitecture, NoteArchitecture
from mir_models.errors import MirlitonError
from mir_models.examples.windows import Window
from mir_models.features import FeatureParams
from mir_models.inference import activations
from mir_models.inference.classification import HEAD, Voting, mean_of_probabilities
from mir_models.notes.annotations import Notes
from mir_models.notes.decoding import Decoding
from mir_models.tasks import ClassTask, NoteTask
from mir_models.training.chance import bootstrap_p_value, permutation_p_value, smallest_p_value
from storage.examples.indexed import ShardExamples
from storage.examples.track_shards import TrackShards
from storage.examples.windows import WindowExamples

Log = dict[str, float]
"""Metrics of an epoch by name."""
Predict = Callable[[NDArray[Any]], dict[str, NDArray[Any]]]
"""The features (n_frames, n_bins) of a track to activations by head."""
PredictWindows = Callable[[TrackShards], NDArray[Any]]
"""A track to the probabilities (n_windows, n_classes) of its windows."""
MARGIN = 0.02
"""What a transcription has to be better than the constant prediction: share of its loss, or of F1."""


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

    P_VALUE_DECIDES: ClassVar = True
    """The `p_value` compares losses with those of constants: a network whose loss has not moved has none below 1."""

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

    @property
    def decoding_version(self) -> int:
        """Of how `choose_decoding` chooses."""
        return self.task.decoding_version(self.architecture.HEADS)

    def validate(self, model: Any) -> Log:
        """Scores of the validation tracks."""
        return self.scores(self.predictor(model), self.validation_tracks)

    def choose_decoding(self, model: Any, log: Log) -> Decoding:
        """Thresholds chosen on validation, given the log of the best epoch."""
        tracks = self._arrays_and_notes(self.validation_tracks)
        return self.task.choose_decoding(
            self.predictor(model), tracks, self.feature_params.grid, log["frame_threshold"]
        )

    @cached_property
    def validation_tracks(self) -> list[TrackShards]:
        """The tracks of the validation split."""
        return self.data.split("validation")

    @cached_property
    def constants(self) -> dict[str, NDArray[Any]]:
        """The constant prediction: the mean over the train split of every head's targets."""
        return self.task.constants(self._train_targets())

    @cached_property
    def chance(self) -> Log:
        """Validation scores of the constant prediction."""
        return self.scores(self.constant_predictor(), self.validation_tracks)

    def predictor(self, model: Any) -> Predict:
        """Function from the features (n_frames, n_bins) of a track to activations by head."""
        return partial(activations.predict_track, model, silence=self.feature_params.silence)

    def constant_predictor(self) -> Predict:
        """Function as that of `predictor` that predicts the constants in every frame."""
        return lambda features: {
            head: np.broadcast_to(each, (len(features), len(each))) for head, each in self.constants.items()
        }

    def scores(self, predict: Predict, tracks: list[TrackShards]) -> Log:
        """Scores of predictions of some tracks."""
        return self.task.validate(predict, self._arrays_and_notes(tracks), self.feature_params.grid)

    def p_value(self, model: Any) -> float:
        """Of the hypothesis that the network is no better than the constants, by loss or by the monitored score."""
        monitor, gains = self.task.monitor(self.architecture.HEADS), []
        for track in self.validation_tracks:
            own = self.scores(self.predictor(model), [track])
            chance = self.scores(self.constant_predictor(), [track])
            loss = (1 - MARGIN) * chance["val_loss"] - own["val_loss"]
            gains.append((loss, own[monitor] - chance[monitor] - MARGIN))
        return min(1.0, 2 * min(map(bootstrap_p_value, zip(*gains, strict=True))))

    @property
    def smallest_p_value(self) -> float:
        """That these validation tracks allow: one of thousands of frames shows enough."""
        return 0.0

    def _train_targets(self) -> Iterator[tuple[dict[str, NDArray[Any]], float]]:
        """The targets of each track that trains, and how often an epoch visits them."""
        heads = self.architecture.HEADS
        for track in self.data.visited_tracks():
            rolls = self.data.track_arrays(track, *self.task.fields(heads))
            yield self.task.targets(rolls, heads), self.data.weights.get(track.dataset, 1.0)

    def _arrays_and_notes(self, tracks: list[TrackShards]) -> Iterator[tuple[dict[str, NDArray[Any]], Notes]]:
        """Features, the rolls of the heads and the notes of some tracks, one at a time."""
        fields = self.task.fields(self.architecture.HEADS)
        for track in tracks:
            yield self.data.track_arrays(track, "features", *fields), self.data.notes(track)


@dataclass(frozen=True)
class ClassData:
    """Training data of tasks that predict classes: windows of tracks. Attributes as in `NoteData`, but for `window`.

    Attributes
    ----------
    window : Window
        Input of the network.
    """

    P_VALUE_DECIDES: ClassVar = False
    """The `p_value` compares orders of the tracks: of random weights it can be small by luck."""
    decoding_version: ClassVar = 1
    """Of how `choose_decoding` chooses: it never changed."""

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
        return self.scores(self.predictor(model), self.validation_tracks)

    def choose_decoding(self, model: Any, log: Log) -> Voting:
        """How the windows of a track vote; nothing is chosen."""
        return Voting(self.classes, self.window)

    @cached_property
    def validation_tracks(self) -> list[TrackShards]:
        """The validation tracks whose class the train split has; refuses none."""
        found = [each for each in self.data.split("validation") if each.classes[self.task.LABELS] in self.classes]
        if not found:
            remedy = "register the dataset with another --split-seed, or another split rule"
            raise MirlitonError("validation tracks of classes that train", received="none", remedy=remedy)
        return found

    @cached_property
    def constants(self) -> dict[str, NDArray[Any]]:
        """The constant prediction: how frequent each class is among the windows of the train split."""
        labels, visits = self.examples.labels, self.data.visits(self.examples)
        of_windows = np.eye(len(self.classes))[np.repeat(labels, self.examples.per_track)]
        return self.task.constants(
            ({HEAD: of_window[None]}, visit) for of_window, visit in zip(of_windows, visits, strict=True)
        )

    @cached_property
    def chance(self) -> Log:
        """Validation scores of the constant prediction."""
        return self.scores(self.constant_predictor(), self.validation_tracks)

    def predictor(self, model: Any) -> PredictWindows:
        """Function from a track to the probabilities of its windows."""
        voting = Voting(self.classes, self.window)
        return lambda track: predict_windows(model, voting, track, self.data, self.feature_params)

    def constant_predictor(self) -> PredictWindows:
        """Function as that of `predictor` that predicts the constants in every window."""
        (each,) = self.constants.values()
        return lambda track: np.broadcast_to(each, (len(self.window.starts(track.n_frames)), len(each)))

    def scores(self, predict: PredictWindows, tracks: list[TrackShards]) -> Log:
        """Scores of predictions of some tracks."""
        return self.task.validate((predict(track), self._class_index(track)) for track in tracks)

    def p_value(self, model: Any) -> float:
        """Of the hypothesis that predictions have nothing to do with the tracks they are of."""
        predict = self.predictor(model)
        means = [mean_of_probabilities(predict(track)) for track in self.validation_tracks]
        return permutation_p_value(np.array(means), self._validation_classes)

    @property
    def smallest_p_value(self) -> float:
        """That these validation tracks allow; 1 where all have one class."""
        return smallest_p_value(self._validation_classes)

    @property
    def _validation_classes(self) -> list[int]:
        return [self._class_index(track) for track in self.validation_tracks]

    def _class_index(self, track: TrackShards) -> int:
        return self.classes.index(track.classes[self.task.LABELS])


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
