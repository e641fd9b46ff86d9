"""Where people reach Dagster and MLflow: set in the environment, else as ``mirliton ui`` served them last."""

from __future__ import annotations

import json
import os
from pathlib import Path

from storage.objects.atomic import write_durable

DAGSTER_ADDRESS = "MIRLITON_DAGSTER_URL"
"""The variable with the address at which people reach Dagster; ``mirliton ui`` sets it by its port."""
MLFLOW_ADDRESS = "MIRLITON_MLFLOW_URL"
"""The variable with the address at which people reach MLflow; ``mirliton ui`` sets it by its port."""
FILE = "ui.json"
"""File of ``MIRLITON_HOME`` with the addresses that ``mirliton ui`` served last, by variable."""


def keep_addresses(home: Path, addresses: dict[str, str]) -> None:
    """Let what is made from now on link to these addresses, by variable, where the environment names no others."""
    home.mkdir(parents=True, exist_ok=True)
    write_durable(home / FILE, json.dumps(addresses, indent=1).encode())


def address(home: Path, variable: str) -> str:
    """The address behind a variable, without a slash at its end; empty where none is known."""
    found = os.environ.get(variable) or _kept(home).get(variable) or ""
    return found.rstrip("/")


def dagster_run_address(home: Path, run_id: str) -> str:
    """URL of a run in Dagster; its id where no address is known."""
    base = address(home, DAGSTER_ADDRESS)
    return f"{base}/runs/{run_id}" if base else run_id


def _kept(home: Path) -> dict[str, str]:
    """What `keep_addresses` wrote; nothing where that cannot be read, a link is no reason to end a training."""
    try:
        values = json.loads((home / FILE).read_bytes())
    except (OSError, ValueError):
        return {}
    return {name: text for name, text in values.items() if isinstance(text, str)} if isinstance(values, dict) else {}
