"""The disk, time and memory of a backfill, estimated from the same job on a sample of the tracks.

Three kinds of runs of the job ``prepare``, all with the same workers: one on the longest tracks, as many as are under
way at once, which pays for the start and shows the memory; one on no track, which is what an asset takes whatever the
number of tracks; and runs on a sample, each on tracks of its own, which give the cost per second of audio. All of
them keep the splits that the full corpus would have, so that a check that blocks a run blocks the backfill as well.
"""

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from mir_models.errors import MirlitonError
from pipelines.estimate.dry_run import dry_run
from pipelines.estimate.sample_backfill import SampleBackfill, SampleRun
from pipelines.instance import prepare_instance
from storage import home
from storage.corpora import sample as sampling
from storage.corpora.registrations import Registration
from storage.objects.disk_usage import Size, free_disk
from storage.tracks.dataset_store import open_dataset
from storage.tracks.quarantine import QuarantineRow
from storage.workers.dask_workers import Workers

SECONDS = 12.0
"""How long the runs of the sample shall take, about."""
SHARE = 4
"""One in so many tracks are enough for a sample, where there are many."""
GROWTH = 8
"""How many times as many tracks a run may have as the one before."""


@dataclass(frozen=True)
class AssetPlan:
    """What one asset will take.

    Attributes
    ----------
    asset : str
        Its key.
    tracks : int
        Tracks that are missing of it.
    size : Size
        What they will take in the store.
    seconds : float
        Wall time, with warm workers.
    start : float
        What it takes longer because workers start and libraries load in it.
    peak : int
        Bytes of memory of the command and all its workers on this machine together.
    """

    asset: str
    tracks: int
    size: Size
    seconds: float
    start: float
    peak: int


@dataclass(frozen=True)
class Plan:
    """What a backfill will take.

    Attributes
    ----------
    assets : list of AssetPlan
        In the order of the work; empty where there is nothing to do.
    overhead : float
        Seconds of the command that belong to no asset.
    free : int or None
        Bytes of free disk of the store, where it is a folder.
    sampled, listed : int
        Tracks whose cost was measured, and tracks of the corpus.
    took : float
        Seconds that the measuring took.
    retried : int
        Tracks in quarantine, which a backfill tries again and the plan leaves out.
    refused : list of QuarantineRow
        Tracks of the sample that cannot be used.
    notices : tuple of str
        Sentences on input that is not used.
    """

    assets: list[AssetPlan]
    overhead: float = 0.0
    free: int | None = None
    sampled: int = 0
    listed: int = 0
    took: float = 0.0
    retried: int = 0
    refused: list[QuarantineRow] = field(default_factory=list)
    notices: tuple[str, ...] = ()

    @property
    def starting(self) -> float:
        """Seconds of the command, the workers' start and their first calls."""
        return self.overhead + sum(each.start for each in self.assets)

    @property
    def seconds(self) -> float:
        """Wall time in all."""
        return self.starting + sum(each.seconds for each in self.assets)

    @property
    def size(self) -> Size:
        """What the store grows by."""
        return sum((each.size for each in self.assets), Size())

    @property
    def peak(self) -> int:
        """Bytes of memory of all processes together."""
        return max((each.peak for each in self.assets), default=0)


def plan(
    registration: Registration, presets: Sequence[str], *, sample: int | None = None, workers: Workers | None = None
) -> Plan:
    """Measure what a backfill up to the shards of some presets will take.

    Parameters
    ----------
    registration : Registration
    presets : sequence of str
    sample : int or None
        Tracks of the sample; None: as many as take about `SECONDS`.
    workers : Workers or None
        Those of the backfill.

    Raises
    ------
    MirlitonError
        When no track of the sample can be used.
    RunFailed
        When the backfill will fail, with the reason.
    """
    began = time.monotonic()
    prepare_instance()  # Before the definitions are imported: they look at the instance in use.
    from pipelines.definitions import definitions  # noqa: F401 (what the backfill will load as well)

    loaded, address = time.monotonic() - began, home.store_address()
    found = dry_run(registration, open_dataset(address, registration.name), presets)
    if not any(found.missing.values()):
        listed, notices = len(found.listing.tracks), found.listing.unused
        return Plan([], listed=listed, retried=len(found.retried), notices=notices)
    seconds = _weights(sampling.durations(found.tracks))
    workers = workers or Workers(address=os.environ.get("MIRLITON_DASK_ADDRESS") or None)
    with SampleBackfill.open_temporary(registration, found, address, workers) as backfill:
        cold, empty, *sampled = _runs(backfill, seconds, sampling.n_concurrent(workers), sample)
    _check_usable([cold, *sampled])
    estimates = _scaled(found.missing, seconds, cold, empty, sampled)
    return Plan(
        estimates,
        overhead=loaded + backfill.opening + empty.overhead + backfill.closing,
        free=free_disk(address),
        sampled=sum(len(each.tracks) for each in sampled),
        listed=len(found.listing.tracks),
        took=time.monotonic() - began,
        retried=len(found.retried),
        refused=sorted({row for each in (cold, *sampled) for row in each.refused}, key=lambda row: row.track),
        notices=found.listing.unused,
    )


