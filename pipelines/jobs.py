"""Jobs: what people launch."""

import dagster as dg

from assets.partitions import DATASETS
from mir_models.architectures import heard_presets
from mir_models.tasks import TASKS


def _heard(task: str) -> dg.AssetSelection:
    """The corpus, and features and shards of the presets that a task hears."""
    keys = [dg.AssetKey([stage, preset]) for stage in ("features", "shards") for preset in heard_presets(task)]
    return dg.AssetSelection.groups("corpus") | dg.AssetSelection.assets(*keys)


preparation_jobs = {
    task: dg.define_asset_job(
        f"prepare_{task}",
        selection=_heard(task),
        partitions_def=DATASETS,
        description=f"Up to the shards of all presets that {task} hears, for one dataset; makes what is missing only.",
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
    description="Ask what a trained network knows of a label that it never learnt.",
)

jobs = [*preparation_jobs.values(), prepare_any, *training_jobs.values(), probe_transfer]
