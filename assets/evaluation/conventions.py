"""Which reports may be compared: those of the same tracks with the same labels, scored by the same convention."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assets.evaluation.headline import of_classes
from mir_models.errors import MirlitonError
from storage.reports.record import ReportRecord

NOTE_KEYS = {
    "onset_tolerance": "tolerance of onsets",
    "pitch_tolerance_cents": "tolerance of pitches",
    "offset_ratio": "tolerance of offsets",
    "offset_min_tolerance": "tolerance of offsets",
    "velocity_tolerance": "tolerance of velocities",
    "pedal": "pedal in the offsets",
    "zero_by_zero": "value of 0/0",
}
CLASS_KEYS = {"label": "label", "vote": "vote over windows"}
"""What conventions must have in common, in words; thresholds are each system's own."""


@dataclass(frozen=True)
class ComparedReports:
    """Reports that may be compared.

    Attributes
    ----------
    reports : dict of ReportRecord by network
    reference : str
        The network whose convention that is.
    left_out : dict of str to str
        By network, why its report is not among them.
    notes : tuple of str
    """

    reports: dict[str, ReportRecord]
    reference: str
    left_out: dict[str, str]
    notes: tuple[str, ...]


def compared_reports(reports: Mapping[str, ReportRecord], preferred: str, datasets: Sequence[str]) -> ComparedReports:
    """The reports with the convention of one network.

    Parameters
    ----------
    reports : mapping of str to ReportRecord
        By network; at least one.
    preferred : str
        The network whose convention counts where it has a report on these datasets; else the one that most have.
    datasets : sequence of str
        Empty: any.

    Raises
    ------
    MirlitonError
        Where no report is on these datasets.
    """
    named = sorted(set(datasets))
    on_these = {name: each for name, each in reports.items() if not named or _datasets(each) == named}
    if not on_these:
        received = "; ".join(sorted({", ".join(_datasets(each)) for each in reports.values()}))
        remedy = "name these, or evaluate the networks on yours with mirliton evaluate … --dataset"
        raise MirlitonError(f"reports on {', '.join(named)}", received=f"reports on {received}", remedy=remedy)
    reference = preferred if preferred in on_these else _most_shared(on_these)
    differences = {name: _difference(on_these[reference], each) for name, each in reports.items()}
    chosen = {name: each for name, each in reports.items() if not differences[name]}
    left_out = {name: reason for name, reason in differences.items() if reason}
    return ComparedReports(chosen, reference, left_out, _notes(list(chosen.values())))


def _datasets(report: ReportRecord) -> list[str]:
    return sorted(report.evaluation["convention"]["datasets"])


def _most_shared(reports: Mapping[str, ReportRecord]) -> str:
    """The network whose convention most reports have, of equals the one with the latest report."""

    def rank(name: str) -> tuple[int, str, str]:
        matching = sum(not _difference(reports[name], each) for each in reports.values())
        return matching, reports[name].date, name

    return max(reports, key=rank)


def _difference(one: ReportRecord, other: ReportRecord) -> str:
    """Why the second report is not comparable with the first, in words; empty where it is."""
    if of_classes(one.evaluation) != of_classes(other.evaluation):
        return "another kind of task"
    ours: Any = one.evaluation["convention"]
    theirs: Any = other.evaluation["convention"]
    for key, name in (("datasets", "datasets"), ("split", "split")):
        if _plain(ours[key]) != _plain(theirs[key]):
            return f"{name}: {_plain(theirs[key])} instead of {_plain(ours[key])}"
    keys = CLASS_KEYS if of_classes(one.evaluation) else NOTE_KEYS
    for key, name in keys.items():
        if ours.get(key) != theirs.get(key):
            return f"{name}: {theirs.get(key)} instead of {ours.get(key)}"
    return _labels_differ(_labels(one), _labels(other))


def _plain(value: Any) -> str:
    return ", ".join(sorted(value)) if isinstance(value, list) else str(value)


def _labels(report: ReportRecord) -> dict[str, Any]:
    """By track, what its labels are known by: their class, or how many notes they have."""
    if of_classes(report.evaluation):
        return {row["track"]: row["wanted"] for row in report.evaluation["tracks"]}
    return {str(row["track"]): row["n_ref_notes"] for row in report.evaluation["tracks"]}


def _labels_differ(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> str:
    if ours.keys() != theirs.keys():
        missing, more = len(ours.keys() - theirs.keys()), len(theirs.keys() - ours.keys())
        return f"tracks: {missing} of {len(ours)} are missing, {more} are others; evaluate it again"
    changed = [track for track in ours if ours[track] != theirs[track]]
    return f"labels of {len(changed)} tracks, {changed[0]} among them, are others; evaluate it again" if changed else ""


def _notes(reports: Sequence[ReportRecord]) -> tuple[str, ...]:
    """Sentences about what scores depend on that have to be told apart."""
    if of_classes(reports[0].evaluation):
        return ()
    conventions: list[Any] = [each.evaluation["convention"] for each in reports]
    grids = {(each["sr"], each["hop_length"]) for each in conventions}
    if len(grids) == 1:
        return ()
    shown = " and ".join(f"{1000 * hop / sr:.1f} ms" for sr, hop in sorted(grids))
    return (f"Frames are {shown} apart, by network: frame F1 is of other frames then.",)
