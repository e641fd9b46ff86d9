"""Evaluation reports on disk: a page, its numbers as JSON, figures, excerpts as sound, and predicted MIDI files."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass

from storage.fingerprints import slug
from storage.reports.record import ReportRecord
from storage.reports.report_folder import ReportFolder

WARNING = "<!-- warning -->"
"""What stands on the page before and after its warning, if there is one."""


@dataclass(frozen=True)
class ReportStore(ReportFolder):
    """The report of one architecture.

    ``report.html``, ``report.json``, ``midi/<track>.mid``, ``figures/*.png``, and of some tracks ``audio/*.ogg``.
    """

    task: str
    architecture: str

    @property
    def prefix(self) -> str:
        """Key of the folder in the store."""
        return f"reports/{self.task}/{self.architecture}"

    def read(self) -> ReportRecord | None:
        """The numbers, or None where there is no report."""
        return self._read(ReportRecord)

    def picture(self, name: str) -> bytes | None:
        """One of the figures (PNG), or None."""
        return self.objects.read(f"{self.prefix}/figures/{name}.png")

    def set_warning(self, text: str) -> None:
        """Let the page begin with a warning; an empty text removes it."""
        key = f"{self.prefix}/report.html"
        page = (self.objects.read(key) or b"").decode()
        before, _, rest = page.partition(WARNING)
        warning = f'<p class="warning">{html.escape(text)}</p>' if text else ""
        changed = WARNING.join((before, warning, rest.partition(WARNING)[2]))
        if changed != page:
            self.objects.write(key, changed.encode())

    def write(
        self,
        page: str,
        record: ReportRecord,
        *,
        midis: Mapping[str, bytes],
        figures: Mapping[str, bytes],
        sounds: Mapping[str, bytes],
    ) -> None:
        """Replace the report by a new one, all at once; `midis` by track, `figures` (PNG) by name, `sounds` by path."""
        contents = {midi_name(track): content for track, content in midis.items()}
        contents |= {f"figures/{name}.png": content for name, content in figures.items()}
        self.replace(page, record, {**contents, **sounds})


def midi_name(track: str) -> str:
    """Path of a track's MIDI file, relative to the page."""
    return f"midi/{slug(track)}.mid"
