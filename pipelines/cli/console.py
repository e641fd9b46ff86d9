"""The terminal that commands print to, and lines that several commands print."""

from collections.abc import Sequence

from rich.console import Console, ConsoleDimensions

UNCUT = 100_000
"""Columns of what is no terminal: a table in a file or a pipe has the width of its cells."""
WARNING = "yellow"
"""The style of warnings."""


class UncutConsole(Console):
    """A console as wide as its terminal; where it is none, no line is cut or wrapped."""

    @property
    def size(self) -> ConsoleDimensions:
        """Columns and lines."""
        size = super().size
        return size if self.is_terminal or self._width is not None else ConsoleDimensions(UNCUT, size.height)

    @size.setter
    def size(self, new_size: tuple[int, int]) -> None:
        """Set columns and lines."""
        self._width, self._height = new_size


console = UncutConsole(highlight=False)
progress_console = UncutConsole(highlight=False, stderr=True)
"""Where progress is shown while `console` is quiet, because standard output has a document."""


def print_warning(text: str) -> None:
    """Print a line in yellow, as it is."""
    console.print(text, style=WARNING, markup=False, soft_wrap=True)


def print_failed_checks(checks: Sequence[str]) -> None:
    """Print the checks of a run that did not pass, a line each."""
    for check in checks:
        console.print(f"check {check}", style=WARNING, markup=False)
