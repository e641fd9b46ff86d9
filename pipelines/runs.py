"""Runs started from the command line: materialisations in the shared instance, seen in the UI like any other."""

import difflib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mir_models.errors import MirlitonError
from pipelines.instance import open_instance, prepare_instance
from pipelines.orphaned_runs import end_orphans, sign_of_life

SETTINGS_NAMED = 12
"""Settings that an error names at most."""


class RunFailed(Exception):
    """A run that did not succeed; the message says why, in one sentence."""


@dataclass(frozen=True)
class Finished:
    """What a run recorded: its id, metadata of every asset by key, the checks that did not pass."""

    run_id: str
    metadata: dict[str, dict[str, Any]]
    failed_checks: list[str]


def materialise(
    job: str, *, assets: Sequence[str] = (), partition: str | None = None, config: dict[str, Any] | None = None
) -> Finished:
    """Run a job, or some of its assets.

    Parameters
    ----------
    job : str
        Name of a job in `pipelines.jobs`.
    assets : sequence of str
        Asset keys with ``/``; empty: all of the job.
    partition : str or None
        The dataset, for a partitioned job.
    config : dict or None
        Settings by asset key.

    Raises
    ------
    RunFailed
        With the reason and the run's id.
    """
    import dagster as dg

    prepare_instance()  # Before the definitions are imported: they look at the instance in use.
    from pipelines.definitions import definitions

    end_orphans(launched=False)
    ops = {key.replace("/", "__"): {"config": values} for key, values in (config or {}).items()}
    loggers = {"console": {"config": {"log_level": "CRITICAL"}}}
    with open_instance() as instance, sign_of_life() as run_id:
        result = definitions.resolve_job_def(job).execute_in_process(
            instance=instance,
            run_id=run_id,
            partition_key=partition,
            run_config={"ops": ops, "loggers": loggers},
            asset_selection=[dg.AssetKey(key.split("/")) for key in assets] or None,
            raise_on_error=False,
        )
    if not result.success:
        raise RunFailed(f"{reason(result)} (run {result.run_id}, mirliton ui shows it)")
    events = [event.materialization for event in result.get_asset_materialization_events()]
    metadata = {
        event.asset_key.to_user_string(): {key: value.value for key, value in event.metadata.items()}
        for event in events
    }
    return Finished(result.run_id, metadata, _failed_checks(result))


def unregister(name: str) -> None:
    """Take a dataset out of the shared instance's partitions; the record of its runs stays."""
    with open_instance() as instance:
        instance.delete_dynamic_partition("dataset", name)


def register(name: str) -> None:
    """Make a dataset a partition of the shared instance."""
    with open_instance() as instance:
        instance.add_dynamic_partitions("dataset", [name])


def settings(pairs: Sequence[str], allowed: dict[str, Any], *, of: str = "this network") -> dict[str, Any]:
    """``key=value`` texts as nested settings `of` something; `allowed` are the defaults, nested alike.

    Raises
    ------
    MirlitonError
        For a key that is not there, and for a value of another type than the default.
    """
    nested: dict[str, Any] = {}
    for pair in pairs:
        path, _, text = pair.partition("=")
        defaults = _paths(allowed)
        if path not in defaults or not text:
            remedy = f"choose among {', '.join(_nearest(path, list(defaults)))}, as key=value"
            remedy = remedy if defaults else "leave --set out: it has none, what it is made of has settings of its own"
            raise MirlitonError(f"a setting of {of}", received=repr(pair), remedy=remedy)
        *folders, last = path.split(".")
        place = nested
        for folder in folders:
            place = place.setdefault(folder, {})
        place[last] = _value(path, text, defaults[path])
    return nested


def _nearest(path: str, known: list[str]) -> list[str]:
    """All that are known, or where they are many, those spelt most alike."""
    if len(known) <= SETTINGS_NAMED:
        return known
    return difflib.get_close_matches(path, known, n=SETTINGS_NAMED, cutoff=0.0)


def _value(path: str, text: str, default: Any) -> Any:
    """A text as a value of the default's type; whole numbers are numbers as well."""
    if isinstance(default, str):
        return text
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        value = None
    if type(value) is type(default) or (type(value) is int and type(default) is float):
        return value
    expected, remedy = f"{path} of type {type(default).__name__}", f"write, e.g., {path}={json.dumps(default)}"
    raise MirlitonError(expected, received=repr(text), remedy=remedy)


def _paths(allowed: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """The defaults by their dotted names."""
    found: dict[str, Any] = {}
    for key, value in allowed.items():
        found |= _paths(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return found


def reason(result: Any) -> str:
    """What the first step that failed raised, without its class and stack; the checks that blocked."""
    for event in result.all_events:
        error = getattr(event.event_specific_data, "error", None) if event.is_failure else None
        while error is not None and error.cause is not None and (error.cls_name or "").startswith("Dagster"):
            error = error.cause
        if error is not None and error.cls_name == "DagsterExecutionInterruptedError":
            raise KeyboardInterrupt
        if error is not None and error.cls_name == "DagsterAssetCheckFailedError":
            break
        if error is not None:
            return re.sub(r"^[\w.]+(Error|Exception): ", "", error.message.strip())
    return "; ".join(_failed_checks(result, "ERROR")) or "The run failed without an error"


def _failed_checks(result: Any, *severities: str) -> list[str]:
    return [
        f"{each.asset_key.to_user_string()}: {each.check_name}: {_told(each.metadata)}"
        for each in result.get_asset_check_evaluations()
        if not each.passed and each.severity.value in (severities or ("ERROR", "WARN"))
    ]


def _told(metadata: dict[str, Any]) -> str:
    """The sentence of a check that has one, else its figures."""
    if "said" in metadata:
        return str(metadata["said"].value)
    figures = (f"{key} {value.value}" for key, value in metadata.items() if not hasattr(value, "records"))
    return f"did not pass ({', '.join(figures)})"
