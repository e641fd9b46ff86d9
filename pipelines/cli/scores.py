"""Tables of scores with their confidence intervals, as ``evaluate``, ``demo`` and ``probe`` print them."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.table import Table

from mir_models.errors import MirlitonError
from pipelines.cli.console import console

if TYPE_CHECKING:
    from mir_models.evaluation.classes import ClassEvaluation, ClassScores
    from mir_models.evaluation.metrics.tally import SystemScores
    from mir_models.evaluation.notes import NoteEvaluation
    from storage.objects.objects import Objects

NOTE_SCORES = {
    "note_onset": "note onset F1",
    "note_onset_offset": "onset+offset F1",
    "note_onset_offset_velocity": "+velocity F1",
}
"""The heading of each note score of mir_eval, by its key in a report."""


def print_report(task: str, model: str) -> None:
    """Print a report's scores and where its page is."""
    from assets.evaluation.headline import of_classes
    from storage import home
    from storage.objects.objects import open_objects
    from storage.reports.evaluations import ReportStore

    reports = ReportStore(open_objects(home.store_address()), task, model)
    report = reports.read()
    if report is None:
        remedy = f"mirliton evaluate {task} --model {model}"
        raise MirlitonError(f"a report on {model}", received="none", remedy=remedy)
    evaluation = report.evaluation
    console.print(_class_scores(model, evaluation) if of_classes(evaluation) else _note_scores(model, evaluation))
    print_page(reports.objects, reports.prefix, report.links.values())


def print_page(objects: "Objects", prefix: str, links: Iterable[str] = ()) -> None:
    """Print where the page of a report is; behind a URL, where its copy is that a browser opens."""
    from storage import home
    from storage.reports.local_pages import local_report

    page = local_report(objects, prefix, home.home(), links)
    origin = f" (a copy of {objects.address}/{prefix})" if "://" in objects.address else ""
    console.print(f"Report: {page}{origin}", soft_wrap=True, markup=False)


def with_interval(score: float, interval: Sequence[float] | None) -> str:
    """A score, its interval below it."""
    return f"{score:.3f}" + (f"\n[{interval[0]:.3f}, {interval[1]:.3f}]" if interval else "")


def _class_scores(model: str, evaluation: "ClassEvaluation") -> Table:
    """The table of a classification: accuracy and macro F1 of the model and of the baselines."""
    table = Table("system", "accuracy", "macro F1", title=_title(evaluation))
    systems: dict[str, ClassScores] = {model: evaluation, **evaluation["baselines"]}
    for name, scores in systems.items():
        accuracy = with_interval(scores["accuracy"], scores["accuracy_interval"])
        table.add_row(name, accuracy, with_interval(scores["macro_f1"], scores["macro_f1_interval"]))
    return table


def _note_scores(model: str, evaluation: "NoteEvaluation") -> Table:
    """The table of a transcription: frame F1 and note F1 of the model and of the baselines."""
    table = Table("system", "frame F1", *NOTE_SCORES.values(), title=_title(evaluation))
    table.columns[0].no_wrap = True
    systems: dict[str, SystemScores] = {model: evaluation, **evaluation["baselines"]}
    for name, scores in systems.items():
        frames = with_interval(scores["micro"]["f1"], scores["frame"]["interval"])
        notes = [scores["note_onset"], scores["note_onset_offset"], scores["note_onset_offset_velocity"]]
        table.add_row(name, frames, *(with_interval(each["f1"], each["interval"]) if each else "–" for each in notes))
    return table


def _title(evaluation: "NoteEvaluation | ClassEvaluation") -> str:
    convention = evaluation["convention"]
    return f"{', '.join(convention['datasets'])}, {convention['split']} split, {len(evaluation['tracks'])} tracks"
