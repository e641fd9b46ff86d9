"""The run: features of each recording are extracted once per sound, and matched with each disturbed pair of labels."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.alignment import measures
from experiments.alignment.conditions import SOUNDS, WRONG_PIECE, Condition, disturbed, stream
from experiments.alignment.corpora import Recording, other_work
from experiments.alignment.disturbances import Labels
from experiments.alignment.methods import Method, MethodResult
from experiments.alignment.rows import Row, Rows
from mir_models import alignment
from mir_models.alignment import correlation
from mir_models.errors import TrackError
from mir_models.notes.annotations import Notes
from storage.fingerprints import fingerprint

PROTOCOL = 1
"""Raised when a condition or a measure changes: rows of another protocol are made anew."""


@dataclass(frozen=True)
class Plan:
    """Recordings, methods, conditions and seeds of a run.

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
class _Job:
    """One recording under one seed, with the seconds of its instrument's constant lag."""

    plan: Plan
    rows: Rows
    recording: Recording
    seed: int
    lag: float


def run(plan: Plan, rows: Rows, *, on_progress: Callable[[str], None] = print) -> None:
    """Make the rows that are missing; each is written as soon as it is made.

    Seconds are CPU time of this process: other processes on the machine do not count.
    """
    warm = False
    for number, recording in enumerate(plan.recordings, start=1):
        began, made = time.monotonic(), 0
        for seed in plan.seeds:
            if _missing(plan, rows, recording, seed):
                if not warm:
                    _warm_up(plan, recording)
                    warm = True
                lag = constant_lag(recording) if recording.lagging else 0.0
                made += _run_job(_Job(plan, rows, recording, seed, lag))
        took = time.monotonic() - began
        on_progress(f"{number}/{len(plan.recordings)} {recording.name}: {made} rows in {took:.1f} s")


def rows_of(plan: Plan, rows: Rows) -> list[Row]:
    """The rows of a plan: a file may have more."""
    found = (
        rows.get(identity(recording, condition, method, seed))
        for recording in plan.recordings
        for seed in plan.seeds
        for condition in plan.conditions
        for method in plan.methods
    )
    return [row for row in found if row is not None]


def identity(recording: Recording, condition: Condition, method: Method, seed: int) -> Row:
    """The `KEY` of a row."""
    return {
        "protocol": PROTOCOL,
        "reference": fingerprint("lag", alignment.VERSION, correlation.VERSION) if recording.lagging else None,
        "fingerprint": method.fingerprint,
        "method": method.name,
        "corpus": recording.corpus,
        "track": recording.track,
        "condition": condition.name,
        "seed": seed,
    }


def _missing(plan: Plan, rows: Rows, recording: Recording, seed: int) -> list[tuple[Condition, list[Method]]]:
    """The methods that each condition still needs."""
    missing = [
        (
            condition,
            [
                method
                for method in plan.methods
                if _is_run(method, condition) and identity(recording, condition, method, seed) not in rows
            ],
        )
        for condition in plan.conditions
    ]
    return [(condition, methods) for condition, methods in missing if methods]


def _is_run(method: Method, condition: Condition) -> bool:
    """Whether a method is run: one that accepts everything has of all bad pairs the wrong piece only."""
    return condition.right or condition.name == WRONG_PIECE or method.threshold is not None


def _warm_up(plan: Plan, recording: Recording) -> None:
    """Let every method compile and load what it needs, unmeasured."""
    for method in plan.methods:
        _attempt(method, method.extract(recording.sound(method.sr)), recording.notes())


