"""Evaluation reports on disk: a page, its numbers as JSON, figures, excerpts as sound, and predicted MIDI files."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass

from storage.fingerprints import slug
from storage.reports.record import ReportRecord
from storage.reports.report_folder import ReportFolder

WARNING = "<!-- warning -->"
"""What is on the page before and after its warning, if there is one."""
STANDING = "<!-- standing -->"
"""The same for the sentence on whether its model is in use."""


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
        self._set_between(WARNING, f'<p class="warning">{html.escape(text)}</p>' if text else "")

    def set_standing(self, text: str) -> None:
        """Let the page say whether its model is in use; pages of earlier versions have no place for it."""
        self._set_between(STANDING, f"<p>{html.escape(text)}</p>" if text else "")

    def _set_between(self, marker: str, fragment: str) -> None:
        """Replace what is between two markers of the page."""
        key = f"{self.prefix}/report.html"
        page = (self.objects.read(key) or b"").decode()
        before, *rest = page.split(marker)
        if len(rest) != 2:
            return
        changed = marker.join((before, fragment, rest[1]))
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
