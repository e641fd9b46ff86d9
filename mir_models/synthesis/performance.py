"""A performance rendered by a sampled piano: recorded notes, added up where they are played.

A note is as loud as a power of its velocity; it is damped when key and pedal are up, or when its key is struck
again. What differs between two pianos of one make, and between two evenings, is drawn for every rendering.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mir_models.notes import sustain_pedal
from mir_models.notes.annotations import LOWEST_PITCH, Notes
from mir_models.option_ranges import check_amounts
from mir_models.resampling import resample
from mir_models.synthesis.mechanical_noise import mechanical_noise
from mir_models.synthesis.string_resonance import resonance
from mir_models.synthesis.tuned_piano import TunedPiano

VERSION = 1
EXPONENT = 2.0
"""Power of the velocity that a note's amplitude is: 40 log10 dB, the rule of SoundFonts."""
MIDDLE_C = 60
DAMPED = -80.0
"""Level in dB, beside the undamped sound, from which on a damped note is left out."""
LIMITS = {
    "tuning": 50.0,
    "dynamics": 3.0,
    "scatter": 24.0,
    "voicing": 127.0,
    "release": 5.0,
    "long_release": 5.0,
    "bass_release": 5.0,
    "resonance": 1.0,
    "noise": 1.0,
}
"""Largest values of settings: half a semitone, the loudness of what is played, factors of 8 and, thrice, 32."""


@dataclass(frozen=True)
class Params:
    """What may differ from one rendering to the next; 0: as the piano was sampled.

    Attributes
    ----------
    tuning : float
        Cents up or down of the whole piano, drawn uniformly up to this.
    dynamics : float
        The binary logarithm of a factor on the power of the velocity is drawn uniformly from minus to plus this.
    scatter : float
        Largest standard deviation in dB of a note's loudness from that power of its velocity; drawn uniformly from 0 to
        this. Actions, strings and rooms scatter it by 3 dB on recorded pianos, by 1.4 dB on rendered ones.
    voicing : float
        Steps of velocity, drawn uniformly up to this, by which hammers sound harder or softer than they are struck.
    release : float
        The binary logarithm, drawn likewise, of a factor on the time in which damped notes fall silent.
    long_release : float
        The binary logarithm of a further factor on that time is drawn uniformly from 0 to this.
    bass_release : float
        Likewise at the lowest key; from there to middle C it falls to none. Recorded pianos fall silent some two to
        four times as slowly as sampled ones with the default release, in the bass up to six times.
    resonance : float
        RMS of the undamped strings beside that of what drives them, drawn uniformly from 0 to this.
    noise : float
        Peak of the loudest noises of keys and pedal beside a full-scale sample, drawn uniformly from 0 to this.
    """

    tuning: float = 5.0
    dynamics: float = 0.1
    scatter: float = 0.0
    voicing: float = 5.0
    release: float = 0.3
    long_release: float = 0.0
    bass_release: float = 0.0
    resonance: float = 0.05
    noise: float = 0.003

    def __post_init__(self) -> None:
        check_amounts(self, LIMITS)


def render(
    notes: Notes,
    pedal: NDArray[np.float64],
    piano: TunedPiano,
    params: Params,
    rng: np.random.Generator,
    *,
    seconds: float,
) -> NDArray[np.float32]:
    """The sound of a performance, (n_samples,) at the sampling rate of the piano.

    Parameters
    ----------
    notes : Notes
        Keys pressed and released, of the 88 keys of the piano.
    pedal : (m, 2) float64
        Intervals in seconds with the sustain pedal down.
    piano : TunedPiano
    params : Params
    rng : Generator
    seconds : float
        Length of the recording.
    """
    # Played faster by this much, all keys sound higher by as many cents: so the times are stretched before.
    sr = piano.sr * 2 ** (rng.uniform(-params.tuning, params.tuning) / 1200)
    exponent = EXPONENT * 2 ** rng.uniform(-params.dynamics, params.dynamics)
    release = 2 ** (rng.uniform(-params.release, params.release) + _drawn(params.long_release, rng))
    sounding, _ = sustain_pedal.sounding_notes(notes, pedal, sustain_pedal.Params())
    voicing = round(rng.uniform(-params.voicing, params.voicing))
    action = Action(exponent, voicing, release, 2 ** _drawn(params.bass_release, rng))
    levels = rng.normal(0.0, rng.uniform(0.0, params.scatter), len(sounding)) if params.scatter else 0.0
    y = mixture(sounding, piano, action, sr, round(seconds * sr), levels)
    if share := rng.uniform(0.0, params.resonance):
        y += np.float32(share) * resonance(y, pedal, piano.string_response, sr)
    if peak := rng.uniform(0.0, params.noise):
        y += np.float32(peak) * mechanical_noise(notes, pedal, len(y), sr, rng)
    return resample(y, sr, piano.sr)


def _drawn(most: float, rng: np.random.Generator) -> float:
    """Uniform from 0 to `most`; nothing is drawn for 0, so that what else is drawn stays as it was without it."""
    return rng.uniform(0.0, most) if most else 0.0


@dataclass(frozen=True)
class Action:
    """How a piano's action makes sounds of keys pressed and released.

    Attributes
    ----------
    exponent : float
        Power of the velocity that the amplitude is.
    voicing : int
        Steps of velocity by which its samples are chosen higher.
    release : float
        Factor on the time in which damped notes fall silent.
    bass_release : float
        A further factor at the lowest key; none from middle C on, and geometrically between.
    """

    exponent: float = EXPONENT
    voicing: int = 0
    release: float = 1.0
    bass_release: float = 1.0

    def release_factor(self, key: int) -> float:
        """Factor on the time in which a damped note of a key, as a MIDI number, falls silent."""
        below = max(0, MIDDLE_C - key) / (MIDDLE_C - LOWEST_PITCH)
        return float(self.release * self.bass_release**below)


def mixture(
    notes: Notes,
    piano: TunedPiano,
    action: Action,
    sr: float,
    n_samples: int,
    levels: NDArray[np.float64] | float = 0.0,
) -> NDArray[np.float32]:
    """The sum (n_samples,) of notes that sound from onset to offset and are damped then.

    Parameters
    ----------
    notes : Notes
        Each sounds until its offset.
    piano : TunedPiano
    action : Action
    sr : float
        Rate in Hz at which the piano's samples are played.
    n_samples : int
    levels : (n,) float64 or float
        dB of each note beside what its velocity gives.
    """
    y = np.zeros(n_samples, dtype=np.float32)
    gains = ((notes.velocities / 127) ** action.exponent * 10 ** (levels / 20)).astype(np.float32)
    voiced = np.clip(notes.velocities + action.voicing, 1, 127).tolist()
    rows = zip(notes.intervals.tolist(), notes.pitches.tolist(), voiced, gains, strict=True)
    for (onset, offset), key, velocity, gain in rows:
        decay = action.release_factor(key) * piano.zone(key, velocity).release * sr / -100
        start, held = round(onset * sr), round((offset - onset) * sr)
        n = max(0, min(held + round(DAMPED * decay), n_samples - start))
        sound = piano.sound(key, velocity, n / piano.sr)[:n] * gain
        damped = sound[held:]
        damped *= np.exp(np.arange(len(damped), dtype=np.float32) * np.float32(math.log(10) / 20 / decay))
        part = y[start : start + len(sound)]
        part += sound
    return y
