"""Tasks: what a network is trained to predict. One file is one task.

An entry satisfies :class:`NoteTask` or :class:`ClassTask`; its ``KIND`` names which, and how tracks are validated:

* ``"notes"``: every frame has targets, see :mod:`mir_models.tasks.piano_transcription`.
* ``"classes"``: a track has one, see :mod:`mir_models.inference.classification`; ``LABELS`` is a kind of
  ``storage/corpora/label_kinds.py``.

``artist_recognition``: which artist recorded a track
``genre_recognition``: which genre of its corpus a track has
``piano_transcription``: which of the 88 keys sound in each frame, where notes begin and end, and how loud they are
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, Protocol

from numpy.typing import NDArray

from mir_models.notes.annotations import Notes
from mir_models.notes.decoding import Decoding
from mir_models.notes.frames import FrameGrid
from mir_models.registry import Registry

__all__ = ["KINDS", "TASKS", "ClassTask", "NoteTask", "Task"]

KINDS = ("notes", "classes")

Array = NDArray[Any]


class _AnyTask(Protocol):
    """What tasks of both kinds have."""

    NAME: str
    VERSION: int
    LABELS: str

    @property
    def BASELINE_FEATURES(self) -> tuple[str, ...]:
        """Presets from which the baselines of the task are computed."""

    def monitor(self, heads: Iterable[str]) -> str:
        """The validation score by which the best epoch is chosen; higher is better."""

    def fields(self, heads: Iterable[str]) -> tuple[str, ...]:
        """The piano rolls of an example that `targets` needs for these heads."""

    def targets(self, example: Mapping[str, Array], heads: Iterable[str]) -> dict[str, Array]:
        """The target of each head, from an example with the `fields` of these heads."""

    def losses(self, heads: Iterable[str], focal_gamma: float = 0.0) -> Mapping[str, Any]:
        """The loss of each head, as `keras.Model.compile` takes it."""

    def weights(self, heads: Iterable[str]) -> dict[str, float]:
        """The weight of each head's loss in their sum."""

    def constants(self, targets: Iterable[tuple[Mapping[str, Array], float]], /) -> dict[str, Array]:
        """The constant prediction of every head, (n_targets,): see `mir_models.training.chance.mean_targets`."""


class NoteTask(_AnyTask, Protocol):
    """A task with targets in every frame; its networks are decoded to notes."""

    @property
    def KIND(self) -> Literal["notes"]:
        """The kind of the task."""

    def mixed(
        self, targets: Mapping[str, Array], activations: Mapping[str, Array], share: float, /
    ) -> dict[str, Array]:
        """Targets by head with a share of another network's activations; see `mir_models.training.distillation`."""

    def validate(
        self,
        predict: Callable[[Array], dict[str, Array]],
        tracks: Iterable[tuple[Mapping[str, Array], Notes]],
        grid: FrameGrid,
        /,
    ) -> dict[str, float]:
        """Scores over validation tracks, among them the one that `monitor` names."""

    def decoding_version(self, heads: Iterable[str]) -> int:
        """Raised when `choose_decoding` chooses otherwise for these heads: thresholds are then chosen anew."""

    def choose_decoding(
        self,
        predict: Callable[[Array], dict[str, Array]],
        tracks: Iterable[tuple[Mapping[str, Array], Notes]],
        grid: FrameGrid,
        frame_threshold: float,
        /,
    ) -> Decoding:
        """The decoding whose thresholds are best over validation tracks."""


class ClassTask(_AnyTask, Protocol):
    """A task with one class per track, found by a vote over windows."""

    @property
    def KIND(self) -> Literal["classes"]:
        """The kind of the task."""

    def validate(self, tracks: Iterable[tuple[Array, int]], /) -> dict[str, float]:
        """Scores over validation tracks, (n_windows, n_classes) probabilities and index of the class of each."""


Task = NoteTask | ClassTask
TASKS: Registry[Task] = Registry("mir_models.tasks", "task")
