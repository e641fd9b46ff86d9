"""models/<task>/<architecture>: a trained network, one asset per architecture file."""

from types import ModuleType
from typing import Any

import dagster as dg
from pydantic import Field, create_model

from assets.config_forms import filled, form
from assets.metadata import picture
from assets.resources import StoreResource
from assets.training import ensembles
from assets.training.corpora import Corpora, open_corpora
from assets.training.train import Recipe, learn
from assets.variants import refuse_false_variants
from mir_models.architectures import ARCHITECTURES, declared, members, parts
from mir_models.figures.training import loss_curves
from mir_models.tasks import TASKS
from storage.freshness.stale import mark_reports
from storage.media.png import png


def model_asset(name: str, architecture: ModuleType) -> dg.AssetsDefinition:
    """The asset of one architecture."""
    Settings = _settings(name, architecture)

    @dg.asset(
        name=name,
        key_prefix=["models", architecture.TASK],
        deps=[dg.AssetKey(["shards", architecture.FEATURE]), *_members(architecture)],
        group_name=architecture.TASK,
        kinds={"keras", "mlflow"},
        description=architecture.__doc__,
    )
    def model(config: Settings, store: StoreResource) -> dg.MaterializeResult:
        recipe = _recipe(name, architecture, config, store)
        models = store.models(architecture.TASK, name)
        kept = models.training(recipe.fingerprint)
        with kept.locked(store.home):
            record = kept.record()
            fresh = record is None
            record = record or learn(recipe, kept, store.home)
            models.make_current(recipe.fingerprint)
        for dataset in recipe.corpora.stores.values():
            mark_reports(dataset)
        return dg.MaterializeResult(metadata=_shown(record, fresh), data_version=dg.DataVersion(recipe.fingerprint))

    return model


def _members(architecture: ModuleType) -> list[dg.AssetKey]:
    return [dg.AssetKey(["models", architecture.TASK, name]) for name in members(architecture)]


def _settings(name: str, architecture: ModuleType) -> Any:
    """The form of a training: each of its parts with the defaults of the architecture."""
    forms = {part: form(params, f"{name}_{part}") for part, params in parts(architecture).items()}
    datasets = Field(default=[], description="Registered datasets; empty: all with the task's labels.")
    often = "How often an epoch visits the examples of a dataset; 1 where none is given."
    return create_model(
        f"{name}_settings",
        __base__=dg.Config,
        **{part: (form, form()) for part, form in forms.items()},
        datasets=(list[str], datasets),
        weights=(dict[str, float], Field(default={}, description=often)),
    )


def _recipe(name: str, architecture: ModuleType, config: Any, store: StoreResource) -> Recipe:
    """What a filled form asks for, with the corpora that it names."""
    labels = TASKS.get(architecture.TASK).LABELS
    corpora = open_corpora(store, config.datasets, labels, architecture.FEATURE).weighted(config.weights)
    for dataset in corpora.stores:
        refuse_false_variants(store.registration(dataset), labels)
    chosen = {part: filled(getattr(config, part), default) for part, default in parts(architecture).items()}
    if members(architecture):
        ensembles.refuse_weights(config.weights)
        chosen = _joined(architecture, corpora)
    return Recipe(name, architecture, corpora=corpora, **chosen)


def _joined(architecture: ModuleType, corpora: Corpora) -> dict[str, Any]:
    """What a recipe says of a model that is made of trained ones: these, and what they hear."""
    found = ensembles.members(architecture, corpora.fingerprint("train", "validation"), sorted(corpora.stores))
    return declared(architecture) | {"window": ensembles.common_window(found), "members": found}


def _shown(record: dict[str, Any], fresh: bool) -> dict[str, Any]:
    best = record["history"][record["best_epoch"]]
    return {
        "trained_now": fresh,
        "epochs": len(record["history"]),
        "best_epoch": record["best_epoch"],
        **{name: value for name, value in best.items() if name.startswith("val_")},
        "decoding": record["decoding"],
        "datasets": record["datasets"],
        "parameters": record["parameters"],
        "mlflow_run": record["run_id"],
        "loss_curves": picture(png(loss_curves(record["history"])), "loss curves"),
    }


models = [model_asset(name, architecture) for name, architecture in ARCHITECTURES.entries().items()]
