"""Locations from the environment: ``MIRLITON_HOME`` for local state, ``MIRLITON_STORE`` for the stores."""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """The local folder of Dagster's instance, MLflow's database and the registered datasets."""
    return Path(os.environ.get("MIRLITON_HOME") or ".mirliton").expanduser().absolute()


def store_address() -> str:
    """Folder or URL (such as ``s3://bucket/prefix``) of the stores; by default a folder of `home`."""
    address = os.environ.get("MIRLITON_STORE") or str(home() / "store")
    if not address.startswith("file://"):
        return address
    from urllib.request import url2pathname  # Which takes as long to import as all else that a command begins with.

    return url2pathname(address.removeprefix("file://"))


def dagster_home() -> Path:
    """Folder of the Dagster instance."""
    return home() / "dagster"
