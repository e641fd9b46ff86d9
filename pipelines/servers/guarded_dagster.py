"""Dagster's web server behind the guard: ``python -m pipelines.servers.guarded_dagster WORKSPACE SOCKET``.

``dagster dev`` and ``dagster-webserver`` run the same application, and leave no place for a middleware.
"""

import time
from collections.abc import Sequence
from typing import Annotated

import typer
import uvicorn
from dagster import DagsterInstance
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceFileTarget, WorkspaceLoadTarget
from dagster._utils.log import configure_loggers
from dagster_webserver.app import create_app_from_workspace_process_context
from dagster_webserver.version import __version__
from starlette.applications import Starlette

from pipelines.servers.guard import Guard
from pipelines.servers.keeper import PAUSE, is_served

POLL_RATE = 2000
"""Milliseconds after which a page asks again, the default of Dagster's own command."""
PATIENCE = 3
"""Seconds that open connections have at the end."""
STATEMENT_TIMEOUT, POOL_RECYCLE, POOL_OVERFLOW = 15_000, 3600, 20
"""How a long-lived server uses a database, the defaults of Dagster's own command: ms, s, connections."""


def guarded_app(context: WorkspaceProcessContext, hosts: Sequence[str] = ()) -> Starlette:
    """Dagster's own application behind the guard.

    Parameters
    ----------
    context : WorkspaceProcessContext
        The instance and its code locations.
    hosts : sequence of str
        See `Guard`.
    """
    app = create_app_from_workspace_process_context(context, live_data_poll_rate=POLL_RATE)
    app.add_middleware(Guard, hosts=hosts)
    return app


def serve(
    workspace: Annotated[str, typer.Argument(help="A workspace.yaml.")],
    code: Annotated[str, typer.Argument(help="The Unix socket of its code server, which may be starting.")],
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen at.")] = 3000,
    allow_host: Annotated[list[str] | None, typer.Option(help="A name of this server; may be repeated.")] = None,
) -> None:
    """Serve the Dagster instance of the environment until a signal."""
    while not is_served(code):  # A location that cannot be reached at first is shown as an error.
        time.sleep(PAUSE)
    configure_loggers(formatter="colored", log_level="INFO")
    with DagsterInstance.get() as instance:
        instance.optimize_for_webserver(STATEMENT_TIMEOUT, POOL_RECYCLE, POOL_OVERFLOW)
        target: WorkspaceLoadTarget = WorkspaceFileTarget([workspace])
        with WorkspaceProcessContext(instance, target, version=__version__) as context:
            app = guarded_app(context, allow_host or [])
            uvicorn.run(app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=PATIENCE)


if __name__ == "__main__":
    typer.run(serve)
