"""Scores with their confidence intervals: as a document, and as the tables that ``evaluate`` and ``demo`` print."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.table import Table

from mir_models.errors import MirlitonError
from pipelines.cli.console import console, print_failed_checks
from pipelines.cli.documents.models import EvaluateDocument, Score, SystemRow
from pipelines.cli.json_output import emit

if TYPE_CHECKING:
    from mir_models.evaluation.classes import ClassScores
    from mir_models.evaluation.metrics.tally import SystemScores
    from storage.objects.objects import Objects
    from storage.reports.evaluations import ReportStore
    from storage.reports.record import ReportRecord

HEADINGS = {
    "accuracy": "accuracy",
    "macro_f1": "macro F1",
    "frame_f1": "frame F1",
    "note_onset_f1": "note onset F1",
    "note_onset_offset_f1": "onset+offset F1",
    "note_onset_offset_velocity_f1": "+velocity F1",
}
"""The heading of each score, by its key in a document."""


def print_report(task: str, model: str, failed_checks: Sequence[str] = ()) -> EvaluateDocument:
    """Print a report's scores, where its page is, and the checks that did not pass; returns the same as a document."""
    from storage import home
    from storage.objects.objects import open_objects
    from storage.reports.evaluations import ReportStore

    reports = ReportStore(open_objects(home.store_address()), task, model)
    report = reports.read()
    if report is None:
        remedy = f"mirliton evaluate {task} --model {model}"
        raise MirlitonError(f"a report on {model}", received="none", remedy=remedy)
    document = _document(reports, report, failed_checks)
    emit(document)
    console.print(_table(document))
    print_page(reports.objects, reports.prefix, report.links.values())
    print_failed_checks(failed_checks)
    return document


def _document(reports: "ReportStore", report: "ReportRecord", failed_checks: Sequence[str]) -> EvaluateDocument:
    from assets.evaluation.headline import not_beaten

    evaluation = report.evaluation
    convention = evaluation["convention"]
    return EvaluateDocument(
        report.task,
        report.architecture,
        datasets=convention["datasets"],
        split=convention["split"],
        tracks=len(evaluation["tracks"]),
        systems=[
            SystemRow(report.architecture, baseline=False, scores=_scores(evaluation)),
            *(SystemRow(name, baseline=True, scores=_scores(each)) for name, each in evaluation["baselines"].items()),
        ],
        not_beaten=not_beaten(evaluation),
        page=page_of(reports.objects, reports.prefix, report.links.values()),
        failed_checks=failed_checks,
    )


def _scores(scores: "SystemScores | ClassScores") -> dict[str, Score | None]:
    """The scores of a system by the keys of `HEADINGS`; None for one that it does not have."""
    from assets.evaluation.headline import with_intervals

    return {key: score(*each) if each else None for key, each in with_intervals(scores).items()}


def page_of(objects: "Objects", prefix: str, links: Iterable[str] = ()) -> str:
    """Path of the page of a report; behind a URL, of its copy that a browser opens."""
    from storage import home
    from storage.reports.local_pages import local_report

    return str(local_report(objects, prefix, home.home(), links))


def print_page(objects: "Objects", prefix: str, links: Iterable[str] = ()) -> None:
    """Print where the page of a report is; behind a URL, where its copy is that a browser opens."""
    origin = f" (a copy of {objects.address}/{prefix})" if "://" in objects.address else ""
    console.print(f"Report: {page_of(objects, prefix, links)}{origin}", soft_wrap=True, markup=False)


def score(value: float, interval: Sequence[float] | None) -> Score:
    """A score with its interval, as a document has it."""
    return Score(value, (interval[0], interval[1]) if interval else None)


def with_interval(found: Score | None, form: str = ".3f") -> str:
    """A score, its interval below it; a dash for none."""
    if found is None:
        return "–"
    low_high = f"\n[{found.interval[0]:{form}}, {found.interval[1]:{form}}]" if found.interval else ""
    return f"{found.value:{form}}{low_high}"


def _table(report: EvaluateDocument) -> Table:
    """The table of a report: scores of the model and of the baselines."""
    title = f"{', '.join(report.datasets)}, {report.split} split, {report.tracks} tracks"
    keys = list(report.systems[0].scores)
    table = Table("system", *(HEADINGS[key] for key in keys), title=title)
    table.columns[0].no_wrap = True
    for row in report.systems:
        table.add_row(row.system, *(with_interval(row.scores[key]) for key in keys))
    return table
