"""Dagster jobs: preparation, training and retraining by task, and the transfer probe."""

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from assets.partitions import DATASETS
from mir_models.architectures import input_presets
from mir_models.tasks import TASKS
from pipelines.retraining_jobs import retraining_jobs


def _preparation_of(task: str) -> dg.AssetSelection:
    """The corpus, and features and shards of the presets that a task's networks and baselines take."""
    keys = [dg.AssetKey([stage, preset]) for stage in ("features", "shards") for preset in input_presets(task)]
    return dg.AssetSelection.groups("corpus") | dg.AssetSelection.assets(*keys)


preparation_jobs = {
    task: dg.define_asset_job(
        f"prepare_{task}",
        selection=_preparation_of(task),
        partitions_def=DATASETS,
        description=f"Up to the shards of all presets of {task}, for one dataset; makes what is missing only.",
    )
    for task in TASKS.names()
}

prepare_any = dg.define_asset_job(
    "prepare_any",
    selection=dg.AssetSelection.groups("corpus", "features", "shards"),
    partitions_def=DATASETS,
    description="The same for every preset there is; the command line makes a part of it.",
)

training_jobs = {
    task: dg.define_asset_job(
        f"train_{task}",
        selection=dg.AssetSelection.groups(task),
        description=f"Train every network for {task} on the prepared datasets, and report on the test split.",
    )
    for task in TASKS.names()
}

probe_transfer = dg.define_asset_job(
    "probe_transfer",
    selection=dg.AssetSelection.groups("transfer"),
    description="Predict a label from the layers of a network that was trained on another.",
)

jobs: list[dg.JobDefinition | UnresolvedAssetJobDefinition] = [
    *preparation_jobs.values(),
    prepare_any,
    *training_jobs.values(),
    *retraining_jobs.values(),
    probe_transfer,
]
