"""The partitions of the graph up to the shards: one per registered dataset, and any number of them in one run."""

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import dagster as dg

from mir_models.errors import MirlitonError
from storage.fingerprints import fingerprint

# Said once per asset at every start otherwise; tests/test_definitions.py holds what we use of it.
warnings.filterwarnings("ignore", message="Parameter `backfill_policy`", category=dg.BetaWarning)

DATASETS = dg.DynamicPartitionsDefinition(name="dataset")
ONE_RUN = dg.BackfillPolicy.single_run()
"""A backfill of several datasets is one run: the workers start once."""


def each_dataset(
    context: dg.AssetExecutionContext, make: Callable[[str], dg.MaterializeResult]
) -> dg.MaterializeResult:
    """Make one asset of every dataset of a run; a dataset that fails does not keep the others from being made.

    Raises
    ------
    MirlitonError
        After the last dataset, with what was wrong with those that failed.
    """
    if len(context.partition_keys) == 1:
        return make(context.partition_keys[0])
    made: dict[str, dg.MaterializeResult] = {}
    failed: dict[str, MirlitonError] = {}
    for name in context.partition_keys:
        try:
            made[name] = make(name)
        except MirlitonError as error:
            failed[name] = error
    if failed:
        raise _joined(failed, len(context.partition_keys))
    for name, result in made.items():
        context.add_asset_metadata(dict(result.metadata or {}), partition_key=name)
    versions = [(name, result.data_version.value) for name, result in made.items() if result.data_version]
    return dg.MaterializeResult(
        data_version=dg.DataVersion(fingerprint(versions)),
        check_results=_in_one({name: result.check_results or [] for name, result in made.items()}),
    )


def _joined(failed: dict[str, MirlitonError], n: int) -> MirlitonError:
    received = f"{len(failed)} that cannot be: " + "; ".join(f"{name}: {error}" for name, error in failed.items())
    remedy = "mend or leave out these; what was made of the others is kept, and a new run goes on from there"
    return MirlitonError(f"{n} datasets that can be prepared", received=received, remedy=remedy)


def _in_one(results: dict[str, Sequence[dg.AssetCheckResult]]) -> list[dg.AssetCheckResult]:
    """Checks of several datasets, each as one: Dagster records one result per check and run."""
    named: dict[str, dict[str, dg.AssetCheckResult]] = {}
    for dataset, checks in results.items():
        for check in checks:
            named.setdefault(str(check.check_name), {})[dataset] = check
    return [_worst(name, found) for name, found in named.items()]


def _worst(name: str, found: dict[str, dg.AssetCheckResult]) -> dg.AssetCheckResult:
    failed = {dataset: check for dataset, check in found.items() if not check.passed}
    blocking = any(check.severity == dg.AssetCheckSeverity.ERROR for check in failed.values())
    told: dict[str, Any] = {
        f"{dataset}: {key}": value for dataset, check in found.items() for key, value in (check.metadata or {}).items()
    }
    return dg.AssetCheckResult(
        passed=not failed,
        asset_key=next(iter(found.values())).asset_key,
        check_name=name,
        severity=dg.AssetCheckSeverity.ERROR if blocking else dg.AssetCheckSeverity.WARN,
        metadata={"failed": ", ".join(sorted(failed)) or "none", **told},
    )
