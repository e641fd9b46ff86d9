"""Whether the servers that a home is set to use answer this machine, for ``mirliton doctor``."""

import os
from collections.abc import Callable
from functools import partial

from mir_models.errors import MirlitonError
from storage import home

Finding = tuple[bool, str]


def server_findings() -> list[Finding]:
    """Ask every server that the environment names; nothing where all is on this machine."""
    from storage.models.addresses import DAGSTER_ADDRESS, MLFLOW_ADDRESS
    from storage.models.mlflow_runs import tracking_uri
    from storage.servers import dask_scheduler, postgres, tracking_server, web_pages
    from storage.servers.team_settings import DAGSTER_DATABASE, SWEEP_DATABASE

    servers: list[tuple[str, str, Callable[[str], str]]] = [
        ("Dagster's database", os.environ.get(DAGSTER_DATABASE, ""), postgres.reach),
        ("MLflow", tracking_uri(home.home()), tracking_server.reach),
        ("the database of sweeps", os.environ.get(SWEEP_DATABASE, ""), postgres.reach),
        ("Dask", os.environ.get("MIRLITON_DASK_ADDRESS", ""), dask_scheduler.reach),
        *(
            (f"{name}'s page", os.environ.get(variable, ""), partial(web_pages.reach, variable=variable))
            for name, variable in (("Dagster", DAGSTER_ADDRESS), ("MLflow", MLFLOW_ADDRESS))
        ),
    ]
    elsewhere = [each for each in servers if each[1] and not each[1].startswith("sqlite")]
    return [*(_finding(*each) for each in elsewhere), *_artifacts(tracking_uri(home.home()))]


def _artifacts(uri: str) -> list[Finding]:
    """The place of the files of MLflow's runs, where it is in a bucket: MLflow reaches it by a client of its own."""
    from storage.models.artifact_locations import artifact_root, write_and_delete

    root = artifact_root(home.home(), uri) or ""
    return [_finding("files of MLflow's runs", root, write_and_delete)] if "://" in root and root[:5] != "file:" else []


def _finding(name: str, address: str, reach: Callable[[str], str]) -> Finding:
    """A line on a server: what it answered, or why it did not."""
    try:
        return True, f"{name} at {_without_secrets(address)}: {reach(address)}"
    except (MirlitonError, OSError) as error:
        return False, f"{name}: {error}"


def _without_secrets(address: str) -> str:
    """An address without the password in it, and without options."""
    before, at, rest = address.partition("?")[0].rpartition("@")
    return f"{before.rpartition(':')[0] if before.count(':') > 1 else before}{at}{rest}"
