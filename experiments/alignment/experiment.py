"""The run: each recording is heard once per sound, and each method matches each disturbed pair with what it heard."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.alignment import measures
from experiments.alignment.conditions import SOUNDS, WRONG_PIECE, Condition, disturbed, stream
from experiments.alignment.corpora import Recording, another
from experiments.alignment.disturbances import Labels
from experiments.alignment.methods import Found, Method
from experiments.alignment.rows import Row, Rows
from mir_models.alignment import correlation
from mir_models.errors import TrackError
from mir_models.notes.annotations import Notes
from storage.fingerprints import fingerprint

PROTOCOL = 1
"""Raised when a condition or a measure changes: rows of another protocol are made anew."""


@dataclass(frozen=True)
class Trial:
    """What is run.

    Attributes
    ----------
    recordings : sequence of Recording
    everything : list of Recording
        All recordings of the corpora, of which the wrong pieces are taken.
    methods : sequence of Method
    conditions : sequence of Condition
    seeds : sequence of int
    """

    recordings: Sequence[Recording]
    everything: list[Recording]
    methods: Sequence[Method]
    conditions: Sequence[Condition]
    seeds: Sequence[int]


@dataclass(frozen=True)
class Sitting:
    """One recording under one seed, with the seconds of its instrument's constant lag."""

    trial: Trial
    rows: Rows
    recording: Recording
    seed: int
    lag: float


def run(trial: Trial, rows: Rows, *, say: Callable[[str], None] = print) -> None:
    """Make the rows that are missing; each is written as soon as it is made.

    Seconds are CPU time of this process: other processes on the machine do not count.
    """
    warm = False
    for number, recording in enumerate(trial.recordings, start=1):
        began, made = time.monotonic(), 0
        for seed in trial.seeds:
            if _missing(trial, rows, recording, seed):
                if not warm:
                    _warm_up(trial, recording)
                    warm = True
                lag = constant_lag(recording) if recording.lagging else 0.0
                made += _sit(Sitting(trial, rows, recording, seed, lag))
        took = time.monotonic() - began
        say(f"{number}/{len(trial.recordings)} {recording.name}: {made} rows in {took:.1f} s")


def of(trial: Trial, rows: Rows) -> list[Row]:
    """The rows that belong to the trial: a file may have more."""
    wanted = (
        rows.get(about(recording, condition, method, seed))
        for recording in trial.recordings
        for seed in trial.seeds
        for condition in trial.conditions
        for method in trial.methods
    )
    return [row for row in wanted if row is not None]


def about(recording: Recording, condition: Condition, method: Method, seed: int) -> Row:
    """What identifies a row."""
    return {
        "protocol": PROTOCOL,
        "reference": fingerprint("lag", correlation.VERSION) if recording.lagging else None,
        "fingerprint": method.fingerprint,
        "method": method.name,
        "corpus": recording.corpus,
        "track": recording.track,
        "condition": condition.name,
        "seed": seed,
    }


def _missing(trial: Trial, rows: Rows, recording: Recording, seed: int) -> list[tuple[Condition, list[Method]]]:
    """The methods that each condition still needs."""
    missing = [
        (
            condition,
            [
                method
                for method in trial.methods
                if _asked(method, condition) and about(recording, condition, method, seed) not in rows
            ],
        )
        for condition in trial.conditions
    ]
    return [(condition, methods) for condition, methods in missing if methods]


def _asked(method: Method, condition: Condition) -> bool:
    """Whether a method is run: one that accepts everything only says its confidence in the wrong piece."""
    return condition.right or condition.name == WRONG_PIECE or method.threshold is not None


def _warm_up(trial: Trial, recording: Recording) -> None:
    """Let every method compile and load what it needs, unmeasured."""
    for method in trial.methods:
        _attempt(method, method.listen(recording.sound(method.sr)), recording.notes())


