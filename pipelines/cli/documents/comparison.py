"""The document on systems that are compared on one test split."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines.cli.documents.models import Interval


@dataclass(frozen=True)
class ComparedScoreRow:
    """A score with its interval, and how much it is above that of the system that all are compared with.

    Attributes
    ----------
    value : float
    interval : (float, float) or None
    difference : float or None
        None of that system itself.
    difference_interval : (float, float) or None
        Paired, track by track.
    verdict : str
        ``better``, ``worse`` or ``undecided``; empty without an interval.
    """

    value: float
    interval: Interval
    difference: float | None
    difference_interval: Interval
    verdict: str


@dataclass(frozen=True)
class ComparedRow:
    """A system, what it is (``network``, ``baseline`` or ``peer``), and its scores by name."""

    system: str
    kind: str
    scores: Mapping[str, ComparedScoreRow | None]


@dataclass(frozen=True)
class CompareDocument:
    """All systems of a task on one test split, best first.

    Attributes
    ----------
    task : str
    datasets : list of str
    split : str
    tracks : int
    reference : str
        The system that all are compared with.
    systems : list of ComparedRow
    left_out : dict of str to str
        By network, why its report is not compared.
    notes : list of str
    page : str
        Path of the page.
    """

    task: str
    datasets: Sequence[str]
    split: str
    tracks: int
    reference: str
    systems: Sequence[ComparedRow]
    left_out: Mapping[str, str]
    notes: Sequence[str]
    page: str
