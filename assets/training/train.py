"""A training: from shards to a finished model on disk, tracked from its first epoch to its last."""

import os
import time
from dataclasses import asdict, dataclass, field
from functools import cached_property, partial
from types import ModuleType
from typing import Any

from assets.inference import loaded_model
from assets.inference.loaded_model import Opened
from assets.training import ensembles
from assets.training.corpora import Corpora
from assets.training.task_data import LESSONS, ClassLessons, NoteLessons
from mir_models.augmentation import spectrum
from mir_models.augmentation.spectrum import Augmentation
from mir_models.errors import MirlitonError
from mir_models.examples.windows import Window
from mir_models.features import settings
from mir_models.figures.training import loss_curves
from mir_models.tasks import TASKS
from mir_models.training import fit, normalisation
from mir_models.transfer import fine_tuning
from storage import progress
from storage.examples.shards import Remembered, digests
from storage.fingerprints import fingerprint
from storage.media.png import png
from storage.models.mlflow_runs import TrackedRun
from storage.models.trainings import Training
from storage.workers.memory import free_memory, peak_memory


@dataclass(frozen=True)
class Recipe:
    """What a model is made of.

    Attributes
    ----------
    name : str
        Of the architecture.
    architecture : module
    network, training, augmentation : dataclasses
        The architecture's ``Params``, `mir_models.training.fit.Params` and `mir_models.augmentation.spectrum.Params`.
    corpora : Corpora
    start : mir_models.transfer.fine_tuning.Params
    window : mir_models.examples.windows.Window or None
        What a network of classes hears at once; None: it hears tracks of any length.
    members : dict of Opened
        By name, the trained networks that are joined; none where something is learnt.
    """

    name: str
    architecture: ModuleType
    network: Any
    training: fit.Params
    augmentation: spectrum.Params
    corpora: Corpora
    start: fine_tuning.Params
    window: Window | None = None
    members: dict[str, Opened] = field(default_factory=dict)

    @property
    def task(self) -> ModuleType:
        """The task."""
        return TASKS.get(self.architecture.TASK)

    @property
    def feature_params(self) -> Any:
        """The settings of the feature that the shards hold."""
        return settings(self.architecture.FEATURE, self.corpora.feature["params"])

    @property
    def heads(self) -> tuple[str, ...]:
        """What the network says."""
        return self.architecture.HEADS

    @cached_property
    def lessons(self) -> NoteLessons | ClassLessons:
        """What it learns from and is asked."""
        return LESSONS[self.task.KIND](self.corpora, self.architecture, self.task, self.feature_params, self.window)

    @cached_property
    def source(self) -> Opened | None:
        """The trained network with whose weights it begins.

        Raises
        ------
        MirlitonError
            Where that is the current model of the same network, which this training is about to replace, or hears
            another feature.
        """
        if not self.start.model:
            return None
        found = loaded_model.named(self.start.model)
        if self.start.model == f"{self.architecture.TASK}/{self.name}":
            expected, remedy = "a model that this training does not replace", f"start.model={found.record['run_id']}"
            raise MirlitonError(expected, received=self.start.model, remedy=remedy)
        if found.record["preset"] != self.architecture.FEATURE:
            expected, remedy = f"a model that hears {self.architecture.FEATURE}", "start from one that does"
            raise MirlitonError(expected, received=f"one of {found.record['preset']}", remedy=remedy)
        return found

    @property
    def sources(self) -> list[Opened]:
        """What was trained before and enters this model."""
        return [*([self.source] if self.source else []), *self.members.values()]

    @property
    def augment(self) -> Augmentation | None:
        """How examples are changed on the fly, None where they stay as they are."""
        if self.augmentation == spectrum.Params():
            return None
        spectrum.refuse_false(self.augmentation, self.task.LABELS)
        return Augmentation.of(self.augmentation, self.feature_params)

    @property
    def fingerprint(self) -> str:
        """Changes with the network, its training and the shards it learns from."""
        data = self.corpora.fingerprint("train", "validation")
        backend = os.environ.get("KERAS_BACKEND") or "tensorflow"
        made_of: tuple[Any, ...] = (self.network, self.training, self.augmentation, self.corpora.weights)
        made_of += (self.window,) if self.window else ()
        made_of += (self.start.frozen,) if self.source else ()
        made_of += tuple(each.about["sha256"] for each in self.sources)
        return fingerprint("model", self.name, list(self.versions.values()), *made_of, data, backend)

    @property
    def versions(self) -> dict[str, int]:
        """Of the code that makes the model, by its part."""
        made_by = {
            "architecture": self.architecture,
            "task": self.task,
            "training": fit,
            "augmentation": spectrum,
        }
        return {part: module.VERSION for part, module in made_by.items()}

    def about(self) -> dict[str, Any]:
        """The recipe as JSON values."""
        return {
            "task": self.architecture.TASK,
            "architecture": self.name,
            "versions": self.versions,
            "datasets": sorted(self.corpora.stores),
            "licences": {**self._known("licences"), **self.corpora.licences},
            "protocols": {**self._known("protocols"), **self.corpora.protocols},
            "preset": self.architecture.FEATURE,
            "feature": self.corpora.feature,
            "network": asdict(self.network),
            **self._taught(),
            "weights": self.corpora.weights,
            "data": self.corpora.fingerprint("train", "validation"),
            "labels": self.task.LABELS,
            "heard": sorted({*self._known("heard"), *self._heard()}),
            "start": {**asdict(self.start), **(ensembles.identity(self.source) if self.source else {})},
            "heard_datasets": sorted({*self._known("heard_datasets"), *self._known("datasets"), *self.corpora.stores}),
            "shards": digests([*self.corpora.split("train"), *self.corpora.split("validation")]),
            **self.lessons.about(),
            "train_hours": self._hours("train"),
            "validation_hours": self._hours("validation"),
        }

    def _taught(self) -> dict[str, Any]:
        """How it learns; of members that are joined, how each of them did, and the seed of what is drawn later."""
        if self.members:
            return {"training": {"seed": self.training.seed}, "members": ensembles.told(self.members)}
        return {"training": asdict(self.training), "augmentation": asdict(self.augmentation)}

    def _known(self, key: str) -> dict[str, Any]:
        """What the records of all sources say under a key, each thing once."""
        found: dict[str, Any] = {}
        for each in self.sources:
            said = each.record.get(key, {})
            found |= said if isinstance(said, dict) else dict.fromkeys(said)
        return found

    def _heard(self) -> set[str]:
        return {track.audio for track in self.corpora.tracks if track.split in ("train", "validation")}

    def _hours(self, split: str) -> float:
        frames = sum(track.n_frames for track in self.corpora.split(split))
        return round(frames / self.feature_params.grid.frame_rate / 3600, 3)


