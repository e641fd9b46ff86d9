"""Training of a model: from shards to a finished model on disk, tracked in MLflow from the first epoch to the last."""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, cast

from numpy.typing import NDArray

from assets.inference.loaded_model import LoadedModel
from assets.training import chance, earlier_models, ensembles
from assets.training.dataset_shards import DatasetShards
from assets.training.task_data import TASK_DATA, ClassData, NoteData
from assets.training.time_limit import TimeLimit, TimeLimitReached
from mir_models.architectures import Architecture, Ensemble
from mir_models.augmentation import spectrum
from mir_models.augmentation.spectrum import Augmentation
from mir_models.errors import MirlitonError, ParameterError
from mir_models.examples.gathering import Arrays
from mir_models.examples.windows import Window
from mir_models.features import FeatureParams, params_of_preset
from mir_models.figures.training import loss_curves
from mir_models.tasks import TASKS, NoteTask, Task
from mir_models.training import distribution, fit, normalisation
from mir_models.training import params as training_params
from mir_models.training.distillation import MixedTargets, check_loss
from mir_models.training.distillation import Params as Distillation
from mir_models.training.params import Params as TrainingParams
from mir_models.training.run import Run
from mir_models.transfer import fine_tuning
from storage import progress
from storage.examples.cached import cached_if_remote
from storage.examples.track_shards import digests
from storage.fingerprints import fingerprint
from storage.media.png import png
from storage.models.checkpoints import Training
from storage.models.mlflow_runs import TrackedRun
from storage.models.record import ModelRecord, StartRecord
from storage.workers.memory import free_memory, peak_memory


@dataclass(frozen=True)
class Recipe:
    """Everything that determines a model: its settings and its data.

    Attributes
    ----------
    name : str
        Of the architecture.
    architecture : module
    network, training, augmentation : dataclasses
        The architecture's ``Params``, `mir_models.training.params.Params`, `mir_models.augmentation.spectrum.Params`.
    data : DatasetShards
    start : mir_models.transfer.fine_tuning.Params
    distillation : mir_models.training.distillation.Params
        Of a network with targets in every frame.
    window : mir_models.examples.windows.Window or None
        Input of a network with windows of one length; None: it takes tracks of any length.
    members : dict of LoadedModel
        By name, the trained networks that are joined to an ensemble; none where a network is trained.
    """

    name: str
    architecture: Architecture
    network: Any
    training: TrainingParams
    augmentation: spectrum.Params
    data: DatasetShards
    start: fine_tuning.Params
    distillation: Distillation = field(default_factory=Distillation)
    window: Window | None = None
    members: dict[str, LoadedModel] = field(default_factory=dict)

    @property
    def task(self) -> Task:
        """The module of the task."""
        return TASKS.get(self.architecture.TASK)

    @property
    def feature_params(self) -> FeatureParams:
        """The settings of the feature that the shards hold."""
        return params_of_preset(self.architecture.FEATURE, self.data.feature.params)

    @property
    def heads(self) -> tuple[str, ...]:
        """Outputs of the network."""
        return self.architecture.HEADS

    @cached_property
    def task_data(self) -> NoteData | ClassData:
        """Training examples and validation, by the kind of the task."""
        return TASK_DATA[self.task.KIND](self.data, self.architecture, self.task, self.feature_params, self.window)

    @cached_property
    def source(self) -> LoadedModel | None:
        """The trained network whose weights the training begins with, if any."""
        return self._earlier("start.model", self.start.model)

    @cached_property
    def teacher(self) -> LoadedModel | None:
        """The trained network whose activations are mixed into the targets, if any."""
        found = self._earlier("distillation.teacher", self.distillation.teacher)
        if found:
            earlier_models.check_teacher(found, self.architecture.TASK, self.heads, self.feature_params)
            check_loss(self.training.focal_gamma)
        return found

    def _earlier(self, setting: str, name: str) -> LoadedModel | None:
        own, preset = f"{self.architecture.TASK}/{self.name}", self.architecture.FEATURE
        return earlier_models.load_earlier(name, setting=setting, replaced=own, preset=preset) if name else None

    @property
    def sources(self) -> list[LoadedModel]:
        """The trained models that enter this one: the source of its weights, its teacher, or its members."""
        return [*filter(None, (self.source, self.teacher)), *self.members.values()]

    @property
    def targets(self) -> Callable[[Arrays], dict[str, NDArray[Any]]]:
        """Stacked examples to the target of each head, a share of them from the teacher where there is one."""
        targets = partial(self.task.targets, heads=self.heads)
        if self.teacher is None:
            return targets
        task = cast(NoteTask, self.task)  # No other has settings of distillation.
        return MixedTargets(targets, task.mixed, self.teacher.network, self.distillation.share)

    @property
    def augment(self) -> Augmentation | None:
        """The augmentation of examples on the fly, None without any."""
        if self.augmentation == spectrum.Params():
            return None
        spectrum.check_label_kept(self.augmentation, self.task.LABELS)
        return Augmentation.for_feature(self.augmentation, self.feature_params)

    @property
    def fingerprint(self) -> str:
        """Changes with the network, its training and the shards it is trained on."""
        data = self.data.fingerprint("train", "validation")
        backend = os.environ.get("KERAS_BACKEND") or "tensorflow"
        made_of: tuple[Any, ...] = (self.network, self.training, self.augmentation, self.data.weights)
        made_of += (self.window,) if self.window else ()
        made_of += (self.start.frozen,) if self.source else ()
        made_of += ("distillation", self.distillation.share) if self.teacher else ()
        made_of += tuple(each.metadata["sha256"] for each in self.sources)
        return fingerprint("model", self.name, list(self.versions.values()), *made_of, data, backend)

    @property
    def versions(self) -> dict[str, int]:
        """``VERSION`` of the code that makes the network, by its part; its decoding is chosen afterwards."""
        made_by = {
            "architecture": self.architecture,
            "task": self.task,
            "training": training_params,
            "augmentation": spectrum,
        }
        return {part: module.VERSION for part, module in made_by.items()}

    def record(self) -> ModelRecord:
        """The record of the model before it is trained: all settings and what identifies its data."""
        own = {track.audio_content for track in self.data.tracks if track.split in ("train", "validation")}
        records = [each.record for each in self.sources]
        return ModelRecord(
            task=self.architecture.TASK,
            architecture=self.name,
            versions={**self.versions, "decoding": self.task_data.decoding_version},
            datasets=sorted(self.data.stores),
            licences=_merged(*(each.licences for each in records), self.data.licences),
            protocols=_merged(*(each.protocols for each in records), self.data.protocols),
            preset=self.architecture.FEATURE,
            feature=self.data.feature,
            network=asdict(self.network),
            **self._training_fields(),
            weights=self.data.weights,
            data=self.data.fingerprint("train", "validation"),
            labels=self.task.LABELS,
            training_audio=sorted(own.union(*(each.training_audio for each in records))),
            start=self._start_record(),
            teacher=earlier_models.teacher_record(self.teacher, self.distillation),
            training_datasets=sorted({*self.data.stores}.union(*map(_all_datasets, records))),
            shards=digests([*self.data.split("train"), *self.data.split("validation")]),
            classes=self.task_data.class_names,
            train_hours=self._hours("train"),
            validation_hours=self._hours("validation"),
        )

    def _training_fields(self) -> dict[str, Any]:
        """How it is trained; of an ensemble, how each member was, and the seed of what is drawn later."""
        if self.members:
            return {"training": {"seed": self.training.seed}, "members": ensembles.member_records(self.members)}
        return {"training": asdict(self.training), "augmentation": asdict(self.augmentation)}

    def _start_record(self) -> StartRecord:
        record: StartRecord = {"model": self.start.model, "frozen": self.start.frozen}
        return {**record, **ensembles.identity(self.source)} if self.source else record

    def _hours(self, split: str) -> float:
        frames = sum(track.n_frames for track in self.data.split(split))
        return round(frames / self.feature_params.grid.frame_rate / 3600, 3)


