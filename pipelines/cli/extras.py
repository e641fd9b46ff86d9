"""Which extra of the distribution brings a library that is not installed."""

import re
from importlib.metadata import PackageNotFoundError, requires

_REQUIREMENT = re.compile(r"(?P<name>[\w.-]+).*extra == [\"'](?P<extra>[\w-]+)[\"']")


def extra_of(module: str) -> str | None:
    """The first extra that requires the distribution of a module; None where none does."""
    try:
        known = requires("mirliton") or []
    except PackageNotFoundError:  # A checkout that was never installed.
        return None
    found = (match for match in map(_REQUIREMENT.match, known) if match)
    wanted = module.partition(".")[0]
    return next((match["extra"] for match in found if _normalised(match["name"]) == _normalised(wanted)), None)


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
