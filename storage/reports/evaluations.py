"""Reports on disk: a page, its figures as numbers, and the notes that were heard."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any

from storage.fingerprints import slug
from storage.reports.report_folder import Written

WARNING = "<!-- warning -->"
"""What stands on the page before and after its warning, if there is one."""


@dataclass(frozen=True)
class ReportStore(Written):
    """The report of one architecture.

    ``report.html``, ``report.json``, ``midi/<track>.mid``, ``figures/*.png``, and of some tracks ``audio/*.ogg``.
    """

    task: str
    architecture: str

    @property
    def prefix(self) -> str:
        """Where it lies."""
        return f"reports/{self.task}/{self.architecture}"

    def picture(self, name: str) -> bytes | None:
        """One of the report's pictures."""
        return self.objects.read(f"{self.prefix}/figures/{name}.png")

    def say(self, words: str) -> None:
        """Let the page begin with a warning; without words, with none."""
        key = f"{self.prefix}/report.html"
        page = (self.objects.read(key) or b"").decode()
        before, _, rest = page.partition(WARNING)
        shown = f'<p class="warning">{html.escape(words)}</p>' if words else ""
        told = WARNING.join((before, shown, rest.partition(WARNING)[2]))
        if told != page:
            self.objects.write(key, told.encode())

    def write(
        self,
        page: str,
        report: dict[str, Any],
        midis: dict[str, bytes],
        figures: dict[str, bytes],
        sounds: dict[str, bytes] | None = None,
    ) -> None:
        """Replace the report by a new one, all at once; `midis` by track, `figures` (PNG) by name, `sounds` by path."""
        contents = {midi_name(track): content for track, content in midis.items()}
        contents |= {f"figures/{name}.png": content for name, content in figures.items()}
        contents |= sounds or {}
        self.replace(page, report, contents)


def midi_name(track: str) -> str:
    """Path of a track's MIDI file, relative to the page."""
    return f"midi/{slug(track)}.mid"
