"""Lineage of a report: its datasets, and the files that each of their tracks was made of, by fingerprints."""

from pathlib import Path

from assets.training.dataset_shards import DatasetShards
from storage.corpora.listing import recording_of
from storage.examples.track_shards import TrackShards
from storage.reports.record import DatasetLineage, TrackLineage
from storage.tracks.records import RawAudioRecord, ShardsRecord


def lineage(data: DatasetShards) -> list[DatasetLineage]:
    """The tracks of all splits by dataset, each with its file and the contents of sound, labels and shards."""
    return [
        DatasetLineage(
            dataset=name,
            licence=data.licences.get(name, ""),
            protocol=data.protocols.get(name, ""),
            tracks=_tracks(data, name),
        )
        for name in sorted(data.stores)
    ]


def _tracks(data: DatasetShards, dataset: str) -> list[TrackLineage]:
    shards = sorted((track for track in data.tracks if track.dataset == dataset), key=lambda track: track.track)
    files = {record.track: record for record in data.stores[dataset].raw_audio.records()}
    drawn = {record.track: record for record in shards[0].store.records()} if shards else {}
    return [_track(each, files.get(recording_of(each.track)), drawn.get(each.track)) for each in shards]


def _track(track: TrackShards, recording: RawAudioRecord | None, drawn: ShardsRecord | None) -> TrackLineage:
    notes = drawn.notes_content if drawn else None
    return TrackLineage(
        track=track.track,
        split=track.split,
        file=Path(recording.path).name if recording else "",
        audio=track.audio_content,
        labels=notes or ", ".join(f"{kind} {name}" for kind, name in track.classes.items()),
        shards=track.content,
    )
