"""Normalisation: mean and standard deviation of each bin, fitted on the train split only.

They are a layer of the network, which has no trainable weights, so they are saved with the model.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Scale:
    """Mean and variance of every bin, each (n_bins,) float."""

    mean: NDArray[np.float64]
    variance: NDArray[np.float64]

    @property
    def n_bins(self) -> int:
        """Bins of the feature."""
        return len(self.mean)

    def over_bins(self) -> Scale:
        """One mean and one variance for all bins, so that a kernel fits every pitch alike."""
        mean = self.mean.mean()
        variance = (self.variance + self.mean**2).mean() - mean**2
        return Scale(np.full(self.n_bins, mean), np.full(self.n_bins, variance))

    def layer(self) -> Any:
        """The `keras.layers.Normalization` that subtracts the mean and divides by the deviation."""
        from keras import layers

        return layers.Normalization(axis=-1, mean=self.mean.tolist(), variance=self.variance.tolist())


def fit(tracks: Iterable[NDArray[np.float32]]) -> Scale:
    """Scale of the train tracks, in one pass, a track at a time.

    Parameters
    ----------
    tracks : iterable of (n_frames, n_bins)
        Features of the train split.

    Returns
    -------
    Scale
        The variance is at least 1e-3 in every bin: a bin that never changes is not amplified.
    """
    n, total, squares = 0, np.zeros(1), np.zeros(1)
    for features in tracks:
        n += len(features)
        total = total + features.sum(axis=0, dtype=np.float64)
        squares = squares + np.square(features, dtype=np.float64).sum(axis=0)
    mean = total / max(n, 1)
    return Scale(mean, np.maximum(squares / max(n, 1) - mean**2, 1e-3))
