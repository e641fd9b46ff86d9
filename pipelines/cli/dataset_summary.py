"""The summary of one dataset, as ``mirliton datasets NAME`` prints it."""

from collections import Counter
from collections.abc import Mapping, Sequence

from rich.table import Table
from rich.text import Text

from assets.preparation.duplicates import stored_matches
from assets.preparation.earlier_versions import remade_by_stage
from mir_models.errors import MirlitonError
from pipelines.cli.console import console, print_warning
from pipelines.cli.quarantine_lines import quarantine_lines, refusal_lines, track_line
from storage import home
from storage.corpora.label_kinds import CLASSES
from storage.corpora.listing import SPLITS, Listing, group_of
from storage.corpora.registrations import Registration
from storage.reports.alignments import AlignmentPage
from storage.reports.local_pages import local_page
from storage.reports.pages.inspection import COUNTS
from storage.staleness.changes import Changes, changes, stale_tracks
from storage.staleness.outdated_models import uses
from storage.tracks.dataset_store import DatasetStore, open_dataset
from storage.tracks.quarantine import QuarantineRow
from storage.tracks.records import LabelsRecord, RawAudioRecord

N_NAMES = 12
"""Names of a long list that are printed."""


def print_summary(registration: Registration, *, every_track: bool = False) -> None:
    """Print a dataset's origin, splits, labels, stages, what has changed on disk since, and its quarantine.

    A cause of many tracks in quarantine is printed once, unless `every_track`.
    """
    dataset = open_dataset(home.store_address(), registration.name)
    records = dataset.raw_audio.records()
    listing = _list_corpus(registration, {record.track for record in records})
    found = changes(listing.tracks, dataset) if listing is not None else None
    _print_origin(registration)
    if listing is not None:
        _print_promises(registration, listing)
    if any(record.identity is None for record in records):
        remedy = f"mirliton backfill {registration.name}"
        console.print(f"Prepared by an older version, whose records have fewer fields: {remedy}", style="yellow")
    elif records:
        console.print(
            _split_table(records),
            _label_table(records, dataset.labels.records()),
            _stage_table(dataset, found),
            sep="\n",
        )
        _print_counts(dataset.labels.records())
        _print_mixes(records)
        _print_variants(registration, dataset)
        _print_remade(registration.name, remade_by_stage(registration, dataset))
    _print_alignment(AlignmentPage(dataset.objects, dataset.name))
    _print_duplicates(dataset)
    if found is not None:
        _print_changes(registration.name, found, dataset)
    for use in uses(dataset):
        console.print(f"{use.key}: {'stale: ' + ' and '.join(use.stale) + ' changed' if use.stale else 'up to date'}")
    rows = dataset.quarantine.rows()
    if listing is not None:
        quarantined = {row.track for row in rows}
        refused = {track: reason for track, reason in listing.refused.items() if track not in quarantined}
        dropped = [f"{track}: {reason}" for track, reason in sorted(listing.dropped.items())]
        _print_lines("left out", len(dropped), dropped)
        lines = refusal_lines(refused, len(listing.tracks) + len(listing.refused))
        _print_lines("cannot be used", len(refused), lines)
    _print_lines("quarantined", len(rows), _quarantine_lines(rows, dataset, every_track=every_track))


def _quarantine_lines(rows: list[QuarantineRow], dataset: DatasetStore, *, every_track: bool) -> list[str]:
    if every_track:
        return list(map(track_line, rows))
    n_quarantined = Counter(row.stage for row in rows)
    n_tracks = {stage: len(dataset.stage(stage).held()) + n for stage, n in n_quarantined.items()}
    return quarantine_lines(rows, n_tracks)


def _list_corpus(registration: Registration, stored: set[str]) -> Listing | None:
    """The corpus as it lies on disk now; None, with a warning, where it cannot be listed."""
    try:
        return registration.listing().with_stored(stored)
    except (MirlitonError, OSError) as error:
        console.print(f"The corpus cannot be listed: {error}", style="yellow", markup=False)
        return None


