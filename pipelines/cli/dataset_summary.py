"""The summary of one dataset: its origin, splits, labels, stages, what has changed on disk since, its quarantine."""

from collections import Counter
from collections.abc import Collection, Sequence

from assets.preparation.duplicates import stored_matches
from assets.preparation.earlier_versions import remade_by_stage
from mir_models.errors import MirlitonError
from pipelines.cli.documents.datasets import (
    CorpusOnDisk,
    DatasetDocument,
    Duplicate,
    LabelRow,
    RuleCounts,
    SplitRow,
    StageRow,
    VariantCounts,
)
from pipelines.cli.quarantine_lines import reasons
from storage import home
from storage.corpora.label_kinds import CLASSES
from storage.corpora.listing import SPLITS, Listing, group_of
from storage.corpora.promotion_split import PROMOTION
from storage.corpora.registrations import Registration
from storage.reports.alignments import AlignmentPage
from storage.reports.local_pages import local_page
from storage.reports.pages.inspection import COUNTS
from storage.staleness.changes import Changes, changes, stale_tracks
from storage.staleness.outdated_models import uses
from storage.tracks.dataset_store import DatasetStore, open_dataset
from storage.tracks.records import LabelsRecord, RawAudioRecord


def summarise(registration: Registration) -> DatasetDocument:
    """The summary of a dataset; where its corpus cannot be listed now, why is part of it."""
    dataset = open_dataset(home.store_address(), registration.name)
    records, labels = dataset.raw_audio.records(), dataset.labels.records()
    listing, why = _list_corpus(registration, {record.track for record in records})
    found = changes(listing.tracks, dataset) if listing is not None else None
    older = any(record.identity is None for record in records)
    known = bool(records) and not older
    loader = registration.module
    return DatasetDocument(
        name=registration.name,
        loader=registration.loader,
        root=registration.root,
        description=loader.DESCRIPTION,
        licence=registration.licence,
        homepage=loader.HOMEPAGE,
        options=dict(registration.options),
        split_seed=registration.split_seed,
        on_disk=_on_disk(registration, listing, found) if listing and found is not None else None,
        not_listed_because=why,
        splits=_splits(records, dataset.promotion.read()) if known else [],
        labels=_labels(records, labels) if known else [],
        label_files=len(labels) if known else 0,
        changed_notes=_changed_notes(labels) if known else {},
        mixes=dict(sorted(Counter(record.mix for record in records if record.mix != "mean").items())) if known else {},
        stages=_stages(dataset, found) if known else [],
        variants=_variants(registration, dataset, records),
        remade=remade_by_stage(registration, dataset) if known else {},
        duplicates=[Duplicate(each.a, each.b, each.offset_s, each.share) for each in stored_matches(dataset)],
        used_by={use.key: use.stale for use in uses(dataset)},
        alignment_page=_alignment_page(AlignmentPage(dataset.objects, dataset.name)),
        quarantine=reasons(dataset.quarantine.rows()),
        older_version=older,
    )


def _list_corpus(registration: Registration, stored: set[str]) -> tuple[Listing | None, str]:
    """The corpus as it lies on disk now; or None, and why it cannot be listed."""
    try:
        return registration.listing().with_stored(stored), ""
    except (MirlitonError, OSError) as error:
        return None, str(error)


def _on_disk(registration: Registration, listing: Listing, found: Changes) -> CorpusOnDisk:
    return CorpusOnDisk(
        tracks=len(listing.tracks),
        kinds=listing.promises.kinds,
        labels_exact=listing.promises.labels_exact,
        pedal=listing.promises.pedal,
        split_rule=registration.rule(listing),
        left_out=dict(sorted(listing.dropped.items())),
        refused=listing.refused,
        notices=listing.unused,
        new=found.new,
        changed=found.changed,
        gone=found.gone,
    )


