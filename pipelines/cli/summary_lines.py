"""The summary of one dataset for the screen, as ``mirliton datasets NAME`` prints it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from rich.table import Table
from rich.text import Text

from pipelines.cli.console import console, print_warning
from pipelines.cli.documents.datasets import CorpusOnDisk, DatasetDocument, LabelRow, SplitRow, StageRow
from pipelines.cli.quarantine_lines import quarantine_lines, refusal_lines, rows_of, track_line
from storage.reports.pages.inspection import COUNTS

N_NAMES = 12
"""Names of a long list that are printed."""


def print_summary(summary: DatasetDocument, *, every_track: bool = False) -> None:
    """Print a dataset's origin, splits, labels, stages, what has changed on disk since, and its quarantine.

    A cause of many tracks in quarantine is printed once, unless `every_track`.
    """
    if summary.not_listed_because:
        print_warning(f"The corpus cannot be listed: {summary.not_listed_because}")
    _print_origin(summary)
    if summary.on_disk:
        _print_promises(summary.on_disk, summary.split_seed)
    if summary.older_version:
        remedy = f"mirliton backfill {summary.name}"
        print_warning(f"Prepared by an older version, whose records have fewer fields: {remedy}")
    elif summary.stages:
        _print_prepared(summary)
    if summary.alignment_page:
        page = summary.alignment_page
        console.print(f"alignment of the notes, track by track: {page}", markup=False, soft_wrap=True)
    _print_duplicates(summary)
    if summary.on_disk:
        _print_changes(summary, summary.on_disk)
    for key, stale in summary.used_by.items():
        console.print(f"{key}: {'stale: ' + ' and '.join(stale) + ' changed' if stale else 'up to date'}")
    if summary.on_disk:
        _print_unused(summary, summary.on_disk)
    _print_lines("quarantined", len(summary.quarantine), _quarantine_lines(summary, every_track=every_track))


def _print_origin(summary: DatasetDocument) -> None:
    options = "".join(f" {key}={value}" for key, value in summary.options.items())
    console.print(f"{summary.name} · loader {summary.loader}{options} · {summary.root}", markup=False)
    homepage = "" if summary.homepage.startswith("none") else f" {summary.homepage}"
    console.print(f"{summary.description}. Licence: {summary.licence}.{homepage}", style="dim", markup=False)


def _print_promises(corpus: CorpusOnDisk, seed: int) -> None:
    exact = "exact" if corpus.labels_exact else "to be aligned"
    notes = f" (notes {exact}, pedal {corpus.pedal})" if "notes" in corpus.kinds else ""
    console.print(f"on disk: {corpus.tracks} tracks with {', '.join(corpus.kinds)}{notes}", markup=False)
    console.print(f"splits: {corpus.split_rule}, seed {seed}")
    for notice in corpus.notices:
        print_warning(notice)


def _print_prepared(summary: DatasetDocument) -> None:
    console.print(_split_table(summary.splits), _label_table(summary.labels), _stage_table(summary.stages), sep="\n")
    for rule, counts in summary.changed_notes.items():
        n, files = counts.notes, f"{counts.files} of {summary.label_files} label files"
        console.print(f"{n:,} note{'s' * (n != 1)} in {files}: {COUNTS[rule]}", style="dim")
    if summary.mixes:
        n_tracks = next(row.tracks for row in summary.splits if row.split == "all")
        shown = _counts(summary.mixes.items())
        console.print(f"channels mixed otherwise than by their mean: {shown} of {n_tracks} tracks")
    _print_variants(summary)
    _print_remade(summary.name, summary.remade)


def _split_table(rows: Sequence[SplitRow]) -> Table:
    """Tracks, hours, works and classes by split."""
    table = Table("split", "tracks", "hours", "works", *(f"{kind}s" for kind in rows[0].classes))
    for row in rows:
        table.add_row(row.split, str(row.tracks), f"{row.hours:.2f}", *map(str, (row.works, *row.classes.values())))
    return table


def _label_table(rows: Sequence[LabelRow]) -> Table:
    """Tracks and classes by kind of label; for notes, their number and the methods of alignment."""
    table = Table("label", "tracks", "classes", "of these")
    for row in rows:
        if row.classes:
            shown = _counts(list(row.classes.items())[:N_NAMES]) + " …" * (len(row.classes) > N_NAMES)
            table.add_row(row.label, str(row.tracks), str(len(row.classes)), Text(shown))
        else:
            aligned = _counts(row.aligned_by.items())
            table.add_row(row.label, str(row.tracks), "", f"{row.notes:,} notes; aligned by {aligned}")
    return table


def _stage_table(rows: Sequence[StageRow]) -> Table:
    """Tracks by stage: how many are stored, stale, missing and quarantined."""
    table = Table("stage", "tracks", "stale", "missing", "quarantined")
    for row in rows:
        table.add_row(row.stage, *map(str, (row.tracks, row.stale, row.missing, row.quarantined)))
    return table


def _print_variants(summary: DatasetDocument) -> None:
    """Print how many variants there are, by which augmentations, and whether as many as are registered."""
    found = summary.variants
    if not found.made and not found.per_recording:
        return
    made = f"{found.made} made, {found.hours:.2f} h ({_counts(found.applied.items()) or 'none yet'})"
    console.print(f"variants: {found.per_recording} of each recording in train; {made}", markup=False)
    if found.made != found.expected:
        print_warning(f"There should be {found.expected} variants: mirliton backfill {summary.name}")


def _print_remade(name: str, remade: Mapping[str, Sequence[str]]) -> None:
    """Print how many tracks of which stages a backfill makes once more because the program or its settings changed."""
    if remade:
        counts = ", ".join(
            f"{stage} of {len(tracks)} track{'s' * (len(tracks) != 1)}" for stage, tracks in remade.items()
        )
        what = f"Made by another version or with other settings, and once more by the next backfill: {counts}"
        print_warning(f"{what}. How long it takes: mirliton plan {name}")


def _print_duplicates(summary: DatasetDocument) -> None:
    pairs = summary.duplicates
    if pairs:
        count = "1 pair of tracks is" if len(pairs) == 1 else f"{len(pairs)} pairs of tracks are"
        console.print(f"{count} the same recording:")
    for each in pairs:
        pair = f"  {each.a} = {each.b} + {each.offset_s:.2f} s (share {each.share:.2f})"
        console.print(pair, style="dim", markup=False)


def _print_changes(summary: DatasetDocument, corpus: CorpusOnDisk) -> None:
    changes = {"new": corpus.new, "changed": corpus.changed, "gone": corpus.gone}
    if not any(changes.values()):
        n_quarantined = sum(row.stage == "raw_audio" for row in summary.quarantine)
        retried = f" The {n_quarantined} in quarantine are tried again by every backfill." if n_quarantined else ""
        console.print(f"Nothing has changed on disk since the last backfill.{retried}")
        return
    for change, tracks in changes.items():
        if tracks:
            shown = ", ".join(tracks[:N_NAMES]) + (" …" if len(tracks) > N_NAMES else "")
            print_warning(f"{len(tracks)} {change} on disk: {shown}")
    print_warning(f"What was made of them is missing or stale: mirliton backfill {summary.name}")


def _print_unused(summary: DatasetDocument, corpus: CorpusOnDisk) -> None:
    """Print the tracks that are left out, and those refused that are not in quarantine yet."""
    quarantined = {row.track for row in summary.quarantine}
    refused = {track: reason for track, reason in corpus.refused.items() if track not in quarantined}
    _print_lines("left out", len(corpus.left_out), [f"{track}: {why}" for track, why in corpus.left_out.items()])
    _print_lines("cannot be used", len(refused), refusal_lines(refused, corpus.tracks + len(corpus.refused)))


def _quarantine_lines(summary: DatasetDocument, *, every_track: bool) -> list[str]:
    rows = rows_of(summary.quarantine)
    if every_track:
        return list(map(track_line, rows))
    if summary.older_version:  # How many tracks its stages have is not counted.
        return quarantine_lines(rows, {})
    held = {row.stage: row.tracks for row in summary.stages}
    n_quarantined = Counter(row.stage for row in rows)
    return quarantine_lines(rows, {stage: held.get(stage, 0) + n for stage, n in n_quarantined.items()})


def _print_lines(heading: str, n_tracks: int, lines: list[str]) -> None:
    """Print lines on tracks below a heading with their number; nothing where there are none."""
    if lines:
        console.print(f"{n_tracks} {heading}:")
    for line in lines:
        console.print(f"  {line}", style="dim", markup=False)


def _counts(items: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{name} {n}" for name, n in items)
