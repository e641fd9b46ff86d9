"""alignment.html on disk: the page that shows how the notes of a dataset were aligned."""

from __future__ import annotations

from dataclasses import dataclass

from storage.objects.objects import Objects

NAME = "alignment.html"


@dataclass(frozen=True)
class AlignmentPage:
    """``datasets/<name>/alignment.html`` of a dataset."""

    objects: Objects
    dataset: str

    @property
    def key(self) -> str:
        """Key of the page in the store."""
        return f"datasets/{self.dataset}/{NAME}"

    @property
    def address(self) -> str:
        """Path or URL of the page."""
        return f"{self.objects.address}/{self.key}"

    @property
    def exists(self) -> bool:
        """Whether the dataset has a page."""
        return NAME in self.objects.names(f"datasets/{self.dataset}")

    def is_made_from(self, fingerprint: str) -> bool:
        """Whether the page was made from the ingredients behind `fingerprint`."""
        return f"<!-- made from {fingerprint} -->".encode() in (self.objects.read(self.key) or b"")[:200]

    def write(self, page: str) -> None:
        """Replace the page, all at once."""
        self.objects.write(self.key, page.encode())

    def delete(self) -> None:
        """Delete the page, if there is one."""
        if self.exists:
            self.objects.delete(self.key)
