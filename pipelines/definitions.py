"""The code location of Dagster: all assets, jobs, schedules, sensors and resources."""

import dagster as dg

from assets.champions import champions
from assets.features import features
from assets.labels import labels
from assets.models import models
from assets.raw_audio import raw_audio
from assets.reports import reports
from assets.resources import FeaturePassesResource, StoreResource, WorkersResource
from assets.shards import shards_assets
from assets.transfer import transfer
from assets.variants import variants
from pipelines.asset_tags import with_tags
from pipelines.instance import warn_other_instance
from pipelines.jobs import jobs
from pipelines.schedules import schedules
from pipelines.sensors import sensors
from storage import home
from storage.settings_file import load_settings

load_settings(home.home())
warn_other_instance()

definitions = dg.Definitions(
    assets=with_tags(
        [raw_audio, variants, *features, labels, *shards_assets, *models, *reports, *champions, *transfer]
    ),
    jobs=jobs,
    schedules=schedules,
    sensors=sensors,
    resources={
        "store": StoreResource(),
        "passes": FeaturePassesResource(),
        "workers": WorkersResource(address=dg.EnvVar("MIRLITON_DASK_ADDRESS").get_value("") or ""),
    },
    executor=dg.in_process_executor,
)