def _weights(seconds: dict[str, float]) -> dict[str, float]:
    """The durations; a track whose duration is not known has that of the mean track."""
    positive = [each for each in seconds.values() if each]
    mean = sum(positive) / len(positive) if positive else 1.0
    return {track: each or mean for track, each in seconds.items()}


def _runs(backfill: SampleBackfill, seconds: dict[str, float], at_once: int, sample: int | None) -> Iterator[SampleRun]:
    """The run that starts the workers, the one on no track, and those of the sample."""
    yield backfill.run(sampling.longest(seconds, at_once))
    yield backfill.run([])
    order, left = sampling.systematic_order(seconds), SECONDS
    n = sample or (2 * at_once if len(order) > 4 * at_once else len(order))
    enough = sample or max(4 * at_once, len(order) // SHARE)
    while order and n >= min(at_once, len(order)) and enough > 0:
        done = backfill.run(order[:n])
        yield done
        order, enough, left = order[n:], enough - n, left - done.wall
        n = min(enough, GROWTH * n, int(n * left / max(done.wall, 1e-3)))


def _divided(seconds: dict[str, float]) -> dict[str, float]:
    """Seconds by asset, those of the features divided among their presets: the first makes all, in one pass."""
    features = [key for key in seconds if key.startswith("features/")]
    total = sum(seconds[key] for key in features)
    return {key: total / len(features) if key in features else each for key, each in seconds.items()}


def _check_usable(runs: list[SampleRun]) -> None:
    """Raise where no track of the sample can be used."""
    tracks = {track for each in runs for track in each.tracks}
    refused = {row.track: row for each in runs for row in each.refused if row.stage == "raw_audio"}
    if tracks <= refused.keys():
        first = min(refused.values(), key=lambda row: row.track)
        raise MirlitonError(
            "a sample with a track that can be used",
            received=f"{len(tracks)} that cannot, the first {first.track}: {first.reason}",
            remedy="mend these files, or register the dataset again with the folder and the options that fit it",
        )


def _scaled(
    missing: dict[str, set[str]], seconds: dict[str, float], cold: SampleRun, empty: SampleRun, sampled: list[SampleRun]
) -> list[AssetPlan]:
    """The runs of the sample times the ratio of durations, asset by asset, and what does not grow with it."""
    cold, empty, *sampled = (replace(run, seconds=_divided(run.seconds)) for run in (cold, empty, *sampled))
    runs = [cold, *sampled]
    if cold.refused and len(sampled) > 1:
        sampled = sampled[1:]  # Workers may have started in the first of them.
    sampled_seconds = sum(seconds[track] for each in sampled for track in each.tracks)

    def asset(key: str) -> AssetPlan:
        ratio = sum(seconds[track] for track in missing[key]) / sampled_seconds
        fixed = empty.seconds[key]
        sample = sum(max(0.0, each.seconds[key] - fixed) for each in sampled)
        taken = sum((each.sizes[key] for each in sampled), Size())
        of_longest = sample * sum(seconds[track] for track in cold.tracks) / sampled_seconds
        return AssetPlan(
            key,
            tracks=len(missing[key]),
            size=Size(round(taken.bytes * ratio), round(taken.on_disk * ratio)),
            seconds=fixed + sample * ratio + sampled[-1].idle[key] * bool(ratio),
            start=max(0.0, cold.seconds[key] - fixed - of_longest),
            peak=max(each.peaks.get(key, 0) for each in runs),
        )

    return [asset(key) for key in missing]