def _sit(sitting: Sitting) -> int:
    """Make the missing rows of one recording; returns their number. Only one sound is held at a time."""
    recording, seed = sitting.recording, sitting.seed
    missing = _missing(sitting.trial, sitting.rows, recording, seed)
    clean = {sr: recording.sound(sr) for sr in sorted({each.sr for _, methods in missing for each in methods})}
    for sound, disturb in SOUNDS.items():
        here = [(condition, methods) for condition, methods in missing if condition.sound == sound]
        if here:
            ears = Ears({sr: disturb(stream(recording.name, sound, seed), y, sr) for sr, y in clean.items()})
            for condition, methods in here:
                _run_condition(sitting, ears, condition, methods)
    return sum(len(methods) for _, methods in missing)


class Ears:
    """What has been heard of one sound, by whatever method heard it first, and the seconds of that."""

    def __init__(self, sounds: dict[int, NDArray[np.float32]]) -> None:
        self._sounds = sounds
        self._heard: dict[str, tuple[Any, float]] = {}

    def __call__(self, method: Method) -> tuple[Any, float]:
        """What `method` hears, and the CPU seconds that it took."""
        if method.listening not in self._heard:
            began = time.process_time()
            heard = method.listen(self._sounds[method.sr])
            self._heard[method.listening] = (heard, time.process_time() - began)
        return self._heard[method.listening]

    def duration(self, method: Method) -> float:
        """Length of the recording in seconds."""
        return len(self._sounds[method.sr]) / method.sr


def _run_condition(sitting: Sitting, ears: Ears, condition: Condition, methods: list[Method]) -> None:
    recording, seed, duration = sitting.recording, sitting.seed, ears.duration(methods[0])
    wrong = condition.name == WRONG_PIECE
    source = another(recording, sitting.trial.everything, seed=seed) if wrong else recording
    labels = disturbed(condition, source.notes(), duration=duration, name=recording.name, seed=seed)
    for method in methods:
        heard, listened = ears(method)
        found, told = _attempt(method, heard, labels.notes)
        row = about(recording, condition, method, seed) | _facts(recording, condition, method, labels)
        told |= {"duration": duration, "listen_s": listened}
        sitting.rows.add([row | told | judged(found, labels, sitting.lag)])


def _facts(recording: Recording, condition: Condition, method: Method, labels: Labels) -> Row:
    return {
        "instrument": recording.instrument,
        "half": recording.half,
        "right": condition.right,
        "threshold": method.threshold,
        "n_notes": len(labels.notes),
    }


def _attempt(method: Method, heard: Any, notes: Notes) -> tuple[Found, Row]:
    """What a method found, and what there is to tell of it; a refusal is nothing found, with no confidence."""
    began = time.process_time()
    try:
        found, refused = method.match(heard, notes), None
    except TrackError as error:
        found, refused = Found(None, 0.0), str(error)
    seconds = time.process_time() - began
    accepted = refused is None and (method.threshold is None or (found.confidence or 0.0) >= method.threshold)
    told = {"match_s": seconds, "refused": refused, "confidence": found.confidence, "accepted": accepted}
    return found, told | {"evidence": found.evidence}


def constant_lag(recording: Recording) -> float:
    """Seconds that an instrument is late: the lag that `correlation` measures on the undisturbed pair, 0 where none."""
    params = correlation.Params()
    try:
        return correlation.align(recording.sound(params.sr), recording.notes(), params).measured_lag or 0.0
    except TrackError:
        return 0.0


def judged(found: Found, labels: Labels, lag: float) -> Row:
    """Errors against the true onsets and against the smooth truth, in ms, after the constant `lag` is taken out."""
    if found.time_map is None:
        return {"lag": 1e3 * lag, "errors": {"n": 0}, "smooth_errors": {"n": 0}}
    onsets = found.time_map(labels.notes.onset_times) - lag
    smooth = np.full(len(onsets), np.nan) if labels.truth is None else labels.truth(labels.notes.onset_times)
    smooth[np.isnan(labels.onsets)] = np.nan
    return {
        "lag": 1e3 * lag,
        "errors": measures.of_errors(onsets, labels.onsets),
        "smooth_errors": measures.of_errors(onsets, smooth),
    }