def learn(recipe: Recipe, kept: Training, home: Any) -> dict[str, Any]:
    """Train, or go on training, and keep the best epoch; returns the record of the finished model."""
    began, (state, history, notes) = time.monotonic(), kept.state()
    examples = recipe.lessons.examples
    tracked = TrackedRun(home, experiment=recipe.architecture.TASK, name=recipe.name, run_id=notes.get("run_id"))
    run = fit.Run(
        recipe.training,
        recipe.task.monitor(recipe.heads),
        save=partial(kept.save_epoch, notes={"run_id": tracked.run_id}),
        log=lambda log: _tell(recipe, tracked, log),
        history=history,
        state=state,
    )
    try:
        tracked.log_params(recipe.about(), {"fingerprint": recipe.fingerprint})
        for log in history[-1:]:  # A kill may have come between saving the last epoch and logging it.
            tracked.log_epoch(log)
        _fit(recipe, examples, run)
        record = _finish(recipe, kept, run, tracked, seconds=time.monotonic() - began)
    except BaseException as error:
        tracked.end("FAILED" if isinstance(error, Exception) else "KILLED")
        raise
    tracked.end()
    kept.finish(record["best_epoch"], record)
    return record


def _fit(recipe: Recipe, examples: Any, run: fit.Run) -> None:
    """Train from wherever the run is until it is over."""
    model = prepared(recipe)
    if recipe.members:
        if not run.is_over():
            run.keep(model, {"epoch": 0, **recipe.lessons.validate(model)})
        return
    fit.fit(
        model,
        Remembered(examples, room=free_memory() // 4),
        partial(recipe.task.targets, heads=recipe.heads),
        partial(recipe.lessons.validate, model),
        run,
        silence=recipe.feature_params.silence,
        augment=recipe.augment,
        weights=recipe.corpora.visits(examples),
    )


def prepared(recipe: Recipe) -> Any:
    """The compiled network, its normalisation fitted on the train split."""
    joined = partial(ensembles.join, recipe.architecture, recipe.members)
    build = joined if recipe.members else partial(_built, recipe, _scale(recipe))
    heads, params = recipe.heads, recipe.training
    return fit.prepare(
        build,
        recipe.task.losses(heads, params.focal_gamma),
        params,
        weights=recipe.task.weights(heads),
        steps_per_epoch=fit.steps_per_epoch(recipe.corpora.visits(recipe.lessons.examples).sum(), params),
    )


def _scale(recipe: Recipe) -> normalisation.Scale:
    """Of the train split, or of the network with which it begins."""
    if recipe.source:
        return fine_tuning.scale_of(recipe.source.network)
    heard = (recipe.corpora.whole(track, "features")["features"] for track in recipe.corpora.visited())
    return normalisation.fit(heard)


def _built(recipe: Recipe, scale: normalisation.Scale) -> Any:
    """The network with the weights that it begins with."""
    network = _empty(recipe, scale)
    if recipe.source:
        known, own = recipe.source.record, recipe.lessons.about().get("classes")
        same = known["task"] == recipe.architecture.TASK and known.get("classes") == own
        fine_tuning.adopt(network, recipe.source.network, recipe.start.frozen, answers=same)
    return network


def _empty(recipe: Recipe, scale: normalisation.Scale) -> Any:
    """The network; refuses a window that is too short for it."""
    try:
        return recipe.architecture.build(recipe.network, scale=scale, **recipe.lessons.shape)
    except ValueError as error:
        if recipe.window is None:
            raise
        received = f"{recipe.window.frames} frames, on which Keras says: {str(error).strip().splitlines()[-1]}"
        remedy = "--set window.frames=… with more of them"
        raise MirlitonError(f"a window that {recipe.name} can hear", received=received, remedy=remedy) from error


def _tell(recipe: Recipe, tracked: TrackedRun, log: dict[str, float]) -> None:
    tracked.log_epoch(log)
    monitor = recipe.task.monitor(recipe.heads)
    score = (f"loss {log['loss']:.4f}, " if "loss" in log else "") + f"{monitor} {log[monitor]:.4f}"
    progress.tell(
        f"models/{recipe.architecture.TASK}/{recipe.name}", int(log["epoch"]) + 1, recipe.training.epochs, score
    )


def _finish(recipe: Recipe, kept: Training, run: fit.Run, tracked: TrackedRun, seconds: float) -> dict[str, Any]:
    """Choose the best epoch, calibrate its decoder on validation, log both; returns what is known of the model."""
    best = run.best_epoch()
    model = kept.epoch(best)
    decoding = recipe.lessons.calibrate(model, run.history[best])
    curves = png(loss_curves(run.history))
    tracked.log_figure("loss_curves", curves)
    example = recipe.lessons.examples[0]["features"][None]
    tracked.log_model(model, example)
    return {
        **recipe.about(),
        "fingerprint": recipe.fingerprint,
        "run_id": tracked.run_id,
        "parameters": int(model.count_params()),
        "best_epoch": best,
        "history": run.history,
        "decoding": asdict(decoding),
        "seconds_of_last_run": round(seconds, 1),
        "peak_memory_mib": peak_memory(),
    }
