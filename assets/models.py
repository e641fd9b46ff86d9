"""models/<task>/<architecture>: a trained network, one asset per architecture file."""

from typing import Any

import dagster as dg
from pydantic import Field, create_model

from assets import checks
from assets.config_forms import filled, form
from assets.metadata import picture
from assets.preparation.variants import check_variants_keep
from assets.resources import StoreResource
from assets.training import decodings, ensembles
from assets.training.dataset_shards import DatasetShards, open_dataset_shards
from assets.training.time_limit import TimeLimit
from assets.training.train import Recipe, train
from mir_models.architectures import ARCHITECTURES, Architecture, Ensemble, default_settings, members, training_settings
from mir_models.figures.training import loss_curves
from mir_models.tasks import TASKS
from storage.media.png import png
from storage.models.checkpoints import Training
from storage.models.record import ModelRecord
from storage.staleness.outdated_models import mark_reports


def model_asset(name: str, architecture: Architecture) -> dg.AssetsDefinition:
    """The asset of one architecture."""
    Settings, key = _settings(name, architecture), ["models", architecture.TASK, name]

    @dg.asset(
        name=name,
        key_prefix=key[:-1],
        deps=[dg.AssetKey(["shards", architecture.FEATURE]), *_members(architecture)],
        group_name=architecture.TASK,
        kinds={"keras", "mlflow"},
        description=architecture.__doc__,
        check_specs=checks.specs(key, checks.MODEL),
    )
    def model(config: Settings, store: StoreResource) -> dg.MaterializeResult:  # type: ignore[valid-type]  # read by Dagster
        limit = TimeLimit(config.minutes)  # type: ignore[attr-defined]  # of a form that is made at run time
        recipe = _recipe(name, architecture, config, store)
        models = store.models(architecture.TASK, name)
        training = models.training(recipe.fingerprint)
        with training.locked(store.home):
            trained_now = training.record() is None
            record = _trained(recipe, training, store, limit)
            models.make_current(recipe.fingerprint)
        for dataset in recipe.data.stores.values():
            mark_reports(dataset)
        return dg.MaterializeResult(
            metadata=_metadata(record, trained_now=trained_now),
            data_version=dg.DataVersion(record.decoded_fingerprint),
            check_results=checks.of_model(key, record.chance),
        )

    return model


def _members(architecture: Architecture) -> list[dg.AssetKey]:
    return [dg.AssetKey(["models", architecture.TASK, name]) for name in members(architecture)]


def _settings(name: str, architecture: Architecture) -> type[dg.Config]:
    """The form of a training: each of its parts with the defaults of the architecture."""
    forms = {part: form(params, f"{name}_{part}") for part, params in training_settings(architecture).items()}
    often = "How often an epoch visits the examples of a dataset; 1 where none is given."
    fields: dict[str, Any] = {part: (form, form()) for part, form in forms.items()}
    fields["datasets"] = (
        list[str],
        Field(default=[], description="Registered datasets; empty: all with the task's labels."),
    )
    fields["weights"] = (dict[str, float], Field(default={}, description=often))
    limit = "No other epoch is begun that would end after so many minutes; the same run goes on later. 0: no limit."
    fields["minutes"] = (float, Field(default=0.0, ge=0.0, description=limit))
    return create_model(f"{name}_settings", __base__=dg.Config, **fields)


def _recipe(name: str, architecture: Architecture, config: Any, store: StoreResource) -> Recipe:
    """The recipe of a filled form, with the shards of the datasets that it names."""
    labels = TASKS.get(architecture.TASK).LABELS
    data = open_dataset_shards(store, config.datasets, labels, architecture.FEATURE).weighted(config.weights)
    for dataset in data.stores:
        check_variants_keep(store.registration(dataset), labels)
    chosen = {part: filled(getattr(config, part), default) for part, default in training_settings(architecture).items()}
    if isinstance(architecture, Ensemble):
        ensembles.check_weights(config.weights)
        chosen = _joined(architecture, data)
    return Recipe(name, architecture, data=data, **chosen)


def _trained(recipe: Recipe, training: Training, store: StoreResource, limit: TimeLimit) -> ModelRecord:
    """The record of the model: trained now, or before; then with the decoding that the code chooses now."""
    finished = training.record()
    if finished is None:
        return train(recipe, training, store.home, limit)
    return decodings.up_to_date(recipe.task_data, training, finished)


def _joined(architecture: Ensemble, data: DatasetShards) -> dict[str, Any]:
    """The settings of an ensemble: its members, and their common window."""
    found = ensembles.load_members(architecture, data.fingerprint("train", "validation"), sorted(data.stores))
    return default_settings(architecture) | {"window": ensembles.common_window(found), "members": found}


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
