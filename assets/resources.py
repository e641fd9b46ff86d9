"""Resources of the assets: the stores, the registered datasets, the workers."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from pydantic import Field

from assets.preparation.features import FeaturePasses
from storage import home, progress
from storage.corpora.catalogue import open_catalogue
from storage.corpora.registrations import Registration
from storage.models.champions import ChampionStore
from storage.models.checkpoints import ModelStore
from storage.objects import leases
from storage.objects.objects import open_objects
from storage.reports.evaluations import ReportStore
from storage.reports.transfers import TransferStore
from storage.tracks.dataset_store import DatasetStore, open_dataset
from storage.workers.dask_workers import Workers


class StoreResource(dg.ConfigurableResource):
    """The stores of all datasets, models and reports."""

    address: str = Field(
        default="", description="Folder or URL; empty: MIRLITON_STORE, else a folder of MIRLITON_HOME."
    )

    @property
    def home(self) -> Path:
        """``MIRLITON_HOME``."""
        return home.home()

    @contextmanager
    def turn(self, name: str) -> Iterator[None]:
        """Wait until no other run works on a dataset, of this machine or behind a URL of any; keep others waiting."""
        objects = self.dataset(name).objects
        with leases.hold(objects, self.home, f"dataset-{name}", wait=False) as ours:
            if ours:
                yield
                return
        progress.report(f"waiting for another run that works on {name}", 0, 1)
        with leases.hold(objects, self.home, f"dataset-{name}", wait=True):
            yield

    def registration(self, name: str) -> Registration:
        """How a dataset was registered."""
        return open_catalogue(self.address).get(name)

    def registered(self) -> list[str]:
        """Names of all registered datasets."""
        return open_catalogue(self.address).names()

    def dataset(self, name: str) -> DatasetStore:
        """The stores of a dataset."""
        return open_dataset(self.address or home.store_address(), name)

    def models(self, task: str, architecture: str) -> ModelStore:
        """The trainings of an architecture."""
        return ModelStore(open_objects(self.address or home.store_address()), task, architecture)

    def champions(self, task: str) -> ChampionStore:
        """The decisions on the champion of a task."""
        return ChampionStore(open_objects(self.address or home.store_address()), task)

    def reports(self, task: str, architecture: str) -> ReportStore:
        """The reports of an architecture."""
        return ReportStore(open_objects(self.address or home.store_address()), task, architecture)

    def transfers(self, label: str, network: str, layer: str) -> TransferStore:
        """The scores of probes of a layer of a network for a label."""
        return TransferStore(open_objects(self.address or home.store_address()), label, network, layer)


class WorkersResource(dg.ConfigurableResource):
    """The Dask workers of a run, started when first needed and kept until it ends."""

    n_workers: int = Field(default=-1, description="Local processes; -1: one per core; 0: none, in the run's process.")
    address: str = Field(default="", description="Address of a Dask scheduler; empty: MIRLITON_DASK_ADDRESS, or local.")
    memory_limit: str = Field(default="4GiB", description="Memory of one local worker.")

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Workers]:
        """The workers for the time of a run."""
        workers = Workers(
            n_workers=None if self.n_workers < 0 else self.n_workers,
            address=self.address or None,
            memory_limit=self.memory_limit,
        )
        try:
            yield workers
        finally:
            workers.close()


class FeaturePassesResource(dg.ConfigurableResource):
    """What a run has made of features in passes over its recordings."""

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[FeaturePasses]:
        """The passes of one run."""
        yield FeaturePasses()
