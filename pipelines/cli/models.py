"""The command ``models``: all trained networks of a task, with their scores and which of them is in use."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from pipelines.cli.arguments import Task
from pipelines.cli.champion_lines import decision_row, model_name
from pipelines.cli.console import console
from pipelines.cli.documents.champions import ModelRow, ModelsDocument
from pipelines.cli.json_output import emit

if TYPE_CHECKING:
    from assets.evaluation.model_states import ModelState

MEASURES = {"note_onset_f1": "note onset F1", "frame_f1": "frame F1", "accuracy": "accuracy", "macro_f1": "macro F1"}
"""The name of each score, by its key."""


def models(task: Task) -> None:
    """List the trained networks of a task: scores, which of them is the champion, since when, and why."""
    from assets.evaluation.model_states import model_states
    from assets.resources import StoreResource
    from mir_models.tasks import TASKS

    TASKS.get(task)
    store = StoreResource()
    found, decisions = model_states(store, task), store.champions(task).decisions()
    rows = [_row(each) for each in found]
    emit(ModelsDocument(task, rows, [decision_row(each) for each in decisions]))
    if not rows:
        console.print(f"No trained network for {task}. Next: mirliton train {task} --model NETWORK")
        return
    _print_models(rows)
    for each in decisions[-5:]:
        text = f"{each.number}. {each.time[:10]} {each.kind.replace('_', ' ')}: {model_name(each.model)}: {each.reason}"
        console.print(text, markup=False, soft_wrap=True, style="dim")


def _row(state: "ModelState") -> ModelRow:
    return ModelRow(
        model=state.architecture,
        run=state.run_id,
        fingerprint=state.fingerprint,
        state=state.state,
        since=state.since,
        reason=state.reason,
        latest=state.is_latest,
        datasets=state.datasets,
        validation=state.validation,
        test=state.test,
        promotion=state.promotion,
    )


def _print_models(rows: Iterable[ModelRow]) -> None:
    from rich.table import Table

    shown = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("network", "state", "since", "validation", "promotion", "test", "run"):
        shown.add_column(heading, overflow="fold")
    for row in rows:
        promotion = "" if row.promotion is None else f"{row.promotion:.4f}"
        cells = (row.model, row.state, row.since[:10], _scores(row.validation), promotion, _scores(row.test), row.run)
        shown.add_row(*cells)
    console.print(shown)


def _scores(found: Mapping[str, float]) -> str:
    return ", ".join(f"{MEASURES[name]} {value:.4f}" for name, value in found.items())
