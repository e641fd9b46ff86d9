"""Commands about models: ``train`` and ``evaluate``."""

from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.table import Table

from pipelines.cli.progress_bars import bars, console

Task = Annotated[str, typer.Argument(help="A file of mir_models/tasks, e.g. piano_transcription.")]
Model = Annotated[str, typer.Option(help="A file of mir_models/architectures, e.g. bilstm.")]
Names = Annotated[list[str] | None, typer.Option(help="A registered dataset; may be repeated.")]


def train(
    task: Task,
    model: Model,
    dataset: Names = None,
    set: Annotated[
        list[str] | None, typer.Option(help="A parameter, e.g. training.epochs=20; may be repeated.")
    ] = None,
    weight: Annotated[
        list[str] | None, typer.Option(help="How often an epoch visits a dataset's examples, e.g. maps=2.")
    ] = None,
) -> None:
    """Train a network on prepared datasets; an interrupted training goes on where it stopped."""
    from mir_models.architectures import parts
    from pipelines.runs import materialise, settings

    architecture = network(task, model)
    chosen = settings(set or [], {name: asdict(params) for name, params in parts(architecture).items()})
    config = {**chosen, "datasets": dataset or [], "weights": weights(weight or [])}
    key = f"models/{task}/{model}"
    with bars():
        finished = materialise(f"train_{task}", assets=[key], config={key: config})
    told = finished.metadata[key]
    word, epochs = "trained" if told["trained_now"] else "up to date", told["epochs"]
    console.print(
        f"{key}: {word}, {epochs} epoch{'s' * (epochs != 1)}, best {told['best_epoch'] + 1}, "
        f"validation {_validation(told)}. MLflow run {told['mlflow_run']}."
    )
    console.print(f"Next: mirliton evaluate {task} --model {model}")


def weights(pairs: list[str]) -> dict[str, float]:
    """``NAME=2`` texts as weights by dataset; refuses what is no number."""
    from mir_models.errors import MirlitonError

    found = {}
    for pair in pairs:
        name, _, text = pair.partition("=")
        try:
            found[name] = float(text)
        except ValueError:
            raise MirlitonError("a weight as NAME=NUMBER", received=repr(pair), remedy="e.g. --weight maps=2") from None
    return found


def _validation(told: dict[str, Any]) -> str:
    """The scores on the validation split, as a metadata dictionary tells them."""
    known = {
        "val_note_f1": "note onset F1",
        "val_frame_f1": "frame F1",
        "val_accuracy": "accuracy",
        "val_macro_f1": "macro F1",
    }
    return ", ".join(f"{words} {told[name]:.4f}" for name, words in known.items() if name in told)


def evaluate(
    task: Task,
    model: Model,
    dataset: Names = None,
    must_beat_baselines: Annotated[bool, typer.Option(help="Fail where the model does not beat a baseline.")] = False,
) -> None:
    """Write the report of a trained network on the test split, beside trivial baselines."""
    from pipelines.runs import materialise

    network(task, model)
    key = f"reports/{task}/{model}"
    config = {"datasets": dataset or [], "must_beat_baselines": must_beat_baselines}
    with bars():
        finished = materialise(f"train_{task}", assets=[key], config={key: config})
    show(task, model)
    for check in finished.failed_checks:
        console.print(f"check {check}", style="yellow", markup=False)


def network(task: str, model: str) -> Any:
    """The architecture called `model`; refuses an unknown task, and a network of another task."""
    from mir_models.architectures import ARCHITECTURES
    from mir_models.errors import MirlitonError
    from mir_models.tasks import TASKS

    TASKS.get(task)
    architecture = ARCHITECTURES.get(model)
    if task != architecture.TASK:
        raise MirlitonError(f"a network for {task}", received=model, remedy=f"it is for {architecture.TASK}")
    return architecture


def show(task: str, model: str) -> None:
    """Print a report's scores and where its page is."""
    from storage import home
    from storage.objects.objects import open_objects
    from storage.reports.evaluations import ReportStore

    reports = ReportStore(open_objects(home.store_address()), task, model)
    written = reports.read()
    evaluation = written["evaluation"]
    console.print(_of_classes(model, evaluation) if "accuracy" in evaluation else _of_notes(model, evaluation))
    console.print(f"Report: {reports.page}", soft_wrap=True, markup=False)


def _of_classes(model: str, evaluation: dict[str, Any]) -> Table:
    table = Table("system", "accuracy", "macro F1", title=_title(evaluation))
    for name, scores in {model: evaluation, **evaluation["baselines"]}.items():
        measures = ("accuracy", "macro_f1")
        table.add_row(name, *(with_interval(scores[each], scores[f"{each}_interval"]) for each in measures))
    return table


def _of_notes(model: str, evaluation: dict[str, Any]) -> Table:
    columns = {
        "note_onset": "note onset F1",
        "note_onset_offset": "onset+offset F1",
        "note_onset_offset_velocity": "+velocity F1",
    }
    table = Table("system", "frame F1", *columns.values(), title=_title(evaluation))
    table.columns[0].no_wrap = True
    for name, scores in {model: evaluation, **evaluation["baselines"]}.items():
        frames = with_interval(scores["micro"]["f1"], scores["frame"]["interval"])
        notes = [scores[each] for each in columns]
        table.add_row(name, frames, *(with_interval(each["f1"], each["interval"]) if each else "–" for each in notes))
    return table


def _title(evaluation: dict[str, Any]) -> str:
    convention = evaluation["convention"]
    return f"{', '.join(convention['datasets'])}, {convention['split']} split, {len(evaluation['tracks'])} tracks"


def with_interval(score: float, interval: list[float] | None) -> str:
    """A score, its interval below it."""
    return f"{score:.3f}" + (f"\n[{interval[0]:.3f}, {interval[1]:.3f}]" if interval else "")


COMMANDS = (train, evaluate)
