"""What must hold of each asset: the checks run with the materialisation that they check."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import dagster as dg

from assets.evaluation.headline import MEASURES, headline, not_beaten
from assets.metadata import table
from assets.preparation.groups import (
    GROUPS,
    Crossing,
    crossing_groups,
    describe_crossings,
    describe_empty_splits,
    groups_of,
)
from assets.preparation.plausibility import label_disagreement, lag_limit
from mir_models.examples.shards import SHARD_FRAMES
from mir_models.training.diagnosis import ABOVE, UNDECIDED
from storage.corpora.listing import SPLITS
from storage.models.record import ChanceRecord
from storage.reports.record import Evaluation
from storage.tracks.records import FeaturesRecord, LabelsRecord, RawAudioRecord, ShardsRecord, VariantRecord

RAW_AUDIO = {
    **{f"no_{group}_crosses_splits": f"Every {group} is in one split only." for group in GROUPS},
    "no_empty_split": "There are tracks to train on, to validate and to test.",
}
VARIANTS = {"variants_only_train": "Every variant and its source are in the train split."}
FEATURES = {"finite_features": "No value of any track is NaN or infinite."}
LABELS = {
    "plausible_lags": "Exact labels lag by less than 0.1 s; aligned ones by less than 30 s.",
    "labels_agree_with_audio": "Notes last about as long as the recording, and are neither too many nor too few.",
}
SHARDS = {"no_frame_is_lost": "Shards hold every frame of every track, and no split is empty."}
MODEL = {"above_chance": "On validation, the network predicts better than constants do."}
REPORT = {"beats_baselines": "Frame and note F1 are above those of silence and of the energy threshold."}
_BLOCKING = {"finite_features", "variants_only_train", *(f"no_{group}_crosses_splits" for group in GROUPS)}
_KEPT_TOGETHER = {
    "official": {"work", "duplicate"},
    "work": {"work", "duplicate"},
    "artist": {"artist", "duplicate"},
    "album": {"album", "duplicate"},
    "song": {"duplicate"},
}
"""By split rule, the groups whose crossing is an error that blocks; the crossing of another group is a warning."""


def specs(asset: Any, checks: dict[str, str]) -> list[dg.AssetCheckSpec]:
    """The specifications of an asset's checks; where one that blocks fails, nothing is made of the asset."""
    key = dg.AssetKey(asset)
    return [
        dg.AssetCheckSpec(name, asset=key, description=description, blocking=name in _BLOCKING)
        for name, description in checks.items()
    ]


def of_raw_audio(
    records: Sequence[RawAudioRecord], rule: str, duplicates: Sequence[tuple[str, ...]]
) -> list[dg.AssetCheckResult]:
    """Checks of the track table under a split rule; `duplicates` are sets of tracks that are one recording."""
    split_of = {record.track: record.split for record in records}
    counts = {split: sum(record.split == split for record in records) for split in SPLITS}
    crossings = {kind: crossing_groups(split_of, groups) for kind, groups in groups_of(records, duplicates).items()}
    return [
        *(_of_crossings(kind, rule, found) for kind, found in crossings.items()),
        _of_splits(counts),
    ]


def _of_splits(n: Mapping[str, int]) -> dg.AssetCheckResult:
    """The check of the numbers of tracks by split."""
    return _result(
        "raw_audio",
        "no_empty_split",
        all(n.values()),
        description=describe_empty_splits(n),
        train=n["train"],
        validation=n["validation"],
        test=n["test"],
    )


def _of_crossings(kind: str, rule: str, crossings: Sequence[Crossing]) -> dg.AssetCheckResult:
    """An error where the rule keeps these groups together; the artists of split albums or songs are meant to cross."""
    meant = kind == "artist" and rule in {"album", "song"}
    return _result(
        "raw_audio",
        f"no_{kind}_crosses_splits",
        meant or not crossings,
        warn=kind not in _KEPT_TOGETHER[rule],
        split_rule=rule,
        crossing=len(crossings),
        tracks=table(crossings, "group splits tracks"),
        **({"description": describe_crossings(kind, rule, crossings)} if crossings and not meant else {}),
    )