def _merged(*mappings: Mapping[str, str]) -> dict[str, str]:
    """All items; of one key the last."""
    return {key: value for each in mappings for key, value in each.items()}


def _all_datasets(record: ModelRecord) -> list[str]:
    """The datasets that a model was trained on, those of earlier models included."""
    return [*record.training_datasets, *record.datasets]


def train(recipe: Recipe, training: Training, home: Path, limit: TimeLimit | None = None) -> ModelRecord:
    """Train, or resume training, and save the best epoch; returns the record of the finished model.

    Raises
    ------
    TimeLimitReached
        Where another epoch does not fit into the limit.
    """
    began, (state, history, notes) = time.monotonic(), training.state()
    limit = limit or TimeLimit(0)
    examples = recipe.task_data.examples
    tracked = TrackedRun(home, experiment=recipe.architecture.TASK, name=recipe.name, run_id=notes.get("run_id"))
    run = Run(
        recipe.training,
        recipe.task.monitor(recipe.heads),
        save=partial(training.save_epoch, notes={"run_id": tracked.run_id}),
        log=lambda log: _end_epoch(recipe, tracked, run, limit, log),
        history=history,
        state=state,
    )
    try:
        tracked.log_params(recipe.record().to_json(), {"fingerprint": recipe.fingerprint})
        for log in history[-1:]:  # A kill may have come between saving the last epoch and logging it.
            tracked.log_epoch(log)
        limit.begin_epochs()
        with distribution.data_parallel(_n_devices(recipe)):
            _fit(recipe, examples, run)
        record = _finish(recipe, training, run, tracked, seconds=time.monotonic() - began)
    except BaseException as error:
        failed = isinstance(error, Exception) and not isinstance(error, TimeLimitReached)
        tracked.end("FAILED" if failed else "KILLED")
        raise
    tracked.end()
    training.finish(run.best_epoch(), record)
    return record


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


def _end_epoch(recipe: Recipe, tracked: TrackedRun, run: Run, limit: TimeLimit, log: dict[str, float]) -> None:
    """Log and report an epoch that was saved; raises `TimeLimitReached` where no other fits into the limit."""
    _report_epoch(recipe, tracked, log)
    if not run.is_over():
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


def _finish(recipe: Recipe, training: Training, run: Run, tracked: TrackedRun, seconds: float) -> ModelRecord:
    """Choose the best epoch, choose its decoding on validation, log both; returns the record of the model."""
    best = run.best_epoch()
    model = training.epoch(best)
    decoding = recipe.task_data.choose_decoding(model, run.history[best])
    tracked.log_figure("loss_curves", png(loss_curves(run.history)))
    example = recipe.task_data.examples[0]["features"][None]
    tracked.log_model(model, example)
    return replace(
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
