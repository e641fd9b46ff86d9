"""Downmix of channels to mono that does not cancel: the mean, unless channels are in opposite phase.

The mean of a recording whose channels have opposite polarity (a cable wired the wrong way round, a side signal) is
near silence. The gain of a mix with weights w over the sum of unrelated channels,

    g = (wᵀ K w) / (Σ wₖ² Kₖₖ),

with K the covariance of the channels, is C for C equal channels, 1 for unrelated ones (or where all but one are
silent) and 0 where they cancel.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

BLOCK_SECONDS = 1
FEW_CHANNELS = 8
"""From so many on NumPy adds in another order."""
MIN_GAIN = 0.5
"""Gain below which the channels of a block cancel: for two equally loud ones, a correlation below −0.5."""
MIN_COMPONENT = 0.05
"""Share of the largest element of the principal component below which a channel is not part of it."""
MAX_CANCELLED = 0.1
"""Share of a recording's energy in blocks that cancel up to which a mix is used."""
OPPOSITE_GAIN = 0.4
"""Gain of a recording's mean below which channels are inverted: for two, a correlation below −0.6."""

Array = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Mix:
    """Weights of channels.

    Attributes
    ----------
    name : str
        ``"mean"``, ``"mean with channel 2 inverted"`` or ``"channel 1"``.
    weights : (n_channels,) float32
    """

    name: str
    weights: NDArray[np.float32]

    @property
    def is_mean(self) -> bool:
        """Whether all channels have the same weight."""
        return self.name == "mean"

    def apply(self, block: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n_samples,) of a block (n_samples, n_channels)."""
        if not self.is_mean:
            return block @ self.weights
        if block.shape[1] >= FEW_CHANNELS:
            return block.mean(axis=1, dtype=np.float32)
        # The same, channel by channel: NumPy's mean over so short an axis takes six times as long.
        return sum(block.T[1:], start=block[:, 0]) / np.float32(block.shape[1])


def choose_mix(y: NDArray[np.float32], sr: int) -> Mix:
    """The mix of the channels of `y`, (n_samples, n_channels) at `sr` Hz; see `ChannelCovariance.mix`."""
    covariance = ChannelCovariance(sr)
    if y.shape[1] > 1:
        covariance.push(y)
    return covariance.mix(y.shape[1])


def to_mono(y: NDArray[np.float32], sr: int) -> NDArray[np.float32]:
    """(n_samples,) mix of the channels of `y`, (n_samples, n_channels) at `sr` Hz, in which they do not cancel."""
    return choose_mix(y, sr).apply(y)


def mean_mix(n_channels: int) -> Mix:
    """The mean of all channels."""
    return Mix("mean", np.full(n_channels, 1 / n_channels, dtype=np.float32))


@dataclass
class ChannelCovariance:
    """Covariances of the channels by block of a recording, from which its mix is chosen.

    Parameters
    ----------
    sr : int
        Sampling rate in Hz.

    Attributes
    ----------
    blocks : list of (n_channels, n_channels)
        Sums of products of the channels without their means.
    """

    sr: int
    blocks: list[Array] = field(default_factory=list)

    def push(self, samples: NDArray[np.float32]) -> None:
        """Add the next (n_samples, n_channels), whose last block may be shorter than `BLOCK_SECONDS`."""
        length = BLOCK_SECONDS * self.sr
        for block in (samples[start : start + length] for start in range(0, len(samples), length)):
            with np.errstate(over="ignore", invalid="ignore"):
                centred = block - np.full(len(block), 1 / len(block), dtype=np.float32) @ block
                covariance = (centred.T @ centred).astype(np.float64)
            if np.isfinite(covariance).all():  # Others are refused by the checks of samples.
                self.blocks.append(covariance)

    def mix(self, n_channels: int) -> Mix:
        """The mean; where it cancels, the mean with some channels inverted, or the loudest channel.

        Channels are inverted that have the other sign in the first principal component of the recording, where they
        have it throughout. A channel by itself is what cannot be wrong in between.
        """
        found = mean_mix(n_channels)
        if not self.blocks:
            return found
        covariance = np.stack(self.blocks)
        total = covariance.sum(axis=0)
        if cancelled_share(covariance, found.weights) <= MAX_CANCELLED:
            return found
        signs, opposite = _signs(total), gains(total[None], found.weights)[0] < OPPOSITE_GAIN
        if opposite and cancelled_share(covariance, signs / n_channels) <= MAX_CANCELLED:
            return Mix(_inversion(signs), (signs / n_channels).astype(np.float32))
        loudest = int(np.diagonal(total).argmax())
        return Mix(f"channel {loudest + 1}", np.eye(n_channels, dtype=np.float32)[loudest])


def gains(covariance: Array, weights: Array) -> Array:
    """(n_blocks,) gain g of covariances (n_blocks, n_channels, n_channels) mixed by weights; 1 where there is silence.

    See the module's formula.
    """
    mixed = np.einsum("i,nij,j->n", weights, covariance, weights)
    unrelated = np.einsum("nii,i->n", covariance, weights**2)
    return np.divide(mixed, unrelated, out=np.ones_like(mixed), where=unrelated > 0)


def cancelled_share(covariance: Array, weights: Array) -> float:
    """Share of the energy that lies in blocks whose channels cancel when mixed by `weights`."""
    energy = np.einsum("nii->n", covariance)
    return float(energy[gains(covariance, weights) < MIN_GAIN].sum() / max(energy.sum(), np.finfo(float).tiny))


def _signs(total: Array) -> Array:
    """±1 by channel: the signs of the first principal component, + for the loudest channel and those outside of it."""
    component = np.linalg.eigh(total)[1][:, -1]
    component = component * np.sign(component[np.diagonal(total).argmax()])
    return np.where(component < -MIN_COMPONENT * np.abs(component).max(), -1.0, 1.0)


def _inversion(signs: Array) -> str:
    """How a mix with some channels inverted is called."""
    inverted = [str(channel) for channel in np.flatnonzero(signs < 0) + 1]
    return f"mean with channel{'s' * (len(inverted) > 1)} {' and '.join(inverted)} inverted"