def _splits(records: Sequence[RawAudioRecord], kept_apart: Collection[str]) -> list[SplitRow]:
    """Tracks, hours, works and classes by split; what of validation is kept for promotion is a row of its own."""
    kinds = [kind for kind in CLASSES if any(kind in record.classes for record in records)]
    apart = {record.track for record in records if record.split == "validation"} & set(kept_apart)
    split_of = {record.track: PROMOTION if record.track in apart else record.split for record in records}
    rows = []
    for name in (*SPLITS, *[PROMOTION] * bool(apart), "all"):
        chosen = [record for record in records if name in (split_of[record.track], "all")]
        hours = sum(record.duration for record in chosen) / 3600
        classes = {kind: len({group_of(each.classes, kind) for each in chosen} - {""}) for kind in kinds}
        rows.append(SplitRow(name, len(chosen), hours, len({record.work for record in chosen}), classes))
    return rows


def _labels(records: Sequence[RawAudioRecord], labels: Sequence[LabelsRecord]) -> list[LabelRow]:
    """Tracks by kind of label; of notes, their number and the methods of alignment."""
    rows = []
    if noted := [record for record in labels if record.n_notes]:
        methods = Counter(record.method or "none" for record in noted)
        rows.append(LabelRow("notes", len(noted), sum(record.n_notes for record in noted), dict(methods)))
    for kind in CLASSES:
        if counts := Counter(filter(None, (group_of(record.classes, kind) for record in records))):
            rows.append(LabelRow(kind, counts.total(), classes=dict(counts.most_common())))
    return rows


def _changed_notes(labels: Sequence[LabelsRecord]) -> dict[str, RuleCounts]:
    """How many notes each rule of reading a label file changed, and in how many files."""
    notes = sum((Counter(record.counts) for record in labels), Counter[str]())
    files = Counter(name for record in labels for name, n in record.counts.items() if n)
    return {name: RuleCounts(notes[name], files[name]) for name in COUNTS if notes[name]}


def _stages(dataset: DatasetStore, found: Changes | None) -> list[StageRow]:
    """Tracks by stage: how many are stored, stale, missing and quarantined."""
    variants = {record.track for record in dataset.variants.records()}
    recordings = {record.track for record in dataset.raw_audio.records()}
    on_disk = {*found.changed, *found.gone} if found else set()
    unusable = {row.track for row in dataset.quarantine.rows()}
    rows = []
    for stage in _stage_names(dataset, with_variants=bool(variants)):
        held = {record.track for record in dataset.stage(stage).records()}
        stale = held & (on_disk | set(stale_tracks(dataset, stage) if stage != "raw_audio" else ()))
        missing = _expected(stage, recordings, variants) - held - unusable
        rows.append(StageRow(stage, len(held), len(stale), len(missing), len(dataset.quarantine.tracks(stage))))
    return rows


def _stage_names(dataset: DatasetStore, *, with_variants: bool) -> list[str]:
    presets = [f"{kind}/{preset}" for kind in ("features", "shards") for preset in dataset.presets(kind)]
    return ["raw_audio", *["variants"] * with_variants, "labels", *presets]


def _expected(stage: str, recordings: set[str], variants: set[str]) -> set[str]:
    """The tracks that a stage should hold: labels are of recordings only, features and shards of variants as well."""
    if stage == "variants":
        return variants
    return recordings if stage in ("raw_audio", "labels") else recordings | variants


def _variants(registration: Registration, dataset: DatasetStore, records: Sequence[RawAudioRecord]) -> VariantCounts:
    """How many variants there are and should be, and by which augmentations they were made."""
    made = dataset.variants.records()
    return VariantCounts(
        per_recording=registration.variants,
        made=len(made),
        expected=registration.variants * sum(record.split == "train" for record in records),
        hours=sum(record.duration for record in made) / 3600,
        applied=dict(sorted(Counter(each for row in made for each in row.applied).items())),
    )


def _alignment_page(page: AlignmentPage) -> str:
    """Path of the page on the alignment of the notes; empty where there is none."""
    return str(local_page(page.objects, page.key, home.home())) if page.exists else ""
