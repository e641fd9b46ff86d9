"""The servers of ``mirliton ui``: Dagster's code server, web server and daemon, and MLflow's server.

They are those of ``dagster dev``, which has no place for a middleware, each by the command that Dagster documents for
a deployment. The code server listens at a Unix socket in a folder of its own, that only this user can open.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from pipelines.servers.guard_names import LOOPBACK, host_name
from pipelines.servers.keeper import Server
from storage.models.artifact_locations import artifact_root
from storage.models.mlflow_runs import tracking_uri

LOCATION = "pipelines.definitions"
ROOT = Path(__file__).parents[2]


def dagster_servers(home: Path, folder: Path, *, host: str, port: int, hosts: Sequence[str]) -> list[Server]:
    """The three servers of Dagster.

    Parameters
    ----------
    home : Path
        ``MIRLITON_HOME``, where the log lies.
    folder : Path
        Where the socket and the workspace file lie; its path is short (a socket's has at most 107 bytes).
    host : str
        The address of the web server.
    port : int
        The port of the web server.
    hosts : sequence of str
        See `pipelines.servers.guard.Guard`.
    """
    log, path, workspace = str(home / "dagster.log"), str(folder / "code"), folder / "workspace.yaml"
    location = {"location_name": LOCATION, "socket": path, "host": "localhost"}
    workspace.write_text(json.dumps({"load_from": [{"grpc_server": location}]}), encoding="utf-8")  # JSON is YAML.
    # Without its own folder as that of the code location, a package of the working folder could shadow ours.
    code = ["-m", "dagster", "code-server", "start", "-m", LOCATION, "-d", str(ROOT), "--socket", path]
    code += ["--location-name", LOCATION, "--inject-env-vars-from-instance", "--log-level", "warning"]
    page = ["-P", "-m", "pipelines.servers.guarded_dagster", str(workspace), path, "--host", host, "--port", str(port)]
    page += [word for name in hosts for word in ("--allow-host", name)]
    daemon = ["-m", "dagster._daemon", "run", "--workspace", str(workspace)]
    return [
        Server("code", log, [sys.executable, *code]),
        Server("web", log, [sys.executable, *page]),
        Server("daemon", log, [sys.executable, *daemon], socket=path),
    ]


def mlflow_server(home: Path, *, host: str, port: int, hosts: Sequence[str]) -> Server:
    """The server of MLflow, which checks hosts and origins itself; see `dagster_servers`."""
    command = [sys.executable, "-m", "mlflow", "server", "--host", host, "--port", str(port), "--workers", "1"]
    uri = tracking_uri(home)
    command += ["--backend-store-uri", uri]
    if root := artifact_root(home, uri):  # MLflow's own default is the working directory.
        command += ["--artifacts-destination", root]
    if hosts:
        names = [f"[{name}]" if ":" in name else name for name in (*LOOPBACK, *map(host_name, hosts))]
        # Patterns of fnmatch, to which a bracket is one of its own.
        patterns = [name.replace("[", "[[]", 1) for name in names]
        command += ["--allowed-hosts", ",".join([*names, *(f"{each}:*" for each in patterns)])]
        origins = [f"{scheme}://{host}" for host in hosts for scheme in ("http", "https")]
        command += ["--cors-allowed-origins", ",".join(origins)]
    return Server("MLflow", str(home / "mlflow.log"), command)
