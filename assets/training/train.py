"""Training of a model: from shards to a finished model on disk, tracked in MLflow from the first epoch to the last."""

import os
import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from assets.training import chance, ensembles
from assets.training.recipe import Recipe
from assets.training.registration import log_models
from assets.training.time_limit import TimeLimit, TrainingStopped
from assets.training.tracking import Tracking, split_inputs
from mir_models.architectures import Ensemble
from mir_models.errors import MirlitonError, ParameterError
from mir_models.figures.training import loss_curves
from mir_models.training import distribution, fit, normalisation
from mir_models.training.run import Run
from mir_models.transfer import fine_tuning
from storage import progress
from storage.examples.cached import cached_if_remote
from storage.media.png import png
from storage.models.checkpoints import Training
from storage.models.mlflow_registry import register
from storage.models.mlflow_runs import TrackedRun
from storage.models.record import ModelRecord
from storage.workers.memory import free_memory, peak_memory


def train(
    recipe: Recipe,
    training: Training,
    home: Path,
    limit: TimeLimit | None = None,
    tracking: Tracking = Tracking(),  # noqa: B008 (frozen)
) -> ModelRecord:
    """Train, or resume training, and save the best epoch; returns the record of the finished model.

    Raises
    ------
    TrainingStopped
        Where another epoch does not fit into the limit, or `tracking` ends the training after one.
    """
    began, (state, history, notes) = time.monotonic(), training.state()
    limit = limit or TimeLimit(0)
    examples = recipe.task_data.examples
    tracked = _tracked(recipe, home, tracking, notes.get("run_id"))
    run = Run(
        recipe.training,
        recipe.task.monitor(recipe.heads),
        save=partial(training.save_epoch, notes={"run_id": tracked.run_id}),
        log=lambda log: _end_epoch(recipe, tracked, run, limit, tracking, log),
        step=lambda *done: _report_steps(recipe, run, *done),
        history=history,
        state=state,
    )
    try:
        _log_start(recipe, tracked, tracking)
        for log in history[-1:]:  # A kill may have come between saving the last epoch and logging it.
            tracked.log_epoch(log)
        limit.begin_epochs()
        with distribution.data_parallel(_n_devices(recipe)):
            _fit(recipe, examples, run)
        record = _finish(recipe, training, run, tracked, tracking, seconds=time.monotonic() - began)
    except BaseException as error:
        failed = isinstance(error, Exception) and not isinstance(error, TrainingStopped)
        tracked.end("FAILED" if failed else "KILLED")
        raise
    tracked.end()
    training.finish(run.best_epoch(), record)
    if tracking.registers:
        register(home, record.task, record.run_id)
    return record


def _tracked(recipe: Recipe, home: Path, tracking: Tracking, run_id: str | None) -> TrackedRun:
    """The run of a training, begun or taken up again; the runs of an ensemble's members are nested in it."""
    task, name = recipe.architecture.TASK, tracking.name or recipe.name
    tracked = TrackedRun(home, experiment=task, name=name, run_id=run_id, parent=tracking.parent)
    tracked.nest(each.record.run_id for each in recipe.members.values())
    return tracked


def _log_start(recipe: Recipe, tracked: TrackedRun, tracking: Tracking) -> None:
    """Log settings, tags and data."""
    tracked.log_params(recipe.record().to_json(), {"fingerprint": recipe.fingerprint, **tracking.tags})
    frame_rate = recipe.feature_params.grid.frame_rate
    tracked.log_inputs(split_inputs(recipe.data, "train", "validation", frame_rate=frame_rate))


def _n_devices(recipe: Recipe) -> int:
    """Devices of a training, by ``MIRLITON_DEVICES``; as they change it within rounding only, no record has them."""
    requested = os.environ.get("MIRLITON_DEVICES") or None
    if requested is not None and not requested.isdecimal():
        raise ParameterError("a number of devices", received=f"MIRLITON_DEVICES={requested}", remedy="unset it for all")
    n_batch = 1 if recipe.members else recipe.training.batch_size
    return distribution.n_devices_for(int(requested) if requested and not recipe.members else None, n_batch)


