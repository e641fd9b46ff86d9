"""The recipe of a model: its settings and its data, from which fingerprint, targets and record follow."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property, partial
from types import MappingProxyType
from typing import Any, cast

from numpy.typing import NDArray

from assets.inference.loaded_model import LoadedModel
from assets.preparation.variants import check_variants_keep
from assets.training import earlier_models, ensembles
from assets.training.dataset_shards import DatasetShards, DatasetStores, open_dataset_shards
from assets.training.task_data import TASK_DATA, ClassData, NoteData
from mir_models.architectures import ARCHITECTURES, Architecture, Ensemble, default_settings
from mir_models.augmentation import spectrum
from mir_models.augmentation.spectrum import Augmentation
from mir_models.examples.gathering import Arrays
from mir_models.examples.windows import Window
from mir_models.features import FeatureParams, params_of_preset
from mir_models.tasks import TASKS, NoteTask, Task
from mir_models.training import params as training_params
from mir_models.training.distillation import MixedTargets, check_loss
from mir_models.training.distillation import Params as Distillation
from mir_models.training.params import Params as TrainingParams
from mir_models.transfer import fine_tuning
from storage.examples.track_shards import digests
from storage.fingerprints import fingerprint
from storage.models.record import ModelRecord, StartRecord


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


def open_recipe(
    store: DatasetStores,
    name: str,
    settings: Mapping[str, Any],
    datasets: Sequence[str] = (),
    weights: Mapping[str, float] = MappingProxyType({}),
) -> Recipe:
    """The recipe of a network with the shards of some datasets.

    Parameters
    ----------
    store : DatasetStores
    name : str
        Of the architecture.
    settings : mapping
        See `mir_models.architectures.training_settings`; those of an ensemble are its members'.
    datasets : sequence of str
        Registered ones; none: all with the labels of the task.
    weights : mapping of str to float
        How often an epoch visits the examples of a dataset, where that is not 1.
    """
    architecture = ARCHITECTURES.get(name)
    labels = TASKS.get(architecture.TASK).LABELS
    data = open_dataset_shards(store, list(datasets), labels, architecture.FEATURE).weighted(dict(weights))
    for dataset in data.stores:
        check_variants_keep(store.registration(dataset), labels)
    if isinstance(architecture, Ensemble):
        ensembles.check_weights(weights)
        settings = _joined(architecture, data)
    return Recipe(name, architecture, data=data, **settings)


def _joined(architecture: Ensemble, data: DatasetShards) -> dict[str, Any]:
    """The settings of an ensemble: its members, and their common window."""
    found = ensembles.load_members(architecture, data.fingerprint("train", "validation"), sorted(data.stores))
    return default_settings(architecture) | {"window": ensembles.common_window(found), "members": found}


def _merged(*mappings: Mapping[str, str]) -> dict[str, str]:
    """All items; of one key the last."""
    return {key: value for each in mappings for key, value in each.items()}


def _all_datasets(record: ModelRecord) -> list[str]:
    """The datasets that a model was trained on, those of earlier models included."""
    return [*record.training_datasets, *record.datasets]
