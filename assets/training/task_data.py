"""Lessons: what a network learns from and is asked, by the kind of its task."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from types import ModuleType
from typing import Any

import numpy as np

from assets.training.corpora import Corpora
from mir_models.errors import MirlitonError
from mir_models.examples.windows import Window
from mir_models.inference import activations
from mir_models.inference.classification import Voting
from mir_models.notes.annotations import Notes
from mir_models.notes.decoding import Decoding
from storage.examples.shards import Examples, TrackShards
from storage.examples.windows import WindowExamples

Log = dict[str, float]


@dataclass(frozen=True)
class NoteLessons:
    """Every frame of a shard with its piano rolls.

    Attributes
    ----------
    corpora : Corpora
    architecture, task : module
    heard : dataclass
        Settings of the feature.
    window : None
        Any length is heard.
    """

    corpora: Corpora
    architecture: ModuleType
    task: ModuleType
    heard: Any
    window: None = None

    @property
    def shape(self) -> dict[str, Any]:
        """What building the network needs to know: nothing, it hears any length and says 88 keys."""
        return {}

    def about(self) -> dict[str, Any]:
        """What a record says of them."""
        return {}

    @cached_property
    def examples(self) -> Examples:
        """Of the train split."""
        return self.corpora.examples("train", self.task.fields(self.architecture.HEADS))

    def validate(self, model: Any) -> Log:
        """Scores of the validation tracks."""
        return self.task.validate(self._predictor(model), self._validation(), self.heard.grid)

    def calibrate(self, model: Any, log: Log) -> Decoding:
        """Thresholds chosen on validation, given what the best epoch says."""
        threshold = log["frame_threshold"]
        return self.task.calibrate(self._predictor(model), self._validation(), self.heard.grid, threshold)

    def _predictor(self, model: Any) -> Callable[[Any], dict[str, Any]]:
        """Features of a whole track to activations by head."""
        return partial(activations.activations, model, silence=self.heard.silence)

    def _validation(self) -> Iterator[tuple[dict[str, Any], Notes]]:
        """The validation tracks with the rolls of the heads and their notes, one at a time."""
        fields = self.task.fields(self.architecture.HEADS)
        for track in self.corpora.split("validation"):
            yield self.corpora.whole(track, "features", *fields), self.corpora.notes(track)


@dataclass(frozen=True)
class ClassLessons:
    """Windows of tracks, each with the class of its track. Attributes as in `NoteLessons`, but for `window`.

    Attributes
    ----------
    window : Window
        What the network hears at once.
    """

    corpora: Corpora
    architecture: ModuleType
    task: ModuleType
    heard: Any
    window: Window

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """The classes of the train split, sorted; refuses fewer than two."""
        found = sorted({each.classes[self.task.LABELS] for each in self.corpora.split("train")})
        if len(found) < 2:
            remedy = "name more datasets, or choose a split rule that leaves two classes to train on"
            raise MirlitonError(f"two classes of {self.task.LABELS} to tell apart", received=found, remedy=remedy)
        return tuple(found)

    @property
    def shape(self) -> dict[str, Any]:
        """What building the network needs to know."""
        return {"n_frames": self.window.frames, "n_classes": len(self.classes)}

    def about(self) -> dict[str, Any]:
        """What a record says of them."""
        return {"classes": list(self.classes)}

    @cached_property
    def examples(self) -> WindowExamples:
        """Of the train split."""
        tracks = self.corpora.split("train")
        labels = [self.classes.index(each.classes[self.task.LABELS]) for each in tracks]
        return WindowExamples(tracks, labels, len(self.classes), self.window, self.heard.silence)

    def validate(self, model: Any) -> Log:
        """Scores of the validation tracks whose class the train split has."""
        return self.task.validate(self._validation(model))

    def calibrate(self, model: Any, log: Log) -> Voting:
        """How the windows of a track vote; nothing is chosen."""
        return Voting(self.classes, self.window)

    def _validation(self, model: Any) -> Iterator[tuple[Any, int]]:
        known = [each for each in self.corpora.split("validation") if each.classes[self.task.LABELS] in self.classes]
        if not known:
            remedy = "register the dataset with another --split-seed, or another split rule"
            raise MirlitonError("validation tracks of classes that train", received="none", remedy=remedy)
        voting = Voting(self.classes, self.window)
        for track in known:
            yield (
                heard_by(model, voting, track, self.corpora, self.heard),
                self.classes.index(track.classes[self.task.LABELS]),
            )


def heard_by(model: Any, voting: Voting, track: TrackShards, corpora: Corpora, heard: Any) -> np.ndarray:
    """(n_windows, n_classes) probabilities of the windows of a track."""
    features = corpora.whole(track, "features")["features"]
    return voting.heard(
        lambda windows: np.asarray(model.predict_on_batch(windows)["class"]), features, silence=heard.silence
    )


LESSONS = {"notes": NoteLessons, "classes": ClassLessons}
"""By the kind of a task."""
