"""Partitions of the graph up to the shards: one per registered dataset, and any number of them in one run."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import dagster as dg

from assets.resources import StoreResource
from assets.run_log import progress_in_log
from mir_models.errors import MirlitonError
from storage.objects.store_error import StoreError

# Shown once per asset at every start otherwise; tests/end_to_end/test_backfills.py holds what we use of it.
warnings.filterwarnings("ignore", message="Parameter `backfill_policy`", category=dg.BetaWarning)

DATASETS = dg.DynamicPartitionsDefinition(name="dataset")
ONE_RUN = dg.BackfillPolicy.single_run()
"""A backfill of several datasets is one run: the workers start once."""

Made = Iterator[dg.MaterializeResult | dg.AssetMaterialization]
"""The events of an asset of this graph."""


def each_dataset(
    context: dg.AssetExecutionContext, store: StoreResource, make: Callable[[str], dg.MaterializeResult]
) -> Made:
    """Make one asset of every dataset of a run; a dataset that fails does not keep the others from being made.

    Dagster records the one result of a step for all its partitions alike. In a run over several datasets, an event
    of each one's own follows, with its metadata and its version: the later event is the one that counts.
    Runs that meet at a dataset take turns: each sees the stores that the one before it left.

    Raises
    ------
    MirlitonError
        After the last dataset, with what was wrong with those that failed.
    StoreError
        After the first dataset for which the store does not answer: it would not answer for the next one either.
    """
    with progress_in_log(context):
        yield from _each_dataset(context, store, make)


def _each_dataset(
    context: dg.AssetExecutionContext, store: StoreResource, make: Callable[[str], dg.MaterializeResult]
) -> Made:
    names = context.partition_keys
    if len(names) == 1:
        with store.turn(names[0]):
            result = make(names[0])
        yield result
        return
    made, failed = _attempted(names, store, make)
    if not failed:
        yield dg.MaterializeResult(
            check_results=_join_checks({name: each.check_results or [] for name, each in made.items()})
        )
    for name, result in made.items():
        yield _event(context, name, result, follows=not failed)
    for error in failed.values():
        if isinstance(error, StoreError):
            raise error
    if failed:
        received = f"{len(failed)} that cannot be: " + "; ".join(f"{name}: {error}" for name, error in failed.items())
        remedy = "mend or leave out these; what was made of the others is kept, and a new run goes on from there"
        raise MirlitonError(f"{len(names)} datasets that can be prepared", received=received, remedy=remedy)


def _attempted(
    names: Sequence[str], store: StoreResource, make: Callable[[str], dg.MaterializeResult]
) -> tuple[dict[str, dg.MaterializeResult], dict[str, MirlitonError]]:
    made: dict[str, dg.MaterializeResult] = {}
    failed: dict[str, MirlitonError] = {}
    for name in names:
        try:
            with store.turn(name):
                made[name] = make(name)
        except MirlitonError as error:
            failed[name] = error
            if isinstance(error, StoreError):
                break
    return made, failed


def _event(
    context: dg.AssetExecutionContext, name: str, result: dg.MaterializeResult, *, follows: bool
) -> dg.AssetMaterialization:
    """The event of one dataset; where it follows the step's result, it has the tags of provenance of that one."""
    last = context.instance.get_latest_data_version_record(context.asset_key, partition_key=name) if follows else None
    event = last.event_log_entry.asset_materialization if last else None
    assert result.data_version, "every stage has a version: see `stage_result`"
    version = {"dagster/data_version": result.data_version.value, "dagster/data_version_is_user_provided": "true"}
    tags = {**(event.tags if event else {}), **version}
    return dg.AssetMaterialization(context.asset_key, partition=name, metadata=dict(result.metadata or {}), tags=tags)


def _join_checks(results: dict[str, Sequence[dg.AssetCheckResult]]) -> list[dg.AssetCheckResult]:
    """Checks of several datasets, each as one: Dagster records one result per check and run."""
    named: dict[str, dict[str, dg.AssetCheckResult]] = {}
    for dataset, checks in results.items():
        for check in checks:
            named.setdefault(str(check.check_name), {})[dataset] = check
    return [_join_check(name, found) for name, found in named.items()]


def _join_check(name: str, found: dict[str, dg.AssetCheckResult]) -> dg.AssetCheckResult:
    failed = {dataset: check for dataset, check in found.items() if not check.passed}
    blocking = any(check.severity == dg.AssetCheckSeverity.ERROR for check in failed.values())
    metadata: dict[str, Any] = {
        f"{dataset}: {key}": value for dataset, check in found.items() for key, value in (check.metadata or {}).items()
    }
    return dg.AssetCheckResult(
        passed=not failed,
        asset_key=next(iter(found.values())).asset_key,
        check_name=name,
        severity=dg.AssetCheckSeverity.ERROR if blocking else dg.AssetCheckSeverity.WARN,
        metadata={"failed": ", ".join(sorted(failed)) or "none", **metadata},
    )
