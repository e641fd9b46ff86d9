"""A backfill of a few tracks in a temporary home, store and Dagster instance: its time, memory and disk, by asset."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pipelines.dagster_settings import instance_settings
from pipelines.estimate.dry_run import DryRun
from pipelines.estimate.execution import execute
from pipelines.estimate.memory import MemorySample, record_memory
from pipelines.job_runs import RunFailed, failure_reason
from storage.corpora.catalogue import Catalogue
from storage.corpora.registrations import Registration
from storage.corpora.sample import n_concurrent
from storage.objects.disk_usage import Size, stored_size
from storage.objects.objects import open_objects
from storage.objects.scratch import scratch
from storage.tracks.dataset_store import open_dataset
from storage.tracks.quarantine import QuarantineRow
from storage.workers.dask_workers import Workers
from storage.workers.timed_workers import TimedWorkers, mean_idle_seconds

if TYPE_CHECKING:
    import dagster as dg


class Span(NamedTuple):
    """Start and end, in seconds since the epoch."""

    start: float
    end: float


@dataclass(frozen=True)
class SampleRun:
    """One run of the job on some tracks, measured.

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
    refused : list of QuarantineRow
        Which of the tracks cannot be used.
    """

    tracks: list[str]
    seconds: dict[str, float]
    idle: dict[str, float]
    peaks: dict[str, int]
    sizes: dict[str, Size]
    overhead: float
    refused: list[QuarantineRow]

    @property
    def wall(self) -> float:
        """Seconds of the run in all."""
        return self.overhead + sum(self.seconds.values()) + sum(self.idle.values())


@dataclass
class SampleBackfill:
    """A temporary home, store and instance, in which the preparation runs on some tracks of a corpus.

    Attributes
    ----------
    registration : Registration
        Of the corpus.
    dry_run : DryRun
        Which assets and tracks are missing, and the splits that a backfill would keep.
    address : str
        Of the temporary store, on the same disk as the true one.
    folder : Path
        The temporary home.
    workers : TimedWorkers
        Those of the backfill; they note when they work.
    instance : DagsterInstance
        Which records the runs.
    opening, closing : float
        Seconds that it took to make the instance, and to end the workers.
    numbers : iterator of int
        Numbers of the runs, which name their datasets.
    """

    registration: Registration
    dry_run: DryRun
    address: str
    folder: Path
    workers: TimedWorkers
    instance: "dg.DagsterInstance"
    opening: float = 0.0
    closing: float = 0.0
    numbers: Iterator[int] = field(default_factory=count)

    @classmethod
    @contextmanager
    def open_temporary(
        cls, registration: Registration, dry_run: DryRun, address: str, workers: Workers
    ) -> Iterator["SampleBackfill"]:
        """Open one for the time of a block; at its end no process and no file of it is left."""
        import dagster as dg

        with scratch(address) as temporary, tempfile.TemporaryDirectory(prefix="mirliton-plan-") as folder:
            (Path(folder) / "dagster.yaml").write_text(instance_settings(shared=False), encoding="utf-8")
            began = time.monotonic()
            with dg.DagsterInstance.local_temp(folder) as instance:
                backfill = cls(registration, dry_run, temporary, Path(folder), TimedWorkers(inner=workers), instance)
                backfill.opening = time.monotonic() - began
                try:
                    yield backfill
                finally:
                    began = time.monotonic()
                    workers.close()
                    backfill.closing = time.monotonic() - began

    def run(self, tracks: Sequence[str]) -> SampleRun:
        """Run the job on these tracks, as a dataset of its own.

        Raises
        ------
        RunFailed
            When the run fails, as the backfill will.
        """
        name = f"sample-{next(self.numbers)}"
        self._register(name, set(tracks))
        began = time.monotonic()
        with record_memory() as samples:
            run_id = self._execute(name)
        wall = time.monotonic() - began
        spans = self._spans(run_id)
        idle_seconds = {key: self._idle(span) for key, span in spans.items()}
        return SampleRun(
            list(tracks),
            seconds={key: span.end - span.start - idle_seconds[key] for key, span in spans.items()},
            idle=idle_seconds,
            peaks={key: _peak(samples, span) for key, span in spans.items()},
            sizes={key: self._size(f"datasets/{name}/{key}") for key in spans},
            overhead=max(0.0, wall - sum(span.end - span.start for span in spans.values())),
            refused=[row for row in open_dataset(self.address, name).quarantine.rows() if row.track in tracks],
        )

    @property
    def _catalogue(self) -> Catalogue:
        """Registrations in the temporary stores."""
        return Catalogue(open_objects(self.address), self.folder)

    def _execute(self, name: str) -> str:
        """Run the job on a dataset of this home; the run's id."""
        result = execute(
            list(self.dry_run.missing),
            self.instance,
            name=name,
            registration=self._catalogue.get,
            dataset=partial(open_dataset, self.address),
            workers=self.workers,
        )
        if not result.success:
            raise RunFailed(f"A sample of the tracks fails, as the backfill will: {failure_reason(result)}")
        return result.run_id

    def _spans(self, run_id: str) -> dict[str, Span]:
        """When each asset of a run was made."""
        spans = {}
        for step in self.instance.get_run_step_stats(run_id):
            if step.start_time is not None and step.end_time is not None:
                spans[step.step_key.replace("__", "/")] = Span(step.start_time, step.end_time)
        return spans

    def _idle(self, span: Span) -> float:
        """Seconds at the end of an asset at which workers wait for each other."""
        tasks = [task for task in self.workers.intervals if span.start <= task.ended <= span.end]
        return mean_idle_seconds(tasks, n_concurrent(self.workers.inner))

    def _register(self, name: str, tracks: set[str]) -> None:
        """Register the corpus with every other track left out, and with the splits of the full corpus."""
        others = [track.id for track in self.dry_run.listing.tracks if track.id not in tracks]
        exclude = [*self.registration.exclude, *others]
        self._catalogue.add(replace(self.registration, name=name, exclude=exclude, max_quarantined=1.0))
        dataset = open_dataset(self.address, name)
        dataset.splits.write(self.dry_run.splits)

    def _size(self, prefix: str) -> Size:
        return stored_size(self.address, prefix) + stored_size(self.address, f"{prefix}.records.json")


def _peak(samples: Sequence[MemorySample], span: Span) -> int:
    """The most memory within a span, in bytes."""
    return max((sample.resident for sample in samples if span.start <= sample.time <= span.end), default=0)
