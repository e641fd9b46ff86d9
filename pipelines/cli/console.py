"""The terminal that commands print to, and lines that several commands print."""

from collections.abc import Sequence

from rich.console import Console

console = Console(highlight=False)
WARNING = "yellow"
"""The style of warnings."""


def print_warning(text: str) -> None:
    """Print a line in yellow, as it is."""
    console.print(text, style=WARNING, markup=False, soft_wrap=True)


def print_failed_checks(checks: Sequence[str]) -> None:
    """Print the checks of a run that did not pass, a line each."""
    for check in checks:
        console.print(f"check {check}", style=WARNING, markup=False)
