"""The shards that a training reads: which datasets, which tracks, and what was left out."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assets.resources import StoreResource
from assets.training.leakage import refuse_leaks
from mir_models.errors import MirlitonError
from mir_models.examples import shards
from mir_models.notes.annotations import Notes
from storage.examples import shards as examples
from storage.examples.shards import Examples, TrackShards
from storage.examples.windows import WindowExamples
from storage.fingerprints import fingerprint, slug
from storage.tracks import note_arrays
from storage.tracks.dataset_store import DatasetStore


@dataclass(frozen=True)
class Corpora:
    """Shards of one preset over some datasets.

    Attributes
    ----------
    stores : dict of DatasetStore by name
    tracks : list of TrackShards
        Of all splits, sorted by dataset and track.
    feature : dict
        ``feature``, ``version`` and ``params``, the same for all.
    licences : dict
        Licence of each dataset.
    weights : dict
        How often an epoch of a training visits the examples of a dataset, on the average; 1 where it says nothing.
    protocols : dict
        How each dataset is read and divided, in words.
    """

    stores: dict[str, DatasetStore]
    tracks: list[TrackShards]
    feature: dict[str, Any]
    licences: dict[str, str]
    weights: dict[str, float] = field(default_factory=dict)
    protocols: dict[str, str] = field(default_factory=dict)

    def weighted(self, weights: dict[str, float]) -> "Corpora":
        """The same corpora, their datasets mixed by `weights`; refuses a weight of none of them, and one below 0."""
        wrong = {
            name: weight for name, weight in weights.items() if name not in self.stores or not 0 <= weight < np.inf
        }
        if wrong or not any(weights.get(name, 1) for name in self.stores):
            remedy = f"give each a number of at least 0 and one of them more: --weight {next(iter(self.stores))}=2"
            raise MirlitonError(f"weights of {', '.join(self.stores)}", received=wrong or weights, remedy=remedy)
        return replace(self, weights={name: float(weights[name]) for name in sorted(weights) if weights[name] != 1})

    def visits(self, examples: Examples | WindowExamples) -> NDArray[np.float64]:
        """(n_examples,) how often an epoch visits each example."""
        of_tracks = [self.weights.get(track.dataset, 1.0) for track in examples.tracks]
        return np.repeat(of_tracks, examples.per_track)

    def name(self, track: TrackShards) -> str:
        """Id of a track, with its dataset where there are several."""
        return track.track if len(self.stores) == 1 else f"{track.dataset}/{track.track}"

    def visited(self) -> list[TrackShards]:
        """The tracks of the train split that an epoch visits at all."""
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
        """The fingerprint of the shards of some splits."""
        return fingerprint(
            [(each.dataset, each.track, each.fingerprint) for each in self.tracks if each.split in splits]
        )

    def examples(self, split: str, rolls: tuple[str, ...]) -> Examples:
        """The shards of a split as training examples; refuses rolls that they lack, or have in several forms."""
        chosen = self.split(split)
        for track in chosen:
            for roll in rolls:
                track.array(roll)
        if "onset_regressed" in rolls:
            _refuse_several_reaches(chosen)
        return Examples(chosen, ("features", "mask", "start", *rolls))

    def whole(self, track: TrackShards, *fields: str) -> dict[str, Any]:
        """Some arrays of a whole track, without the padding."""
        mask = np.asarray(track.arrays["mask"][...])
        return {field: shards.join(np.asarray(track.array(field)[...]), mask) for field in fields}

    def notes(self, track: TrackShards) -> Notes:
        """The notes of a track in audio time."""
        labels = self.stores[track.dataset].labels
        drawn = track.store.attributes(track.track, track.fingerprint)["notes"]
        played, record = note_arrays.read(labels, track.track, labels.fingerprints().get(slug(track.track), "none"))
        if record["content"] != drawn:
            remedy = f"mirliton backfill {track.dataset}"
            raise MirlitonError(
                f"shards of {track.track} drawn from its labels", received="older labels", remedy=remedy
            )
        return played

    def wholes(self, split: str, *fields: str) -> Iterator[dict[str, Any]]:
        """The whole tracks of a split, one at a time."""
        for track in self.split(split):
            yield self.whole(track, *fields)

    def quarantined(self) -> list[dict[str, str]]:
        """The quarantine of all datasets."""
        rows = [(name, row) for name, store in self.stores.items() for row in store.quarantine.rows()]
        return [{"track": f"{name}: {row.track}", "stage": row.stage, "reason": row.reason} for name, row in rows]


def open_corpora(store: StoreResource, names: list[str], kind: str, preset: str) -> Corpora:
    """The shards with a label of `kind` of the named datasets; without names, of all registered ones that have some."""
    found = {name: store.dataset(store.registration(name).name) for name in sorted(names or store.registered())}
    tracks = [track for each in found.values() for track in examples.tracks(each, preset) if kind in track.kinds]
    holding = {track.dataset for track in tracks}
    lacking = [name for name in names if name not in holding]
    if lacking or not holding:
        raise _none_of(kind, preset, [found[name] for name in lacking])
    stores = {name: found[name] for name in sorted(holding)}
    refuse_leaks(stores, tracks)
    features = {fingerprint(each): each for each in (_feature(track) for track in tracks)}
    if len(features) > 1:
        remedy = "backfill the datasets with the same settings"
        raise MirlitonError(
            f"one setting of {preset} in {', '.join(stores)}", received=list(features.values()), remedy=remedy
        )
    registered = {name: store.registration(name) for name in stores}
    licences = {name: each.licence for name, each in registered.items()}
    protocols = {name: each.protocol for name, each in registered.items()}
    return Corpora(stores, tracks, next(iter(features.values())), licences, protocols=protocols)


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
    return {kind for record in dataset.raw_audio.records() for kind in (*record["labels"], *record["classes"])}


def _refuse_several_reaches(tracks: list[TrackShards]) -> None:
    """Refuse regressed onsets of several reaches: they are different targets."""
    found = {each.dataset: each.store.attributes(each.track, each.fingerprint)["targets"] for each in tracks}
    if len({targets["regressed_onsets"] for targets in found.values()}) > 1:
        reaches = {name: targets["regressed_onsets"] for name, targets in found.items()}
        remedy = "backfill the datasets with the same --set shards.regressed_onsets"
        raise MirlitonError("regressed onsets of one reach", received=reaches, remedy=remedy)


def _feature(track: TrackShards) -> dict[str, Any]:
    return track.store.attributes(track.track, track.fingerprint)["feature"]
