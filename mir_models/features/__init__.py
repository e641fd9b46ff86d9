"""Features: the input representations of networks. One file is one feature; its ``PRESETS`` are the settings stored.

An entry satisfies :class:`Feature`: ``NAME``, ``VERSION`` (raised when `extract` changes its output), a frozen
``Params`` (a subclass of :class:`FeatureParams`), ``PRESETS`` and ``extract(y, params) -> (n_frames, n_bins) float32``.

``chroma``: strength of the twelve pitch classes
``cqt``: constant-Q transform in dB, one or three bins per semitone
``log_mel``: mel spectrogram, in dB or natural logarithms
``mfcc``: mel-frequency cepstral coefficients
``stft``: short-time Fourier transform in dB
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import ParameterError
from mir_models.features._params import FeatureParams
from mir_models.registry import Registry

__all__ = ["FEATURES", "Feature", "FeatureParams", "feature_of", "params_of_preset", "presets"]


class Feature(Protocol):
    """What a module of this package has."""

    NAME: str
    VERSION: int

    @property
    def Params(self) -> type[FeatureParams]:
        """The class of its settings, a frozen dataclass."""

    @property
    def PRESETS(self) -> Mapping[str, FeatureParams]:
        """Settings by name of preset."""

    def extract(self, y: NDArray[np.float32], params: Any, /) -> NDArray[np.float32]:
        """Mono audio (n_samples,) at ``params.sr`` to (n_frames, n_bins), by settings of its own ``Params``."""


FEATURES: Registry[Feature] = Registry("mir_models.features", "feature")


def presets() -> dict[str, Feature]:
    """The feature of every preset, by the preset's name."""
    return {preset: feature for feature in FEATURES.entries().values() for preset in feature.PRESETS}


def feature_of(preset: str) -> Feature:
    """The feature that declares a preset.

    Raises
    ------
    ParameterError
        When no feature does.
    """
    features = presets()
    if preset not in features:
        remedy = f"choose one of {', '.join(sorted(features))}"
        raise ParameterError("the name of a feature preset", received=repr(preset), remedy=remedy)
    return features[preset]


def params_of_preset(preset: str, values: Mapping[str, Any]) -> FeatureParams:
    """The ``Params`` of a preset's feature, from values by field as a record holds them."""
    return type(feature_of(preset).PRESETS[preset])(**values)
