"""Sonification of notes: a click at every onset and a fading tone for every note, by mir_eval.sonify.

Each tone is a ``mir_eval.sonify.pitch_contour`` of its own, placed on the sample of its onset.
``mir_eval.sonify.time_frequency`` makes the same from a piano roll, but smooths every key over two periods around an
onset, so that A0 begins 36 ms early, and is slow: 88 keys took 6 s per half minute of sound on one core, and 53 MB per
key for 5 minutes, of which 3,000 tones took 3 s here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.errors import ParameterError
from mir_models.notes.annotations import Notes

CLICK_HZ, CLICK_SECONDS = 2000.0, 0.03
ATTACK, RELEASE = 0.003, 0.02
"""Seconds in which a tone rises and, once its key is released, is gone."""
FADING = 3.0
"""A tone falls by a factor e in a third of a second."""
LONGEST = 3.0
"""Seconds after which a tone is inaudible (-78 dB)."""


def sonify(
    notes: Notes, sr: int, n_samples: int, *, clicks: float = 0.5, tones: float = 0.15, peak: float = 0.9
) -> NDArray[np.float32]:
    """The notes as sound.

    Parameters
    ----------
    notes : Notes
        In audio time. Notes that begin outside the `n_samples` samples are left out.
    sr : int
        Sampling rate in Hz; tones at or above ``sr / 2`` are only clicks.
    n_samples : int
        Length of the result.
    clicks, tones : float
        Amplitude of a click, and of a tone of velocity 127; 0: none.
    peak : float
        Where the sum is louder, all of it is made softer until it has this amplitude.

    Returns
    -------
    (n_samples,) float32
        A click begins at sample ``floor(onset * sr)`` of each note.
    """
    inside = (notes.onset_times >= 0) & (notes.onset_times * sr < n_samples)
    audible = notes.where(inside)
    sound = tones * _tones(audible, sr, n_samples) if tones else np.zeros(n_samples)
    sound += clicks * _clicks(audible.onset_times, sr, n_samples) if clicks else 0.0
    loudest = float(np.abs(sound).max(initial=0.0))
    return (sound * min(1.0, peak / loudest if loudest else 1.0)).astype(np.float32)


def stereo(y: NDArray[np.float32], clicks: NDArray[np.float32]) -> NDArray[np.float32]:
    """The recording in the left channel, as it is, and what `sonify` made of its labels in the right: (n_samples, 2).

    Raises
    ------
    ParameterError
        If one is longer than the other.
    """
    if y.shape != clicks.shape or y.ndim != 1:
        received = f"shapes {y.shape} and {clicks.shape}"
        raise ParameterError("two mono signals of one length", received=received, remedy="pad or cut one of them")
    return np.column_stack([y, clicks]).astype(np.float32, copy=False)


def _clicks(onset_times: NDArray[np.float64], sr: int, n_samples: int) -> NDArray[np.float64]:
    """One click for all notes of an instant; mir_eval leaves out the clicks after one that the end cuts off."""
    from mir_eval import sonify as mir_eval

    t = np.arange(round(CLICK_SECONDS * sr)) / sr
    click = np.cos(2 * np.pi * CLICK_HZ * t) * np.exp(-5 * t / CLICK_SECONDS)
    return mir_eval.clicks(onset_times, sr, click=click, length=n_samples + len(click))[:n_samples]


def _tones(notes: Notes, sr: int, n_samples: int) -> NDArray[np.float64]:
    from mir_eval import sonify as mir_eval

    sound = np.zeros(n_samples)
    frequencies = 440.0 * 2.0 ** ((notes.pitches - 69) / 12)
    for (onset, offset), hz, velocity in zip(notes.intervals, frequencies, notes.velocities, strict=True):
        if hz >= sr / 2:
            continue
        first, times, levels = int(onset * sr), *_envelope(min(offset - onset, LONGEST))
        tone: Any = mir_eval.pitch_contour(times, np.full(len(times), hz), sr, amplitudes=levels)
        sound[first : first + len(tone)] += velocity / 127 * tone[: n_samples - first]
    return sound


def _envelope(seconds: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Times in seconds and amplitudes of a tone: up at once, fading while the key is down, gone after it."""
    down = np.linspace(ATTACK, max(seconds, 2 * ATTACK), 12)
    times = np.concatenate([[0.0], down, [down[-1] + RELEASE]])
    return times, np.concatenate([[0.0], np.exp(-FADING * down), [0.0]])
