"""What changed in a corpus since its track table was made, and which tracks of a stage are stale in consequence.

For summaries: what a backfill makes is decided by fingerprints, in :mod:`storage.tracks.stage_update`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from storage.corpora.listing import Listing, TrackFiles, listing_fingerprint
from storage.fingerprints import slug
from storage.tracks.dataset_store import AudioTrack, DatasetStore
from storage.tracks.records import (
    FeaturesRecord,
    LabelsRecord,
    RawAudioRecord,
    ShardsRecord,
    VariantRecord,
)
from storage.tracks.track_work import Job


@dataclass(frozen=True)
class Changes:
    """Ids of tracks whose files are new, changed or gone since the track table was made, each sorted."""

    new: list[str]
    changed: list[str]
    gone: list[str]

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.gone)


@dataclass(frozen=True)
class Current:
    """What is stored now of a recording or variant and of the recording that it was made of.

    Attributes
    ----------
    audio : AudioTrack
    recording : RawAudioRecord
    labels : LabelsRecord or None
        Of the recording.
    """

    audio: AudioTrack
    recording: RawAudioRecord
    labels: LabelsRecord | None


def changes(tracks: Sequence[TrackFiles], dataset: DatasetStore) -> Changes:
    """The corpus as it lies on disk now against the track table; tracks in quarantine are not new."""
    stored = {record.track: record.identity for record in dataset.raw_audio.records()}
    refused = {row.track for row in dataset.quarantine.rows("raw_audio")}
    now = {track.id: listing_fingerprint(track) for track in tracks}
    return Changes(
        new=sorted(now.keys() - stored.keys() - refused),
        changed=sorted(track for track in now.keys() & stored.keys() if now[track] != stored[track]),
        gone=sorted(stored.keys() - now.keys()),
    )


def gone(listing: Listing, dataset: DatasetStore) -> list[str]:
    """Stored tracks that the corpus no longer names, be it as usable, as left out or as refused; sorted."""
    tracks = {track.id for track in (*listing.tracks, *listing.undecodable)}
    named = tracks | listing.dropped.keys() | listing.refused.keys()
    return sorted({record.track for record in dataset.raw_audio.records()} - named)


def stale_tracks(dataset: DatasetStore, stage: str) -> list[str]:
    """Tracks of a stage, variants too, that were made of other files or of another split than the table has now."""
    current, is_current = _current(dataset), _IS_CURRENT[stage.split("/")[0]]
    records = dataset.stage(stage).records()
    return [made.track for made in records if made.track not in current or not is_current(made, current[made.track])]


def remade_tracks(dataset: DatasetStore, stage: str, jobs: Sequence[Job[Any]]) -> list[str]:
    """Tracks of a stage that its jobs make once more though nothing they were made of changed: by code or settings."""
    stored, stale = dataset.stage(stage).fingerprints(), set(stale_tracks(dataset, stage))
    remade = [job.track for job in jobs if stored.get(slug(job.track), job.fingerprint) != job.fingerprint]
    return sorted(set(remade) - stale)


def _current(dataset: DatasetStore) -> Mapping[str, Current]:
    """By track, of all recordings in the track table and their variants."""
    tracks = dataset.audio_tracks()
    recordings = {each.track: each.record for each in tracks if isinstance(each.record, RawAudioRecord)}
    labels = {record.track: record for record in dataset.labels.records()}
    return {
        each.track: Current(each, recordings[each.recording], labels.get(each.recording))
        for each in tracks
        if each.recording in recordings
    }


def _variant_is_current(made: VariantRecord, now: Current) -> bool:
    raw = now.recording
    return (made.source_content, made.work, made.classes, made.split) == (raw.content, raw.work, raw.classes, raw.split)


def _features_are_current(made: FeaturesRecord, now: Current) -> bool:
    return made.audio_content == now.audio.record.content


def _labels_are_current(made: LabelsRecord, now: Current) -> bool:
    raw, file = now.recording, now.recording.notes
    made_from = (made.audio_content, made.classes, made.label_content)
    return made_from == (raw.content, raw.classes, file.content if file else None)


def _shards_are_current(made: ShardsRecord, now: Current) -> bool:
    if now.labels is None or not _labels_are_current(now.labels, now):
        return False
    audio, notes = now.audio.record, now.labels.content if now.labels.n_notes else None
    made_from = (made.audio_content, made.classes, made.split, made.notes_content)
    return made_from == (audio.content, audio.classes, audio.split, notes)


_IS_CURRENT: Mapping[str, Callable[[Any, Current], bool]] = {
    "variants": _variant_is_current,
    "features": _features_are_current,
    "labels": _labels_are_current,
    "shards": _shards_are_current,
}
"""By stage, whether its record of a track was made of what is stored now."""