def _print_origin(registration: Registration) -> None:
    loader = registration.module
    options = "".join(f" {key}={value}" for key, value in registration.options.items())
    console.print(f"{registration.name} · loader {registration.loader}{options} · {registration.root}", markup=False)
    home_page = "" if loader.HOMEPAGE.startswith("none") else f" {loader.HOMEPAGE}"
    console.print(f"{loader.DESCRIPTION}. Licence: {registration.licence}.{home_page}", style="dim", markup=False)


def _print_promises(registration: Registration, listing: Listing) -> None:
    promises = listing.promises
    exact = "exact" if promises.labels_exact else "to be aligned"
    notes = f" (notes {exact}, pedal {promises.pedal})" if "notes" in promises.kinds else ""
    console.print(f"on disk: {len(listing.tracks)} tracks with {', '.join(promises.kinds)}{notes}", markup=False)
    console.print(f"splits: {registration.rule(listing)}, seed {registration.split_seed}")
    for notice in listing.unused:
        print_warning(notice)


def _split_table(records: Sequence[RawAudioRecord]) -> Table:
    """Tracks, hours, works and classes by split."""
    kinds = [kind for kind in CLASSES if any(kind in record.classes for record in records)]
    table = Table("split", "tracks", "hours", "works", *(f"{kind}s" for kind in kinds))
    for name in (*SPLITS, "all"):
        chosen = [record for record in records if name in (record.split, "all")]
        hours = sum(record.duration for record in chosen) / 3600
        classes = (len({group_of(each.classes, kind) for each in chosen} - {""}) for kind in kinds)
        works = len({record.work for record in chosen})
        table.add_row(name, *map(str, (len(chosen), f"{hours:.2f}", works, *classes)))
    return table


def _label_table(records: Sequence[RawAudioRecord], labels: Sequence[LabelsRecord]) -> Table:
    """Tracks and classes by kind of label; for notes, their number and the methods of alignment."""
    table = Table("label", "tracks", "classes", "of these")
    noted = [record for record in labels if record.n_notes]
    if noted:
        methods = Counter(record.method or "none" for record in noted)
        n_notes, aligned = sum(record.n_notes for record in noted), ", ".join(map(_count, methods.items()))
        table.add_row("notes", str(len(noted)), "", f"{n_notes:,} notes; aligned by {aligned}")
    for kind in CLASSES:
        counts = Counter(filter(None, (group_of(record.classes, kind) for record in records)))
        if counts:
            shown = ", ".join(map(_count, counts.most_common(N_NAMES))) + (" …" if len(counts) > N_NAMES else "")
            table.add_row(kind, str(counts.total()), str(len(counts)), Text(shown))
    return table


def _print_counts(labels: Sequence[LabelsRecord]) -> None:
    """Print how many notes each rule of reading a label file changed, and in how many files."""
    notes = sum((Counter(record.counts) for record in labels), Counter[str]())
    files = Counter(name for record in labels for name, n in record.counts.items() if n)
    for name, changed in COUNTS.items():
        if notes[name]:
            count = f"{notes[name]:,} note{'s' * (notes[name] != 1)} in {files[name]} of {len(labels)} label files"
            console.print(f"{count}: {changed}", style="dim")


def _print_mixes(records: Sequence[RawAudioRecord]) -> None:
    """Print how many recordings were not mixed to mono by the mean of their channels, which cancel each other in it."""
    mixes = Counter(record.mix for record in records if record.mix != "mean")
    if mixes:
        shown = ", ".join(map(_count, sorted(mixes.items())))
        console.print(f"channels mixed otherwise than by their mean: {shown} of {len(records)} tracks")


def _stage_table(dataset: DatasetStore, found: Changes | None) -> Table:
    """Tracks by stage: how many are stored, stale, missing and quarantined."""
    table, variants = Table("stage", "tracks", "stale", "missing", "quarantined"), dataset.variants.records()
    presets = {kind: dataset.presets(kind) for kind in ("features", "shards")}
    stages = [
        "raw_audio",
        *["variants"] * bool(variants),
        "labels",
        *(f"{kind}/{preset}" for kind, held in presets.items() for preset in held),
    ]
    recordings = {record.track for record in dataset.raw_audio.records()}
    on_disk = {*found.changed, *found.gone} if found else set()
    unusable = {row.track for row in dataset.quarantine.rows()}
    for stage in stages:
        held = {record.track for record in dataset.stage(stage).records()}
        expected = _expected(stage, recordings, {record.track for record in variants})
        stale = held & (on_disk | set(stale_tracks(dataset, stage) if stage != "raw_audio" else ()))
        row = (len(held), len(stale), len(expected - held - unusable), len(dataset.quarantine.tracks(stage)))
        table.add_row(stage, *map(str, row))
    return table


