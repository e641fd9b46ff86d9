"""A backfill of a few tracks, in a home, a store and a Dagster instance that are gone afterwards."""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import psutil

from pipelines.estimate.dry_run import Outlook
from pipelines.instance import SETTINGS
from storage.corpora.registrations import Catalogue, Registration
from storage.corpora.sample import at_once
from storage.objects.scratch import Size, scratch, size
from storage.tracks.dataset_store import DatasetStore, open_dataset
from storage.tracks.quarantine import Row
from storage.workers.dask_workers import Workers
from storage.workers.timed_workers import Clocked, idle

PAUSE = 0.1
"""Seconds between two looks at the memory."""


@dataclass(frozen=True)
class Round:
    """One run of the job on some tracks.

    Attributes
    ----------
    tracks : list of str
        Their ids.
    seconds : dict of str to float
        Wall time by asset, without the end at which workers wait for each other.
    idle : dict of str to float
        Seconds of that end, by asset.
    peaks : dict of str to int
        Bytes of memory of all processes together, by asset.
    sizes : dict of str to Size
        What was stored, by asset.
    overhead : float
        Seconds that belong to no asset.
    refused : list of Row
        Which of the tracks cannot be used.
    """

    tracks: list[str]
    seconds: dict[str, float]
    idle: dict[str, float]
    peaks: dict[str, int]
    sizes: dict[str, Size]
    overhead: float
    refused: list[Row]

    @property
    def wall(self) -> float:
        """Seconds in all."""
        return self.overhead + sum(self.seconds.values()) + sum(self.idle.values())


@dataclass
class Miniature:
    """A home, a store and an instance that are gone afterwards, in which the job runs on some tracks of a corpus."""

    registration: Registration
    seen: Outlook
    address: str
    folder: Path
    workers: Clocked
    instance: Any
    opening: float = 0.0
    closing: float = 0.0
    numbers: Iterator[int] = field(default_factory=count)

    @classmethod
    @contextmanager
    def opened(cls, registration: Registration, seen: Outlook, address: str, workers: Workers) -> Iterator["Miniature"]:
        """For the time of a block; at its end no process and no file of it is left."""
        import dagster as dg

        with scratch(address) as place, tempfile.TemporaryDirectory(prefix="mirliton-plan-") as folder:
            (Path(folder) / "dagster.yaml").write_text(SETTINGS, encoding="utf-8")
            began = time.monotonic()
            with dg.DagsterInstance.local_temp(folder) as instance:
                miniature = cls(registration, seen, place, Path(folder), Clocked(inner=workers), instance)
                miniature.opening = time.monotonic() - began
                try:
                    yield miniature
                finally:
                    began = time.monotonic()
                    workers.close()
                    miniature.closing = time.monotonic() - began

    def run(self, tracks: Sequence[str]) -> Round:
        """Run the job on these tracks, as a dataset of its own."""
        from pipelines.runs import RunFailed, reason

        name = f"round-{next(self.numbers)}"
        self._register(name, set(tracks))
        began = time.monotonic()
        with memory_watched() as looks:
            result = execute(
                list(self.seen.missing),
                self.instance,
                Catalogue(self.folder).get,
                partial(open_dataset, self.address),
                name,
                self.workers,
            )
        wall = time.monotonic() - began
        if not result.success:
            raise RunFailed(f"A sample of the tracks fails, as the backfill will: {reason(result)}")
        spans = {
            step.step_key.replace("__", "/"): (step.start_time, step.end_time)
            for step in self.instance.get_run_step_stats(result.run_id)
        }
        waited = {key: self._idle(span) for key, span in spans.items()}
        return Round(
            list(tracks),
            seconds={key: end - start - waited[key] for key, (start, end) in spans.items()},
            idle=waited,
            peaks={
                key: max((rss for at, rss in looks if start <= at <= end), default=0)
                for key, (start, end) in spans.items()
            },
            sizes={key: self._size(f"datasets/{name}/{key}") for key in spans},
            overhead=max(0.0, wall - sum(end - start for start, end in spans.values())),
            refused=[row for row in open_dataset(self.address, name).quarantine.rows() if row.track in tracks],
        )

    def _idle(self, span: tuple[float, float]) -> float:
        tasks = [task for task in self.workers.tasks if span[0] <= task.ended <= span[1]]
        return idle(tasks, at_once(self.workers.inner))

    def _register(self, name: str, tracks: set[str]) -> None:
        """The same registration and the splits of the whole, with every other track left out."""
        others = [track.id for track in self.seen.listing.tracks if track.id not in tracks]
        exclude = [*self.registration.exclude, *others]
        Catalogue(self.folder).add(replace(self.registration, name=name, exclude=exclude, max_quarantined=1.0))
        dataset = open_dataset(self.address, name)
        dataset.splits.write(self.seen.splits)

    def _size(self, prefix: str) -> Size:
        return size(self.address, prefix) + size(self.address, f"{prefix}.records.json")


def execute(
    assets: list[str],
    instance: Any,
    registration: Callable[[str], Registration],
    dataset: Callable[[str], DatasetStore],
    name: str,
    workers: Workers,
) -> Any:
    """Run assets of ``prepare_any`` on a dataset; registrations and stores come from two functions of its name."""
    import dagster as dg

    from assets.resources import StoreResource
    from pipelines.definitions import definitions
    from pipelines.jobs import prepare_any

    class Elsewhere(StoreResource):
        """Registrations and stores that are not those of this home."""

        def registration(self, name: str) -> Registration:
            return registration(name)

        def dataset(self, name: str) -> DatasetStore:
            return dataset(name)

    instance.add_dynamic_partitions("dataset", [name])
    graph = dg.Definitions(
        assets=definitions.assets,
        jobs=[prepare_any],
        resources={**(definitions.resources or {}), "store": Elsewhere(), "workers": workers},
    )
    return graph.resolve_job_def(prepare_any.name).execute_in_process(
        instance=instance,
        partition_key=name,
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        asset_selection=[dg.AssetKey(key.split("/")) for key in assets],
        raise_on_error=False,
    )


@contextmanager
def memory_watched() -> Iterator[list[tuple[float, int]]]:
    """Collect, inside the block, the time and the bytes of memory of this process and all below it."""
    looks: list[tuple[float, int]] = []
    ended, this = threading.Event(), psutil.Process()

    def look() -> None:
        while not ended.wait(PAUSE):
            looks.append((time.time(), sum(map(resident, [this, *this.children(recursive=True)]))))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield looks
    finally:
        ended.set()
        thread.join()


def resident(process: psutil.Process) -> int:
    """Bytes of memory of a process; 0 once it is gone."""
    try:
        return process.memory_info().rss
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return 0
