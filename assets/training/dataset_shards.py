"""Shards of one preset over several datasets: their splits, arrays, notes and training examples."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from assets.training.leakage import check_leakage
from mir_models.errors import MirlitonError, ParameterError
from mir_models.examples import shards
from mir_models.notes.annotations import Notes
from storage.corpora.registrations import Registration
from storage.examples import track_shards as examples
from storage.examples.indexed import ShardExamples
from storage.examples.track_shards import TrackShards
from storage.examples.windows import WindowExamples
from storage.fingerprints import fingerprint, slug
from storage.reports.record import QuarantinedTrack
from storage.tracks import note_arrays
from storage.tracks.dataset_store import DatasetStore
from storage.tracks.records import FeatureSettings


class DatasetStores(Protocol):
    """The registered datasets and their stores, as the resource of the assets gives them."""

    def registered(self) -> list[str]:
        """Names of all registered datasets."""

    def registration(self, name: str) -> Registration:
        """How a dataset was registered."""

    def dataset(self, name: str) -> DatasetStore:
        """The stores of a dataset."""


@dataclass(frozen=True)
class DatasetShards:
    """Shards of one preset over some datasets.

    Attributes
    ----------
    stores : dict of DatasetStore by name
    tracks : list of TrackShards
        Of all splits, sorted by dataset and track.
    feature : FeatureSettings
        Of all tracks.
    licences : dict of str to str
        Licence of each dataset.
    weights : dict of str to float
        How often an epoch of a training visits the examples of a dataset, on the average; 1 where it is not named.
    protocols : dict of str to str
        Loader and split of each dataset, in words.
    """

    stores: dict[str, DatasetStore]
    tracks: list[TrackShards]
    feature: FeatureSettings
    licences: dict[str, str]
    weights: dict[str, float] = field(default_factory=dict)
    protocols: dict[str, str] = field(default_factory=dict)

    def weighted(self, weights: dict[str, float]) -> "DatasetShards":
        """The same shards with weights of datasets; refuses unknown datasets, weights below 0, and only zeros."""
        wrong = {
            name: weight for name, weight in weights.items() if name not in self.stores or not 0 <= weight < np.inf
        }
        if wrong or not any(weights.get(name, 1) for name in self.stores):
            remedy = f"give each a number of at least 0 and one of them more: --weight {next(iter(self.stores))}=2"
            raise ParameterError(f"weights of {', '.join(self.stores)}", received=wrong or weights, remedy=remedy)
        return replace(self, weights={name: float(weights[name]) for name in sorted(weights) if weights[name] != 1})

    def visits(self, examples: ShardExamples | WindowExamples) -> NDArray[np.float64]:
        """(n_examples,) how often an epoch visits each example."""
        of_tracks = [self.weights.get(track.dataset, 1.0) for track in examples.tracks]
        return np.repeat(of_tracks, examples.per_track)

    def name(self, track: TrackShards) -> str:
        """Id of a track, preceded by its dataset where there are several."""
        return track.track if len(self.stores) == 1 else f"{track.dataset}/{track.track}"

    def visited_tracks(self) -> list[TrackShards]:
        """The tracks of the train split whose dataset has a weight above 0."""
        return [track for track in self.split("train") if self.weights.get(track.dataset, 1.0) > 0]

    def split(self, split: str) -> list[TrackShards]:
        """The tracks of a split; refuses an empty one."""
        found = [track for track in self.tracks if track.split == split]
        if not found:
            remedy = "add tracks, or register the dataset with another --split-seed"
            raise MirlitonError(
                f"tracks in the {split} split of {', '.join(self.stores)}", received="none", remedy=remedy
            )
        return found

    def fingerprint(self, *splits: str) -> str:
        """The fingerprint of what the shards of some splits hold."""
        return fingerprint([(each.dataset, each.track, each.content) for each in self.tracks if each.split in splits])

    def examples(self, split: str, rolls: tuple[str, ...]) -> ShardExamples:
        """The shards of a split as training examples; refuses missing rolls and regressed onsets of several reaches."""
        chosen = self.split(split)
        if "onset_regressed" in rolls:
            _check_one_reach(chosen)
        examples = ShardExamples(chosen, ("features", "mask", "start", *rolls))
        examples.stored  # noqa: B018 - reads the indices of all shards, and refuses what is missing.
        return examples

    def track_arrays(self, track: TrackShards, *fields: str) -> dict[str, NDArray[Any]]:
        """Arrays of a track by field, (n_frames, ...), its shards concatenated without their padding."""
        examples = ShardExamples([track], (*fields, "mask"))
        arrays = examples.gather(np.arange(len(examples)))
        mask = arrays.pop("mask")
        return {field: shards.join(array, mask) for field, array in arrays.items()}

    def notes(self, track: TrackShards) -> Notes:
        """The notes of a track in audio time."""
        labels = self.stores[track.dataset].labels
        drawn_from = track.store.record(track.track, track.fingerprint).notes_content
        notes, record = note_arrays.read(labels, track.track, labels.fingerprints().get(slug(track.track), "none"))
        if record.content != drawn_from:
            remedy = f"mirliton backfill {track.dataset}"
            raise MirlitonError(
                f"shards of {track.track} drawn from its labels", received="older labels", remedy=remedy
            )
        return notes

    def split_arrays(self, split: str, *fields: str) -> Iterator[dict[str, NDArray[Any]]]:
        """`track_arrays` of the tracks of a split, one at a time."""
        for track in self.split(split):
            yield self.track_arrays(track, *fields)

    def quarantined(self) -> list[QuarantinedTrack]:
        """The tracks in quarantine, of all datasets."""
        rows = [(name, row) for name, store in self.stores.items() for row in store.quarantine.rows()]
        return [{"track": f"{name}: {row.track}", "stage": row.stage, "reason": row.reason} for name, row in rows]


def open_dataset_shards(store: DatasetStores, names: Sequence[str], kind: str, preset: str) -> DatasetShards:
    """The shards with labels of a kind of the named datasets; without names, of all registered ones that have some."""
    found = {name: store.dataset(store.registration(name).name) for name in sorted(names or store.registered())}
    tracks = [track for each in found.values() for track in examples.tracks(each, preset) if kind in track.kinds]
    holding = {track.dataset for track in tracks}
    lacking = [name for name in names if name not in holding]
    if lacking or not holding:
        raise _none_of(kind, preset, [found[name] for name in lacking])
    stores = {name: found[name] for name in sorted(holding)}
    check_leakage(stores, tracks)
    registered = {name: store.registration(name) for name in stores}
    licences = {name: each.licence for name, each in registered.items()}
    protocols = {name: each.protocol for name, each in registered.items()}
    return DatasetShards(stores, tracks, _common_feature(tracks, preset), licences, protocols=protocols)


def _common_feature(tracks: list[TrackShards], preset: str) -> FeatureSettings:
    """The settings of the feature; refuses tracks of several."""
    each_of = (track.store.record(track.track, track.fingerprint).feature for track in tracks)
    features = {fingerprint(each): each for each in each_of}
    if len(features) > 1:
        names = ", ".join(sorted({track.dataset for track in tracks}))
        received, remedy = list(map(asdict, features.values())), "backfill the datasets with the same settings"
        raise MirlitonError(f"one setting of {preset} in {names}", received=received, remedy=remedy)
    return next(iter(features.values()))


def _none_of(kind: str, preset: str, lacking: list[DatasetStore]) -> MirlitonError:
    """Why there are no shards with labels of a kind: the datasets have other labels, or are not prepared."""
    others = {each.name: held for each in lacking if (held := _kinds(each)) and kind not in held}
    if others:
        received = "; ".join(f"{name}, which has {', '.join(sorted(held))}" for name, held in others.items())
        return MirlitonError(f"datasets with {kind}", received=received, remedy=f"name datasets that have {kind}")
    names = [each.name for each in lacking]
    backfill = f"mirliton backfill {' '.join(names) or 'NAME'} --feature {preset}"
    received, remedy = f"none for {', '.join(names) or 'any dataset'}", f"{backfill}, or name datasets that have {kind}"
    return MirlitonError(f"shards of {preset} with {kind}", received=received, remedy=remedy)


def _kinds(dataset: DatasetStore) -> set[str]:
    """The label kinds of a dataset's tracks, as far as they were listed."""
    return {kind for record in dataset.raw_audio.records() for kind in (*record.labels, *record.classes)}


def _check_one_reach(tracks: list[TrackShards]) -> None:
    """Refuse regressed onsets of several reaches: they are different targets."""
    reaches = {
        each.dataset: each.store.record(each.track, each.fingerprint).targets["regressed_onsets"] for each in tracks
    }
    if len(set(reaches.values())) > 1:
        remedy = "backfill the datasets with the same --set shards.regressed_onsets"
        raise MirlitonError("regressed onsets of one reach", received=reaches, remedy=remedy)
