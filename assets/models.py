"""models/<task>/<architecture>: a trained network, one asset per architecture file."""

from collections.abc import Mapping
from dataclasses import dataclass, field, make_dataclass
from typing import Any

import dagster as dg

from assets import checks
from assets.config_forms import check_registered, config_of, filled, form
from assets.descriptions import markdown
from assets.evaluation.promotion import first_champion
from assets.inference.champion import in_use
from assets.metadata import picture
from assets.resources import StoreResource
from assets.run_log import progress_in_log
from assets.training import decodings
from assets.training.recipe import Recipe, open_recipe
from assets.training.time_limit import TimeLimit
from assets.training.tracking import Tracking, dagster_tags
from assets.training.train import train
from mir_models.architectures import ARCHITECTURES, Architecture, members, training_settings
from mir_models.figures.training import loss_curves
from mir_models.setting_types import Amount, check_settings
from storage.media.png import png
from storage.models.champions import CHALLENGER, CHAMPION, ModelReference
from storage.models.checkpoints import Training
from storage.models.record import ModelRecord
from storage.staleness.outdated_models import mark_reports

POOL = "gpu"
"""Trainings that Dagster's queue begins wait for each other here, as many at a time as the pool's limit says."""


def model_asset(name: str, architecture: Architecture) -> dg.AssetsDefinition:
    """The asset of one architecture."""
    defaults, key = _defaults(architecture), ["models", architecture.TASK, name]

    @dg.asset(
        name=name,
        key_prefix=key[:-1],
        deps=[dg.AssetKey(["shards", architecture.FEATURE]), *_members(architecture)],
        group_name=architecture.TASK,
        kinds={"keras", "mlflow"},
        description=markdown(architecture.__doc__),
        pool=POOL,
        config_schema=form(defaults, names={"datasets": check_registered, "weights": check_registered}),
        check_specs=checks.specs(key, checks.MODEL),
    )
    def model(context: dg.AssetExecutionContext, store: StoreResource) -> dg.MaterializeResult:
        config = filled(config_of(context), defaults)
        limit = TimeLimit(config.minutes)
        recipe = _recipe(name, architecture, config, store)
        models = store.models(architecture.TASK, name)
        training = models.training(recipe.fingerprint)
        with progress_in_log(context), training.locked(store.home):
            trained_now = training.record() is None
            record = _trained(recipe, training, store, limit, Tracking(tags=dagster_tags(store.home, context.run_id)))
            models.make_current(recipe.fingerprint)
        first_champion(store, record)
        for dataset in recipe.data.stores.values():
            mark_reports(dataset)
        return dg.MaterializeResult(
            metadata={**_metadata(record, trained_now=trained_now), **_standing(record, store)},
            data_version=dg.DataVersion(record.decoded_fingerprint),
            check_results=checks.of_model(key, record.chance),
        )

    return model


def _members(architecture: Architecture) -> list[dg.AssetKey]:
    return [dg.AssetKey(["models", architecture.TASK, name]) for name in members(architecture)]


@dataclass(frozen=True)
class RunSettings:
    """What a network is trained on, and for how long; a form has the settings of the network's training beside it.

    Attributes
    ----------
    datasets : tuple of str
        Registered datasets; empty: all with the task's labels.
    weights : dict of str to float
        How often an epoch visits the examples of a dataset; 1 where none is given.
    minutes : float
        No other epoch is begun that would end after so many minutes; the same run goes on later. 0: no limit.
    """

    datasets: tuple[str, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict)
    minutes: Amount = 0.0

    def __post_init__(self) -> None:
        check_settings(self)


def _defaults(architecture: Architecture) -> Any:
    """The settings of a training by default: an instance of a dataclass made for the architecture."""
    parts = training_settings(architecture)
    fields = [(part, type(params), field(default=params)) for part, params in parts.items()]
    return make_dataclass("ModelSettings", fields, bases=(RunSettings,), frozen=True)()


def _recipe(name: str, architecture: Architecture, config: Any, store: StoreResource) -> Recipe:
    """The recipe of a filled form, with the shards of the datasets that it names."""
    settings = {part: getattr(config, part) for part in training_settings(architecture)}
    return open_recipe(store, name, settings, config.datasets, config.weights)


def _trained(
    recipe: Recipe, training: Training, store: StoreResource, limit: TimeLimit, tracking: Tracking
) -> ModelRecord:
    """The record of the model: trained now, or before; then with the decoding that the code chooses now."""
    finished = training.record()
    if finished is None:
        return train(recipe, training, store.home, limit, tracking)
    return decodings.up_to_date(recipe.task_data, training, finished)


def _metadata(record: ModelRecord, *, trained_now: bool) -> dict[str, Any]:
    """Metadata of the materialisation."""
    best = record.history[record.best_epoch or 0]
    return {
        "trained_now": trained_now,
        "epochs": len(record.history),
        "best_epoch": record.best_epoch,
        **{name: value for name, value in best.items() if name.startswith("val_")},
        **_chance_metadata(record),
        "decoding": dict(record.decoding),
        "datasets": record.datasets,
        "parameters": record.parameters,
        "mlflow_run": record.run_id,
        "loss_curves": picture(png(loss_curves(record.history)), "loss curves"),
    }


def _standing(record: ModelRecord, store: StoreResource) -> dict[str, Any]:
    """Whether the model is the champion of its task, and which one is."""
    now = in_use(store.champions(record.task))
    is_champion = now is not None and now.reference == ModelReference.of(record)
    return {"state": CHAMPION if is_champion else CHALLENGER, "in_use": now.description if now else "none"}


def _chance_metadata(record: ModelRecord) -> dict[str, Any]:
    """Steps, examples, and the network beside chance, of models that have these figures."""
    chance = record.chance
    if chance is None:
        return {}
    shown = {"n_steps", "n_examples", "chance_loss", "p_value"}
    known = {name: value for name, value in chance.items() if name in shown and value is not None}
    return {"chance": chance["verdict"], **known}


models = [model_asset(name, architecture) for name, architecture in ARCHITECTURES.entries().items()]
"""The assets of this file."""
