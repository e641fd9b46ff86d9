"""A row as settings: the network, its features, and its training within the budget of all rows."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, replace
from typing import Any, cast

from experiments.ablation.plan import VERSION, Plan
from experiments.ablation.rows import Row
from mir_models.architectures import ARCHITECTURES, ClassArchitecture, NoteArchitecture
from mir_models.augmentation import spectrum
from mir_models.augmentation.spectrum import Augmentation
from mir_models.errors import ParameterError
from mir_models.examples.shards import SHARD_FRAMES
from mir_models.features import cqt, feature_of
from mir_models.tasks import TASKS, NoteTask
from mir_models.training.params import Params as TrainingParams
from storage.fingerprints import fingerprint


@dataclass(frozen=True)
class Recipe:
    """Settings of a network, of its features and of its training.

    Attributes
    ----------
    architecture : module
    features : mir_models.features.cqt.Params
    network, training, augmentation : dataclasses
        ``Params`` of the architecture, of `mir_models.training.params` and of `mir_models.augmentation.spectrum`.
    segment_frames : int
        Frames of a segment; more than a shard's where shards are joined.
    """

    architecture: NoteArchitecture
    features: cqt.Params
    network: Any
    training: TrainingParams
    augmentation: spectrum.Params
    segment_frames: int

    @property
    def task(self) -> NoteTask:
        """The task."""
        return cast(NoteTask, TASKS.get(self.architecture.TASK))  # A network with targets in frames has such a task.

    @property
    def heads(self) -> tuple[str, ...]:
        """Names of the network's outputs."""
        return self.architecture.HEADS

    @property
    def example_frames(self) -> int:
        """Frames of the examples out of which segments are cut."""
        return max(SHARD_FRAMES, self.segment_frames)

    @property
    def augment(self) -> Augmentation | None:
        """Augmentation of examples on the fly; None without."""
        if self.augmentation == spectrum.Params():
            return None
        return Augmentation.for_feature(self.augmentation, self.features)

    @property
    def fingerprint(self) -> str:
        """Changes with everything here."""
        own = (
            f"mir_models.architectures.{self.architecture.NAME}",
            self.architecture.VERSION,
            self.network,
            self.features,
            cqt.VERSION,
        )
        trained = (self.training, self.segment_frames, self.augmentation, spectrum.VERSION)
        return fingerprint(VERSION, *own, *trained)

    def to_json(self) -> dict[str, Any]:
        """The recipe as JSON values."""
        return {
            "architecture": self.architecture.NAME,
            "heard": asdict(self.features),
            "network": asdict(self.network),
            "training": asdict(self.training),
            "augmentation": asdict(self.augmentation),
            "segment_frames": self.segment_frames,
        }


def recipe(row: Row, plan: Plan, *, seed: int) -> Recipe:
    """The settings of a row: those of its network, but for what the row changes and the number of epochs."""
    architecture = ARCHITECTURES.get(row.architecture)
    assert not isinstance(architecture, ClassArchitecture)
    features, network = feature_of(architecture.FEATURE).PRESETS[architecture.FEATURE], architecture.Params()
    assert isinstance(features, cqt.Params)
    if row.bins_per_semitone:
        features = cqt.of_keys(row.bins_per_semitone)
        network = replace(network, bins_per_semitone=row.bins_per_semitone)
    own = plan.segment_frames if row.architecture == Row.architecture else architecture.TRAINING.segment_frames
    segment = row.segment_frames or own
    trained = replace(
        architecture.TRAINING,
        **{
            "epochs": plan.epochs,
            "stop_patience": plan.epochs,
            "seed": seed,
            **_average(architecture, plan),
            **row.training,
        },
        batch_size=_batch_size(architecture.TRAINING, segment),
        segment_frames=min(segment, SHARD_FRAMES),
    )
    return Recipe(architecture, features, network, trained, _augmentation(row, architecture, features), segment)


def _augmentation(row: Row, architecture: NoteArchitecture, features: cqt.Params) -> spectrum.Params:
    if row.augmentation is None:
        return spectrum.Params()
    fitting: dict[str, Any] = {} if features.bins_per_semitone >= spectrum.BINS_TO_DETUNE else {"detune": 0.0}
    return replace(architecture.AUGMENTATION, **fitting, **row.augmentation)


def backend() -> str:
    """The backend of Keras, by its environment variable."""
    return os.environ.get("KERAS_BACKEND") or "tensorflow"


def _average(architecture: NoteArchitecture, plan: Plan) -> dict[str, float]:
    """The moving average of a network that has one, as far back as befits a short training."""
    return {"ema": plan.ema} if architecture.TRAINING.ema else {}


def _batch_size(own: TrainingParams, segment: int) -> int:
    """Segments in a batch of as many frames as the network is trained with."""
    size, rest = divmod(own.batch_size * own.segment_frames, segment)
    if rest or not size:
        received = f"{own.batch_size} segments of {own.segment_frames} frames"
        remedy = "leave this row out, or train the base with batches that can be divided so"
        raise ParameterError(f"batches that are whole segments of {segment} frames", received=received, remedy=remedy)
    return size
