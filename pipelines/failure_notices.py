"""Failed runs are told: in the log of Dagster's daemon, and to a command or a web address of the user's.

``MIRLITON_ON_FAILURE`` is a command, which gets the notice as JSON on its standard input; ``MIRLITON_FAILURE_WEBHOOK``
is an address to which the same is posted. The sensor sees every run that failed, also one whose process was killed.
"""

import json
import os
import shlex
import subprocess
from collections.abc import Callable
from dataclasses import asdict, dataclass

import dagster as dg

from mir_models.errors import MirlitonError
from pipelines.job_runs import without_class
from storage import home
from storage.models.addresses import dagster_run_address

COMMAND = "MIRLITON_ON_FAILURE"
WEBHOOK = "MIRLITON_FAILURE_WEBHOOK"
PATIENCE = 30
"""Seconds that a command or a server has."""


@dataclass(frozen=True)
class FailureNotice:
    """A run that failed: its id, job, dataset (empty without one), the reason, and where it is seen."""

    run: str
    job: str
    dataset: str
    reason: str
    address: str

    @property
    def text(self) -> str:
        """The notice in one line; ``text`` is what chat servers show of a post."""
        of = f" of {self.dataset}" if self.dataset else ""
        return f"{self.job}{of} failed: {self.reason} ({self.address})"

    @property
    def content(self) -> bytes:
        """As JSON, with its `text`."""
        return json.dumps({**asdict(self), "text": self.text}).encode()


@dg.run_failure_sensor(
    name="failed_runs",
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=30,
    description=f"Logs each run that failed, and tells the command in {COMMAND} or the address in {WEBHOOK}.",
)
def failed_runs(context: dg.RunFailureSensorContext) -> None:
    """Log a run that failed, and tell whoever is to know it."""
    notice = notice_of(context.dagster_run, _reason(context))
    context.log.error(notice.text)
    send(notice)


def notice_of(run: dg.DagsterRun, reason: str) -> FailureNotice:
    """The notice on a run."""
    address = dagster_run_address(home.home(), run.run_id)
    return FailureNotice(run.run_id, run.job_name, run.tags.get("dagster/partition", ""), reason, address)


def send(notice: FailureNotice) -> None:
    """Give a notice to the command and the address in the environment, where there are some.

    Raises
    ------
    MirlitonError
        Where one of them did not take it.
    """
    takers: dict[str, Callable[[str, FailureNotice], None]] = {COMMAND: _call, WEBHOOK: _post}
    for variable, give in takers.items():
        if value := os.environ.get(variable):
            give(value, notice)


def _reason(context: dg.RunFailureSensorContext) -> str:
    """The error of the first step that failed, else what ended the run."""
    for event in context.get_step_failure_events():
        error = event.step_failure_data.error
        while error is not None and error.cause is not None and (error.cls_name or "").startswith("Dagster"):
            error = error.cause
        if error is not None:
            return without_class(error.message)
    return str(context.failure_event.message or "the run ended without an error").strip()


def _call(command: str, notice: FailureNotice) -> None:
    try:
        done = subprocess.run(shlex.split(command), input=notice.content, capture_output=True, timeout=PATIENCE)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise _not_taken(COMMAND, str(error)) from error
    if done.returncode:
        output = (done.stderr or done.stdout).decode(errors="replace").strip()[-200:]
        raise _not_taken(COMMAND, f"exit code {done.returncode}{f': {output}' if output else ''}")


def _post(url: str, notice: FailureNotice) -> None:
    import requests

    headers = {"Content-Type": "application/json"}
    try:
        response = requests.post(url, data=notice.content, headers=headers, timeout=PATIENCE)
    except requests.RequestException as error:
        raise _not_taken(WEBHOOK, str(error)) from error
    if not response.ok:
        raise _not_taken(WEBHOOK, f"HTTP {response.status_code}")


def _not_taken(variable: str, received: str) -> MirlitonError:
    return MirlitonError(f"{variable} to take a notice", received=received, remedy=f"correct {variable}, or unset it")
