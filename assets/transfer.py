"""transfer/probe: what a trained network knows of a task that it never learnt, beside random weights and cepstra."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import dagster as dg
import numpy as np
from pydantic import Field

from assets.evaluation import class_baselines
from assets.inference import loaded_model
from assets.inference.loaded_model import Opened
from assets.metadata import table
from assets.resources import StoreResource
from assets.training.corpora import Corpora, open_corpora
from mir_models.errors import MirlitonError
from mir_models.examples.windows import Window
from mir_models.transfer import embeddings, probes
from mir_models.transfer.comparison import Target, compare
from storage import progress
from storage.corpora.listing import CLASSES, group_of, recording_of
from storage.examples.shards import TrackShards
from storage.fingerprints import fingerprint
from storage.reports.pages import transfer as page

VERSION = 2
"""Raised when the table changes for the same model and the same shards."""
GROUPS = {"genre": "artist"}
"""By the label, what no fold divides where tracks have it; else works."""
WORK = "work"
ANY_LENGTH = Window(512, 512)
"""What a network hears at once that hears any length."""


class ProbeSettings(dg.Config):
    """Which network is listened to, and what is to be told."""

    model: str = Field(description="TASK/NETWORK for the current model of the store, or the id of an MLflow run.")
    label: str = Field(description="The label kind that is to be told, e.g. instrument.")
    datasets: list[str] = Field(default=[], description="Registered datasets with it; empty: all that have it.")
    layer: str = Field(default=embeddings.ALL, description="Name of a layer; all: every one, side by side.")
    seeds: int = Field(default=5, ge=1, description="How often folds are drawn, and random weights.")
    group: str = Field(default="", description="What no fold divides: work, artist or album; empty: by the label.")


@dg.asset(
    key_prefix="transfer",
    name="probe",
    group_name="transfer",
    kinds={"html"},
    description="What a layer says of tracks, probed for another label: a table beside random weights and MFCCs.",
)
def probe(config: ProbeSettings, store: StoreResource) -> dg.MaterializeResult:
    """What a layer says, probed for another label."""
    _refuse_label(config.label)
    model = loaded_model.named(config.model)
    corpora = open_corpora(store, config.datasets, config.label, model.record["preset"])
    _refuse_heard(model, corpora)
    asked = [config.layer, config.seeds, config.label, _group(config, corpora)]
    made_from = fingerprint(
        "transfer", VERSION, model.about["sha256"], asked, _made_of(corpora), class_baselines.made_of(corpora)
    )
    kept = store.transfers(config.label, model.about["name"], config.layer)
    written = kept.read()
    if written is None or written["fingerprint"] != made_from:
        written = {"fingerprint": made_from, **_probed(model, corpora, config)}
        kept.replace(page.render(written), written, {})
    shown = [{**row, "interval": row["macro_f1_interval"]} for row in written["rows"]]
    metadata = {
        "scores": table(shown, "system probe macro_f1 interval accuracy"),
        "page": kept.page,
        "report": json.dumps(written),
    }
    return dg.MaterializeResult(metadata=metadata, data_version=dg.DataVersion(made_from))


def _refuse_label(label: str) -> None:
    """Refuse a label that is not one name for a whole track."""
    if label not in CLASSES:
        raise MirlitonError("a label of whole tracks", received=label, remedy=f"choose one of {', '.join(CLASSES)}")


def _group(config: ProbeSettings, corpora: Corpora) -> str:
    """What no fold divides."""
    wanted = config.group or GROUPS.get(config.label, WORK)
    has = wanted == WORK or all(wanted in each.classes for each in corpora.tracks)
    if config.group and (not has or wanted == config.label):
        remedy = "choose work, or a label that every track has, other than the one that is asked"
        raise MirlitonError("groups of tracks", received=f"{wanted}", remedy=remedy)
    return wanted if has else WORK


def _made_of(corpora: Corpora) -> list[tuple[str, ...]]:
    return [(each.dataset, each.track, each.fingerprint) for each in corpora.tracks]


def _refuse_heard(model: Opened, corpora: Corpora) -> None:
    """Refuse tracks that the network learnt from: what it says of them is no measure of others."""
    heard = set(model.record.get("heard", ()))
    known = [track.track for track in corpora.tracks if track.audio in heard]
    if known:
        received = f"{len(known)} that it learnt from, the first {known[0]}"
        remedy = "name other datasets with --dataset"
        raise MirlitonError("tracks that the model has not heard", received=received, remedy=remedy)


def _probed(model: Opened, corpora: Corpora, config: ProbeSettings) -> dict[str, Any]:
    """The rows of the table with what has to be known of them."""
    timbre, group, sources = _timbre(corpora), _group(config, corpora), _sources(corpora)
    few = _too_few(_target(sources, config.label, group))
    tracks = [each for each in sources if group_of(each.classes, config.label) not in few]
    target = _target(tracks, config.label, group)
    networks = [embeddings.unlearnt(model.network, seed) for seed in range(config.seeds)]
    name, listened = model.about["name"], _listener(model, corpora, tracks)
    cepstra = np.stack([timbre(each) for each in tracks])
    systems = {
        f"{name}, trained": [listened(model.network, config.layer)] * config.seeds,
        f"{name}, random weights": [listened(each, config.layer) for each in networks],
        "MFCC statistics": [cepstra] * config.seeds,
    }
    rows = compare(target, systems, tell=lambda *said: progress.tell("transfer/probe", *said))
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "model": {key: model.record[key] for key in ("task", "architecture", "fingerprint", "datasets")},
        "layer": config.layer,
        "layers": embeddings.speaking(model.network),
        "label": config.label,
        "datasets": sorted(corpora.stores),
        "classes": {each: target.classes.count(each) for each in sorted(set(target.classes))},
        "left_out": few,
        "group": group,
        "n_groups": len(set(target.groups)),
        "seeds": config.seeds,
        "rows": rows,
    }


def _target(tracks: list[TrackShards], label: str, group: str) -> Target:
    """The classes of tracks, and what no fold divides."""
    classes = (group_of(each.classes, label) for each in tracks)
    return Target(tuple(classes), tuple(_group_of(each, group) for each in tracks))


def _group_of(track: TrackShards, group: str) -> str:
    return f"{track.dataset} {track.work}" if group == WORK else group_of(track.classes, group)


def _too_few(target: Target) -> dict[str, int]:
    """The classes with fewer groups than there are folds, and how many they have; none where all would be.

    Their tracks are left out: some fold would have to answer what it never heard.
    """
    counts = Counter(name for name, _ in {*zip(target.classes, target.groups, strict=True)})
    few = {name: n for name, n in sorted(counts.items()) if n < probes.N_FOLDS}
    return few if len(counts) - len(few) > 1 else {}


def _sources(corpora: Corpora) -> list[TrackShards]:
    """The recordings without their variants, which are the same again."""
    return [each for each in corpora.tracks if recording_of(each.track) == each.track]


def _listener(model: Opened, corpora: Corpora, tracks: list[TrackShards]) -> Callable[[Any, str], np.ndarray]:
    """From a network and a layer to (n_tracks, n_numbers)."""
    window = model.record["decoding"].get("window")
    heard = Window(**window) if window else ANY_LENGTH

    def listen(network: Any, layer: str) -> np.ndarray:
        ear, rows = embeddings.embedder(network, layer), []
        for done, track in enumerate(tracks):
            progress.tell("tracks listened to", done, len(tracks), track.track)
            features = corpora.whole(track, "features")["features"]
            rows.append(embeddings.of_track(ear, features, heard, silence=model.params.silence))
        return np.stack(rows)

    return listen


def _timbre(corpora: Corpora) -> Callable[[TrackShards], np.ndarray]:
    """From a track to statistics of its cepstral coefficients; refuses datasets that have none."""
    lacking = class_baselines.without_timbre(corpora, _sources(corpora))
    if lacking:
        remedy = f"mirliton backfill {' '.join(lacking)} --feature {class_baselines.TIMBRE}"
        expected = f"shards of {class_baselines.TIMBRE}, the baseline"
        raise MirlitonError(expected, received=f"none of {lacking[0]}", remedy=remedy)
    return class_baselines.cepstra(corpora)


transfer = [probe]
"""The assets of this file."""
