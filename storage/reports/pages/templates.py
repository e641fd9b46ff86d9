"""Jinja templates of the pages, which lie in this folder, and PNG images as data URLs."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from storage.reports.pages.quarantine import by_cause


def template(name: str, **filters: Callable[..., str]) -> Any:
    """A Jinja template by its file name.

    Values are escaped in templates whose name ends with ``.html``; a value that is missing is an error.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("storage.reports.pages", package_path=""),
        autoescape=name.endswith(".html"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"by_cause": by_cause} | filters
    return environment.get_template(name)


def data_url(png: bytes) -> str:
    """A PNG image as a URL that contains it."""
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")
