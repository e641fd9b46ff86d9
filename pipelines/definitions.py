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
from pipelines.failure_notices import failed_runs
from pipelines.instance import warn_other_instance
from pipelines.jobs import jobs
from pipelines.schedules import load_schedules
from pipelines.sensors import sensors
from storage import home
from storage.settings_file import load_settings

load_settings(home.home())
warn_other_instance()


def _find_job(name: str) -> dg.JobDefinition:
    """A job of this code location, for a job that runs others."""
    return definitions.resolve_job_def(name)


definitions: dg.Definitions = dg.Definitions(
    assets=with_tags(
        [raw_audio, variants, *features, labels, *shards_assets, *models, *reports, *champions, *transfer]
    ),
    jobs=jobs,
    schedules=load_schedules(),
    sensors=[*sensors, failed_runs],
    resources={
        "store": StoreResource(),
        "find_job": dg.ResourceDefinition.hardcoded_resource(_find_job),
        "passes": FeaturePassesResource(),
        "workers": WorkersResource(address=dg.EnvVar("MIRLITON_DASK_ADDRESS").get_value("") or ""),
    },
    executor=dg.in_process_executor,
)
