"""Jinja templates of the pages, which lie in this folder."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any

from storage.pages.data_urls import data_url
from storage.reports.pages.quarantine import by_cause


def template(name: str, **filters: Callable[..., str]) -> Any:
    """A Jinja template by its file name.

    Values are escaped in templates whose name ends with ``.html``; a value that is missing is an error.
    """
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    folders = [PackageLoader(package, package_path="") for package in ("storage.reports.pages", "storage.pages")]
    environment = Environment(
        loader=ChoiceLoader(folders),
        autoescape=name.endswith(".html"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"by_cause": by_cause, "hashed": _hashed, "data_url": data_url} | filters
    return environment.get_template(name)


def _hashed(script: str) -> str:
    """A script as a policy for the content of a page names it: no other one runs there."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode('ascii')}'"
