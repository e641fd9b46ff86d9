"""MLflow's tracking server, or the database in its place: whether it answers this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from mir_models.errors import MirlitonError
from storage.servers import postgres

REMOTE = ("http:", "https:", "databricks")
"""How the tracking URI of a server begins that somebody else runs."""
WAIT = {"MLFLOW_HTTP_REQUEST_TIMEOUT": "5", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0"}
"""MLflow's own settings: it would try for minutes."""


def is_remote(uri: str) -> bool:
    """Whether a tracking URI is that of a server that somebody else runs."""
    return uri.startswith(REMOTE)


def reach(uri: str) -> str:
    """Ask a tracking server, or its database; returns what answers.

    Raises
    ------
    MirlitonError
        When it does not answer, or lets nobody in.
    """
    if uri.startswith(postgres.SCHEMES):
        return postgres.reach(uri)
    if not is_remote(uri):
        return "a file of this machine"
    import mlflow

    try:
        with _impatient():
            mlflow.MlflowClient(uri).search_experiments(max_results=1)
    except mlflow.exceptions.MlflowException as error:
        cause, remedy = _cause(error)
        raise MirlitonError(f"an answer of MLflow at {uri}", received=cause, remedy=remedy) from error
    return "a server"


@contextmanager
def _impatient() -> Iterator[None]:
    before = {name: os.environ.get(name) for name in WAIT}
    os.environ.update(WAIT)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


def _cause(error: Exception) -> tuple[str, str]:
    """What MLflow's message is about, and what to do."""
    text = str(error)
    if "Connection refused" in text:
        return "connection refused", "start it, or correct MLFLOW_TRACKING_URI"
    if "Name or service" in text or "resolve" in text:
        return "no machine of that name", "correct MLFLOW_TRACKING_URI"
    if "timed out" in text:
        return "no answer in time", "start it, or correct MLFLOW_TRACKING_URI"
    if "401" in text or "403" in text:
        return text.splitlines()[0][:200], "let MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD say who asks"
    return text.splitlines()[0][:200], "look at the server's log, or correct MLFLOW_TRACKING_URI"
