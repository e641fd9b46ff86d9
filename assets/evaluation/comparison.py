"""Comparison of all networks of a task on one test split, with their baselines and with other programs."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from assets.evaluation import peers
from assets.evaluation.conventions import compared_reports
from assets.evaluation.headline import of_classes
from mir_models.errors import MirlitonError, ParameterError
from mir_models.evaluation.comparison import System, compare_systems
from mir_models.similar_names import suggestion
from storage.reports.comparisons import ComparisonTable
from storage.reports.record import ReportRecord

NOTE_MEASURES = ("note_onset_f1", "note_onset_offset_f1", "note_onset_offset_velocity_f1", "frame_f1")
CLASS_MEASURES = ("accuracy", "macro_f1")
"""Scores that are compared, the most telling first."""
KEYS = {"frame_f1": "f1"}
"""Keys of scores in the rows of tracks, where they have another name there."""


def compare_reports(
    reports: Mapping[str, ReportRecord],
    *,
    champion: str = "",
    against: str = "",
    datasets: Sequence[str] = (),
    others: Mapping[str, peers.PeerTracks] | None = None,
) -> ComparisonTable:
    """All systems of reports whose conventions match.

    Parameters
    ----------
    reports : mapping of str to ReportRecord
        By network, of one task.
    champion : str
        The network in use, which all are compared with where it is among them; may be empty.
    against : str
        A network to compare with instead.
    datasets : sequence of str
        Only reports on these; empty: those of the network that all are compared with.
    others : mapping of str to PeerTracks, optional
        Scores of other programs by their names.

    Raises
    ------
    MirlitonError
        Where there is no report that can be compared, or none of the network `against`.
    """
    _check(reports, against)
    chosen = compared_reports(reports, against or champion, datasets)
    first = chosen.reports[chosen.reference]
    tracks = [str(row["track"]) for row in sorted(first.evaluation["tracks"], key=lambda row: str(row["track"]))]
    systems = [*_networks(chosen.reports, tracks), *_baselines(chosen.reports, tracks), *_peers(others or {}, tracks)]
    measures = CLASS_MEASURES if of_classes(first.evaluation) else NOTE_MEASURES
    given = [measure for measure in measures if any(measure in each.rows for each in systems)]
    convention = first.evaluation["convention"]
    reference, reason = _reference(systems, given[0], against, champion)
    bootstrap = convention["bootstrap"]
    rows = compare_systems(
        systems, reference, given, n_resamples=bootstrap["n_resamples"], level=bootstrap["level"], seed=0
    )
    return ComparisonTable(
        task=first.task,
        date=datetime.now(UTC).date().isoformat(),
        reference=reference,
        reason=reason,
        datasets=sorted(convention["datasets"]),
        split=convention["split"],
        n_tracks=len(tracks),
        level=bootstrap["level"],
        measures=given,
        systems=rows,
        left_out=chosen.left_out,
        notes=list(chosen.notes),
        fingerprints={name: each.fingerprint for name, each in chosen.reports.items()},
    )


def _check(reports: Mapping[str, ReportRecord], against: str) -> None:
    if not reports:
        remedy = "mirliton evaluate TASK --model NETWORK for two of them"
        raise MirlitonError("reports to compare", received="none", remedy=remedy)
    if against and against not in reports:
        remedy = f"{suggestion(against, reports)}choose one of {', '.join(sorted(reports))}"
        raise ParameterError("a network that was evaluated", received=against, remedy=remedy)


def _reference(systems: Sequence[System], measure: str, against: str, champion: str) -> tuple[str, str]:
    """The system that all are compared with, and why."""
    names = [each.name for each in systems if each.kind == "network"]
    if against in names:
        return against, "as asked for"
    if champion in names:
        return champion, "the champion"
    means = {each.name: float(np.mean(each.rows[measure])) for each in systems if each.name in names}
    return max(names, key=lambda name: (means[name], name)), "the best by its mean"


def _networks(reports: Mapping[str, ReportRecord], tracks: Sequence[str]) -> list[System]:
    return [System(name, "network", _rows_of(each, tracks)) for name, each in reports.items()]


def _rows_of(report: ReportRecord, tracks: Sequence[str]) -> dict[str, Any]:
    by_track: dict[str, Any] = {str(row["track"]): row for row in report.evaluation["tracks"]}
    if of_classes(report.evaluation):
        names = sorted(report.evaluation["classes"])
        pairs = np.array(
            [(names.index(by_track[each]["wanted"]), names.index(by_track[each]["answered"])) for each in tracks]
        )
        return dict.fromkeys(CLASS_MEASURES, pairs)
    return note_rows([by_track[each] for each in tracks])


def note_rows(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """By score of `NOTE_MEASURES` that all tracks have, the values (n_tracks,)."""
    found = {measure: [row.get(KEYS.get(measure, measure)) for row in rows] for measure in NOTE_MEASURES}
    return {measure: np.array(values, dtype=np.float64) for measure, values in found.items() if None not in values}


def _baselines(reports: Mapping[str, ReportRecord], tracks: Sequence[str]) -> list[System]:
    """The baselines of all reports; those that are the same for several networks once."""
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    for network, report in reports.items():
        for name, rows in _baseline_rows(report, tracks).items():
            if any(name == held and _equal(rows, other) for held, other in found.values()):
                continue
            shown = name if name not in {held for held, _ in found.values()} else f"{name} of {network}"
            found[shown] = name, rows
    return [System(shown, "baseline", rows) for shown, (_, rows) in found.items()]


def _baseline_rows(report: ReportRecord, tracks: Sequence[str]) -> dict[str, dict[str, Any]]:
    evaluation = report.evaluation
    if of_classes(evaluation):
        names, reference = sorted(evaluation["classes"]), {row["track"]: row["wanted"] for row in evaluation["tracks"]}
        return {
            name: dict.fromkeys(
                CLASS_MEASURES,
                np.array([(names.index(reference[each]), names.index(estimates[each])) for each in tracks]),
            )
            for name, estimates in evaluation["baseline_answers"].items()
        }
    by_name: Mapping[str, Mapping[str, Any]] = evaluation.get("baseline_tracks", {})
    return {name: note_rows([rows[each] for each in tracks]) for name, rows in by_name.items()}


def _equal(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[key], other[key]) for key in one)


def _peers(others: Mapping[str, "peers.PeerTracks"], tracks: Sequence[str]) -> list[System]:
    return [System(name, "peer", note_rows([rows[each] for each in tracks])) for name, rows in others.items()]
