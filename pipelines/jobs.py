"""Jobs: what people launch."""

import dagster as dg

from assets.partitions import DATASETS
from mir_models.tasks import TASKS

prepare = dg.define_asset_job(
    "prepare",
    selection=dg.AssetSelection.groups("corpus", "features", "shards"),
    partitions_def=DATASETS,
    description="Everything up to the shards, for one dataset; makes what is missing and no more.",
)

training_jobs = {
    task: dg.define_asset_job(
        f"train_{task}",
        selection=dg.AssetSelection.groups(task),
        description=f"Train every network for {task} on the prepared datasets, and report on the test split.",
    )
    for task in TASKS.names()
}

jobs = [prepare, *training_jobs.values()]
