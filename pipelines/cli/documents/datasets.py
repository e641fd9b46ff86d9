"""Documents on registered datasets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Reason:
    """A track that cannot be used, the stage that refused it, and why."""

    track: str
    stage: str
    reason: str


@dataclass(frozen=True)
class DatasetRow:
    """A registered dataset: prepared tracks, hours, tracks by split, rows of its quarantine."""

    name: str
    loader: str
    root: str
    tracks: int
    hours: float
    splits: Mapping[str, int]
    quarantined: int


@dataclass(frozen=True)
class DatasetsDocument:
    """All registered datasets, and the loaders that there are."""

    datasets: Sequence[DatasetRow]
    loaders: Sequence[str]


@dataclass(frozen=True)
class SplitRow:
    """A split, or ``all``: tracks, hours, works, and classes by kind of label."""

    split: str
    tracks: int
    hours: float
    works: int
    classes: Mapping[str, int]


@dataclass(frozen=True)
class LabelRow:
    """A kind of label: its tracks; of notes their number and tracks by alignment, of classes tracks by class."""

    label: str
    tracks: int
    notes: int = 0
    aligned_by: Mapping[str, int] = field(default_factory=dict)
    classes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class RuleCounts:
    """How many notes a rule of reading label files changed, and in how many files."""

    notes: int
    files: int


@dataclass(frozen=True)
class VariantCounts:
    """Variants per recording in train as registered, made, expected, hours of them, and by augmentation applied."""

    per_recording: int
    made: int
    expected: int
    hours: float
    applied: Mapping[str, int]


@dataclass(frozen=True)
class StageRow:
    """A stage: tracks that are stored, those of them that are stale, those missing, those in quarantine."""

    stage: str
    tracks: int
    stale: int
    missing: int
    quarantined: int


@dataclass(frozen=True)
class Duplicate:
    """Two tracks that are one recording: `b` begins `offset_s` seconds after `a`; the share of it that is alike."""

    a: str
    b: str
    offset_s: float
    share: float


@dataclass(frozen=True)
class CorpusOnDisk:
    """The corpus as it lies on disk now.

    Attributes
    ----------
    tracks : int
    kinds : list of str
        Label kinds that every track has.
    labels_exact : bool
    pedal : str
    split_rule : str
    left_out : dict of str to str
        By track, why the corpus' protocol or `--exclude` leaves it out.
    refused : dict of str to str
        By track, why it cannot be used.
    notices : list of str
        Sentences on input that is not used.
    new, changed, gone : list of str
        Tracks, against what was prepared.
    """

    tracks: int
    kinds: Sequence[str]
    labels_exact: bool
    pedal: str
    split_rule: str
    left_out: Mapping[str, str]
    refused: Mapping[str, str]
    notices: Sequence[str]
    new: Sequence[str]
    changed: Sequence[str]
    gone: Sequence[str]


@dataclass(frozen=True)
class DatasetDocument:
    """The summary of one dataset.

    Attributes
    ----------
    name, loader, root, description, licence, homepage : str
    options : dict
        The loader's options that were given.
    split_seed : int
    on_disk : CorpusOnDisk or None
        None where the corpus cannot be listed now.
    not_listed_because : str
        Why; empty where it was listed.
    splits : list of SplitRow
    labels : list of LabelRow
    label_files : int
        That were read.
    changed_notes : dict of str to RuleCounts
        By rule of reading a label file.
    mixes : dict of str to int
        Tracks by a mix to mono other than the mean of the channels.
    stages : list of StageRow
    variants : VariantCounts
    remade : dict of str to list of str
        By stage, tracks that the next backfill makes once more because program or settings changed.
    duplicates : list of Duplicate
    used_by : dict of str to list of str
        By key of a model or report, what has changed since it was made; empty: up to date.
    alignment_page : str
        Path of the page; empty where there is none.
    quarantine : list of Reason
    older_version : bool
        Prepared by an older version, whose records have fewer fields: no splits, labels, stages.
    """

    name: str
    loader: str
    root: str
    description: str
    licence: str
    homepage: str
    options: Mapping[str, str | int | float | bool]
    split_seed: int
    on_disk: CorpusOnDisk | None
    not_listed_because: str
    splits: Sequence[SplitRow]
    labels: Sequence[LabelRow]
    label_files: int
    changed_notes: Mapping[str, RuleCounts]
    mixes: Mapping[str, int]
    stages: Sequence[StageRow]
    variants: VariantCounts
    remade: Mapping[str, Sequence[str]]
    duplicates: Sequence[Duplicate]
    used_by: Mapping[str, Sequence[str]]
    alignment_page: str
    quarantine: Sequence[Reason]
    older_version: bool


@dataclass(frozen=True)
class AddDocument:
    """A registration: tracks of the corpus, those left out and refused with the reason, and what it changed."""

    name: str
    loader: str
    root: str
    licence: str
    tracks: int
    left_out: Mapping[str, str]
    refused: Mapping[str, str]
    notices: Sequence[str]
    changed: Sequence[str]


@dataclass(frozen=True)
class RemoveDocument:
    """A dataset that was forgotten: whether its stores were deleted, and which reports are stale in consequence."""

    name: str
    stores_deleted: bool
    stale: Sequence[str]


@dataclass(frozen=True)
class DownloadDocument:
    """A corpus that is complete: its files, and how many of them with how many bytes were fetched by this call."""

    loader: str
    root: str
    files: int
    fetched: int
    fetched_bytes: int
