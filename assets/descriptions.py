"""Descriptions for Dagster's UI, which shows Markdown, from docstrings, which are reStructuredText."""

import inspect
import re
from collections.abc import Mapping
from typing import Any

import docstring_parser  # Which Dagster brings.

ROLE = re.compile(r":[a-z:]+:`~?([^`]+)`")
REFERENCE = re.compile(r"\[(\d+)\]_")
FOOTNOTE = re.compile(r"^\.\. \[(\d+)\] ", flags=re.MULTILINE)


def markdown(docstring: str | None) -> str:
    """A docstring's text as Markdown: literals, references and their list."""
    text = inspect.cleandoc(docstring or "")
    text = REFERENCE.sub(r"[\1]", ROLE.sub(r"`\1`", text)).replace("``", "`")
    return FOOTNOTE.sub(r"\n[\1] ", text).replace("\n   ", "\n")


def summary(params: Any) -> str:
    """The first sentence of a dataclass' docstring."""
    return markdown(type(params).__doc__).partition("\n")[0]


def field_descriptions(params: Any) -> Mapping[str, str]:
    """What the docstring of a dataclass, or of one that it is derived from, says of each of its fields."""
    found: dict[str, str] = {}
    for each in reversed(params.__mro__):
        parsed = docstring_parser.parse(each.__doc__ or "", docstring_parser.DocstringStyle.NUMPYDOC)
        for entry in parsed.params:
            names = entry.arg_name.split(", ")
            text = " ".join(markdown(entry.description).split())
            found |= {name: text if len(names) == 1 else f"({', '.join(names)}) {text}" for name in names}
    return found
