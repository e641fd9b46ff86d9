"""A row made into settings: the network, what it hears, and how it is trained within the budget of all rows."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, replace
from types import ModuleType
from typing import Any

from experiments.ablation.plan import VERSION, Plan
from experiments.ablation.rows import Row
from mir_models.architectures import ARCHITECTURES
from mir_models.augmentation import spectrum
from mir_models.augmentation.spectrum import Augmentation
from mir_models.errors import MirlitonError
from mir_models.examples.shards import SHARD_FRAMES
from mir_models.features import cqt, preset
from mir_models.tasks import TASKS
from mir_models.training import fit
from storage.fingerprints import fingerprint


@dataclass(frozen=True)
class Recipe:
    """What a network is made of and how it is trained.

    Attributes
    ----------
    architecture : module
    heard : mir_models.features.cqt.Params
    network, training, augmentation : dataclasses
        The architecture's ``Params``, `mir_models.training.fit.Params` and `mir_models.augmentation.spectrum.Params`.
    segment_frames : int
        Frames of a segment; more than a shard's where shards are joined.
    """

    architecture: ModuleType
    heard: cqt.Params
    network: Any
    training: fit.Params
    augmentation: spectrum.Params
    segment_frames: int

    @property
    def task(self) -> ModuleType:
        """The task."""
        return TASKS.get(self.architecture.TASK)

    @property
    def heads(self) -> tuple[str, ...]:
        """What the network says."""
        return self.architecture.HEADS

    @property
    def example_frames(self) -> int:
        """Frames of the examples out of which segments are cut."""
        return max(SHARD_FRAMES, self.segment_frames)

    @property
    def augment(self) -> Augmentation | None:
        """How examples are changed on the fly, None where they stay as they are."""
        if self.augmentation == spectrum.Params():
            return None
        return Augmentation.of(self.augmentation, self.heard)

    @property
    def fingerprint(self) -> str:
        """Changes with everything here."""
        own = (
            f"mir_models.architectures.{self.architecture.NAME}",
            self.architecture.VERSION,
            self.network,
            self.heard,
            cqt.VERSION,
        )
        trained = (self.training, self.segment_frames, self.augmentation, spectrum.VERSION)
        return fingerprint(VERSION, *own, *trained)

    def about(self) -> dict[str, Any]:
        """The recipe as JSON values."""
        return {
            "architecture": self.architecture.NAME,
            "heard": asdict(self.heard),
            "network": asdict(self.network),
            "training": asdict(self.training),
            "augmentation": asdict(self.augmentation),
            "segment_frames": self.segment_frames,
        }


def recipe(row: Row, plan: Plan, *, seed: int) -> Recipe:
    """The settings of a row: those of its network, but for what the row changes and the number of epochs."""
    architecture = ARCHITECTURES.get(row.architecture)
    heard, network = preset(architecture.FEATURE).PRESETS[architecture.FEATURE], architecture.Params()
    if row.bins_per_semitone:
        heard = cqt.of_keys(row.bins_per_semitone)
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
    return Recipe(architecture, heard, network, trained, _augmentation(row, architecture, heard), segment)


def _augmentation(row: Row, architecture: ModuleType, heard: cqt.Params) -> spectrum.Params:
    if row.augmentation is None:
        return spectrum.Params()
    fitting = {} if heard.bins_per_semitone >= spectrum.BINS_TO_DETUNE else {"detune": 0.0}
    return replace(architecture.AUGMENTATION, **fitting, **row.augmentation)


def backend() -> str:
    """The backend of Keras, by its environment variable."""
    return os.environ.get("KERAS_BACKEND") or "tensorflow"


def _average(architecture: ModuleType, plan: Plan) -> dict[str, float]:
    """The moving average of a network that has one, as far back as befits a short training."""
    return {"ema": plan.ema} if architecture.TRAINING.ema else {}


def _batch_size(own: fit.Params, segment: int) -> int:
    """Segments in a batch of as many frames as the network is trained with."""
    size, rest = divmod(own.batch_size * own.segment_frames, segment)
    if rest or not size:
        received = f"{own.batch_size} segments of {own.segment_frames} frames"
        remedy = "leave this row out, or train the base with batches that can be divided so"
        raise MirlitonError(f"batches that are whole segments of {segment} frames", received=received, remedy=remedy)
    return size
