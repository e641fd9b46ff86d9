"""What the baselines of a classification answer: the largest class, cepstra, and the network without having learnt."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from assets.training.corpora import Corpora
from mir_models.evaluation import class_baselines
from mir_models.evaluation.class_baselines import Labelled
from mir_models.examples.windows import Window
from mir_models.features import settings
from mir_models.transfer import embeddings
from storage import progress
from storage.examples import shards
from storage.examples.shards import TrackShards

TIMBRE = "mfcc"
"""The preset that the support vector machine hears."""

Answers = dict[str, dict[str, str]]
"""By baseline and track."""
Row = Callable[[TrackShards], np.ndarray]


def answered(
    corpora: Corpora, record: dict[str, Any], model: Any, tested: dict[str, TrackShards]
) -> tuple[Answers, tuple[str, ...]]:
    """What the baselines answer, and what has to be said of those that are lacking."""
    if not {"train", "validation"} <= {track.split for track in corpora.tracks}:
        return {}, ("No baselines: these datasets only test, and there is nothing that a baseline could learn from.",)
    label, train, validation = record["labels"], corpora.split("train"), corpora.split("validation")
    sides = (train, validation, list(tested.values()))
    rows: dict[str, Row] = {"random weights, SVM": _unlearnt(corpora, record, model)}
    notes: tuple[str, ...] = ()
    if not without_timbre(corpora, [*train, *validation, *tested.values()]):
        rows = {f"{TIMBRE} statistics, SVM": cepstra(corpora), **rows}
    else:
        remedy = f"mirliton backfill {' '.join(corpora.stores)} --feature {TIMBRE}"
        notes = (f"No support vector machine: the shards of {TIMBRE} are lacking ({remedy}).",)
    most = class_baselines.majority([track.classes[label] for track in train])
    found = {name: dict(zip(tested, _machine(row, sides, label, name), strict=True)) for name, row in rows.items()}
    return {**found, "majority": dict.fromkeys(tested, most)}, notes


def _machine(row: Row, sides: tuple[Sequence[TrackShards], ...], label: str, name: str) -> list[str]:
    """What a support vector machine answers that learnt from the train tracks' rows, its penalty from validation."""

    def rows(tracks: Sequence[TrackShards]) -> Labelled:
        progress.tell(f"baseline: {name}", 0, 1, f"{len(tracks)} tracks")
        return Labelled(np.stack([row(each) for each in tracks]), [each.classes[label] for each in tracks])

    train, validation, tested = map(rows, sides)
    return list(map(str, class_baselines.support_vectors(train, validation).predict(tested.rows)))


def _unlearnt(corpora: Corpora, record: dict[str, Any], model: Any) -> Row:
    """What all layers of the network say of a track before they have learnt anything."""
    silence = settings(record["preset"], record["feature"]["params"]).silence
    window = Window(**record["decoding"]["window"])
    ear = embeddings.embedder(embeddings.unlearnt(model, record["training"]["seed"]))
    return lambda track: embeddings.of_track(ear, corpora.whole(track, "features")["features"], window, silence=silence)


def _timbre(corpora: Corpora) -> dict[tuple[str, str], TrackShards]:
    """The shards of cepstral coefficients, by dataset and track."""
    stores = corpora.stores.items()
    return {(name, each.track): each for name, store in stores for each in shards.tracks(store, TIMBRE)}


def without_timbre(corpora: Corpora, tracks: Sequence[TrackShards]) -> list[str]:
    """The datasets that lack cepstral coefficients of some of these tracks."""
    held = _timbre(corpora)
    return sorted({each.dataset for each in tracks if (each.dataset, each.track) not in held})


def made_of(corpora: Corpora) -> list[tuple[str, str, str]]:
    """The cepstral coefficients that there are, with their fingerprints."""
    return [(*place, each.fingerprint) for place, each in sorted(_timbre(corpora).items())]


def cepstra(corpora: Corpora) -> Row:
    """Statistics of cepstral coefficients."""
    held = _timbre(corpora)

    def row(track: TrackShards) -> np.ndarray:
        heard = corpora.whole(held[track.dataset, track.track], "features")["features"]
        return class_baselines.statistics(heard)

    return row
