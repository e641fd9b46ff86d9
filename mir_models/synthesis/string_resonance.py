r"""What the strings of a piano add to a sound while the sustain pedal holds the dampers off them.

All strings are driven through the bridge by those that are struck, and resonate at their own partials. Their answer is
modelled as one impulse response, the sum of exponentially decaying partials of all 88 keys,

.. math:: h(t) = \sum_{k,n} \frac{1}{n} \, e^{-t/\tau_{kn}} \cos(2 \pi n f_k t + \varphi_{kn}),

convolved with what sounds while the pedal is down and damped when it is lifted (H.-M. Lehtonen et al. 2007, "Analysis
and modeling of piano sustain-pedal effects", JASA 122, 1787, have a reverberation algorithm of twelve strings there).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from mir_models.notes.annotations import LOWEST_PITCH, N_KEYS

SECONDS = 3.0
"""Length of the impulse response."""
N_PARTIALS = 8
"""Partials of a string that resonate."""
DECAYS = (0.15, 1.5)
"""Time constants in seconds of partials at 4 kHz and at 100 Hz; others lie on the power law through both."""
DAMPING = 0.06
"""Time constant in seconds with which the strings fall silent once the dampers touch them."""
LONG = 2
"""Lengths of the impulse response from which on a convolution is made in blocks."""
ONSET = 0.02
"""Seconds in which the dampers leave the strings."""


def impulse_response(cents: NDArray[np.float64], sr: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """The response (n_samples,) of all strings to an impulse, of unit energy, in a tuning of (88,) cents."""
    keys = LOWEST_PITCH + np.arange(N_KEYS) + cents / 100
    frequencies = np.outer(440 * 2 ** ((keys - 69) / 12), np.arange(1, N_PARTIALS + 1)).ravel()
    amplitudes = np.tile(1 / np.arange(1, N_PARTIALS + 1), N_KEYS)
    inside = frequencies < 0.45 * sr
    frequencies, amplitudes = frequencies[inside], amplitudes[inside]
    slope = math.log(DECAYS[1] / DECAYS[0]) / math.log(100 / 4000)
    rates = -1 / (DECAYS[1] * (frequencies / 100) ** slope) + 2j * np.pi * frequencies
    phases = np.exp(2j * np.pi * rng.uniform(size=len(rates)))
    # A sum of exponentials on a grid of times a + b is a product of two matrices, one for either part.
    n_fine = math.isqrt(round(SECONDS * sr))
    coarse = np.exp(np.outer(np.arange(math.ceil(SECONDS * sr / n_fine)) * n_fine / sr, rates)) * (amplitudes * phases)
    fine = np.exp(np.outer(rates, np.arange(n_fine) / sr))
    response = (coarse @ fine).real.ravel()
    return (response / np.linalg.norm(response)).astype(np.float32)


def resonance(
    y: NDArray[np.float32], pedal: NDArray[np.float64], response: NDArray[np.float32], sr: float
) -> NDArray[np.float32]:
    """What the undamped strings add to `y`, at its own RMS while the pedal is down.

    Parameters
    ----------
    y : (n_samples,) float32
    pedal : (m, 2) float64
        Intervals in seconds with the pedal down.
    response : (k,) float32
        See `impulse_response`.
    sr : float
        Sampling rate in Hz.

    Returns
    -------
    (n_samples,) float32
    """
    added = np.zeros_like(y)
    strings = _Strings(response)
    n_damped = round(7 * DAMPING * sr)
    decay = np.exp(-np.arange(n_damped, dtype=np.float32) / np.float32(DAMPING * sr))
    energy = 0.0
    for down, up in np.rint(pedal * sr).astype(np.int64).clip(0, len(y)).tolist():
        if up > down:
            driven = _faded_in(y[down:up], sr)
            energy += float(driven @ driven)
            ringing = strings.driven_by(driven, up - down + n_damped)
            ringing[up - down :] *= decay
            part = added[down : up + n_damped]
            part += ringing[: len(part)]
    sounding = float(added @ added)
    return added * np.float32(math.sqrt(energy / sounding)) if sounding else added


class _Strings:
    """Convolution with an impulse response, whose spectra are kept by length."""

    def __init__(self, response: NDArray[np.float32]) -> None:
        self.response = response
        self._spectra: dict[int, NDArray[np.complex64]] = {}

    def driven_by(self, y: NDArray[np.float32], n_samples: int) -> NDArray[np.float32]:
        """The first `n_samples`, len(y) or more, of what `y` drives."""
        from scipy import fft, signal

        if n_samples > LONG * len(self.response):
            ringing = signal.oaconvolve(np.pad(y, (0, n_samples - len(y))), self.response)[:n_samples]
            return np.asarray(ringing, dtype=np.float32)
        # Of the response only so much is needed before the dampers fall; twice as long, nothing wraps around.
        n = 2 * _rounded_up(n_samples)
        if n not in self._spectra:
            self._spectra[n] = fft.rfft(self.response[: n // 2], n)
        return np.asarray(fft.irfft(fft.rfft(y, n) * self._spectra[n], n)[:n_samples], dtype=np.float32)


def _rounded_up(n: int) -> int:
    """The next length of few different ones, all of which an FFT is fast with: 4 to 7 eighths of powers of two."""
    step = 2 ** max(0, n.bit_length() - 3)
    return -(-n // step) * step


def _faded_in(y: NDArray[np.float32], sr: float) -> NDArray[np.float32]:
    """A copy of `y` that begins as the dampers leave the strings."""
    faded = y.copy()
    n = min(len(y), round(ONSET * sr))
    faded[:n] *= np.linspace(0.0, 1.0, n, endpoint=False, dtype=np.float32)
    return faded
