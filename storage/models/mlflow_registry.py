"""MLflow's registry of models: one registered model per task, a version per training, aliases champion and challenger.

The store decides which model is the champion; the registry shows it. Where the tracking server does not know the run
of a training, because it was changed or emptied since, nothing is registered.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mir_models.errors import MirlitonError
from storage.models.mlflow_runs import NETWORK, RECORDINGS, directed, tracking_uri

CHAMPION, CHALLENGER = "champion", "challenger"
"""Aliases: the model that is used, and the latest one that is not."""
REASON = "reason"
"""Tag of a version: why it is the champion, or why it is not."""
TAGS = ("fingerprint", "git.commit", "dagster.run_id")
"""Tags of a run that its version has as well."""


@dataclass(frozen=True)
class RegisteredVersion:
    """A version of a task's registered model.

    Attributes
    ----------
    version : str
        Its number.
    run_id : str
        Of the training.
    aliases : tuple of str
    tags : dict of str to str
    """

    version: str
    run_id: str
    aliases: tuple[str, ...]
    tags: dict[str, str]


def registered_name(task: str) -> str:
    """Name of the registered model of a task."""
    return f"mirliton-{task}"


def register(
    home: Path, task: str, run_id: str, *, alias: str | None = CHALLENGER, reason: str = "trained"
) -> str | None:
    """The version of a training, registered now or before, with an alias and a reason.

    Parameters
    ----------
    home : Path
        ``MIRLITON_HOME``.
    task : str
    run_id : str
        Of the training.
    alias : str or None
        Which the version gets, taken from another one; None: none.
    reason : str

    Returns
    -------
    str or None
        The version; None where the server does not know the run, or has no model of it.

    Raises
    ------
    MirlitonError
        Where the registry refuses or does not answer.
    """
    with _reported():
        client = _client(home)
        version = _version_of(client, task, run_id) or _create(client, task, run_id)
        if version is not None:
            client.set_model_version_tag(registered_name(task), version, REASON, reason)
            if alias:
                client.set_registered_model_alias(registered_name(task), alias, version)
        return version


def is_registered(home: Path, task: str, run_id: str) -> bool:
    """Whether the training of a run is a version."""
    with _reported():
        return _version_of(_client(home), task, run_id) is not None


def set_champion(home: Path, task: str, run_id: str, reason: str) -> str | None:
    """Let the training of a run be the champion, see `register`; it is no challenger any more."""
    version = register(home, task, run_id, alias=CHAMPION, reason=reason)
    with _reported():
        client = _client(home)
        if version is not None and _aliases(client, task).get(CHALLENGER) == version:
            client.delete_registered_model_alias(registered_name(task), CHALLENGER)
    return version


def keep_as_challenger(home: Path, task: str, run_id: str, reason: str) -> str | None:
    """Let the training of a run be the challenger that was not promoted, for a reason; see `register`."""
    return register(home, task, run_id, alias=CHALLENGER, reason=reason)


def clear_champion(home: Path, task: str, reason: str) -> None:
    """Let no version be the champion, for a reason: another model is used that is not registered, as the included one.

    Raises
    ------
    MirlitonError
        Where the registry refuses or does not answer.
    """
    with _reported():
        client = _client(home)
        version = _aliases(client, task).get(CHAMPION)
        if version is not None:
            client.delete_registered_model_alias(registered_name(task), CHAMPION)
            client.set_model_version_tag(registered_name(task), version, REASON, reason)


def versions(home: Path, task: str) -> list[RegisteredVersion]:
    """All versions of a task's model, the latest first; none where nothing is registered."""
    with _reported():
        client, name = _client(home), registered_name(task)
        aliases = _aliases(client, task)
        found = client.search_model_versions(f"name = '{name}'", order_by=["version_number DESC"])
        return [
            RegisteredVersion(
                str(each.version),
                each.run_id,
                tuple(sorted(alias for alias, version in aliases.items() if version == str(each.version))),
                dict(each.tags),
            )
            for each in found
        ]


def _client(home: Path) -> Any:
    import mlflow

    uri = tracking_uri(home)
    return mlflow.MlflowClient(uri, registry_uri=uri)


def _aliases(client: Any, task: str) -> dict[str, str]:
    """Version by alias."""
    from mlflow.exceptions import MlflowException

    try:
        found = client.get_registered_model(registered_name(task))
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        return {}
    return {alias: str(version) for alias, version in found.aliases.items()}


def _version_of(client: Any, task: str, run_id: str) -> str | None:
    """The latest version that was made of a run."""
    found = client.search_model_versions(f"name = '{registered_name(task)}' AND run_id = '{run_id}'")
    return max((str(each.version) for each in found), key=int, default=None)


def _create(client: Any, task: str, run_id: str) -> str | None:
    """Register what a run logged: the model that takes recordings, or the network alone, as of earlier versions."""
    from mlflow.exceptions import MlflowException

    try:
        run = client.get_run(run_id)
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        return None
    found = client.search_logged_models([run.info.experiment_id], filter_string=f"source_run_id = '{run_id}'")
    models = {each.name: each for each in reversed(found)}
    model = models.get(RECORDINGS) or models.get(NETWORK)
    if model is None:
        return None
    _ensure(client, task)
    tags = {"architecture": run.data.params.get("architecture", ""), "datasets": run.data.params.get("datasets", "")}
    tags |= {name: run.data.tags[name] for name in TAGS if name in run.data.tags}
    with directed(client.tracking_uri):  # By which it looks for the model, whatever the client's own is.
        created = client.create_model_version(
            registered_name(task), source=f"models:/{model.model_id}", run_id=run_id, tags=tags, model_id=model.model_id
        )
    return str(created.version)


def _ensure(client: Any, task: str) -> None:
    """Make the registered model of a task; another process may be doing the same."""
    from mlflow.exceptions import MlflowException

    text = f"Models for {task}, trained by mirliton. Loaded by mlflow.pyfunc they take recordings."
    try:
        client.create_registered_model(registered_name(task), description=text)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise


@contextmanager
def _reported() -> Iterator[None]:
    """Raise what the registry refuses as an error that a user can act on."""
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as error:
        remedy = "look after the tracking server; the store has what was decided, and the same command registers it"
        raise MirlitonError("a registry of models that takes this", received=error, remedy=remedy) from error
