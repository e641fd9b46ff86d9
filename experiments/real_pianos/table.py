"""The tables: what each cause costs, F1 without it, notes found by what they are, times, ends, conditions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from experiments.real_pianos.causes import ADDED, CAUSES, MISSED, TIMES, added_by_chance, errors
from experiments.real_pianos.conditions import CONDITIONS, UNCHANGED
from experiments.real_pianos.counterfactuals import Cause, f1_without
from experiments.real_pianos.durations import EDGES, Durations, durations
from experiments.real_pianos.experiment import Transcribed
from experiments.real_pianos.lags import f1_without_lag, lags_found
from experiments.real_pianos.loudness import loudness
from experiments.real_pianos.strata import PROPERTIES, Property, recall, strata
from experiments.tables import markdown_table
from mir_models.evaluation.metrics.bootstrap import interval
from storage.datasets.maps import DISKLAVIER

REAL = "real pianos"
NONE = "–"
HEIGHTS = (0.05, 0.1, 0.2, 0.3, 0.45)
"""Heights of the onset head at which notes that are missed are divided."""
VELOCITIES = (20, 30, 40, 50, 60, 70)
KINDS = {"time": "found within 150 ms, not within 50", "missed": "missed", "added": "added"}
"""Of errors, in words."""
Groups = Mapping[str, Sequence[Transcribed]]
"""Recordings by piano."""
COUNTERFACTUALS: dict[str, list[Cause]] = {
    "as it is": [],
    "without the lag of each recording": [("time", cause) for cause in list(TIMES)[:1]],
    "without that of keys struck again and of like velocities as well": [("time", cause) for cause in list(TIMES)[:3]],
    "all times within 150 ms right": [("time", cause) for cause in TIMES],
    "none missed": [("missed", cause) for cause in MISSED],
    "none missed that is softer by 20 steps than others": [("missed", cause) for cause in MISSED if "softer" in cause],
    "none added": [("added", cause) for cause in ADDED],
    "none added of a key that sounds or has just sounded": [("added", cause) for cause in ADDED if "again" in cause],
    "none added at partials": [("added", cause) for cause in ADDED if "partial" in cause or "octave" in cause],
}
"""What could be mended, by name."""


def by_piano(found: Iterable[Transcribed]) -> dict[str, list[Transcribed]]:
    """Recordings as they are by piano, without controls; those of real pianos also together, first."""
    pianos: dict[str, list[Transcribed]] = {}
    for each in found:
        if each.condition == UNCHANGED and not each.is_control:
            pianos.setdefault(each.piano, []).append(each)
    real = [each for name in DISKLAVIER for each in pianos.get(name, [])]
    return {REAL: real, **pianos} if real else pianos


def page(found: Sequence[Transcribed]) -> str:
    """Markdown of all tables."""
    groups = by_piano(found)
    parts = [
        "Points of note onset F1 that each cause costs, means over recordings; of added notes also what it would be if "
        "their pitches were drawn from all that were found:",
        causes(groups),
        "Share that is missed of the notes of the labels to which a cause would apply (how many there are):",
        missed_shares(groups),
        "The same notes with one thing changed, and the recordings: note onset F1 (within 150 ms), points that missed "
        "and added notes cost, scatter of loudness",
        controls(found),
        "Note onset F1 if some errors did not exist:",
        counterfactuals(groups),
        "Real pianos, by recording: note onset F1 (within 150 ms), notes, missed, added",
        by_recording(groups.get(REAL, [])),
        "Found within 150 ms, of the notes of the labels (how many there are):",
        recalls(groups, PROPERTIES),
        "Notes that are not found within 150 ms, by the height of the onset head within 50 ms:",
        heights(groups),
        "Seconds that notes are found later than their labels, by velocity: median in ms (90 % are within)",
        lags(groups),
        "Level of notes, less the mean of their key: dB per 10 steps of velocity, scatter in dB (notes)",
        levels(groups),
        "Notes found, by what holds them and the seconds of the label: how long they last, as a median of found over "
        "label, and shares whose end is right, too early and too late within the tolerance",
        ends(groups),
        "Acoustic conditions: note onset F1 within 50 ms, within 150; points that missed and added notes cost",
        conditions(found),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def causes(groups: Groups) -> str:
    """A row per cause, a column per piano: points of F1."""
    counted = {name: [errors(each) for each in group] for name, group in groups.items()}
    drawn = [[added_by_chance(each) for each in group] for group in groups.values()]
    rows = [["recordings", *(str(len(each)) for each in counted.values())]]
    rows += [
        ["lost in all", *(_with_interval([each.lost_by(*CAUSES) for each in group]) for group in counted.values())]
    ]
    for kind, names in CAUSES.items():
        cells = (f"**{_points(each.lost_by(kind) for each in of)}**" for of in counted.values())
        rows.append([f"**{KINDS[kind]}**", *cells])
        for cause in names:
            chance = _chance(cause, drawn) if kind == "added" else ""
            rows.append([cause + chance, *(_points(each.lost(kind, cause) for each in of) for of in counted.values())])
    return markdown_table(["cause", *counted], rows)


def _chance(cause: str, drawn: Sequence[Sequence[Mapping[str, float]]]) -> str:
    """What a cause would cost by chance, on the pianos where that is least and most."""
    points = [_points(each[cause] for each in of) for of in drawn]
    low, high = min(points, key=float), max(points, key=float)
    return f" (by chance {low} to {high})" if low != high else f" (by chance {low})"


def controls(found: Sequence[Transcribed]) -> str:
    """A row per control, after the real pianos and the pianos that render their notes."""
    groups = by_piano(found)
    shown = {name: groups[name] for name in groups if name == REAL or name.startswith("same notes")}
    for each in found:
        if each.is_control:
            shown.setdefault(each.piano, []).append(each)
    if len(shown) <= 1:
        return ""
    return markdown_table(
        ["", "F1", "missed", "added", "scatter, dB"], [[name, *_row(of)] for name, of in shown.items()]
    )


def _row(group: Sequence[Transcribed]) -> list[str]:
    (narrow, wide, missed, added), level = _scores(group), loudness(group)
    return [f"{narrow} ({wide})", missed, added, f"{level.scatter:.1f}" if level else NONE]


def by_recording(group: Sequence[Transcribed]) -> str:
    """A row per recording."""
    rows = [
        [
            each.name,
            f"{each.onset_f1():.3f} ({each.onset_f1(wide=True):.3f})",
            *(str(n) for n in (len(each.ref), each.pairs.missed.sum(), each.pairs.added.sum())),
        ]
        for each in group
    ]
    return markdown_table(["recording", "F1", "notes", "missed", "added"], rows) if rows else ""


def missed_shares(groups: Groups) -> str:
    """A row per cause of missed notes, a column per piano."""
    counted = {name: [errors(each) for each in group] for name, group in groups.items()}
    rows = []
    for cause in MISSED:
        counts = [
            (sum(e.counts["missed"][cause] for e in of), sum(e.n_labels[cause] for e in of)) for of in counted.values()
        ]
        rows.append([cause, *(_share(*each) for each in counts)])
    return markdown_table(["notes of the labels", *groups], rows)


def levels(groups: Groups) -> str:
    """One row, a column per piano."""
    found = [loudness(group) for group in groups.values()]
    cells = [f"{10 * each.slope:.1f}, {each.scatter:.1f} ({each.n})" if each else NONE for each in found]
    return markdown_table(["", *groups], [["slope, scatter", *cells]])


def counterfactuals(groups: Groups) -> str:
    """A row per kind of mended errors, a column per piano: F1."""
    counted = {name: [errors(each) for each in group] for name, group in groups.items()}
    rows = [
        [name, *(f"{np.mean([f1_without(each, mended) for each in of]):.3f}" for of in counted.values())]
        for name, mended in COUNTERFACTUALS.items()
    ]
    without = ([f1_without_lag(each.ref, each.est, each.pairs) for each in group] for group in groups.values())
    rows.append(["the lag of each recording taken out of the times", *(f"{np.mean(each):.3f}" for each in without)])
    return markdown_table(["F1", *counted], rows)


def recalls(groups: Groups, properties: Sequence[Property]) -> str:
    """A row per stratum of each property, a column per piano."""
    rows = []
    for each in properties:
        found = [recall(group, each) for group in groups.values()]
        rows.append([f"**{each.name}**", *[""] * len(groups)])
        rows += [
            [name, *(_share(of.n_found[n], of.n_labels[n]) for of in found)]
            for n, name in enumerate(strata(each.edges))
        ]
    return markdown_table(["", *groups], rows)


def heights(groups: Groups) -> str:
    """A row per range of heights, a column per piano."""
    shares = []
    for group in groups.values():
        missed = [each.heights[each.pairs.missed] for each in group]
        counts = np.bincount(np.digitize(np.concatenate([np.zeros(0), *missed]), HEIGHTS), minlength=len(HEIGHTS) + 1)
        shares.append(counts / max(1, counts.sum()))
    names = strata(HEIGHTS)
    rows = [[name, *(f"{100 * share[n]:.0f} %" for share in shares)] for n, name in enumerate(names)]
    return markdown_table(["height", *groups], rows)


def lags(groups: Groups) -> str:
    """A row per range of velocities, a column per piano."""
    columns = [_lags(group) for group in groups.values()]
    names = strata(VELOCITIES)
    rows = [[name, *(column[n] for column in columns)] for n, name in enumerate(names)]
    return markdown_table(["velocity", *groups], rows)


def ends(groups: Groups) -> str:
    """A row per range of durations, for each of what holds a note; a column per piano."""
    names = strata(EDGES)
    columns = [durations(group) for group in groups.values()]
    rows = []
    for holder, by_pedal in (("key", False), ("pedal", True)):
        for n, name in enumerate(names):
            chosen = [
                each.where((each.by_pedal == by_pedal) & (np.digitize(each.labels, EDGES) == n)) for each in columns
            ]
            if any(len(each.labels) for each in chosen):
                rows.append([f"{holder}, {name} s", *(_ends(each) for each in chosen)])
    return markdown_table(["held by, label", *groups], rows)


def conditions(found: Sequence[Transcribed]) -> str:
    """A row per condition, a column per piano, of the recordings that are there in all of its conditions."""
    pianos = by_condition(found)
    heads = [f"{name} ({len(groups[UNCHANGED])})" for name, groups in pianos.items()]
    names = [name for name in CONDITIONS if any(name in groups for groups in pianos.values())]
    rows = [[name, *(_condition(groups.get(name, [])) for groups in pianos.values())] for name in names]
    return markdown_table(["condition", *heads], rows) if pianos else ""


def by_condition(found: Sequence[Transcribed]) -> dict[str, dict[str, list[Transcribed]]]:
    """Recordings by piano and condition, of pianos that are there in several: of each those that are in all of them."""
    by: dict[str, dict[str, dict[str, Transcribed]]] = {}
    for each in found:
        by.setdefault(each.piano, {}).setdefault(each.condition, {})[each.name] = each
    complete: dict[str, dict[str, list[Transcribed]]] = {}
    for piano, conditions in by.items():
        names = [each for each in conditions.get(UNCHANGED, {}) if all(each in group for group in conditions.values())]
        if len(conditions) > 1 and names:
            complete[piano] = {name: [group[each] for each in names] for name, group in conditions.items()}
    return complete


def _condition(group: Sequence[Transcribed]) -> str:
    if not group:
        return NONE
    narrow, wide, missed, added = _scores(group)
    return f"{narrow}, {wide}; {missed}, {added}"


def _scores(group: Sequence[Transcribed]) -> list[str]:
    """F1 within 50 ms and within 150, points that missed and added notes cost."""
    f1 = (f"{np.mean([each.onset_f1(wide=wide) for each in group]):.3f}" for wide in (False, True))
    counted = [errors(each) for each in group]
    return [*f1, *(_points(each.lost_by(kind) for each in counted) for kind in ("missed", "added"))]


def _lags(group: Sequence[Transcribed]) -> list[str]:
    found = [lags_found(each.ref, each.est, each.pairs) for each in group]
    later = np.concatenate([seconds for _, seconds in found])
    velocities = np.concatenate([each.ref.velocities[rows] for each, (rows, _) in zip(group, found, strict=True)])
    numbers = np.digitize(velocities, VELOCITIES)
    return [_spread(1000 * later[numbers == n]) for n in range(len(VELOCITIES) + 1)]


def _spread(milliseconds: NDArray[np.float64]) -> str:
    if not len(milliseconds):
        return NONE
    median = np.median(milliseconds)
    return f"{median:+.0f} (±{np.quantile(np.abs(milliseconds - median), 0.9):.0f})"


def _ends(chosen: Durations) -> str:
    if not len(chosen.labels):
        return NONE
    late = chosen.found - chosen.labels
    shares = [np.abs(late) <= chosen.tolerances, late < -chosen.tolerances, late > chosen.tolerances]
    right, early, too_late = (f"{each.mean():.2f}" for each in shares)
    return f"{np.median(chosen.ratios):.2f}; {right}, {early}, {too_late} ({len(chosen.labels)})"


def _share(n: int, n_labels: int) -> str:
    return f"{n / n_labels:.3f} ({n_labels})" if n_labels else NONE


def _points(shares: Iterable[float]) -> str:
    return f"{100 * np.mean(list(shares)):.1f}"


def _with_interval(shares: Sequence[float]) -> str:
    low, high = interval(100 * np.array(shares))
    return f"{_points(shares)} [{low:.1f}, {high:.1f}]"
