"""Tables of transfer on disk: one page and its numbers per label, network and layer that were probed."""

from __future__ import annotations

from dataclasses import dataclass

from storage.reports.report_folder import Written


@dataclass(frozen=True)
class TransferStore(Written):
    """``transfer/<label>/<network>-<layer>/report.html`` and ``report.json``."""

    label: str
    network: str
    layer: str

    @property
    def prefix(self) -> str:
        """Where it lies."""
        return f"transfer/{self.label}/{self.network}-{self.layer}"
