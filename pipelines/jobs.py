"""Jobs: what people launch."""

import dagster as dg

from assets.partitions import DATASETS
from mir_models.architectures import heard_presets
from mir_models.tasks import TASKS

heard = [[stage, preset] for stage in ("features", "shards") for preset in heard_presets()]

prepare = dg.define_asset_job(
    "prepare",
    selection=dg.AssetSelection.groups("corpus") | dg.AssetSelection.assets(*map(dg.AssetKey, heard)),
    partitions_def=DATASETS,
    description="Up to the shards of all presets that a network hears, for one dataset; makes what is missing only.",
)

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

jobs = [prepare, prepare_any, *training_jobs.values()]
