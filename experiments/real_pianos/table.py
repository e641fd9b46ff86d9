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
from experiments.real_pianos.lags import lags_found
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
Groups = Mapping[str, Sequence[Transcribed]]
"""Recordings by piano."""
COUNTERFACTUALS: dict[str, list[Cause]] = {
    "as it is": [],
    "without the lag of each recording": [("time", cause) for cause in list(TIMES)[:1]],
    "without that of keys struck again and of like velocities as well": [("time", cause) for cause in list(TIMES)[:3]],
    "all times within 150 ms right": [("time", cause) for cause in TIMES],
    "none missed": [("missed", cause) for cause in MISSED],
    "none missed that is softer by 20 than others": [("missed", cause) for cause in MISSED if "softer" in cause],
    "none added": [("added", cause) for cause in ADDED],
    "none added of a key that sounds or has just sounded": [("added", cause) for cause in ADDED if "again" in cause],
    "none added at partials": [("added", cause) for cause in ADDED if "partial" in cause or "octave" in cause],
}
"""What could be mended, by name."""


def by_piano(found: Iterable[Transcribed]) -> dict[str, list[Transcribed]]:
    """Recordings as they are by piano, those of real pianos also together, first."""
    pianos: dict[str, list[Transcribed]] = {}
    for each in found:
        if each.condition == UNCHANGED:
            pianos.setdefault(each.piano, []).append(each)
    real = [each for name in DISKLAVIER for each in pianos.get(name, [])]
    return {REAL: real, **pianos} if real else pianos


def page(found: Sequence[Transcribed]) -> str:
    """Markdown of all tables."""
    groups = by_piano(found)
    parts = [
        "Points of note onset F1 that each cause costs: means over recordings.",
        causes(groups),
        "The same of added notes if their pitches were drawn from all notes found:",
        chance(groups),
        "Share that is missed of the notes of the labels to which a cause would apply (how many there are):",
        missed_shares(groups),
        "Note onset F1 if some errors did not exist:",
        counterfactuals(groups),
        "Found within 150 ms, of the notes of the labels (how many there are):",
        recalls(groups, PROPERTIES),
        "Height of the onset head within 50 ms of notes that are not found within 150 ms: shares",
        heights(groups),
        "Seconds that notes are found later than their labels, by velocity: median in ms (90 % are within)",
        lags(groups),
        "Level of notes, less the mean of their key: dB per 10 steps of velocity, scatter in dB (notes)",
        levels(groups),
        "Notes found, by what holds them and the seconds of the label: how long they last, as a median of found over "
        "label, and shares whose end is right, too early and too late within the tolerance",
        ends(groups),
        "Note onset F1 in acoustic conditions, and what it is at 150 ms, missed and added in points:",
        conditions(found),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def causes(groups: Groups) -> str:
    """A row per cause, a column per piano: points of F1."""
    counted = {name: [errors(each) for each in group] for name, group in groups.items()}
    rows = [["recordings", *(str(len(each)) for each in counted.values())]]
    rows += [
        ["lost in all", *(_with_interval([each.lost_by(*CAUSES) for each in group]) for group in counted.values())]
    ]
    for kind, names in CAUSES.items():
        rows.append([f"**{kind}**", *(f"**{_points(each.lost_by(kind) for each in of)}**" for of in counted.values())])
        rows += [
            [cause, *(_points(each.lost(kind, cause) for each in of) for of in counted.values())] for cause in names
        ]
    return markdown_table(["cause", *counted], rows)


def chance(groups: Groups) -> str:
    """A row per cause of added notes, a column per piano: points of F1."""
    drawn = {name: [added_by_chance(each) for each in group] for name, group in groups.items()}
    rows = [[cause, *(_points(each[cause] for each in of) for of in drawn.values())] for cause in ADDED]
    return markdown_table(["cause, by chance", *groups], rows)


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
    narrow, wide = (np.mean([each.onset_f1(wide=wide) for each in group]) for wide in (False, True))
    counted = [errors(each) for each in group]
    missed, added = (100 * np.mean([each.lost_by(kind) for each in counted]) for kind in ("missed", "added"))
    return f"{narrow:.3f}, {wide:.3f}; {missed:.1f}, {added:.1f}"


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
    return f"{100 * np.mean(list(shares)):.2f}"


def _with_interval(shares: Sequence[float]) -> str:
    low, high = interval(100 * np.array(shares))
    return f"{_points(shares)} [{low:.1f}, {high:.1f}]"
