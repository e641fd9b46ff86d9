"""Tables of transfer on disk: a page and its numbers per label, network and layer that was probed."""

from __future__ import annotations

from dataclasses import dataclass

from storage.reports.record import TransferRecord
from storage.reports.report_folder import ReportFolder


@dataclass(frozen=True)
class TransferStore(ReportFolder):
    """``transfer/<label>/<network>-<layer>/report.html`` and ``report.json``."""

    label: str
    network: str
    layer: str

    @property
    def prefix(self) -> str:
        """Key of the folder in the store."""
        return f"transfer/{self.label}/{self.network}-{self.layer}"

    def read(self) -> TransferRecord | None:
        """The numbers, or None where there is no table."""
        return self._read(TransferRecord)
