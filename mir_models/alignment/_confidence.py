"""Confidence in a time map: its evidence as one number, and what lowers it in words."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mir_models.alignment._evidence import PART_SECONDS, Evidence
from mir_models.setting_types import Amount, Positive, WholeAmount, check_settings

STRAIGHT = 1e-6
"""Swing of the tempo of a straight line, but for rounding."""


@dataclass(frozen=True)
class ConfidenceParams:
    """How evidence becomes confidence.

    The confidence is a product: how clearly the worst part of the track agrees with its notes, that no transposition
    agrees better, that the tempo does not jump, and how near the anchors lie to the map.

    Attributes
    ----------
    doubtful_agreement : float
        Agreement of the worst of many parts at which the first factor is one half. Parts shorter than `PART_SECONDS`,
        of short recordings, must agree better by as much as they are shorter.
    few_parts : float
        By which share a single part must agree better; `n` parts by an `n`-th of it.
    agreement_width : float
        Its logistic function rises from 27 to 73 % over twice this.
    doubtful_swing, swing_width : float
        The same of the tempo's swing: a map that hurries through a repeat missing in the labels has a large one. Raise
        it for scores that are played with more rubato than that.
    straight_error, bent_error : float
        Mean error to expect of a map, as a multiple of its residual: of a lag or a line, fitted to all anchors, and
        of a curve, which has followed each of them. From first runs of the benchmark.
    doubtful_error : float
        Expected error in seconds at which the last factor is one half.
    min_notes : int
        With fewer notes inside the recording the confidence is zero.
    """

    doubtful_agreement: Amount = 0.06
    few_parts: Amount = 0.6
    agreement_width: Positive = 0.01
    doubtful_swing: Amount = 0.15
    swing_width: Positive = 0.015
    straight_error: Amount = 0.6
    bent_error: Amount = 1.3
    doubtful_error: Positive = 0.03
    min_notes: WholeAmount = 24

    def __post_init__(self) -> None:
        check_settings(self)


def confidence(evidence: Evidence, params: ConfidenceParams) -> float:
    """Trust in a map, in [0, 1]; it falls when any evidence gets worse."""
    if evidence.n_notes < params.min_notes or evidence.transposition:
        return 0.0
    agreed, steady, near = _factors(evidence, params)
    return agreed * steady * near


def preference(evidence: Evidence, params: ConfidenceParams) -> float:
    """Confidence by the agreement beside the whole track, in [0, 1]: what maps of one recording are compared by."""
    return confidence(replace(evidence, worst_part=evidence.worst_beside_track), params)


def _factors(evidence: Evidence, params: ConfidenceParams) -> tuple[float, float, float]:
    """How well the worst part agrees, how steady the tempo is, and how near the anchors are, each in [0, 1]."""
    few = 1 + params.few_parts / max(evidence.n_parts, 1)
    by_chance = params.doubtful_agreement * few * max(1.0, PART_SECONDS / max(evidence.part_seconds, 0.1))
    agreed = _logistic((evidence.worst_part - by_chance) / params.agreement_width)
    steady = _logistic((params.doubtful_swing - evidence.tempo_swing) / params.swing_width)
    return agreed, steady, 1 / (1 + _expected_error(evidence, params) / params.doubtful_error)


def _expected_error(evidence: Evidence, params: ConfidenceParams) -> float:
    """Mean error in seconds to expect of a map that is right."""
    return evidence.residual * (params.bent_error if evidence.tempo_swing > STRAIGHT else params.straight_error)


def explain_confidence(evidence: Evidence, params: ConfidenceParams) -> tuple[str, str]:
    """What lowers the confidence most, and what may be done about it."""
    if evidence.n_notes < params.min_notes:
        few = f"only {evidence.n_notes} notes inside the recording, {params.min_notes} are needed to be sure"
        return few, "use a longer recording, or promise exact labels where they are"
    if evidence.transposition:
        semitones = f"the recording sounds {evidence.transposition:+d} semitones from its notes"
        return semitones, "transpose the MIDI file"
    return _explain_factors(evidence, params)


def _explain_factors(evidence: Evidence, params: ConfidenceParams) -> tuple[str, str]:
    """The lowest of the factors, and its remedy."""
    agreed, steady, near = _factors(evidence, params)
    if agreed <= min(steady, near) and evidence.agreement > 2 * params.doubtful_agreement:
        where = "in a part of the recording notes are not detected, or what is detected is not in the labels"
        return where, "check that the MIDI file has all repeats and goes on to the end"
    if agreed <= min(steady, near):
        return (
            "hardly any note is detected where it should be",
            "check that the MIDI file belongs to this recording",
        )
    if steady <= near:
        swing = f"the tempo changes by up to {evidence.tempo_swing:.0%}, as if something were missing"
        return swing, "check the repeats; for music of that much rubato raise judging.doubtful_swing"
    return f"the onsets lie {1e3 * evidence.residual:.0f} ms beside the notes", "try the method auto or dtw"


def _logistic(x: float) -> float:
    return float(1 / (1 + np.exp(-np.clip(x, -50, 50))))
