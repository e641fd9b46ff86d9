"""The preparation job on registrations and stores other than those of the home: ``execute``."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from storage.corpora.registrations import Registration
from storage.tracks.dataset_store import DatasetStore
from storage.workers.dask_workers import Workers

if TYPE_CHECKING:
    import dagster as dg


def execute(
    assets: Sequence[str],
    instance: "dg.DagsterInstance",
    *,
    name: str,
    registration: Callable[[str], Registration],
    dataset: Callable[[str], DatasetStore],
    workers: Workers,
) -> "dg.ExecuteInProcessResult":
    """Run assets of the job ``prepare_any`` on one dataset.

    Parameters
    ----------
    assets : sequence of str
        Asset keys with ``/``.
    instance : DagsterInstance
        Which records the run.
    name : str
        The dataset.
    registration, dataset : callables of a dataset's name
        Registrations and stores, instead of those of the home.
    workers : Workers
    """
    import dagster as dg

    from assets.resources import StoreResource
    from pipelines.definitions import definitions
    from pipelines.jobs import prepare_any

    class GivenStore(StoreResource):
        """The registrations and stores of the two functions."""

        def registration(self, name: str) -> Registration:
            return registration(name)

        def dataset(self, name: str) -> DatasetStore:
            return dataset(name)

    instance.add_dynamic_partitions("dataset", [name])
    graph = dg.Definitions(
        assets=definitions.assets,
        jobs=[prepare_any],
        resources={**(definitions.resources or {}), "store": GivenStore(), "workers": workers},
    )
    return graph.resolve_job_def(prepare_any.name).execute_in_process(
        instance=instance,
        partition_key=name,
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        asset_selection=[dg.AssetKey(key.split("/")) for key in assets],
        raise_on_error=False,
    )
