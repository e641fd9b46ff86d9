"""Settings that all features have: sampling rate, hop length and what follows of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from mir_models.notes.frames import FrameGrid
from mir_models.setting_types import Count, check_settings


@dataclass(frozen=True)
class FeatureParams(ABC):
    """Settings of a feature, one row per frame. The ``Params`` of every feature are a subclass of these.

    Attributes
    ----------
    sr : int
        Sampling rate of the audio in Hz.
    hop_length : int
        Samples between frames.
    """

    sr: Count = 22050
    hop_length: Count = 512

    def __post_init__(self) -> None:
        check_settings(self)

    @property
    def grid(self) -> FrameGrid:
        """The frames of the feature."""
        return FrameGrid(self.sr, self.hop_length)

    @property
    @abstractmethod
    def context(self) -> float:
        """Seconds of audio on either side of its centre that a frame depends on."""

    @property
    def silence(self) -> float:
        """Value of every bin in silence: of the padding of a shard and of the time before a track."""
        return 0.0

    @property
    def per_db(self) -> float:
        """Units of a level per decibel; 0 where bins are no levels."""
        return 0.0

    @property
    def bins_per_semitone(self) -> int:
        """Bins in a semitone, its pitch in the middle of them; 0 where bins are not spaced by pitch."""
        return 0


@dataclass(frozen=True)
class SpectrumParams(FeatureParams):
    """Settings of a feature that is computed from the short-time Fourier transform.

    Attributes
    ----------
    n_fft : int
        Samples of a frame.
    """

    n_fft: Count = 2048

    @property
    def context(self) -> float:
        """Seconds of audio on either side of its centre that a frame depends on: half a frame."""
        return self.n_fft / 2 / self.sr
