"""Acoustic conditions: one thing about a recording changed at a time, in several strengths.

Level: what a microphone's gain does. Reverberation: :mod:`mir_models.augmentation.waveform.reverb` with a drawn
diffuse field; distance is the ratio of direct to reverberant energy. Two microphones in one channel: the sound and its
copy 2 ms later, a comb. Noise is white or pink; low cuts and band limits are Butterworth filters of order 2 and 4.
What is ``drawn`` are the variants of a preset, and each augmentation of its chain alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.augmentation import variants
from mir_models.augmentation.levels import power
from mir_models.augmentation.waveform import detuning, noise, reverb
from mir_models.notes.time_map import TimeMap

Sound = NDArray[np.float32]
Disturbed = tuple[Sound, TimeMap]
Disturb = Callable[[np.random.Generator, Sound, int], Disturbed]
"""Function of random draws, (n_samples,) and a sampling rate in Hz; the time map leads the notes to where they are."""


@dataclass(frozen=True)
class Condition:
    """What is done to a recording.

    Attributes
    ----------
    disturb : callable
    made_of : mapping
        JSON values by which it differs from others, whatever its name: kept results are of these.
    """

    disturb: Disturb
    made_of: Mapping[str, Any]

    def __call__(self, rng: np.random.Generator, y: Sound, sr: int) -> Disturbed:
        """The disturbed recording."""
        return self.disturb(rng, y, sr)


UNCHANGED = "as it is"
SAME_TIMES = TimeMap.shift(0.0)
PRESET = "real_rooms"
"""Of the variants that are conditions as well."""
GAP = 0.01
"""Seconds from the direct sound to the reverberation."""
COMB = 0.002
"""Seconds from the first microphone to the second."""


def unchanged(rng: np.random.Generator, y: Sound, sr: int) -> Disturbed:
    """The recording."""
    return y, SAME_TIMES


def louder(decibels: float) -> Condition:
    """Louder by so many dB; beyond full scale nothing is clipped."""
    return Condition(
        lambda rng, y, sr: ((10 ** (decibels / 20) * y).astype(np.float32), SAME_TIMES), {"decibels": decibels}
    )


def reverberant(seconds: float, direct: float) -> Condition:
    """In a room: reverberation falls by 60 dB in `seconds`; its energy is `direct` dB below the direct sound's."""

    def disturb(rng: np.random.Generator, y: Sound, sr: int) -> Disturbed:
        from scipy.signal import oaconvolve

        response = reverb.impulse_response(sr, seconds=seconds, direct=direct, gap=GAP, rng=rng)
        return _as_loud(oaconvolve(y.astype(np.float64), response)[: len(y)], y), SAME_TIMES

    made_of = {"reverb": reverb.VERSION, "seconds": seconds, "direct": direct, "gap": GAP}
    return Condition(disturb, made_of)


def comb(decibels: float) -> Condition:
    """Two microphones mixed to one: the second is `COMB` later, and louder by `decibels`."""

    def disturb(rng: np.random.Generator, y: Sound, sr: int) -> Disturbed:
        delay = round(COMB * sr)
        second = 10 ** (decibels / 20) * np.concatenate([np.zeros(delay), y[: len(y) - delay]])
        return _as_loud(y + second, y), SAME_TIMES

    return Condition(disturb, {"comb": COMB, "decibels": decibels})


def noisy(colour: str, snr: float) -> Condition:
    """With noise of a colour, `snr` dB below the mean power of the recording."""

    def disturb(rng: np.random.Generator, y: Sound, sr: int) -> Disturbed:
        amplitude = np.sqrt(power(y) / 10 ** (snr / 10))
        return (y + amplitude * noise.coloured_noise(len(y), sr, colour, rng)).astype(np.float32), SAME_TIMES

    return Condition(disturb, {"noise": noise.VERSION, "colour": colour, "snr": snr})


def low_cut(hertz: float) -> Condition:
    """Without what lies below."""
    return _filtered(2, hertz, "highpass")


def band_limited(hertz: float) -> Condition:
    """Without what lies above."""
    return _filtered(4, hertz, "lowpass")


def detuned(cents: float) -> Condition:
    """Higher by `cents`, and faster."""
    return Condition(
        lambda rng, y, sr: detuning.detune(y, sr, cents=cents), {"detuning": detuning.VERSION, "cents": cents}
    )


def drawn(params: variants.Params) -> Condition:
    """A variant, as trainings have it."""

    def disturb(rng: np.random.Generator, y: Sound, sr: int) -> Disturbed:
        variant = variants.vary(y, sr, params, rng)
        return variant.y, variant.time_map

    made_of = {"variants": variants.VERSION, "versions": params.versions, **params.ingredients}
    return Condition(disturb, made_of)


def _filtered(order: int, hertz: float, kind: str) -> Condition:
    def disturb(rng: np.random.Generator, y: Sound, sr: int) -> Disturbed:
        from scipy.signal import butter, sosfilt

        return sosfilt(butter(order, hertz, btype=kind, fs=sr, output="sos"), y).astype(np.float32), SAME_TIMES

    return Condition(disturb, {"order": order, "hertz": hertz, "filter": kind})


def _as_loud(y: NDArray[np.floating], original: Sound) -> Sound:
    """`y` with the mean power of `original`."""
    return (y * np.sqrt(power(original) / max(power(y), np.finfo(float).tiny))).astype(np.float32)


CONDITIONS: dict[str, Condition] = {
    UNCHANGED: Condition(unchanged, {}),
    "-30 dB": louder(-30),
    "-20 dB": louder(-20),
    "-10 dB": louder(-10),
    "+6 dB": louder(6),
    "room 0.4 s, direct sound 6 dB above": reverberant(0.4, 6),
    "room 0.8 s, direct sound 6 dB above": reverberant(0.8, 6),
    "room 0.8 s, as much direct sound": reverberant(0.8, 0),
    "room 0.8 s, direct sound 6 dB below": reverberant(0.8, -6),
    "room 1.5 s, as much direct sound": reverberant(1.5, 0),
    "comb of 2 ms, 12 dB below": comb(-12),
    "comb of 2 ms, 6 dB below": comb(-6),
    "comb of 2 ms": comb(0),
    "white noise, 20 dB below": noisy("white", 20),
    "pink noise, 20 dB below": noisy("pink", 20),
    "low cut at 160 Hz": low_cut(160),
    "band limit at 4 kHz": band_limited(4000),
    "10 cents higher": detuned(10),
    "20 cents higher": detuned(20),
    "30 cents higher": detuned(30),
    f"drawn: {PRESET}": drawn(variants.preset(PRESET)),
    **{f"drawn: {name}": drawn(variants.Params(chain=name, share=1.0)) for name in variants.preset(PRESET).names},
}
"""By name."""
