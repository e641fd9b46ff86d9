"""Scores of two models on the same tracks, of those that neither has an advantage on.

Models are compared on the promotion split, on tracks that neither of them was trained with. Where that has too few, on
the validation split, on which epochs and thresholds were chosen.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from assets.inference.loaded_model import LoadedModel, voting
from assets.training.dataset_shards import DatasetShards, DatasetStores, open_dataset_shards
from assets.training.leakage import shared_with_training
from assets.training.task_data import predict_windows
from mir_models.errors import MirlitonError
from mir_models.evaluation.metrics.note_level import note_scores
from mir_models.evaluation.promotion import FEWEST_TRACKS
from mir_models.inference import activations
from mir_models.inference.classification import mean_of_probabilities
from mir_models.notes.decoding import Decoding, decode
from mir_models.tasks import TASKS
from storage import progress
from storage.corpora.promotion_split import PROMOTION
from storage.examples.track_shards import TrackShards
from storage.models.record import ModelRecord

Address = tuple[str, str]
"""Dataset and track."""
Use = Literal["none", "choice", "training"]
"""What a model was made with of a track: nothing, the choice of epoch and thresholds, or, possibly, its training."""


@dataclass(frozen=True)
class ComparedModel:
    """A model that is compared.

    Attributes
    ----------
    record : ModelRecord
    load : callable () -> LoadedModel
        Called where there are tracks to score.
    """

    record: ModelRecord
    load: Callable[[], LoadedModel]


@dataclass(frozen=True)
class PairedTracks:
    """The tracks on which two models are compared.

    Attributes
    ----------
    split : str
        ``"promotion"`` or ``"validation"``.
    tracks : list of (dataset, track)
    challenger, champion : dict of DatasetShards by dataset
        With the input features of each.
    notes : tuple of str
        Sentences on what the comparison depends on.
    favours_challenger : bool
        Its epoch and thresholds alone were chosen on these tracks: no grounds for a promotion.
    """

    split: str
    tracks: list[Address]
    challenger: dict[str, DatasetShards]
    champion: dict[str, DatasetShards]
    notes: tuple[str, ...]
    favours_challenger: bool = False

    @property
    def datasets(self) -> set[str]:
        """Of the tracks."""
        return {dataset for dataset, _ in self.tracks}

    @property
    def contents(self) -> list[tuple[str, str, str]]:
        """What identifies the tracks and the shards of both."""
        first, second = _by_address(self.challenger), _by_address(self.champion)
        return [(each[1], first[each].content, second[each].content) for each in self.tracks]


def pair_tracks(
    store: DatasetStores, challenger: ModelRecord, champion: ModelRecord, datasets: Collection[str] = ()
) -> PairedTracks:
    """The tracks on which a challenger and a champion can be compared.

    Parameters
    ----------
    store : DatasetStores
    challenger, champion : ModelRecord
    datasets : collection of str
        Empty: those that one of the two was trained on, as far as they are registered.
    """
    names = sorted(datasets or {*challenger.datasets, *_own_datasets(champion)})
    registered = set(store.registered())
    notes = [f"{each}, which is not registered any more, is left out" for each in names if each not in registered]
    own: dict[str, DatasetShards] = {}
    others: dict[str, DatasetShards] = {}
    for dataset in sorted(registered & set(names)):
        try:
            sides = _open(store, dataset, challenger), _open(store, dataset, champion)
        except MirlitonError as error:
            notes.append(f"{dataset} is left out: {error}")
            continue
        own[dataset], others[dataset] = sides
    leaking = _leaking(own)
    if leaking:
        notes.append(f"{len(leaking)} tracks that share a recording or work with training ones are left out")
    return _chosen(challenger, champion, _without(own, leaking), others, notes)


def _leaking(data: Mapping[str, DatasetShards]) -> set[Address]:
    """Tracks that share a recording or a work with what trains in another of the datasets."""
    stores = {name: store for shards in data.values() for name, store in shards.stores.items()}
    return shared_with_training(stores, [track for shards in data.values() for track in shards.tracks])


def _without(data: Mapping[str, DatasetShards], left_out: Collection[Address]) -> dict[str, DatasetShards]:
    """The shards of datasets without some tracks."""
    return {
        name: replace(shards, tracks=[each for each in shards.tracks if (each.dataset, each.track) not in left_out])
        for name, shards in data.items()
    }


def _own_datasets(record: ModelRecord) -> list[str]:
    """The datasets of a training; those of the included network are none of this store, whatever they are called."""
    return record.datasets if record.training_audio else []


def _open(store: DatasetStores, dataset: str, record: ModelRecord) -> DatasetShards:
    """The shards of a dataset with the features that a model takes.

    Raises
    ------
    MirlitonError
        Where there are none, or they were made with other settings.
    """
    data = open_dataset_shards(store, [dataset], TASKS.get(record.task).LABELS, record.preset)
    if data.feature != record.feature:
        remedy = "backfill it with the settings with which the model was trained"
        expected = f"shards of {record.preset} as {record.architecture} takes them"
        raise MirlitonError(expected, received="other settings", remedy=remedy)
    return data


def _chosen(
    challenger: ModelRecord,
    champion: ModelRecord,
    of_challenger: dict[str, DatasetShards],
    of_champion: dict[str, DatasetShards],
    notes: list[str],
) -> PairedTracks:
    """The tracks of the promotion split that neither was made with, or else those of validation."""
    tracks, both = _by_address(of_challenger), _by_address(of_champion)
    shared = {address: track for address, track in tracks.items() if address in both}
    uses = {
        address: (_use(challenger, track, of_challenger), _use(champion, track, of_challenger))
        for address, track in shared.items()
        if track.split in (PROMOTION, "validation")
    }
    apart = [each for each in sorted(uses) if shared[each].split == PROMOTION]
    unused = [each for each in apart if set(uses[each]) == {"none"}]
    if len(unused) >= FEWEST_TRACKS:
        if left := len(apart) - len(unused):
            notes.append(
                f"{left} of {len(apart)} tracks of the promotion split are left out: one of both was made with them"
            )
        return PairedTracks(PROMOTION, unused, of_challenger, of_champion, tuple(notes))
    validating = [each for each in sorted(uses) if shared[each].split == "validation" and "training" not in uses[each]]
    chosen_on = [uses[each] for each in validating]
    notes.append(_caveat(chosen_on, len(unused)))
    favours = _n_chosen(chosen_on, 0) > _n_chosen(chosen_on, 1)
    return PairedTracks("validation", validating, of_challenger, of_champion, tuple(notes), favours)


def _n_chosen(uses: list[tuple[Use, Use]], side: int) -> int:
    """On how many tracks the epoch and thresholds of one of both were chosen."""
    return sum(use[side] == "choice" for use in uses)


def _caveat(uses: list[tuple[Use, Use]], n_unused: int) -> str:
    """What it means that two models are compared on validation."""
    few = f"Compared on validation: {n_unused or 'no'} track{'s' * (n_unused != 1)} kept apart for promotion"
    chosen = [_n_chosen(uses, side) for side in (0, 1)]
    if chosen[0] > chosen[1]:
        request = "so it is promoted on request only"
        return f"{few}, and only the challenger's epoch and thresholds were chosen on these: too good for it, {request}"
    if chosen[0] < chosen[1]:
        return f"{few}, and only the champion's epoch and thresholds were chosen on these: too good for it"
    return f"{few}, and epochs and thresholds were chosen on these: too good for both alike"


def _use(record: ModelRecord, track: TrackShards, data: Mapping[str, DatasetShards]) -> Use:
    """What a model was made with of a track that validates now."""
    protocol = data[track.dataset].protocols.get(track.dataset, "")
    if not record.training_audio:  # Of the included network the corpora are known, not their recordings.
        corpora = {each.split(maxsplit=2)[1] for each in record.protocols.values() if " " in each}
        return "training" if protocol.split(maxsplit=2)[1:2] and protocol.split(maxsplit=2)[1] in corpora else "none"
    if track.audio_content not in set(record.training_audio):
        return "none"
    same_splits = track.dataset in record.datasets and record.protocols.get(track.dataset) == protocol
    return "choice" if same_splits else "training"


def _by_address(data: Mapping[str, DatasetShards]) -> dict[Address, TrackShards]:
    return {(each.dataset, each.track): each for shards in data.values() for each in shards.tracks}


def score_tracks(
    challenger: ComparedModel, champion: ComparedModel, paired: PairedTracks
) -> dict[str, tuple[float, float]]:
    """Scores of challenger and champion by track: note onset F1 of a transcription, else 1 where the class is right."""
    if not paired.tracks:
        return {}
    scorers = [_scorer(challenger.load(), paired.challenger), _scorer(champion.load(), paired.champion)]
    found = {}
    for done, (dataset, track) in enumerate(paired.tracks, start=1):
        name = track if len(paired.datasets) == 1 else f"{dataset}/{track}"
        first, second = (score((dataset, track)) for score in scorers)
        found[name] = first, second
        progress.report(f"champions/{challenger.record.task}", done, len(paired.tracks), name)
    return found


def _scorer(model: LoadedModel, data: Mapping[str, DatasetShards]) -> Callable[[Address], float]:
    tracks, of_kind = _by_address(data), SCORES[TASKS.get(model.record.task).KIND]
    return lambda address: of_kind(model, data[address[0]], tracks[address])


def _note_onset_f1(model: LoadedModel, data: DatasetShards, track: TrackShards) -> float:
    features = data.track_arrays(track, "features")["features"]
    predicted = activations.predict_track(model.network, features, silence=model.params.silence)
    notes = decode(predicted, model.params.grid, model.decoding(Decoding))
    return float(note_scores(data.notes(track), notes)["onset"]["f1"])


def _is_right(model: LoadedModel, data: DatasetShards, track: TrackShards) -> float:
    votes = voting(model.record)
    mean = mean_of_probabilities(predict_windows(model.network, votes, track, data, model.params))
    return float(votes.classes[int(mean.argmax())] == track.classes[model.record.labels])


SCORES = {"notes": _note_onset_f1, "classes": _is_right}
"""The score of a track by a model, by the kind of the task."""
