"""Documents on the preparation of datasets: what it will take, and what it made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pipelines.cli.documents.datasets import Reason


@dataclass(frozen=True)
class AssetCost:
    """What one asset of a backfill will take; `start_seconds` is for workers and libraries that start in it."""

    asset: str
    tracks: int
    bytes: int
    bytes_on_disk: int
    seconds: float
    start_seconds: float
    peak_memory_bytes: int


@dataclass(frozen=True)
class PlanDocument:
    """What a backfill will take: of each asset, and in all.

    Attributes
    ----------
    name : str
    assets : list of AssetCost
        Empty: nothing to do.
    starting_seconds : float
        Of the workers' start.
    seconds : float
        In all.
    bytes, bytes_on_disk, peak_memory_bytes : int
    free_bytes : int or None
        Free disk of the store, where it is a folder.
    sampled_tracks : int
        That were measured.
    listed_tracks : int
        Of the corpus.
    took_seconds : float
        Of the measuring.
    retried : int
        Tracks in quarantine, which a backfill tries again and the plan leaves out.
    refused : list of Reason
        Tracks of the sample that cannot be used.
    notices : list of str
    """

    name: str
    assets: Sequence[AssetCost]
    starting_seconds: float
    seconds: float
    bytes: int
    bytes_on_disk: int
    peak_memory_bytes: int
    free_bytes: int | None
    sampled_tracks: int
    listed_tracks: int
    took_seconds: float
    retried: int
    refused: Sequence[Reason]
    notices: Sequence[str]


@dataclass(frozen=True)
class AssetCounts:
    """Tracks of an asset after a backfill, made now, kept, and in quarantine."""

    tracks: int
    made: int
    up_to_date: int
    quarantined: int


@dataclass(frozen=True)
class PreparedDataset:
    """A dataset after a backfill; `error` says why it failed, with nothing else known then, and is empty otherwise."""

    name: str
    run: str = ""
    assets: Mapping[str, AssetCounts] = field(default_factory=dict)
    gone: int = 0
    notices: Sequence[str] = ()
    quarantine: Sequence[Reason] = ()
    failed_checks: Sequence[str] = ()
    error: str = ""


@dataclass(frozen=True)
class BackfillDocument:
    """The datasets of a backfill, and keys of the models and reports that it made, with checks that did not pass."""

    datasets: Sequence[PreparedDataset]
    made: Sequence[str] = ()
    failed_checks: Sequence[str] = ()


@dataclass(frozen=True)
class InspectDocument:
    """Paths of the files that ``inspect`` wrote."""

    files: Sequence[str]
