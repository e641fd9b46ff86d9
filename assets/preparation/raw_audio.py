"""Raw audio, track by track: decode a file from end to end once, and the record of what it is."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from numpy.typing import NDArray

from assets.preparation.duplicates import LANDMARKS
from mir_models.errors import MirlitonError
from mir_models.identification.landmarks import VERSION as LANDMARKS_VERSION
from mir_models.identification.landmarks import extract as extract_landmarks
from mir_models.resampling import resample
from storage.corpora.listing import (
    Listing,
    Promises,
    Stamp,
    TrackFiles,
    check_unchanged,
    file_stamps,
    listing_fingerprint,
)
from storage.corpora.promotion_split import decide as decide_promotion
from storage.corpora.registrations import Registration
from storage.corpora.splits import assign_splits
from storage.fingerprints import content_hash, fingerprint
from storage.media import audio
from storage.media.audio import Part, Recording
from storage.tracks.arrays import Stored
from storage.tracks.dataset_store import DatasetAddress, DatasetStore, open_dataset
from storage.tracks.records import LabelFile, RawAudioRecord
from storage.tracks.track_store import fingerprint_of
from storage.tracks.track_work import Job, Refusal

VERSION = 4
"""Raised when the record of a track changes for the same files."""
_DECODING = fingerprint(2, LANDMARKS_VERSION, LANDMARKS)
"""Changes when the same file is decoded to another record: raise the number with `storage.media.audio.read_checked`."""


@dataclass(frozen=True)
class RawAudioItem:
    """The work on one track.

    Attributes
    ----------
    files : TrackFiles
    promises : Promises
    split : str
    identity : str
    stamp : list of Stamp
    audio_decoding : str
        See `RawAudioRecord`.
    dataset : DatasetAddress
    decoded : str or None
        Fingerprint of a stored record of the same decoding.
    """

    files: TrackFiles
    promises: Promises
    split: str
    identity: str
    stamp: list[Stamp]
    audio_decoding: str
    dataset: DatasetAddress
    decoded: str | None


def check_gone(gone: list[str], n_stored: int, limit: float) -> None:
    """Raise where more than a share of the stored tracks is gone: what was made of them would be deleted.

    Raises
    ------
    MirlitonError
    """
    if len(gone) > limit * n_stored:
        raise MirlitonError(
            f"at most {limit:.0%} of the known tracks gone from the corpus",
            received=f"{len(gone)} of {n_stored}, the first {gone[0]}",
            remedy="look whether a disk is unplugged; if they are meant to be gone: mirliton backfill --accept-gone",
        )


def jobs(registration: Registration, listing: Listing, dataset: DatasetStore) -> list[Job[RawAudioItem | Refusal]]:
    """One job per track that the corpus lists; the splits decided here are stored with the dataset."""
    rule, seed = registration.rule(listing), registration.split_seed
    decision = assign_splits(listing.tracks, dataset.splits.read(rule, seed))
    dataset.splits.write(decision.assignment)
    validating = [track for track in listing.tracks if decision.splits.get(track.id) == "validation"]
    dataset.promotion.write(decide_promotion(validating, dataset.splits, rule, seed))
    refused = listing.refused | decision.refused
    usable = [track for track in listing.tracks if track.id not in refused]
    named = dataset.raw_audio.named_records().items()
    decoded = {record.track: (record.audio_decoding, fingerprint_of(name)) for name, record in named}
    version = registration.module.VERSION
    return [
        *(_job(each, decision.splits[each.id], listing.promises, decoded, dataset.address, version) for each in usable),
        *(Job(track, "refused", Refusal(reason)) for track, reason in sorted(refused.items())),
    ]


def decoded_before(records: Sequence[RawAudioRecord]) -> list[str]:
    """Tracks that an earlier version decoded: the next backfill decodes them once more, whatever changed on disk."""
    return [each.track for each in records if each.stamp and each.audio_decoding != _decoding(each, each.stamp[0])]


def _decoding(part: TrackFiles | RawAudioRecord, stamp: Stamp) -> str:
    """See `RawAudioRecord.audio_decoding`; `stamp` is that of the recording."""
    return fingerprint(_DECODING, stamp, part.start, part.end)


def _job(
    track: TrackFiles,
    split: str,
    promises: Promises,
    decoded: Mapping[str, tuple[str | None, str]],
    dataset: DatasetAddress,
    version: int,
) -> Job[RawAudioItem | Refusal]:
    """The work on one track; a file that was decoded before is not decoded again when only its metadata change."""
    stamps, its_identity = file_stamps(track), listing_fingerprint(track)
    decoding = _decoding(track, stamps[0])
    earlier, stored = decoded.get(track.id, (None, ""))
    ingredients = {"split": split, "identity": its_identity, "stamp": stamps, "heard": decoding}
    made_from = fingerprint("raw_audio", VERSION, _ingredients(promises), ingredients, *_of_loader(version))
    reused = stored if earlier == decoding else None
    item = RawAudioItem(track, promises, split, its_identity, stamps, decoding, dataset, reused)
    return Job(track.id, made_from, item, reads=() if reused else (str(track.audio),))


def _of_loader(version: int) -> tuple[int, ...]:
    """What the version of a loader adds to a fingerprint: nothing before its first change."""
    return (version,) if version > 1 else ()


def _ingredients(promises: Promises) -> list[Any]:
    return [promises.kinds, promises.labels_exact, promises.pedal]


def inspect(item: RawAudioItem | Refusal) -> Stored | Refusal:
    """Runs in a worker: the record of one track and its landmarks, or why it cannot be used."""
    if isinstance(item, Refusal):
        return item
    files = item.files
    lacking = [kind for kind in item.promises.kinds if not files.has(kind)]
    if lacking:
        return Refusal(_reason(files, lacking))
    with check_unchanged(item.stamp):
        recording, landmarks = _stored_decoding(item, item.decoded) if item.decoded else _decode(files)
        labels = _label_files(files, item.promises)
    return Stored(_record(item, recording, labels), {"landmarks": landmarks})


def _record(item: RawAudioItem, recording: Recording, labels: dict[str, LabelFile]) -> RawAudioRecord:
    return RawAudioRecord(
        track=item.files.id,
        path=str(item.files.audio),
        start=item.files.start,
        end=item.files.end,
        work=item.files.work,
        classes=item.files.classes,
        split=item.split,
        identity=item.identity,
        stamp=item.stamp,
        audio_decoding=item.audio_decoding,
        labels=labels,
        **asdict(recording),
    )


def _label_files(files: TrackFiles, promises: Promises) -> dict[str, LabelFile]:
    return {
        kind: LabelFile(str(path), content_hash(path), promises.labels_exact, promises.pedal)
        for kind, path in files.labels.items()
    }


def _decode(files: TrackFiles) -> tuple[Recording, NDArray[Any]]:
    """The facts of a recording from its decoding, and its landmarks."""
    recording, y = audio.read_checked(files.audio, Part(files.start, files.end))
    return recording, extract_landmarks(resample(y, recording.sr, LANDMARKS.sr), LANDMARKS)


def _stored_decoding(item: RawAudioItem, made_from: str) -> tuple[Recording, NDArray[Any]]:
    """The same from the stored record of an earlier decoding of the same file."""
    store, track = open_dataset(*item.dataset).raw_audio, item.files.id
    record = store.record(track, made_from)
    recording = Recording(**{each.name: getattr(record, each.name) for each in fields(Recording)})
    return recording, store.read(track, made_from, "landmarks")["landmarks"]


def _reason(files: TrackFiles, lacking: list[str]) -> str:
    if "notes" in lacking:
        remedy = "put it beside the recording (same name, .mid), or remove the recording"
        return f"Expected notes for {files.audio.name}. Received: no such file. Remedy: {remedy}."
    kinds = " and ".join(lacking)
    return f"Expected {kinds} for {files.audio.name}. Received: none. Remedy: complete the corpus' metadata."
