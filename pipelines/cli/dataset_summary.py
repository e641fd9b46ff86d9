"""The whole story of a dataset, as ``mirliton datasets NAME`` tells it."""

import json
from collections import Counter
from typing import Any

from rich.table import Table
from rich.text import Text

from mir_models.errors import MirlitonError
from pipelines.cli.progress_bars import console
from storage import home
from storage.corpora.listing import CLASSES, SPLITS, Listing, group_of
from storage.corpora.registrations import Registration
from storage.freshness.changes import Changes, changes, stale_tracks
from storage.freshness.stale import uses
from storage.reports.alignments import AlignmentPage
from storage.tracks.dataset_store import DatasetStore, open_dataset

SHOWN = 12
"""Names of a long list that are printed."""
Records = list[dict[str, Any]]


def tell_story(registration: Registration) -> None:
    """Print what a dataset is, what was made of it, what has changed since, and what could not be used."""
    dataset, listing = open_dataset(home.store_address(), registration.name), _listed(registration)
    records = dataset.raw_audio.records()
    found = changes(listing.tracks, dataset) if listing is not None else None
    _tell_origin(registration)
    if listing is not None:
        _tell_promises(registration, listing)
    if any("identity" not in record for record in records):
        word = f"Prepared by an older version, which knew less of a track: mirliton backfill {registration.name}"
        console.print(word, style="yellow")
    elif records:
        console.print(_splits(records), _labels(records, dataset.labels.records()), _stages(dataset, found), sep="\n")
        _tell_variants(registration, dataset)
    _tell_alignment(AlignmentPage(dataset.objects, dataset.name))
    _tell_duplicates(dataset)
    if found is not None:
        _tell_changes(registration.name, found, dataset)
    for use in uses(dataset):
        console.print(f"{use.key}: {'stale: ' + ' and '.join(use.stale) + ' changed' if use.stale else 'up to date'}")
    rows = dataset.quarantine.rows()
    if listing is not None:
        known = {row.track for row in rows}
        refused = [(track, reason) for track, reason in sorted(listing.refused.items()) if track not in known]
        _tell_rows("left out", sorted(listing.dropped.items()))
        _tell_rows("cannot be used", refused)
    _tell_rows("quarantined", [(f"{row.track} ({row.stage})", row.reason) for row in rows])


def _listed(registration: Registration) -> Listing | None:
    """The corpus as it lies on disk now; what is stored can be told of without it."""
    try:
        return registration.listing()
    except (MirlitonError, OSError) as error:
        console.print(f"The corpus cannot be looked at: {error}", style="yellow", markup=False)
        return None


def _tell_origin(registration: Registration) -> None:
    loader = registration.module
    options = "".join(f" {key}={value}" for key, value in registration.options.items())
    console.print(f"{registration.name} · loader {registration.loader}{options} · {registration.root}", markup=False)
    home_page = "" if loader.HOMEPAGE.startswith("none") else f" {loader.HOMEPAGE}"
    console.print(f"{loader.DESCRIPTION}. Licence: {registration.licence}.{home_page}", style="dim", markup=False)


def _tell_promises(registration: Registration, listing: Listing) -> None:
    promises = listing.promises
    exact = "exact" if promises.labels_exact else "to be aligned"
    notes = f" (notes {exact}, pedal {promises.pedal})" if "notes" in promises.kinds else ""
    console.print(f"on disk: {len(listing.tracks)} tracks with {', '.join(promises.kinds)}{notes}", markup=False)
    console.print(f"splits: {registration.rule(listing)}, seed {registration.split_seed}")


def _splits(records: Records) -> Table:
    kinds = [kind for kind in CLASSES if any(kind in record["classes"] for record in records)]
    table = Table("split", "tracks", "hours", "works", *(f"{kind}s" for kind in kinds))
    for name in (*SPLITS, "all"):
        chosen = [record for record in records if name in (record["split"], "all")]
        hours = sum(record["duration"] for record in chosen) / 3600
        classes = (len({group_of(each["classes"], kind) for each in chosen} - {""}) for kind in kinds)
        works = len({record["work"] for record in chosen})
        table.add_row(name, *map(str, (len(chosen), f"{hours:.2f}", works, *classes)))
    return table


