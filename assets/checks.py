"""What must hold of each asset: the checks run with the materialisation they judge."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import dagster as dg

from mir_models.shards import SHARD_FRAMES
from storage.corpus import SPLITS

Records = list[dict[str, Any]]

RAW_AUDIO = {
    "no_work_crosses_splits": "Every work, and every recording however often it occurs, is in one split only.",
    "no_empty_split": "There are tracks to train on, to validate and to test.",
}
FEATURES = {"finite_features": "No value of any track is NaN or infinite."}
LABELS = {"plausible_lags": "Exact labels lag by less than 0.1 s; aligned ones by less than 30 s."}
SHARDS = {"no_frame_is_lost": "Shards hold every frame of every track, and no split is empty."}
REPORT = {"beats_baselines": "Frame and note F1 are above those of silence and of the energy threshold."}

_BLOCKING = {"no_work_crosses_splits", "finite_features"}


def specs(asset: Any, checks: dict[str, str]) -> list[dg.AssetCheckSpec]:
    """The specifications of an asset's checks; where one that blocks fails, nothing is made of the asset."""
    key = dg.AssetKey(asset)
    return [
        dg.AssetCheckSpec(name, asset=key, description=says, blocking=name in _BLOCKING)
        for name, says in checks.items()
    ]


def of_raw_audio(records: Records) -> list[dg.AssetCheckResult]:
    """Checks of the track table."""
    crossing = crossings(records, "work") | crossings(records, "content")
    counts = {split: sum(record["split"] == split for record in records) for split in SPLITS}
    return [
        _result("raw_audio", "no_work_crosses_splits", not crossing, crossing=crossing),
        _result("raw_audio", "no_empty_split", all(counts.values()), **counts),
    ]


def of_features(preset: str, records: Records) -> list[dg.AssetCheckResult]:
    """Checks of the features of a preset."""
    bad = {record["track"]: record["not_finite"] for record in records if record["not_finite"]}
    return [_result(["features", preset], "finite_features", not bad, not_finite=bad)]


def of_labels(records: Records, *, exact: bool) -> list[dg.AssetCheckResult]:
    """Checks of the labels."""
    limit = 0.1 if exact else 30.0
    odd = {record["track"]: record["measured_lag"] for record in records if abs(record["measured_lag"] or 0) > limit}
    return [_result("labels", "plausible_lags", not odd, warn=True, limit_s=limit, implausible=odd)]


def of_shards(preset: str, records: Records) -> list[dg.AssetCheckResult]:
    """Checks of the shards of a preset."""
    short = {
        each["track"]: each["n_shards"]
        for each in records
        if not 0 <= each["n_shards"] * SHARD_FRAMES - each["n_frames"] < SHARD_FRAMES
    }
    present = {record["split"] for record in records}
    missing = [split for split in SPLITS if split not in present]
    passed = not short and not missing
    return [_result(["shards", preset], "no_frame_is_lost", passed, warn=not short, odd=short, empty_splits=missing)]


def of_report(asset: Iterable[str], report: dict[str, Any], *, must: bool) -> list[dg.AssetCheckResult]:
    """Checks of a report: a warning, or an error where the model `must` beat the baselines."""
    scores = {"model": headline(report), **{name: headline(each) for name, each in report["baselines"].items()}}
    beaten = all(
        scores["model"][measure] > scores[name][measure] for name in report["baselines"] for measure in scores["model"]
    )
    return [_result(list(asset), "beats_baselines", beaten, warn=not must, scores=scores)]


def headline(scores: dict[str, Any]) -> dict[str, float]:
    """The two scores by which systems are compared."""
    return {"frame_f1": scores["micro"]["f1"], "note_onset_f1": scores["note_onset"]["f1"]}


def crossings(records: Records, group: str) -> dict[str, list[str]]:
    """The splits of every group that occurs in more than one."""
    splits: dict[str, set[str]] = defaultdict(set)
    for record in records:
        splits[record[group]].add(record["split"])
    return {name: sorted(found) for name, found in splits.items() if len(found) > 1}


def _result(asset: Any, name: str, passed: bool, *, warn: bool = False, **metadata: Any) -> dg.AssetCheckResult:
    severity = dg.AssetCheckSeverity.WARN if warn else dg.AssetCheckSeverity.ERROR
    return dg.AssetCheckResult(
        passed=passed, asset_key=dg.AssetKey(asset), check_name=name, severity=severity, metadata=metadata
    )