def of_variants(records: Sequence[VariantRecord], recordings: Sequence[RawAudioRecord]) -> list[dg.AssetCheckResult]:
    """Checks of the variants against the recordings: one outside of the train split, or of no recording, blocks."""
    split_of = {record.track: record.split for record in recordings}
    wrong = {
        each.track: f"{each.split}, of {each.source} in {split_of.get(each.source, 'no split')}"
        for each in records
        if {each.split, split_of.get(each.source)} != {"train"}
    }
    return [_result("variants", "variants_only_train", not wrong, variants=len(records), wrong=wrong)]


def of_features(preset: str, records: Sequence[FeaturesRecord]) -> list[dg.AssetCheckResult]:
    """Checks of the features of a preset."""
    bad = {record.track: record.not_finite for record in records if record.not_finite}
    return [_result(["features", preset], "finite_features", not bad, not_finite=bad)]


def of_labels(records: Sequence[LabelsRecord]) -> list[dg.AssetCheckResult]:
    """Checks of the labels; tracks without notes have nothing to check."""
    noted = [record for record in records if record.method is not None]
    odd = {each.track: each.measured_lag for each in noted if abs(each.measured_lag or 0) > lag_limit(each)}
    rows = [{"track": each.track, "disagreement": why} for each in noted if (why := label_disagreement(each))]
    first = "".join(f", the first {each['track']}: {each['disagreement']}" for each in rows[:1])
    description = f"the notes of {len(rows)} in {len(noted)} tracks do not fit their recordings{first}"
    shown = table(rows, "track disagreement")
    return [
        _result("labels", "plausible_lags", not odd, warn=True, implausible=odd),
        _result("labels", "labels_agree_with_audio", not rows, warn=True, description=description, tracks=shown),
    ]


def of_shards(
    preset: str, records: Sequence[ShardsRecord], features: Sequence[FeaturesRecord]
) -> list[dg.AssetCheckResult]:
    """Checks of the shards of a preset against the features they were cut from."""
    frames = {each.track: each.n_frames for each in features}
    short = {
        each.track: each.n_shards
        for each in records
        if each.n_frames != frames.get(each.track)
        or not 0 <= each.n_shards * SHARD_FRAMES - each.n_frames < SHARD_FRAMES
    }
    present = {record.split for record in records}
    missing = [split for split in SPLITS if split not in present]
    description = f"frames are missing of {len(short)} tracks; no shards in the splits {', '.join(missing) or 'none'}"
    figures = {"description": description, "odd": short, "empty_splits": missing}
    return [_result(["shards", preset], "no_frame_is_lost", not short and not missing, warn=not short, **figures)]


def of_model(asset: Iterable[str], chance: ChanceRecord | None) -> list[dg.AssetCheckResult]:
    """Checks of a trained network: a warning where it is not above chance. Earlier versions have no figures."""
    if chance is None:
        return [_result(list(asset), "above_chance", True, warn=True, description="trained before this was measured")]
    passed = chance["verdict"] in (ABOVE, UNDECIDED)
    figures = {name: value for name, value in chance.items() if value is not None}
    return [_result(list(asset), "above_chance", passed, warn=True, **figures)]


def of_report(asset: Iterable[str], evaluation: Evaluation, *, must: bool) -> list[dg.AssetCheckResult]:
    """Checks of a report: a warning, or an error where the model `must` beat the baselines."""
    baselines = {name: headline(each) for name, each in evaluation["baselines"].items()}
    scores = {"model": headline(evaluation), **baselines}
    beaten = not not_beaten(evaluation)
    shown = "; ".join(
        f"{name}: {', '.join(f'{MEASURES[measure]} {value:.3f}' for measure, value in each.items())}"
        for name, each in scores.items()
    )
    description = f"the model is {'above' if beaten else 'not above'} every baseline ({shown})"
    return [_result(list(asset), "beats_baselines", beaten, warn=not must, description=description, scores=scores)]


def _result(asset: Any, name: str, passed: bool, *, warn: bool = False, **metadata: Any) -> dg.AssetCheckResult:
    severity = dg.AssetCheckSeverity.WARN if warn else dg.AssetCheckSeverity.ERROR
    return dg.AssetCheckResult(
        passed=passed, asset_key=dg.AssetKey(asset), check_name=name, severity=severity, metadata=metadata
    )
