"""Dagster sensors: new, changed and gone files of registered datasets."""

import json
from dataclasses import asdict

import dagster as dg

from assets.preparation.missing import is_to_prepare
from mir_models.architectures import input_presets
from mir_models.tasks import TASKS
from pipelines.jobs import preparation_jobs
from storage import home
from storage.corpora.catalogue import open_catalogue
from storage.corpora.listing import listing_fingerprint
from storage.fingerprints import fingerprint
from storage.tracks.dataset_store import open_dataset


@dg.sensor(
    jobs=list(preparation_jobs.values()),
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.STOPPED,
    description="Requests the partition of a registered dataset whose files are new, changed or gone.",
)
def changed_files(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """Compare each dataset's files (path, size, time of change) with those of the last tick."""
    catalogue, last = open_catalogue(), json.loads(context.cursor or "{}")
    requests, now = list[dg.RunRequest](), {}
    for name in catalogue.names():
        try:
            registration = catalogue.get(name)
            listing = registration.listing()
            listed = [listing_fingerprint(track) for track in listing.tracks]
            now[name] = fingerprint(asdict(registration), listed, sorted(listing.refused))
            tasks = [task for task in preparation_jobs if TASKS.get(task).LABELS in listing.promises.kinds]
        except Exception as error:  # noqa: BLE001 (one corpus that cannot be read must not hide the others)
            context.log.warning(f"Dataset {name} could not be listed: {error}")
            now[name] = last.get(name)
            continue
        if now[name] != last.get(name):
            if last.get(name) is None:  # The sensor was just switched on: what is prepared already need not be made.
                dataset = open_dataset(home.store_address(), name)
                tasks = [task for task in tasks if is_to_prepare(listing, dataset, input_presets(task))]
            # Without a run key: files that change back would have the key of an earlier run, and be passed over.
            requests += [dg.RunRequest(partition_key=name, job_name=preparation_jobs[task].name) for task in tasks]
    names = [name for name in now if any(request.partition_key == name for request in requests)]
    return dg.SensorResult(
        run_requests=requests,
        cursor=json.dumps(now, sort_keys=True),
        dynamic_partitions_requests=[dg.DynamicPartitionsDefinition(name="dataset").build_add_request(names)]
        if names
        else [],
    )


sensors = [changed_files]
