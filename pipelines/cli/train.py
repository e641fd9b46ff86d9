"""The command ``train``: fit a network to the train split of prepared datasets."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, cast

from assets.training.time_limit import TimeLimitReached
from pipelines.cli.arguments import (
    Datasets,
    Minutes,
    Model,
    Task,
    TrainingSettings,
    Weights,
    check_registered,
    find_architecture,
)
from pipelines.cli.console import console, print_failed_checks
from pipelines.cli.documents.models import TrainDocument
from pipelines.cli.json_output import emit
from pipelines.cli.progress_bars import bars
from pipelines.settings import check_values, parse_settings, parse_weights

NEXT = "MIRLITON_NEXT"
"""The variable that is ``none`` where a program trains, which says itself what comes next."""
VALIDATION_SCORES = {
    "val_note_f1": "note onset F1",
    "val_frame_f1": "frame F1",
    "val_accuracy": "accuracy",
    "val_macro_f1": "macro F1",
}
"""The name of each validation score, by its key in a model's metadata."""


def train(
    task: Task,
    model: Model,
    dataset: Datasets = None,
    set: TrainingSettings = None,
    weight: Weights = None,
    minutes: Minutes = 0.0,
) -> None:
    """Train a network on prepared datasets; an interrupted training goes on where it stopped."""
    from mir_models.architectures import training_settings
    from pipelines.runs import materialise

    settings = training_settings(find_architecture(task, model))
    defaults = {part: asdict(cast(Any, params)) for part, params in settings.items()}
    weights = parse_weights(weight or [])
    check_registered([*(dataset or []), *weights])
    chosen = parse_settings(set or [], defaults)
    check_values(chosen, settings)
    config = {
        **chosen,
        "datasets": dataset or [],
        "weights": weights,
        "minutes": minutes,
    }
    key = f"models/{task}/{model}"
    try:
        with bars():
            finished = materialise(f"train_{task}", assets=[key], config={key: config})
    except TimeLimitReached as reached:
        emit(TrainDocument(task, model, finished=False, stopped_because=str(reached)))
        console.print(f"{key}: {reached}.")
        return
    emit(_document(task, model, finished.metadata[key], finished.failed_checks))
    console.print(f"{key}: {_summary(finished.metadata[key])}")
    print_failed_checks(finished.failed_checks)
    _print_next(task, model, finished.metadata[key])


def _document(task: str, model: str, metadata: Mapping[str, Any], failed_checks: Sequence[str]) -> TrainDocument:
    return TrainDocument(
        task,
        model,
        finished=True,
        trained_now=metadata["trained_now"],
        epochs=metadata["epochs"],
        best_epoch=metadata["best_epoch"] + 1,
        steps=metadata.get("n_steps"),
        validation={key.removeprefix("val_"): value for key, value in metadata.items() if key.startswith("val_")},
        chance_loss=metadata.get("chance_loss"),
        mlflow_run=metadata["mlflow_run"],
        failed_checks=failed_checks,
        state=metadata.get("state", ""),
        in_use=metadata.get("in_use", ""),
    )


def _print_next(task: str, model: str, metadata: Mapping[str, Any]) -> None:
    """Whether the model is in use now, and which commands follow."""
    state, in_use = metadata.get("state"), metadata.get("in_use")
    promote = f", then mirliton promote {task} {model}" if state == "challenger" else ""
    if state:
        line = f"It is in use for {task} now." if state == "champion" else f"A challenger: in use stays {in_use}."
        console.print(line, markup=False, soft_wrap=True)
    if os.environ.get(NEXT) != "none":
        console.print(f"Next: mirliton evaluate {task} --model {model}{promote}", soft_wrap=True)


def _summary(metadata: Mapping[str, Any]) -> str:
    """Epochs, the best epoch and its validation scores, in one sentence."""
    status, epochs = "trained" if metadata["trained_now"] else "up to date", metadata["epochs"]
    scores = (f"{name} {metadata[key]:.4f}" for key, name in VALIDATION_SCORES.items() if key in metadata)
    steps = f" ({metadata['n_steps']} steps)" if metadata.get("n_steps") else ""
    loss = ("loss {val_loss:.4f} (chance {chance_loss:.4f})".format(**metadata),) if "chance_loss" in metadata else ()
    return (
        f"{status}, {epochs} epoch{'s' * (epochs != 1)}{steps}, best {metadata['best_epoch'] + 1}, "
        f"validation {', '.join((*loss, *scores))}. MLflow run {metadata['mlflow_run']}."
    )
