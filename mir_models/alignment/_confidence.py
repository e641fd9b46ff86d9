"""A judgement: the evidence for a time map as one number, and everything a method returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mir_models.alignment._anchors import Anchors, measure
from mir_models.alignment._evidence import PART_SECONDS, Evidence, weigh
from mir_models.alignment._onsets import Onsets
from mir_models.alignment._result import Alignment
from mir_models.alignment._search import correlate
from mir_models.notes.annotations import Notes
from mir_models.notes.time_map import TimeMap

if TYPE_CHECKING:
    from mir_models.alignment.correlation import Params

STRAIGHT = 1e-6
"""Swing of the tempo of a straight line, but for rounding."""
FURTHER = 5.0
"""Seconds of further lag at which the correlation is kept, either way."""


@dataclass(frozen=True)
class Judging:
    """How evidence becomes confidence.

    The confidence is a product: how clearly the worst part of the track agrees with its notes, that no transposition
    agrees better, that the tempo does not jump, and how near the anchors lie to the map.

    Attributes
    ----------
    doubtful_agreement : float
        Agreement of the worst of many parts that speaks for neither side: the first factor is one half. Parts shorter
        than `PART_SECONDS`, of short recordings, must agree better by as much as they are shorter.
    few_parts : float
        By which share a single part must agree better; `n` parts by an `n`-th of it.
    agreement_width : float
        Its logistic function rises from 27 to 73 % over twice this.
    doubtful_swing, swing_width : float
        The same of the tempo's swing: a map that hurries through a repeat that is not written has a large one. Raise
        it for scores that are played with more rubato than that.
    straight_error, bent_error : float
        Mean error to expect of a map, as a multiple of its residual: of a lag or a line, laid through all anchors, and
        of a curve, which has followed each of them. From first runs of the benchmark.
    doubtful_error : float
        Expected error in seconds at which the last factor is one half.
    min_notes : int
        Fewer notes inside the recording prove nothing: the confidence is zero.
    """

    doubtful_agreement: float = 0.06
    few_parts: float = 0.6
    agreement_width: float = 0.01
    doubtful_swing: float = 0.15
    swing_width: float = 0.015
    straight_error: float = 0.6
    bent_error: float = 1.3
    doubtful_error: float = 0.03
    min_notes: int = 24

    def confidence(self, evidence: Evidence) -> float:
        """Trust in a map, in [0, 1]; it falls when any evidence gets worse."""
        if evidence.n_notes < self.min_notes or evidence.transposition:
            return 0.0
        agreed, steady, near = self._factors(evidence)
        return agreed * steady * near

    def _factors(self, evidence: Evidence) -> tuple[float, float, float]:
        """How well the worst part agrees, how steady the tempo is, and how near the anchors are."""
        few = 1 + self.few_parts / max(evidence.n_parts, 1)
        by_chance = self.doubtful_agreement * few * max(1.0, PART_SECONDS / max(evidence.part_seconds, 0.1))
        agreed = _logistic((evidence.worst_part - by_chance) / self.agreement_width)
        steady = _logistic((self.doubtful_swing - evidence.tempo_swing) / self.swing_width)
        return agreed, steady, 1 / (1 + self.expected_error(evidence) / self.doubtful_error)

    def expected_error(self, evidence: Evidence) -> float:
        """Mean error in seconds to expect of a map that is right."""
        return evidence.residual * (self.bent_error if evidence.tempo_swing > STRAIGHT else self.straight_error)

    def doubt(self, evidence: Evidence) -> tuple[str, str]:
        """What speaks most against a map, and what may be done about it."""
        if evidence.n_notes < self.min_notes:
            few = f"only {evidence.n_notes} notes inside the recording, {self.min_notes} are needed to be sure"
            return few, "use a longer recording, or promise exact labels where they are"
        if evidence.transposition:
            return (
                f"the recording sounds {evidence.transposition:+d} semitones from its notes",
                "transpose the MIDI file",
            )
        agreed, steady, near = self._factors(evidence)
        if agreed <= min(steady, near) and evidence.agreement > 2 * self.doubtful_agreement:
            where = "in a part of the recording notes are not heard, or what is heard is not written"
            return where, "check that the MIDI file has all repeats and goes on to the end"
        if agreed <= min(steady, near):
            return "hardly any note is heard where it should be", "check that the MIDI file belongs to this recording"
        if steady <= near:
            swing = f"the tempo changes by up to {evidence.tempo_swing:.0%}, as if something were missing"
            return swing, "check the repeats; for music of that much rubato raise judging.doubtful_swing"
        return f"the onsets lie {1e3 * evidence.residual:.0f} ms beside the notes", "try the method auto or dtw"


def _logistic(x: float) -> float:
    return float(1 / (1 + np.exp(-np.clip(x, -50, 50))))


def judged(method: str, heard: Onsets, notes: Notes, found: TimeMap, params: Params) -> Alignment:
    """What a method returns that found a map of `notes`, those it can hear."""
    anchors = measure(heard, notes, found, params, params.anchoring)
    evidence = weigh(heard, notes, found, params.grid, anchors.deviations, max_lag=params.max_lag)
    lags, correlation = _further(heard, notes, found, params)
    lag = float(found.lags(notes.onset_times[0]))
    return Alignment(
        method=method,
        time_map=found,
        measured=found,
        lag=lag,
        measured_lag=lag,
        confidence=params.judging.confidence(evidence),
        evidence=evidence,
        residuals=_rows(anchors),
        n_notes=evidence.n_notes,
        lags=lags,
        correlation=correlation,
        audio_curve=heard.flux,
        onset_times=notes.onset_times,
        frame_rate=params.fine_grid.frame_rate,
    )


def _rows(anchors: Anchors) -> NDArray[np.float64]:
    return np.column_stack([anchors.label_times, anchors.deviations])


def _further(
    heard: Onsets, notes: Notes, found: TimeMap, params: Params
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The correlation of onsets heard and written when a map is shifted by further lags."""
    moved = found.moved(notes)
    moved = moved.where((moved.onset_times >= 0) & (moved.onset_times < heard.duration))
    if not len(moved):
        return np.zeros(0), np.zeros(0)
    return correlate(heard.per_key, moved, params.grid, max_lag=FURTHER)
