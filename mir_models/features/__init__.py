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

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import ParameterError
from mir_models.features._params import FeatureParams
from mir_models.registry import Registry
from mir_models.resampling import resample
from mir_models.shared_results import Shared
from mir_models.similar_names import suggestion

__all__ = ["FEATURES", "Feature", "FeatureParams", "extract_presets", "feature_of", "params_of_preset", "presets"]


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
        remedy = f"{suggestion(preset, features)}choose one of {', '.join(sorted(features))}"
        raise ParameterError("the name of a feature preset", received=repr(preset), remedy=remedy)
    return features[preset]


def params_of_preset(preset: str, values: Mapping[str, Any]) -> FeatureParams:
    """The ``Params`` of a preset's feature, from values by field as a record holds them."""
    return type(feature_of(preset).PRESETS[preset])(**values)


def extract_presets(
    y: NDArray[np.float32], sr: int, params: Mapping[str, FeatureParams]
) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Features of one recording by several presets; what they have in common is computed once.

    That is the resampling, the halved audio of all constant-Q transforms and the power spectra of one frame length and
    hop. Each result is byte for byte what ``feature_of(preset).extract`` computes by itself.

    Parameters
    ----------
    y : (n_samples,) float32
        Mono audio at `sr`, full scale at ±1.
    sr : int
        Sampling rate in Hz; the audio is resampled to those of the settings.
    params : mapping of str to FeatureParams
        Settings by preset.

    Yields
    ------
    str, (n_frames, n_bins) float32
        A preset and its feature, in the order of `params`.
    """
    shared, resampled = Shared(), {sr: y}
    for preset, each in params.items():
        if each.sr not in resampled:
            resampled[each.sr] = resample(y, sr, each.sr)
        audio, extract = resampled[each.sr], feature_of(preset).extract
        yield preset, shared.call(partial(extract, audio, each))
