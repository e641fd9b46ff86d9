"""Tables of scores with their confidence intervals, as ``evaluate``, ``demo`` and ``probe`` print them."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from mir_models.errors import MirlitonError
from pipelines.cli.console import console

NOTE_SCORES = {
    "note_onset": "note onset F1",
    "note_onset_offset": "onset+offset F1",
    "note_onset_offset_velocity": "+velocity F1",
}
"""The heading of each note score of mir_eval, by its key in a report."""


def print_report(task: str, model: str) -> None:
    """Print a report's scores and where its page is."""
    from storage import home
    from storage.objects.objects import open_objects
    from storage.reports.evaluations import ReportStore

    reports = ReportStore(open_objects(home.store_address()), task, model)
    report = reports.read()
    if report is None:
        remedy = f"mirliton evaluate {task} --model {model}"
        raise MirlitonError(f"a report on {model}", received="none", remedy=remedy)
    evaluation = report.evaluation
    table = _class_scores if "accuracy" in evaluation else _note_scores
    console.print(table(model, evaluation))
    console.print(f"Report: {reports.page}", soft_wrap=True, markup=False)


def with_interval(score: float, interval: Sequence[float] | None) -> str:
    """A score, its interval below it."""
    return f"{score:.3f}" + (f"\n[{interval[0]:.3f}, {interval[1]:.3f}]" if interval else "")


def _class_scores(model: str, evaluation: Mapping[str, Any]) -> Table:
    """The table of a classification: accuracy and macro F1 of the model and of the baselines."""
    table = Table("system", "accuracy", "macro F1", title=_title(evaluation))
    for name, scores in {model: evaluation, **evaluation["baselines"]}.items():
        measures = ("accuracy", "macro_f1")
        table.add_row(name, *(with_interval(scores[each], scores[f"{each}_interval"]) for each in measures))
    return table


def _note_scores(model: str, evaluation: Mapping[str, Any]) -> Table:
    """The table of a transcription: frame F1 and note F1 of the model and of the baselines."""
    table = Table("system", "frame F1", *NOTE_SCORES.values(), title=_title(evaluation))
    table.columns[0].no_wrap = True
    for name, scores in {model: evaluation, **evaluation["baselines"]}.items():
        frames = with_interval(scores["micro"]["f1"], scores["frame"]["interval"])
        notes = [scores[each] for each in NOTE_SCORES]
        table.add_row(name, frames, *(with_interval(each["f1"], each["interval"]) if each else "–" for each in notes))
    return table


def _title(evaluation: Mapping[str, Any]) -> str:
    convention = evaluation["convention"]
    return f"{', '.join(convention['datasets'])}, {convention['split']} split, {len(evaluation['tracks'])} tracks"
