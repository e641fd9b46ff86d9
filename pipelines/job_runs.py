"""Runs of a job in this process: started, waited for, and what they recorded."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assets.training.time_limit import TimeLimitReached
from pipelines.instance import open_instance
from pipelines.orphaned_runs import home_tags, locked_run_id

if TYPE_CHECKING:
    import dagster as dg


class RunFailed(Exception):
    """A run that did not succeed; the message is the reason, in one sentence."""


@dataclass(frozen=True)
class RunResult:
    """What a run that succeeded recorded.

    Attributes
    ----------
    run_id : str
        Its id in the instance.
    metadata : mapping of str to mapping
        By asset key, the metadata of its materialisation by name, as plain values.
    failed_checks : list of str
        A sentence for every check that did not pass.
    """

    run_id: str
    metadata: Mapping[str, Mapping[str, Any]]
    failed_checks: list[str]


def run_job(
    job: "dg.JobDefinition",
    *,
    assets: Sequence[str] = (),
    partition: str | None = None,
    config: Mapping[str, Mapping[str, Any]] | None = None,
    tags: Mapping[str, str] | None = None,
) -> RunResult:
    """Run a job, or some of its assets, in the shared instance, and wait for its end.

    Parameters
    ----------
    job : JobDefinition
    assets : sequence of str
        Asset keys with ``/``; empty: all of the job.
    partition : str or None
        The dataset, for a partitioned job.
    config : mapping or None
        Settings by asset key.
    tags : mapping or None
        Of the run.

    Raises
    ------
    RunFailed
        With the reason and the run's id.
    TimeLimitReached
        Where a training stopped for its time limit.
    """
    import dagster as dg

    ops = {key.replace("/", "__"): {"config": values} for key, values in (config or {}).items()}
    loggers = {"console": {"config": {"log_level": "CRITICAL"}}}
    with open_instance(captures_output=False) as instance, locked_run_id() as run_id:
        if partition:  # Another home may have registered it.
            instance.add_dynamic_partitions("dataset", [partition])
        result = job.execute_in_process(
            instance=instance,
            run_id=run_id,
            partition_key=partition,
            tags={**home_tags(), **(tags or {})},
            run_config={"ops": ops, "loggers": loggers},
            asset_selection=[dg.AssetKey(key.split("/")) for key in assets] or None,
            raise_on_error=False,
        )
    if not result.success:
        raise RunFailed(f"{failure_reason(result)} (run {result.run_id}, mirliton ui shows it)")
    events = [event.materialization for event in result.get_asset_materialization_events()]
    metadata = {
        event.asset_key.to_user_string(): {key: value.value for key, value in event.metadata.items()}
        for event in events
    }
    return RunResult(result.run_id, metadata, _failed_checks(result))


def failure_reason(result: "dg.ExecuteInProcessResult") -> str:
    """The message of the error that the first failed step raised; where checks blocked, theirs."""
    for event in result.all_events:
        error = getattr(event.event_specific_data, "error", None) if event.is_failure else None
        while error is not None and error.cause is not None and (error.cls_name or "").startswith("Dagster"):
            error = error.cause
        if error is not None and error.cls_name == "DagsterExecutionInterruptedError":
            raise KeyboardInterrupt
        if error is not None and error.cls_name == TimeLimitReached.__name__:
            raise TimeLimitReached(without_class(error.message))
        if error is not None and error.cls_name == "DagsterAssetCheckFailedError":
            break
        if error is not None:
            return without_class(error.message)
    return "; ".join(_failed_checks(result, "ERROR")) or "The run failed without an error"


def without_class(text: str) -> str:
    """What an error says, without the name of its class."""
    return re.sub(r"^[\w.]+(Error|Exception|Reached): ", "", text.strip())


def _failed_checks(result: "dg.ExecuteInProcessResult", *severities: str) -> list[str]:
    """A sentence for every check that did not pass, of some severities or of any."""
    return [
        f"{each.asset_key.to_user_string()}: {each.check_name}: {_check_message(each.metadata)}"
        for each in result.get_asset_check_evaluations()
        if not each.passed and each.severity.value in (severities or ("ERROR", "WARN"))
    ]


def _check_message(metadata: Mapping[str, "dg.MetadataValue"]) -> str:
    """The description of a check that has one, else its figures."""
    if "description" in metadata:
        return str(metadata["description"].value)
    figures = (f"{key} {value.value}" for key, value in metadata.items() if not hasattr(value, "records"))
    return f"did not pass ({', '.join(figures)})"
