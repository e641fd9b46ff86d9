"""The distribution: its version, and which extra, e.g. ``mirliton[pipeline]``, installs a missing library."""

import re
from importlib.metadata import PackageNotFoundError, requires, version

_REQUIREMENT = re.compile(r"(?P<name>[\w.-]+).*extra == [\"'](?P<extra>[\w-]+)[\"']")


def version_of_mirliton() -> str:
    """The version that is installed; of a checkout that was never installed, which has none, words for that."""
    try:
        return version("mirliton")
    except PackageNotFoundError:
        return "(a checkout, not installed)"


def extra_of(module: str) -> str | None:
    """The first extra that requires the distribution of a module; None where none does."""
    try:
        requirements = requires("mirliton") or []
    except PackageNotFoundError:  # A checkout that was never installed.
        return None
    found = (match for match in map(_REQUIREMENT.match, requirements) if match)
    distribution = module.partition(".")[0]
    return next((match["extra"] for match in found if _normalised(match["name"]) == _normalised(distribution)), None)


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
