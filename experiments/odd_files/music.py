"""The music of the cases: tones for lengths and mixes, and two demo works whose notes are known, in stereo."""

from __future__ import annotations

import importlib.util
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from experiments.odd_files.case import Skipped
from mir_models.demo_music import works
from mir_models.demo_music.performer import Performance
from mir_models.evaluation.metrics.note_level import note_scores
from mir_models.notes import sustain_pedal
from mir_models.notes.annotations import Notes
from mir_models.resampling import resample
from storage.media import rendered_audio, soundfonts

Stereo = NDArray[np.float32]
"""(n_samples, 2)."""
PEAK = 0.5
SR = 44100
WORKS = (0, 8)
"""Of `mir_models.demo_music.works`."""
TAIL = 1.5
"""Seconds after the last key of a work and the pedal are up."""


def tones(seconds: float, *, seed: int = 0) -> Stereo:
    """Four struck tones a second, of random pitches at random places between the channels, over faint noise."""
    rng = np.random.default_rng(seed)
    y = 1e-4 * rng.standard_normal((round(seconds * SR), 2))
    t = np.arange(round(0.6 * SR)) / SR
    for onset in np.arange(0.1, seconds - 0.7, 0.25):
        f0, first = 440 * 2 ** ((rng.integers(40, 85) - 69) / 12), round(onset * SR)
        partials = np.sin(2 * np.pi * f0 * t) + 0.5 * np.sin(4 * np.pi * f0 * t)
        tone = np.exp(-4 * t) * np.minimum(t / 0.004, 1) * partials
        y[first : first + len(t)] += tone[:, None] * np.array([1.0, rng.uniform(0.6, 1.0)])
    return (PEAK * y / np.abs(y).max()).astype(np.float32)


@lru_cache(maxsize=1)
def piano() -> tuple[Notes, Stereo]:
    """Two works one after the other: their notes with the pedal applied, and their recording at `SR`.

    Raises
    ------
    Skipped
        When midirenderer is not installed.
    """
    notes, recordings, start = [], [], 0.0
    for work in (works()[each] for each in WORKS):
        y = _render(work)
        sounding, _ = sustain_pedal.sounding_notes(work.notes, work.pedal, sustain_pedal.Params())
        notes.append(sounding.shifted(start))
        recordings.append(PEAK * y / np.abs(y).max())
        start += len(y) / SR
    return Notes.concatenate(notes), np.concatenate(recordings).astype(np.float32)


def onset_f1(ref: Notes, est: Notes) -> float:
    """Note onset F1 within 50 ms."""
    return note_scores(ref, est)["onset"]["f1"]


def soundfont() -> bytes:
    """The SoundFont of the demo corpus.

    Raises
    ------
    Skipped
        When midirenderer is not installed.
    """
    if importlib.util.find_spec("midirenderer") is None:
        raise Skipped("no midirenderer")
    return soundfonts.default_soundfont().read_bytes()


def _render(work: Performance) -> Stereo:
    """A work, played by the SoundFont of the demo corpus."""
    end = max(work.notes.duration, float(work.pedal.max(initial=0.0))) + TAIL
    performance = rendered_audio.midi_file(work.notes, work.pedal, until=end)
    y, sr = soundfonts.play_stereo(performance, soundfont())
    return np.stack([resample(channel, sr, SR) for channel in y.T], axis=1)
