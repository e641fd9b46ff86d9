"""``mirliton.env`` of a home: settings that count where the environment has none.

Lines ``NAME=value`` as of a dotenv file, which shells, Docker Compose and systemd read as well.
"""

from __future__ import annotations

import os
from pathlib import Path

from mir_models.errors import MirlitonError

NAME = "mirliton.env"


def load_settings(home: Path) -> list[str]:
    """Set the variables of a home's file that the environment does not have.

    Returns
    -------
    list of str
        Names of those that were set.

    Raises
    ------
    MirlitonError
        When the file cannot be read, or one of its lines is none of a name with a value.
    """
    new = {name: value for name, value in read_settings(home).items() if name not in os.environ}
    os.environ.update(new)
    return list(new)


def read_settings(home: Path) -> dict[str, str]:
    """The variables in a home's file, by name; none where there is no file."""
    path = home / NAME
    if not path.exists():
        return {}
    from dotenv.parser import parse_stream  # Only a team has the file, and with it the pipeline's libraries.

    with open(path, encoding="utf-8") as file:
        bindings = list(parse_stream(file))
    wrong = [each for each in bindings if each.error or (each.key is not None and each.value is None)]
    if wrong:
        received, remedy = f"{wrong[0].original.string.strip()!r}", "correct that line, or comment it out with #"
        raise MirlitonError(f"NAME=value in line {wrong[0].original.line} of {path}", received=received, remedy=remedy)
    return {each.key: each.value for each in bindings if each.key is not None and each.value is not None}


def quoted(value: str) -> str:
    """A value as it stands in the file.

    >>> quoted("it's")
    "'it\\\\'s'"
    """
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