def _fit(recipe: Recipe, examples: Any, run: Run) -> None:
    """Train from the last epoch of the run until it is over; an ensemble is only validated."""
    model = build_network(recipe)
    if recipe.members:
        if not run.is_over():
            run.keep(model, {"epoch": 0, **_validate(recipe, model)})
        return
    if not run.is_over():
        _report_start(recipe, len(run.history))
    fit.fit(
        model,
        cached_if_remote(examples, room=free_memory() // 4),
        recipe.targets,
        partial(_validate, recipe, model),
        run,
        silence=recipe.feature_params.silence,
        augment=recipe.augment,
        weights=recipe.data.visits(examples),
    )


def _validate(recipe: Recipe, model: Any) -> dict[str, float]:
    """Validation scores of an epoch, and the loss of the constant prediction beside them."""
    return {**recipe.task_data.validate(model), "chance_loss": recipe.task_data.chance["val_loss"]}


def build_network(recipe: Recipe) -> Any:
    """The compiled network, its normalisation fitted on the train split."""
    architecture = recipe.architecture
    build = (
        partial(ensembles.join, architecture, recipe.members)
        if isinstance(architecture, Ensemble)
        else partial(_built, recipe, _scale(recipe))
    )
    heads, params = recipe.heads, recipe.training
    return fit.prepare(
        build,
        recipe.task.losses(heads, params.focal_gamma),
        params,
        weights=recipe.task.weights(heads),
        steps_per_epoch=_steps_per_epoch(recipe),
    )


def _steps_per_epoch(recipe: Recipe) -> int:
    return fit.steps_per_epoch(recipe.data.visits(recipe.task_data.examples).sum(), recipe.training)


def _scale(recipe: Recipe) -> normalisation.Scale:
    """Mean and deviation of the features of the train split, or those of the network it begins with."""
    if recipe.source:
        return fine_tuning.input_scale(recipe.source.network)
    tracks = recipe.data.visited_tracks()
    return normalisation.fit(recipe.data.track_arrays(track, "features")["features"] for track in tracks)


def _built(recipe: Recipe, scale: normalisation.Scale) -> Any:
    """The network with its initial weights."""
    network = _empty(recipe, scale)
    if recipe.source:
        source, classes = recipe.source.record, recipe.task_data.class_names
        same = source.task == recipe.architecture.TASK and source.classes == classes
        fine_tuning.transfer_weights(network, recipe.source.network, recipe.start.frozen, outputs=same)
    return network


def _empty(recipe: Recipe, scale: normalisation.Scale) -> Any:
    """The network with random weights; refuses a window that is too short for it."""
    try:
        return recipe.architecture.build(recipe.network, scale=scale, **recipe.task_data.shape_arguments)
    except ValueError as error:
        if recipe.window is None or isinstance(error, MirlitonError):
            raise
        received = f"{recipe.window.frames} frames; Keras: {str(error).strip().splitlines()[-1]}"
        remedy = "--set window.frames=… with more of them"
        expected = f"a window that is long enough for {recipe.name}"
        raise ParameterError(expected, received=received, remedy=remedy) from error


def _stage(recipe: Recipe) -> str:
    return f"models/{recipe.architecture.TASK}/{recipe.name}"


def _report_start(recipe: Recipe, done: int) -> None:
    """Report the steps of an epoch, and chance; a validation split that cannot be scored is refused here."""
    note = f"{_steps_per_epoch(recipe)} steps an epoch, chance {recipe.task_data.chance['val_loss']:.4g}"
    progress.report(_stage(recipe), done, recipe.training.epochs, note)


def _report_steps(recipe: Recipe, run: Run, done: int, total: int, rate: float) -> None:
    """Report steps within an epoch, their rate, and how long the epoch will take yet."""
    left = timedelta(seconds=round((total - done) / rate))
    epoch, epochs = len(run.history), recipe.training.epochs
    note = f"epoch {epoch + 1}: step {done} of {total}, {rate:.3g} steps/s, {left} left"
    progress.report(_stage(recipe), epoch, epochs, note)


def _end_epoch(
    recipe: Recipe, tracked: TrackedRun, run: Run, limit: TimeLimit, tracking: Tracking, log: dict[str, float]
) -> None:
    """Log and report an epoch that was saved; raises `TimeLimitReached` where no other fits into the limit."""
    _report_epoch(recipe, tracked, log)
    if run.is_over():
        return
    if tracking.after_epoch:
        tracking.after_epoch(run.history)
    limit.check(len(run.history), recipe.training.epochs)


def _report_epoch(recipe: Recipe, tracked: TrackedRun, log: dict[str, float]) -> None:
    tracked.log_epoch(log)
    note = epoch_note(log, recipe.task.monitor(recipe.heads))
    progress.report(_stage(recipe), int(log["epoch"]) + 1, recipe.training.epochs, note)


def epoch_note(log: Mapping[str, float], monitor: str) -> str:
    """Steps so far, losses beside chance, and the monitored score, as far as they are known."""
    parts = {
        "steps": "{:.0f} steps",
        "val_loss": "val_loss {:.4g}",
        "chance_loss": "(chance {:.4g})",
        "loss": "loss {:.4g}",
        monitor: f"{monitor} {{:.4f}}",
    }
    found = [text.format(log[key]) for key, text in parts.items() if key in log]
    return ", ".join(found).replace(", (", " (")


def _finish(
    recipe: Recipe, training: Training, run: Run, tracked: TrackedRun, tracking: Tracking, seconds: float
) -> ModelRecord:
    """Choose the best epoch, choose its decoding on validation, log both; returns the record of the model."""
    best = run.best_epoch()
    model = training.epoch(best)
    decoding = recipe.task_data.choose_decoding(model, run.history[best])
    tracked.log_figure("loss_curves", png(loss_curves(run.history)))
    record = replace(
        recipe.record(),
        fingerprint=recipe.fingerprint,
        run_id=tracked.run_id,
        parameters=int(model.count_params()),
        best_epoch=best,
        history=run.history,
        chance=chance.compare(recipe.task_data, training, run, model, recipe.start.frozen),
        decoding=asdict(decoding),
        seconds_of_last_run=round(seconds, 1),
        peak_memory_mib=peak_memory(),
    )
    if tracking.registers:
        log_models(recipe, record, tracked, model, training.epoch_file(best))
    return record
