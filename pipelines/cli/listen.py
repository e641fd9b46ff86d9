"""The command ``listen``: a page where recordings are transcribed or classified by the models in use."""

import signal
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from mir_models.errors import MirlitonError
from pipelines.cli.completions import complete_network, complete_task
from pipelines.cli.console import console, print_warning
from pipelines.servers.guard_names import ANY_ADDRESS, check_hosts
from pipelines.servers.ports import check_free, check_numbers, url_of
from storage.workers.cores import available_cores

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from assets.inference.offered_models import OfferedModel

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PATIENCE = 3
"""Seconds that open connections have at the end."""


def listen(
    task: Annotated[
        str | None,
        typer.Argument(
            help="What the page does; default: all for which there is a model.", autocompletion=complete_task
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            help="A network that you trained, or the folder of an export, for the task that is named; default: what "
            "transcribe and classify use.",
            autocompletion=complete_network,
        ),
    ] = None,
    from_run: Annotated[str | None, typer.Option(help="The id of an MLflow run: the network that it trained.")] = None,
    port: Annotated[int, typer.Option(help="Port of the page.")] = 8000,
    host: Annotated[str, typer.Option(help="Address of the server.")] = "127.0.0.1",
    allow_host: Annotated[
        list[str] | None,
        typer.Option(help="A name by which the server is reached, e.g. that of a proxy; may be repeated."),
    ] = None,
    most_mb: Annotated[float, typer.Option(min=0.1, help="Largest file, in MB.")] = 200,
    most_minutes: Annotated[float, typer.Option(min=0.1, help="Longest recording, in minutes.")] = 20,
    jobs: Annotated[
        int | None, typer.Option("-j", "--jobs", min=1, help="Cores for the parts of a recording; default: all.")
    ] = None,
) -> None:
    """Serve a page where recordings are transcribed or classified by the models in use, until Ctrl-C."""
    from pipelines.cli.extras import version_of_mirliton
    from pipelines.servers.model_worker import ModelWorker
    from pipelines.servers.recording_jobs import JobQueue
    from pipelines.servers.recordings_app import RecordingsApp
    from pipelines.servers.uploads import Limits

    hosts = allow_host or []
    check_hosts(hosts)
    ports = {"--port": port}
    check_numbers(ports)
    check_free(host, ports)
    models = _models(task, model, from_run)
    limits = Limits(round(most_mb * 1e6), 60 * most_minutes)
    worker = ModelWorker(models, most_seconds=limits.seconds, n_threads=jobs or available_cores())
    queue = JobQueue(worker.process)
    names = hosts if host in ANY_ADDRESS else [*hosts, host]
    app = RecordingsApp(models, queue, limits, version_of_mirliton()).guarded(names)
    console.print(f"Page: {url_of(host, port)}   (Ctrl-C ends it)", soft_wrap=True)
    for each in models.values():
        console.print(f"  {each.task}: {each.name}", markup=False, soft_wrap=True)
    if host in ANY_ADDRESS:
        print_warning("Whoever reaches this machine can use it, there is no login; see docs/security.md.")
    with ExitStack() as stack:
        stack.callback(worker.stop)
        stack.callback(queue.stop)
        _serve(app, host, port)


def _models(task: str | None, model: str | None, from_run: str | None) -> dict[str, "OfferedModel"]:
    """By task, the models that are in use, or the one that is named."""
    from assets.inference.offered_models import models_in_use, named_model
    from mir_models.tasks import TASKS

    if task:
        TASKS.get(task)
    if not model and not from_run:
        return models_in_use(task)
    if model and from_run:
        raise MirlitonError("--model or --from-run", received="both", remedy="name one")
    if not task:
        remedy = f"mirliton listen {TASKS.names()[-1]} --model …, or another of {', '.join(TASKS.names())}"
        raise MirlitonError("a task beside the model", received="none", remedy=remedy)
    return {task: named_model(task, model, from_run)}


def _serve(app: "ASGIApp", host: str, port: int) -> None:
    """Serve an application until a signal."""
    import uvicorn

    for signum in SIGNALS:
        if signal.getsignal(signum) is not signal.SIG_IGN:  # As under nohup.
            signal.signal(signum, lambda *_: sys.exit(0))
    uvicorn.run(app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=PATIENCE, lifespan="off")
