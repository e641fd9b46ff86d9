"""Architectures: networks as functions of their sizes. One file is one architecture.

An entry satisfies :class:`NoteArchitecture` (targets in every frame, input of any length), :class:`ClassArchitecture`
(one class per window) or :class:`Ensemble` (trained members are joined, nothing is trained).

``bilstm``: bidirectional LSTM over all 88 keys, frames and onsets
``crnn``: convolutions over time and an LSTM, for genres (2018)
``dense_context``: dense layers on nine frames, for artists
``dense_frame``: dense layers on one frame, for artists
``genre_ensemble``: mean of the probabilities of `crnn` and `parallel_cnn_rnn`
``harmonic_resnet``: `onsets_frames` by wider residual convolutions, for real rooms
``lstm``: the seed system's transcriber, 84 constant-Q bins
``lstm_fast``: `lstm` with weight dropout instead of recurrent dropout, which cuDNN can compute
``onsets_frames``: onsets, offsets, velocities and frames by dilated convolutions, the default transcriber
``parallel_cnn_rnn``: convolutions beside a GRU, for genres (2018)
``patch_cnn``: one convolution on half a second of mel spectrum, for artists
``x_vector``: convolutions over time and statistics pooling, for artists
``x_vector_genre``: the same for genres
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypedDict, runtime_checkable

from mir_models.augmentation import spectrum
from mir_models.examples.windows import Window
from mir_models.registry import Registry
from mir_models.tasks import TASKS
from mir_models.training.distillation import Params as Distillation
from mir_models.training.normalisation import Scale
from mir_models.training.params import Params as TrainingParams
from mir_models.training.search_space import SearchSpace
from mir_models.transfer import fine_tuning

__all__ = [
    "ARCHITECTURES",
    "Architecture",
    "ClassArchitecture",
    "Ensemble",
    "NoteArchitecture",
    "TrainingSettings",
    "default_settings",
    "input_presets",
    "members",
    "training_settings",
]


class _AnyArchitecture(Protocol):
    """What all architectures have.

    Attributes
    ----------
    NAME, TASK : str
        Of itself and of its task in their registries.
    FEATURE : str
        Preset of the input features.
    VERSION : int
        Raised when `build` gives another network.
    TRAINING : mir_models.training.params.Params
        Default settings of its training.
    AUGMENTATION : mir_models.augmentation.spectrum.Params
        Default augmentation of its training examples.
    SEARCH_SPACE : mir_models.training.search_space.SearchSpace
        The values of settings that a sweep tries.
    """

    NAME: str
    TASK: str
    FEATURE: str
    VERSION: int
    TRAINING: TrainingParams
    AUGMENTATION: spectrum.Params
    SEARCH_SPACE: SearchSpace

    @property
    def HEADS(self) -> tuple[str, ...]:
        """Names of the outputs."""

    @property
    def Params(self) -> type[Any]:
        """The class of its sizes and rates, a frozen dataclass."""


class NoteArchitecture(_AnyArchitecture, Protocol):
    """A network with targets in every frame, for input of any length."""

    def build(self, params: Any, /, *, scale: Scale) -> Any:
        """The `keras.Model` from (batch, n_frames, n_bins) to ``{head: (batch, n_frames, n_targets)}``."""


@runtime_checkable
class ClassArchitecture(_AnyArchitecture, Protocol):
    """A network that classifies windows.

    Attributes
    ----------
    WINDOW : mir_models.examples.windows.Window
        Its input by default: length and hop in frames.
    """

    WINDOW: Window

    def build(self, params: Any, /, *, scale: Scale, n_frames: int, n_classes: int) -> Any:
        """The `keras.Model` from (batch, n_frames, n_bins) to ``{"class": (batch, n_classes)}``."""


@runtime_checkable
class Ensemble(ClassArchitecture, Protocol):
    """A network that is joined from trained members."""

    @property
    def MEMBERS(self) -> Mapping[str, ClassArchitecture]:
        """Architectures of the members by name."""

    def join(self, members: Mapping[str, Any], /) -> Any:
        """The trained members, `keras.Model` by name, as one `keras.Model`."""


Architecture = NoteArchitecture | ClassArchitecture
ARCHITECTURES: Registry[Architecture] = Registry("mir_models.architectures", "architecture")


class TrainingSettings(TypedDict, total=False):
    """The settings of a training by part, each a frozen dataclass.

    ``network`` (``Params`` of the architecture), ``training``, ``augmentation``, ``start`` (of fine-tuning); of a
    network with targets in every frame ``distillation``, of one that classifies windows ``window``.
    """

    network: Any
    training: TrainingParams
    augmentation: spectrum.Params
    start: fine_tuning.Params
    distillation: Distillation
    window: Window


def input_presets(task: str) -> list[str]:
    """The presets that the networks and the baselines of a task need, sorted; others are prepared on request."""
    networks = [each for each in ARCHITECTURES.entries().values() if task == each.TASK]
    return sorted({*(each.FEATURE for each in networks), *TASKS.get(task).BASELINE_FEATURES})


def members(architecture: Architecture) -> dict[str, ClassArchitecture]:
    """Architectures of an ensemble's members by name; none of an architecture that is trained itself."""
    return dict(architecture.MEMBERS) if isinstance(architecture, Ensemble) else {}


def training_settings(architecture: Architecture) -> TrainingSettings:
    """The `default_settings` of an architecture that is trained; empty for an ensemble."""
    return {} if members(architecture) else default_settings(architecture)


def default_settings(architecture: Architecture) -> TrainingSettings:
    """The default settings of a training."""
    values: TrainingSettings = {
        "network": architecture.Params(),
        "training": architecture.TRAINING,
        "augmentation": architecture.AUGMENTATION,
        "start": fine_tuning.Params(),
    }
    if isinstance(architecture, ClassArchitecture):
        values["window"] = architecture.WINDOW
    else:
        values["distillation"] = Distillation()
    return values