def _run_job(job: _Job) -> int:
    """Make the missing rows of one recording; returns their number. Only one sound is held at a time."""
    recording, seed = job.recording, job.seed
    missing = _missing(job.plan, job.rows, recording, seed)
    clean = {sr: recording.sound(sr) for sr in sorted({each.sr for _, methods in missing for each in methods})}
    for sound, disturb in SOUNDS.items():
        here = [(condition, methods) for condition, methods in missing if condition.sound == sound]
        if here:
            cache = FeatureCache({sr: disturb(stream(recording.name, sound, seed), y, sr) for sr, y in clean.items()})
            for condition, methods in here:
                _run_condition(job, cache, condition, methods)
    return sum(len(methods) for _, methods in missing)


class FeatureCache:
    """Features of one sound, extracted when a method first needs them, and the seconds that it took."""

    def __init__(self, sounds: dict[int, NDArray[np.float32]]) -> None:
        self._sounds = sounds
        self._features: dict[str, tuple[Any, float]] = {}

    def __call__(self, method: Method) -> tuple[Any, float]:
        """The features of `method`, and the CPU seconds that their extraction took."""
        if method.features not in self._features:
            began = time.process_time()
            features = method.extract(self._sounds[method.sr])
            self._features[method.features] = (features, time.process_time() - began)
        return self._features[method.features]

    def duration(self, method: Method) -> float:
        """Length of the recording in seconds."""
        return len(self._sounds[method.sr]) / method.sr


def _run_condition(job: _Job, cache: FeatureCache, condition: Condition, methods: list[Method]) -> None:
    recording, seed, duration = job.recording, job.seed, cache.duration(methods[0])
    wrong = condition.name == WRONG_PIECE
    source = other_work(recording, job.plan.everything, seed=seed) if wrong else recording
    labels = disturbed(condition, source.notes(), duration=duration, name=recording.name, seed=seed)
    for method in methods:
        features, extract_seconds = cache(method)
        result, outcome = _attempt(method, features, labels.notes)
        row = identity(recording, condition, method, seed) | _facts(recording, condition, method, labels)
        outcome |= {"duration": duration, "listen_s": extract_seconds}
        job.rows.add([row | outcome | errors_of(result, labels, job.lag)])


def _facts(recording: Recording, condition: Condition, method: Method, labels: Labels) -> Row:
    return {
        "instrument": recording.instrument,
        "half": recording.half,
        "right": condition.right,
        "threshold": method.threshold,
        "n_notes": len(labels.notes),
    }


def _attempt(method: Method, features: Any, notes: Notes) -> tuple[MethodResult, Row]:
    """The result of a method, and its time, confidence and acceptance; without a map where it refuses."""
    began = time.process_time()
    try:
        result, refused = method.match(features, notes), None
    except TrackError as error:
        result, refused = MethodResult(None, 0.0), str(error)
    seconds = time.process_time() - began
    accepted = refused is None and (method.threshold is None or (result.confidence or 0.0) >= method.threshold)
    outcome = {"match_s": seconds, "refused": refused, "confidence": result.confidence, "accepted": accepted}
    return result, outcome | {"evidence": result.evidence}


def constant_lag(recording: Recording) -> float:
    """Seconds that an instrument is late: the lag that `correlation` measures on the undisturbed pair, 0 where none."""
    params = correlation.Params()
    try:
        return correlation.align(recording.sound(params.sr), recording.notes(), params).measured_lag or 0.0
    except TrackError:
        return 0.0


def errors_of(result: MethodResult, labels: Labels, lag: float) -> Row:
    """Errors against the true onsets and against the smooth truth, in ms, after the constant `lag` is taken out."""
    if result.time_map is None:
        return {"lag": 1e3 * lag, "errors": {"n": 0}, "smooth_errors": {"n": 0}}
    onsets = result.time_map(labels.notes.onset_times) - lag
    smooth = np.full(len(onsets), np.nan) if labels.truth is None else labels.truth(labels.notes.onset_times)
    smooth[np.isnan(labels.onsets)] = np.nan
    return {
        "lag": 1e3 * lag,
        "errors": measures.error_statistics(onsets, labels.onsets),
        "smooth_errors": measures.error_statistics(onsets, smooth),
    }
