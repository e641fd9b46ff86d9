"""Modified discrete cosine transform: the lapped transform of MP3, AAC, Vorbis and Opus.

.. [1] J. P. Princen, A. W. Johnson and A. B. Bradley, "Subband/transform coding using filter bank designs based on time
   domain aliasing cancellation", ICASSP 1987.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def mdct(y: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """(n_blocks, size) coefficients of `y` (n_samples,) in blocks of `size` samples (even), with a sine window."""
    from scipy.fft import dct

    n_blocks = -(-len(y) // size) + 1
    padded = np.pad(y, (size, n_blocks * size - len(y))).reshape(-1, size)
    window = _window(size)
    first, second = padded[:-1] * window, padded[1:] * window[::-1]
    half = size // 2
    a, b, c, d = first[:, :half], first[:, half:], second[:, :half], second[:, half:]
    return dct(np.hstack([-c[:, ::-1] - d, a - b[:, ::-1]]), type=4, norm="ortho")


def inverse_mdct(coefficients: NDArray[np.float32], n_samples: int) -> NDArray[np.float32]:
    """(n_samples,) the audio of which these are the coefficients."""
    from scipy.fft import dct

    size = coefficients.shape[1]
    folded, half, window = dct(coefficients, type=4, norm="ortho"), size // 2, _window(size)
    left, right = folded[:, :half], folded[:, half:]
    first = np.hstack([right, -right[:, ::-1]]) * window
    second = np.hstack([-left[:, ::-1], -left]) * window[::-1]
    return (second[:-1] + first[1:]).ravel()[:n_samples]


def _window(size: int) -> NDArray[np.float32]:
    """The rising half of a sine window."""
    return np.sin(np.pi * (np.arange(size) + 0.5) / (2 * size)).astype(np.float32)