def _labels(records: Records, labels: Records) -> Table:
    table = Table("label", "tracks", "classes", "of these")
    noted = [record for record in labels if record["n_notes"]]
    if noted:
        methods = Counter(record["method"] for record in noted)
        n_notes, aligned = sum(record["n_notes"] for record in noted), ", ".join(map(_count, methods.items()))
        table.add_row("notes", str(len(noted)), "", f"{n_notes:,} notes; aligned by {aligned}")
    for kind in CLASSES:
        counts = Counter(filter(None, (group_of(record["classes"], kind) for record in records)))
        if counts:
            shown = ", ".join(map(_count, counts.most_common(SHOWN))) + (" …" if len(counts) > SHOWN else "")
            table.add_row(kind, str(counts.total()), str(len(counts)), Text(shown))
    return table


def _stages(dataset: DatasetStore, found: Changes | None) -> Table:
    table, variants = Table("stage", "tracks", "stale", "missing", "quarantined"), dataset.variants.records()
    presets = {kind: dataset.presets(kind) for kind in ("features", "shards")}
    stages = [
        "raw_audio",
        *["variants"] * bool(variants),
        "labels",
        *(f"{kind}/{preset}" for kind, held in presets.items() for preset in held),
    ]
    recordings = {record["track"] for record in dataset.raw_audio.records()}
    on_disk = {*found.changed, *found.gone} if found else set()
    unusable = {row.track for row in dataset.quarantine.rows()}
    for stage in stages:
        held = {record["track"] for record in dataset.stage(stage).records()}
        known = _wanted(stage, recordings, {record["track"] for record in variants})
        stale = held & (on_disk | set(stale_tracks(dataset, stage) if stage != "raw_audio" else ()))
        told = (len(held), len(stale), len(known - held - unusable), len(dataset.quarantine.tracks(stage)))
        table.add_row(stage, *map(str, told))
    return table


def _wanted(stage: str, recordings: set[str], variants: set[str]) -> set[str]:
    """The tracks that a stage should hold: labels are of recordings only, features and shards of variants as well."""
    if stage == "variants":
        return variants
    return recordings if stage in ("raw_audio", "labels") else recordings | variants


def _tell_variants(registration: Registration, dataset: DatasetStore) -> None:
    """How many variants there are, how they were made, and whether they are as many as are registered."""
    made, wanted = dataset.variants.records(), registration.variants
    if not made and not wanted:
        return
    hours, counts = (
        sum(record["duration"] for record in made) / 3600,
        Counter(each for row in made for each in row["applied"]),
    )
    told = ", ".join(map(_count, sorted(counts.items()))) or "none yet"
    console.print(
        f"variants: {wanted} of each recording in train; {len(made)} made, {hours:.2f} h ({told})", markup=False
    )
    trained = sum(record["split"] == "train" for record in dataset.raw_audio.records())
    if len(made) != wanted * trained:
        word = f"There should be {wanted * trained} variants: mirliton backfill {registration.name}"
        console.print(word, style="yellow")


def _tell_alignment(page: AlignmentPage) -> None:
    if page.exists:
        console.print(f"how well the notes are aligned: {page.address}", markup=False, soft_wrap=True)


def _tell_duplicates(dataset: DatasetStore) -> None:
    tracks = {name: record["track"] for name, record in dataset.raw_audio.named_records().items()}
    kept = json.loads(dataset.objects.read(dataset.duplicates_key) or b"{}")
    pairs = [each for each in kept.get("matches", []) if {each["a"], each["b"]} <= tracks.keys()]
    if pairs:
        word = "1 pair of tracks is" if len(pairs) == 1 else f"{len(pairs)} pairs of tracks are"
        console.print(f"{word} the same recording:")
    for each in pairs:
        told = f"  {tracks[each['a']]} = {tracks[each['b']]} + {each['offset_s']:.2f} s (share {each['share']:.2f})"
        console.print(told, style="dim", markup=False)


def _tell_changes(name: str, found: Changes, dataset: DatasetStore) -> None:
    if not found:
        known = len(dataset.quarantine.rows("raw_audio"))
        retried = f" The {known} in quarantine are tried again by every backfill." if known else ""
        console.print(f"Nothing has changed on disk since the last backfill.{retried}")
        return
    for word, tracks in (("new", found.new), ("changed", found.changed), ("gone", found.gone)):
        if tracks:
            shown = ", ".join(tracks[:SHOWN]) + (" …" if len(tracks) > SHOWN else "")
            console.print(f"{len(tracks)} {word} on disk: {shown}", markup=False, style="yellow")
    console.print(f"What was made of them is missing or stale: mirliton backfill {name}", style="yellow")


def _tell_rows(word: str, rows: list[tuple[str, str]]) -> None:
    if rows:
        console.print(f"{len(rows)} {word}:")
    for track, reason in rows:
        console.print(f"  {track}: {reason}", style="dim", markup=False)


def _count(item: tuple[str, int]) -> str:
    return f"{item[0]} {item[1]}"
