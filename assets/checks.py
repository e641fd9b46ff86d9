"""What must hold of each asset: the checks run with the materialisation they judge."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import dagster as dg

from assets.metadata import table
from mir_models.errors import MirlitonError
from mir_models.examples.shards import SHARD_FRAMES
from storage.corpora.listing import SPLITS, group_of

Records = list[dict[str, Any]]

GROUPS = ("work", "artist", "album", "duplicate")
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
REPORT = {"beats_baselines": "Frame and note F1 are above those of silence and of the energy threshold."}

LATE = 5.0
"""Seconds between the last note and the end of the recording that surprise nobody."""
UNLABELLED = 0.25
"""Share of a recording after its last note from which on labels look incomplete."""
NOTES_PER_SECOND = (0.1, 60.0)
"""Fewer or more over a whole track is not played by a pianist."""
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
        dg.AssetCheckSpec(name, asset=key, description=says, blocking=name in _BLOCKING)
        for name, says in checks.items()
    ]


def of_raw_audio(records: Records, rule: str, duplicates: list[tuple[str, ...]]) -> list[dg.AssetCheckResult]:
    """Checks of the track table under a split rule; `duplicates` are sets of tracks that are one recording."""
    counts = {split: sum(record["split"] == split for record in records) for split in SPLITS}
    grouped = _grouped(records, duplicates)
    return [
        *(_of_group(group, rule, crossings(records, groups)) for group, groups in grouped.items()),
        _result("raw_audio", "no_empty_split", all(counts.values()), said=_of_empty(counts), **counts),
    ]


def _grouped(records: Records, duplicates: list[tuple[str, ...]]) -> dict[str, dict[str, str]]:
    """By kind of group, the group of every track that has one."""
    artists = {record["track"]: record["classes"].get("artist", "") for record in records}
    albums = {record["track"]: group_of(record["classes"], "album") for record in records}
    return {
        "work": {record["track"]: record["work"] for record in records},
        "artist": {track: artist for track, artist in artists.items() if artist},
        "album": {track: album for track, album in albums.items() if album},
        "duplicate": {track: tracks[0] for tracks in duplicates for track in tracks},
    }


def _of_group(group: str, rule: str, crossing: list[dict[str, str]]) -> dg.AssetCheckResult:
    """An error where the rule keeps these groups together; the artists of split albums or songs are meant to cross."""
    meant = group == "artist" and rule in {"album", "song"}
    return _result(
        "raw_audio",
        f"no_{group}_crosses_splits",
        meant or not crossing,
        warn=group not in _KEPT_TOGETHER[rule],
        split_rule=rule,
        crossing=len(crossing),
        tracks=table(crossing, "group splits tracks"),
        **({"said": _of_crossing(group, rule, crossing)} if crossing and not meant else {}),
    )


def _of_empty(counts: dict[str, int]) -> str:
    empty = [split for split, n in counts.items() if not n]
    if not empty:
        return "every split has tracks"
    remedy = "four groups (works, artists, albums or songs) fill all three; add recordings, or choose another --split"
    return str(MirlitonError("tracks in every split", received=f"none in {' and '.join(empty)}", remedy=remedy))


def _of_crossing(group: str, rule: str, crossing: list[dict[str, str]]) -> str:
    """What to do about groups that cross, in one sentence that names the first of them."""
    first, left_out = crossing[0], "leave tracks out with --exclude TRACK"
    if group == "duplicate":
        received = f"{len(crossing)} in several, the first {first['tracks']}: they sound the same"
    else:
        name = f"{first['group']} ({first['n_tracks']} tracks) in {first['splits']}"
        received = f"{len(crossing)} in several under the rule {rule}, the first {name}"
    other = "" if group in {"duplicate", rule} else f"where it matters, add the dataset again with --split {group}, or "
    remedy = f"{other}{left_out} and add the dataset again"
    return str(MirlitonError(f"every {group} in one split", received=received, remedy=remedy))


def of_variants(records: Records, recordings: Records) -> list[dg.AssetCheckResult]:
    """Checks of the variants against the recordings: one outside of the train split, or of no recording, blocks."""
    split_of = {record["track"]: record["split"] for record in recordings}
    wrong = {
        each["track"]: f"{each['split']}, of {each['source']} in {split_of.get(each['source'], 'no split')}"
        for each in records
        if {each["split"], split_of.get(each["source"])} != {"train"}
    }
    return [_result("variants", "variants_only_train", not wrong, variants=len(records), wrong=wrong)]


def of_features(preset: str, records: Records) -> list[dg.AssetCheckResult]:
    """Checks of the features of a preset."""
    bad = {record["track"]: record["not_finite"] for record in records if record["not_finite"]}
    return [_result(["features", preset], "finite_features", not bad, not_finite=bad)]


def of_labels(records: Records) -> list[dg.AssetCheckResult]:
    """Checks of the labels; tracks without notes have nothing to check."""
    noted = [record for record in records if record["method"] is not None]
    odd = {each["track"]: each["measured_lag"] for each in noted if abs(each["measured_lag"] or 0) > _lag_limit(each)}
    rows = [{"track": each["track"], "disagreement": why} for each in noted if (why := disagreement(each))]
    shown = table(rows, "track disagreement")
    first = "".join(f", the first {each['track']}: {each['disagreement']}" for each in rows[:1])
    said = f"the notes of {len(rows)} in {len(noted)} tracks do not fit their recordings{first}"
    return [
        _result("labels", "plausible_lags", not odd, warn=True, implausible=odd),
        _result("labels", "labels_agree_with_audio", not rows, warn=True, said=said, tracks=shown),
    ]


def disagreement(record: dict[str, Any]) -> str:
    """In which way the notes of a track do not look like those of its recording; empty where they do."""
    seconds, last, density = record["seconds"], record["last_offset"], record["n_notes"] / record["seconds"]
    if not record["n_notes"]:
        return "there is no note"
    if last > seconds + LATE:
        return f"the notes end {last - seconds:.1f} s after the recording"
    if seconds - last > max(LATE, UNLABELLED * seconds):
        return f"the last {seconds - last:.1f} s of {seconds:.1f} s have no note"
    low, high = NOTES_PER_SECOND
    return "" if low <= density <= high else f"{density:.2f} notes per second, not {low} to {high}"


def _lag_limit(record: dict[str, Any]) -> float:
    return 0.1 if record["exact"] else 30.0


def of_shards(preset: str, records: Records, features: Records) -> list[dg.AssetCheckResult]:
    """Checks of the shards of a preset against the features they were cut from."""
    frames = {each["track"]: each["n_frames"] for each in features}
    short = {
        each["track"]: each["n_shards"]
        for each in records
        if each["n_frames"] != frames.get(each["track"])
        or not 0 <= each["n_shards"] * SHARD_FRAMES - each["n_frames"] < SHARD_FRAMES
    }
    present = {record["split"] for record in records}
    missing = [split for split in SPLITS if split not in present]
    passed = not short and not missing
    said = f"frames are missing of {len(short)} tracks; no shards in the splits {', '.join(missing) or 'none'}"
    figures = {"said": said, "odd": short, "empty_splits": missing}
    return [_result(["shards", preset], "no_frame_is_lost", passed, warn=not short, **figures)]


MEASURES = {
    "frame_f1": "frame F1",
    "note_onset_f1": "note onset F1",
    "accuracy": "accuracy",
    "macro_f1": "macro F1",
}
"""Of `headline`, in words."""


def of_report(asset: Iterable[str], report: dict[str, Any], *, must: bool) -> list[dg.AssetCheckResult]:
    """Checks of a report: a warning, or an error where the model `must` beat the baselines."""
    scores = {"model": headline(report), **{name: headline(each) for name, each in report["baselines"].items()}}
    beaten = all(
        scores["model"][measure] > scores[name][measure] for name in report["baselines"] for measure in scores["model"]
    )
    told = "; ".join(
        f"{name}: {', '.join(f'{MEASURES[measure]} {value:.3f}' for measure, value in each.items())}"
        for name, each in scores.items()
    )
    said = f"the model is {'above' if beaten else 'not above'} every baseline ({told})"
    return [_result(list(asset), "beats_baselines", beaten, warn=not must, said=said, scores=scores)]


def headline(scores: dict[str, Any]) -> dict[str, float]:
    """The two scores by which systems are compared: transcriptions, or classifications."""
    if "accuracy" in scores:
        return {"accuracy": scores["accuracy"], "macro_f1": scores["macro_f1"]}
    return {"frame_f1": scores["micro"]["f1"], "note_onset_f1": scores["note_onset"]["f1"]}


def crossings(records: Records, groups: dict[str, str]) -> list[dict[str, str]]:
    """The groups whose tracks are in more than one split, with these splits and tracks; `groups` are by track."""
    split_of = {record["track"]: record["split"] for record in records}
    members: dict[str, list[str]] = defaultdict(list)
    for track, group in groups.items():
        members[group].append(track)
    splits = {group: sorted({split_of[track] for track in tracks}) for group, tracks in sorted(members.items())}
    return [
        {
            "group": group,
            "splits": ", ".join(found),
            "tracks": ", ".join(f"{track} ({split_of[track]})" for track in sorted(members[group])),
            "n_tracks": str(len(members[group])),
        }
        for group, found in splits.items()
        if len(found) > 1
    ]


def _result(asset: Any, name: str, passed: bool, *, warn: bool = False, **metadata: Any) -> dg.AssetCheckResult:
    severity = dg.AssetCheckSeverity.WARN if warn else dg.AssetCheckSeverity.ERROR
    return dg.AssetCheckResult(
        passed=passed, asset_key=dg.AssetKey(asset), check_name=name, severity=severity, metadata=metadata
    )
