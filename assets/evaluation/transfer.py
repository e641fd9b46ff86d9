"""Transfer of a trained network to another label: probes on its embeddings, beside random weights and MFCCs."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from assets.evaluation import class_baselines
from assets.inference import loaded_model
from assets.inference.loaded_model import LoadedModel
from assets.training.dataset_shards import DatasetShards
from mir_models.errors import MirlitonError, ParameterError
from mir_models.examples.windows import Window
from mir_models.similar_names import suggestion
from mir_models.transfer import embeddings, probes
from mir_models.transfer.comparison import Target, compare
from storage import progress
from storage.corpora.label_kinds import CLASSES
from storage.corpora.listing import group_of, recording_of
from storage.examples.track_shards import TrackShards
from storage.fingerprints import fingerprint
from storage.reports.record import ProbedModel, TransferRecord

VERSION = 2
"""Raised when the table changes for the same model and the same shards."""
GROUPS = {"genre": "artist"}
"""By the label, what no fold divides where tracks have it; else works."""
WORK = "work"
ANY_LENGTH = Window(512, 512)
"""Windows of a network that takes any length."""
Embed = Callable[[Any, str], np.ndarray]
"""From a network and the name of a layer to embeddings (n_tracks, n_numbers)."""


@dataclass(frozen=True)
class Probe:
    """What is probed.

    Attributes
    ----------
    label : str
        Label kind that is predicted.
    layer : str
        Name of a layer, or ``"all"``.
    seeds : int
        Number of draws of folds and of random weights.
    group : str
        What no fold divides; empty: by `GROUPS`.
    """

    label: str
    layer: str
    seeds: int
    group: str = ""


def check_label(label: str) -> None:
    """Refuse a label that is not one name per track, such as notes."""
    if label not in CLASSES:
        remedy = f"{suggestion(label, CLASSES)}choose one of {', '.join(CLASSES)}"
        raise ParameterError("a label of whole tracks", received=label, remedy=remedy)


def table_fingerprint(model: LoadedModel, data: DatasetShards, probe: Probe) -> str:
    """Of all ingredients of a table of transfer."""
    settings = [probe.layer, probe.seeds, probe.label, _group(probe, data)]
    shards = [(each.dataset, each.track, each.content) for each in data.tracks]
    mfcc = class_baselines.mfcc_fingerprints(data)
    return fingerprint("transfer", VERSION, model.metadata["sha256"], settings, shards, mfcc)


def probe_network(model: LoadedModel, data: DatasetShards, probe: Probe, made_from: str) -> TransferRecord:
    """Scores of probes on the embeddings of a network, of the same network with random weights, and on MFCCs."""
    group, recordings = _group(probe, data), _recordings(data)
    few = _too_few(_target(recordings, probe.label, group))
    tracks = [each for each in recordings if group_of(each.classes, probe.label) not in few]
    target = _target(tracks, probe.label, group)
    systems = _systems(model, data, tracks, probe)
    rows = compare(target, systems, on_progress=lambda *step: progress.report("transfer/probe", *step))
    return TransferRecord(
        fingerprint=made_from,
        date=datetime.now(UTC).date().isoformat(),
        model=_probed_model(model),
        layer=probe.layer,
        layers=embeddings.embedding_layers(model.network),
        label=probe.label,
        datasets=sorted(data.stores),
        classes={each: target.classes.count(each) for each in sorted(set(target.classes))},
        left_out=few,
        group=group,
        n_groups=len(set(target.groups)),
        seeds=probe.seeds,
        rows=rows,
    )


def _group(probe: Probe, data: DatasetShards) -> str:
    """What no fold divides; refuses what not all tracks have, and the label itself."""
    group = probe.group or GROUPS.get(probe.label, WORK)
    has = group == WORK or all(group in each.classes for each in data.tracks)
    if probe.group and (not has or group == probe.label):
        remedy = "choose work, or a label that every track has, other than the one that is predicted"
        raise ParameterError("groups of tracks", received=group, remedy=remedy)
    return group if has else WORK


def _probed_model(model: LoadedModel) -> ProbedModel:
    record = model.record
    return {
        "task": record.task,
        "architecture": record.architecture,
        "fingerprint": record.fingerprint,
        "datasets": record.datasets,
    }


def _systems(
    model: LoadedModel, data: DatasetShards, tracks: list[TrackShards], probe: Probe
) -> dict[str, Sequence[np.ndarray]]:
    """Rows of the tracks (n_tracks, n_numbers) by system and seed."""
    mfcc = _mfcc_statistics(data)
    name, embed = model.metadata["name"], _embed(model, data, tracks)
    random = [embeddings.with_random_weights(model.network, seed) for seed in range(probe.seeds)]
    mfcc_rows = np.stack([mfcc(each) for each in tracks])
    return {
        f"{name}, trained": [embed(model.network, probe.layer)] * probe.seeds,
        f"{name}, random weights": [embed(each, probe.layer) for each in random],
        "MFCC statistics": [mfcc_rows] * probe.seeds,
    }


def _target(tracks: list[TrackShards], label: str, group: str) -> Target:
    """The classes of tracks, and what no fold divides."""
    classes = (group_of(each.classes, label) for each in tracks)
    return Target(tuple(classes), tuple(_group_of(each, group) for each in tracks))


def _group_of(track: TrackShards, group: str) -> str:
    return f"{track.dataset} {track.work}" if group == WORK else group_of(track.classes, group)


def _too_few(target: Target) -> dict[str, int]:
    """The classes with fewer groups than there are folds, and how many they have; none where all would be.

    Their tracks are left out: in some fold a probe would have to predict a class that it was not trained on.
    """
    counts = Counter(name for name, _ in {*zip(target.classes, target.groups, strict=True)})
    few = {name: n for name, n in sorted(counts.items()) if n < probes.N_FOLDS}
    return few if len(counts) - len(few) > 1 else {}


def _recordings(data: DatasetShards) -> list[TrackShards]:
    """The tracks without variants, which repeat their sources."""
    return [each for each in data.tracks if recording_of(each.track) == each.track]


def _embed(model: LoadedModel, data: DatasetShards, tracks: list[TrackShards]) -> Embed:
    """The embeddings of all tracks by any network with the input of `model`."""
    window = loaded_model.window(model.record) or ANY_LENGTH

    def embed(network: Any, layer: str) -> np.ndarray:
        embedder, rows = embeddings.embedder(network, layer), []
        for done, track in enumerate(tracks):
            progress.report("tracks embedded", done, len(tracks), track.track)
            features = data.track_arrays(track, "features")["features"]
            rows.append(embeddings.embed_track(embedder, features, window, silence=model.params.silence))
        return np.stack(rows)

    return embed


def _mfcc_statistics(data: DatasetShards) -> class_baselines.Row:
    """From a track to statistics of its MFCCs; refuses datasets without them."""
    lacking = class_baselines.datasets_without_mfcc(data, _recordings(data))
    if lacking:
        remedy = f"mirliton backfill {' '.join(lacking)} --feature {class_baselines.MFCC}"
        expected = f"shards of {class_baselines.MFCC}, the baseline"
        raise MirlitonError(expected, received=f"none of {lacking[0]}", remedy=remedy)
    return class_baselines.mfcc_statistics(data)
