"""The report in Markdown: tables of errors, refusals, confidence and time, made of the rows alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

from experiments.alignment import leads
from experiments.alignment.conditions import CLEAN, CONDITIONS, WRONG_PIECE
from experiments.alignment.measures import WITHIN, WRONG, agreement, upper_limit
from experiments.alignment.methods import LEFT_ALONE
from experiments.alignment.rows import Row
from experiments.tables import markdown_table
from mir_models.alignment import ALIGNMENTS

RIGHT = [each.name for each in CONDITIONS if each.right]
BAD = [each.name for each in CONDITIONS if not each.right]
GROUPS = {
    "offset, tempo": ("offset", "tempo"),
    "warps": tuple(name for name in RIGHT if name.startswith("warp")),
    "dropped, added": tuple(name for name in RIGHT if name.startswith("10 %")),
    "noise, reverb": tuple(each.name for each in CONDITIONS if each.sound != CLEAN),
}
"""Groups of conditions in the summary."""
BINS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Limits of confidence in the table of reliability."""


def report(rows: Sequence[Row], methods: Sequence[str]) -> str:
    """All sections that have rows; those that name no corpus are over all of them."""
    corpora = list(dict.fromkeys(row["corpus"] for row in rows))
    within = {corpus: [row for row in rows if row["corpus"] == corpus] for corpus in corpora}
    parts = [
        *(summary(here, methods, corpus) for corpus, here in within.items()),
        *(errors(here, methods, corpus) for corpus, here in within.items()),
        bad_pairs(rows, methods),
        trust(rows, methods),
        reliability(rows, methods),
        speed(rows, methods),
        instruments(rows, methods),
        leads.report(rows, methods),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def summary(rows: Sequence[Row], methods: Sequence[str], corpus: str) -> str:
    """One line per method, for one corpus."""
    columns = ["method", *(f"{group}, mean" for group in GROUPS), "right pairs accepted", "worst note of accepted"]
    columns += ["bad pairs accepted", "s per minute of audio"]
    lines = [_summary_line(method, _select(rows, method)) for method in methods]
    note = (
        "Milliseconds of mean absolute error, every pair counting the same, first over all pairs, then over those that "
        "the method accepts. Methods without a threshold accept everything."
    )
    if any(row["instrument"] for row in rows):
        note += (
            " A constant lag per track is taken out, that which `correlation` measures on the undisturbed pair; under "
            "a mere offset it is compared with itself."
        )
    return _section(f"Summary: {corpus}", note, columns, [line for line in lines if line])


def _summary_line(method: str, rows: Sequence[Row]) -> list[str]:
    if not rows:
        return []
    cells = []
    for conditions in GROUPS.values():
        found = [row for row in rows if row["condition"] in conditions and row["errors"]["n"]]
        kept = [row for row in found if row["accepted"]]
        cells.append(f"{_ms(_mean(found, 'mean'))}; {_ms(_mean(kept, 'mean'))}")
    right, bad = ([row for row in rows if row["right"] == is_right] for is_right in (True, False))
    accepted = [row for row in right if row["accepted"] and row["errors"]["n"]]
    refuses = any(row["threshold"] is not None for row in rows)
    seconds = _seconds(right, "listen_s") + _seconds(right, "match_s")
    return [
        method,
        *cells,
        f"{len(accepted)} of {len(right)}" if refuses else "–",
        _ms(max((row["errors"]["max"] for row in accepted), default=float("nan"))),
        f"{sum(row['accepted'] for row in bad)} of {len(bad)}" if refuses else "–",
        f"{seconds:.2f}",
    ]


def errors(rows: Sequence[Row], methods: Sequence[str], corpus: str) -> str:
    """Right pairs of one corpus, by condition and method."""
    shares = [f"≤ {limit} ms" for limit in WITHIN]
    columns = ["condition", "method", "mean", "median", "95 %", *shares, "to the smooth truth"]
    columns += ["accepted", "mean of accepted", "wrong of accepted", "worst note of accepted"]
    lines = [
        _errors_line(condition, method, here)
        for condition in RIGHT
        for method in methods
        if (here := _select(rows, method, [condition]))
    ]
    n_tracks = len({row["track"] for row in rows})
    note = (
        f"Right pairs of {corpus}: {n_tracks} tracks. Milliseconds of absolute error per note, taken per track and "
        "averaged over tracks, so that every track counts the same; the 95 % too. Under jitter no smooth map can be "
        "nearer to the notes than the jitter, whose mean is half of its bound: see the error to the smooth truth."
    )
    if any(row["instrument"] for row in rows):
        note += (
            " The constant lag of each track is taken out, the same for all methods: what `correlation` measures on "
            "the undisturbed pair. Where there is only an offset, `correlation` is thus compared with itself."
        )
    return _section(f"Errors: {corpus}", note, columns, lines)


def _errors_line(condition: str, method: str, rows: Sequence[Row]) -> list[str]:
    found = [row for row in rows if row["errors"]["n"]]
    accepted = [row for row in found if row["accepted"]]
    worst = max((row["errors"]["max"] for row in accepted), default=float("nan"))
    return [
        condition,
        method,
        *(_ms(_mean(found, name)) for name in ("mean", "median", "p95")),
        *(_percent(_mean(found, f"within_{limit}")) for limit in WITHIN),
        _ms(_mean(found, "mean", of="smooth_errors")),
        f"{len(accepted)} of {len(rows)}",
        _ms(_mean(accepted, "mean")),
        str(sum(map(wrong, accepted))),
        _ms(worst),
    ]


def bad_pairs(rows: Sequence[Row], methods: Sequence[str]) -> str:
    """Pairs that should be refused, by condition, for the methods that can refuse."""
    refusing = [method for method in methods if any(row["threshold"] is not None for row in _select(rows, method))]
    lines = []
    for condition in BAD:
        for method in refusing:
            here = _select(rows, method, [condition])
            if here:
                n = sum(row["accepted"] for row in here)
                highest = max(row["confidence"] or 0.0 for row in here)
                lines.append([condition, method, f"{n} of {len(here)}", f"{highest:.2f}", f"{here[0]['threshold']:g}"])
    note = (
        "None of these should be accepted. Labels that end early are right as far as they go, and the rest is missing."
    )
    return _section("Bad pairs", note, ["condition", "method", "accepted", "highest confidence", "threshold"], lines)


def trust(rows: Sequence[Row], methods: Sequence[str]) -> str:
    """Confidence against error: Kendall's τ and what is wrong above the threshold."""
    columns = [
        "method",
        "τ, right pairs",
        "with wrong pieces",
        "with all bad pairs",
        "threshold",
        "right pairs accepted",
    ]
    columns += ["wrong of these", "share, at most", "bad pairs accepted", "wrong of all accepted", "share, at most"]
    lines = [_trust_line(method, _select(rows, method)) for method in methods]
    note = (
        "Kendall's τ-b of confidence with the negated mean error of a track, over all right pairs; and with the wrong "
        "pieces or all bad pairs, whose errors rank behind all others and among themselves the same. Where almost all "
        "errors are about a millisecond, their order is chance, and τ is small. A track is wrong when its median "
        f"error exceeds {WRONG:g} ms; a bad pair always is. “At most” is the one-sided upper 95 % limit of Clopper and "
        "Pearson, which counts pairs as independent; those of one track are not quite."
    )
    return _section("Confidence", note, columns, [line for line in lines if line])


def _trust_line(method: str, rows: Sequence[Row]) -> list[str]:
    right = [row for row in rows if row["right"]]
    pieces = [row for row in rows if row["right"] or row["condition"] == WRONG_PIECE]
    accepted = [row for row in right if row["accepted"]]
    bad = [row for row in rows if not row["right"]]
    thresholds = [row["threshold"] for row in rows if row["threshold"] is not None]
    if not rows or all(row["confidence"] is None for row in rows):
        return []
    taus = [f"{_tau(each):.2f}" for each in (right, pieces, rows)]
    if not thresholds:
        return [method, *taus[:2], *["–"] * 8]
    k, taken = sum(map(wrong, accepted)), sum(row["accepted"] for row in bad)
    return [
        method,
        *taus,
        f"{thresholds[0]:g}",
        f"{len(accepted)} of {len(right)}",
        str(k),
        _percent(upper_limit(k, len(accepted)), digits=2),
        f"{taken} of {len(bad)}",
        str(k + taken),
        _percent(upper_limit(k + taken, len(accepted) + taken), digits=2),
    ]


def reliability(rows: Sequence[Row], methods: Sequence[str]) -> str:
    """Of the pairs of each range of confidence, how many are wrong; all conditions together."""
    columns = ["method", *(f"{low:g} to {high:g}" for low, high in pairwise(BINS))]
    lines = []
    for method in methods:
        here = [row for row in _select(rows, method) if row["confidence"] is not None]
        if any(row["threshold"] is not None for row in here):
            binned = np.clip(np.digitize([row["confidence"] for row in here], BINS), 1, len(BINS) - 1)
            cells = [[row for row, at in zip(here, binned, strict=True) if at == each] for each in range(1, len(BINS))]
            lines.append([method, *(f"{sum(map(wrong, cell))} of {len(cell)}" for cell in cells)])
    return _section("Wrong pairs by confidence", "Right and bad pairs together; a bad pair is wrong.", columns, lines)


def speed(rows: Sequence[Row], methods: Sequence[str]) -> str:
    """Seconds per minute of audio."""
    lines = []
    for method in methods:
        here = [row for row in _select(rows, method) if row["right"]]
        if here:
            extraction, matching = _seconds(here, "listen_s"), _seconds(here, "match_s")
            groups = (_seconds(_select(here, method, conditions), "match_s") for conditions in GROUPS.values())
            cells = [extraction + matching, extraction, matching, *groups]
            lines.append([method, *(f"{each:.2f}" for each in cells)])
    note = (
        "CPU seconds per minute of audio, single-threaded, median over the right pairs, as measured by the run that "
        "made each row (compare methods of one run), each method warmed up on a whole recording; decoding "
        "and resampling are not counted. What needs more than a lag may take a method longer: the last columns are the "
        "matching under each group of conditions."
    )
    return _section("Time", note, ["method", "sum", "features", "matching", *GROUPS], lines)


def _seconds(rows: Sequence[Row], name: str) -> float:
    """Median over pairs of the seconds per minute of audio."""
    return float(np.median([60 * row[name] / row["duration"] for row in rows])) if rows else float("nan")


def instruments(rows: Sequence[Row], methods: Sequence[str]) -> str:
    """The constant lag of each instrument, as each method measures it on the undisturbed pairs."""
    undisturbed = [row for row in rows if row["instrument"] and row["condition"] == RIGHT[0] and row["errors"]["n"]]
    own = [each for each in ALIGNMENTS.names() if each != LEFT_ALONE]  # The frames of the others are too long for it.
    named = [each for each in methods if each in own and _select(undisturbed, each)]
    lines = []
    for instrument in sorted({row["instrument"] for row in undisturbed}):
        here = [row for row in undisturbed if row["instrument"] == instrument]
        measured = ([row["lag"] + row["errors"]["signed"] for row in _select(here, method)] for method in named)
        lines.append([instrument, str(len({row["track"] for row in here})), *map(_lags, measured)])
    note = (
        "Milliseconds by which an instrument sounds later than its labels (an attack takes time, and a rendering "
        "adds its own): median over the tracks of each track's median over notes, and the range of the tracks."
    )
    return _section("Constant lag by instrument", note, ["instrument", "tracks", *named], lines)


def _lags(lags: Sequence[float]) -> str:
    return f"{np.median(lags):.1f} ({min(lags):.1f} to {max(lags):.1f})" if lags else "–"


def wrong(row: Row) -> bool:
    """Whether accepting the pair would be a mistake."""
    return not row["right"] or not row["errors"]["n"] or row["errors"]["median"] > WRONG


def track_error(row: Row) -> float:
    """Mean absolute error in ms; infinite for a wrong piece and where nothing was found."""
    return row["errors"]["mean"] if row["right"] and row["errors"]["n"] else float("inf")


def _tau(rows: Sequence[Row]) -> float:
    return agreement([row["confidence"] for row in rows], [track_error(row) for row in rows])


def _select(rows: Iterable[Row], method: str, conditions: Sequence[str] | None = None) -> list[Row]:
    return [row for row in rows if row["method"] == method and (conditions is None or row["condition"] in conditions)]


def _mean(rows: Sequence[Row], name: str, *, of: str = "errors") -> float:
    return float(np.mean([row[of][name] for row in rows])) if rows else float("nan")


def _ms(value: float) -> str:
    if np.isnan(value):
        return "–"
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _percent(share: float, *, digits: int = 0) -> str:
    return "–" if np.isnan(share) else f"{100 * share:.{digits}f} %"


def _section(title: str, note: str, columns: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    if not lines:
        return ""
    return "\n".join([f"### {title}", "", note, "", markdown_table(columns, lines)])