def _expected(stage: str, recordings: set[str], variants: set[str]) -> set[str]:
    """The tracks that a stage should hold: labels are of recordings only, features and shards of variants as well."""
    if stage == "variants":
        return variants
    return recordings if stage in ("raw_audio", "labels") else recordings | variants


def _print_variants(registration: Registration, dataset: DatasetStore) -> None:
    """Print how many variants there are, by which augmentations, and whether as many as are registered."""
    made, per_recording = dataset.variants.records(), registration.variants
    if not made and not per_recording:
        return
    hours, counts = (
        sum(record.duration for record in made) / 3600,
        Counter(each for row in made for each in row.applied),
    )
    applied = ", ".join(map(_count, sorted(counts.items()))) or "none yet"
    console.print(
        f"variants: {per_recording} of each recording in train; {len(made)} made, {hours:.2f} h ({applied})",
        markup=False,
    )
    trained = sum(record.split == "train" for record in dataset.raw_audio.records())
    if len(made) != per_recording * trained:
        remedy = f"mirliton backfill {registration.name}"
        console.print(f"There should be {per_recording * trained} variants: {remedy}", style="yellow")


def _print_remade(name: str, remade: Mapping[str, Sequence[str]]) -> None:
    """Print how many tracks of which stages a backfill makes once more because the program or its settings changed."""
    if remade:
        counts = ", ".join(
            f"{stage} of {len(tracks)} track{'s' * (len(tracks) != 1)}" for stage, tracks in remade.items()
        )
        what = f"Made by another version or with other settings, and once more by the next backfill: {counts}"
        console.print(f"{what}. How long it takes: mirliton plan {name}", markup=False, style="yellow")


def _print_alignment(page: AlignmentPage) -> None:
    if page.exists:
        path = local_page(page.objects, page.key, home.home())
        console.print(f"alignment of the notes, track by track: {path}", markup=False, soft_wrap=True)


def _print_duplicates(dataset: DatasetStore) -> None:
    pairs = stored_matches(dataset)
    if pairs:
        count = "1 pair of tracks is" if len(pairs) == 1 else f"{len(pairs)} pairs of tracks are"
        console.print(f"{count} the same recording:")
    for each in pairs:
        pair = f"  {each.a} = {each.b} + {each.offset_s:.2f} s (share {each.share:.2f})"
        console.print(pair, style="dim", markup=False)


def _print_changes(name: str, found: Changes, dataset: DatasetStore) -> None:
    if not found:
        n_quarantined = len(dataset.quarantine.rows("raw_audio"))
        retried = f" The {n_quarantined} in quarantine are tried again by every backfill." if n_quarantined else ""
        console.print(f"Nothing has changed on disk since the last backfill.{retried}")
        return
    for change, tracks in (("new", found.new), ("changed", found.changed), ("gone", found.gone)):
        if tracks:
            shown = ", ".join(tracks[:N_NAMES]) + (" …" if len(tracks) > N_NAMES else "")
            console.print(f"{len(tracks)} {change} on disk: {shown}", markup=False, style="yellow")
    console.print(f"What was made of them is missing or stale: mirliton backfill {name}", style="yellow")


def _print_lines(heading: str, n_tracks: int, lines: list[str]) -> None:
    """Print lines on tracks below a heading with their number; nothing where there are none."""
    if lines:
        console.print(f"{n_tracks} {heading}:")
    for line in lines:
        console.print(f"  {line}", style="dim", markup=False)


def _count(item: tuple[str, int]) -> str:
    return f"{item[0]} {item[1]}"
