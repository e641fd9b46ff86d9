"""Comparisons on disk: all systems of a task on one test split, as a page and its numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from storage.records import Record, check_typed_dict
from storage.reports.report_folder import ReportFolder

if TYPE_CHECKING:
    from mir_models.evaluation.comparison import ComparedSystem
else:  # `check_typed_dict` checks it, and imports only where one is read.
    ComparedSystem = dict[str, Any]


@dataclass(frozen=True)
class ComparisonTable(Record):
    """Systems that are compared on the same tracks by the same convention.

    Attributes
    ----------
    task : str
    date : str
        ISO 8601, UTC.
    reference : str
        The system that all are compared with.
    reason : str
        Why it is that one.
    datasets : list of str
    split : str
    n_tracks : int
    level : float
        Of the intervals.
    measures : list of str
        Keys of the scores, the most telling first.
    systems : list of ComparedSystem
        Best first.
    left_out : dict of str to str
        By network, why its report is not compared.
    notes : list of str
        Sentences about what the scores depend on.
    fingerprints : dict of str to str
        By network, of its report.
    """

    task: str
    date: str
    reference: str
    reason: str
    datasets: list[str]
    split: str
    n_tracks: int
    level: float
    measures: list[str]
    systems: list[ComparedSystem]
    left_out: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    fingerprints: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_json(cls, values: object, *, where: str, remedy: str = "make it again") -> Self:
        """See `Record.from_json`."""
        from mir_models.evaluation.comparison import ComparedSystem

        record = super().from_json(values, where=where, remedy=remedy)
        check_typed_dict(record.systems, list[ComparedSystem], key="systems", where=where, remedy=remedy)
        return record


@dataclass(frozen=True)
class ComparisonStore(ReportFolder):
    """``comparisons/<task>/report.html`` and ``report.json``."""

    task: str

    @property
    def prefix(self) -> str:
        """Key of the folder in the store."""
        return self.prefix_of(self.task)

    @staticmethod
    def prefix_of(task: str) -> str:
        """Key of the folder of a task in any store."""
        return f"comparisons/{task}"

    def read(self) -> ComparisonTable | None:
        """The numbers, or None where nothing was compared."""
        return self._read(ComparisonTable)
