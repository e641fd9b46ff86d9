"""Fine-tuning: networks that start from the weights of another one."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assets.resources import StoreResource
from assets.training.dataset_shards import open_dataset_shards
from assets.training.recipe import Recipe
from mir_models.architectures import ARCHITECTURES, training_settings
from mir_models.errors import MirlitonError
from mir_models.training.normalisation import Scale
from mir_models.transfer.embeddings import embedder, embedding_layers
from mir_models.transfer.fine_tuning import Params, input_scale, transfer_weights
from pipelines.runs import RunFailed, RunResult, materialise
from tests.two_bands import CONFIG, MODEL, TASK


def network(n_classes: int, n_bins: int = 128, name: str = "x_vector") -> Any:
    architecture = ARCHITECTURES.get(name)
    scale = Scale(np.linspace(-60, -20, n_bins), np.full(n_bins, 50.0))
    return architecture.build(architecture.Params(), scale=scale, n_frames=64, n_classes=n_classes)


def test_all_weights_but_the_outputs_are_copied_and_the_first_layers_frozen() -> None:
    ours, theirs = network(3), network(5)
    assert transfer_weights(ours, theirs, frozen=4) == 8  # Four convolutions, each with its normalisation.
    for one, other in zip(ours.get_weights()[:-2], theirs.get_weights()[:-2], strict=True):
        np.testing.assert_array_equal(one, other)
    before = [np.array(each) for each in ours.get_weights()]
    ours.compile(optimizer="adam", loss={"class": "categorical_crossentropy"})
    ours.train_on_batch(np.random.default_rng(0).normal(-40, 9, (4, 64, 128)), {"class": np.eye(3)[[0, 1, 2, 0]]})
    changed = [not np.array_equal(one, other) for one, other in zip(before, ours.get_weights(), strict=True)]
    assert not any(changed[:8])  # A kernel, and of the normalisation a scale, a shift and two averages, twice.
    assert all(changed[10:])


def test_outputs_are_copied_only_where_the_classes_are_the_same() -> None:
    ours, theirs = network(3), network(3)
    assert transfer_weights(ours, theirs, frozen=0) == 8
    assert not np.array_equal(ours.get_weights()[-2], theirs.get_weights()[-2])
    assert transfer_weights(ours, theirs, frozen=0, outputs=True) == 9
    np.testing.assert_array_equal(ours.get_weights()[-2], theirs.get_weights()[-2])


def test_frozen_layers_are_embedding_layers() -> None:
    ours, theirs = network(3, 128, "dense_frame"), network(4, 128, "dense_frame")
    before = embedding_layers(ours)
    transfer_weights(ours, theirs, frozen=2)
    assert embedding_layers(ours) == before
    assert embedder(ours).output_shape == (None, 512)


def test_weights_of_other_shapes_are_an_error() -> None:
    with pytest.raises(MirlitonError, match="1 layers or more that x_vector shares with patch_cnn"):
        transfer_weights(network(3), network(3, 64, "patch_cnn"), frozen=0)
    with pytest.raises(MirlitonError, match="9 layers or more"):
        transfer_weights(network(3), network(5), frozen=9)
    with pytest.raises(MirlitonError, match="frozen=2 of no model"):
        Params(frozen=2)


def test_the_input_scale_of_the_source_is_kept() -> None:
    scale = input_scale(network(3))
    np.testing.assert_allclose(scale.mean, np.linspace(-60, -20, 128), atol=1e-4)
    np.testing.assert_allclose(scale.variance, 50)


def _weights(home: Path, record: dict[str, Any]) -> bytes:
    return (home / "store" / MODEL / record["fingerprint"] / "model.keras").read_bytes()


def test_a_training_starts_from_the_weights_of_another(own_bands: tuple[Path, RunResult]) -> None:
    home, finished = own_bands
    run = finished.metadata[MODEL]["mlflow_run"]
    start = {"model": run, "frozen": 1}
    tuned = materialise(f"train_{TASK}", assets=[MODEL], config={MODEL: {**CONFIG, "start": start}})
    records = {path.parent.name: json.loads(path.read_text()) for path in (home / "store" / MODEL).glob("*/model.json")}
    (record,) = (each for each in records.values() if each["start"]["model"])
    (first,) = (each for each in records.values() if each["run_id"] == run)
    assert tuned.metadata[MODEL]["trained_now"]
    assert record["start"] == start | {key: first[key] for key in ("fingerprint", "run_id")} | {
        "sha256": hashlib.sha256(_weights(home, first)).hexdigest()
    }
    assert record["history"][0]["loss"] < first["history"][0]["loss"], "it knows something from the beginning"
    again = materialise(f"train_{TASK}", assets=[MODEL], config={MODEL: CONFIG})
    assert again.metadata[MODEL]["mlflow_run"] == run, "what begins from nothing is another training"
    with pytest.raises(RunFailed, match="the id of a run that trained a model"):
        materialise(f"train_{TASK}", assets=[MODEL], config={MODEL: {**CONFIG, "start": {"model": "nonsense"}}})
    with pytest.raises(RunFailed, match=f"start.model={run}"):
        materialise(f"train_{TASK}", assets=[MODEL], config={MODEL: {**CONFIG, "start": {"model": MODEL[7:]}}})


def test_a_source_of_another_feature_is_an_error(own_bands: tuple[Path, RunResult]) -> None:
    data = open_dataset_shards(StoreResource(), ["bands"], "artist", "mfcc")
    network = ARCHITECTURES.get("x_vector")
    recipe = Recipe("x_vector", network, **{**training_settings(network), "data": data, "start": Params(MODEL[7:])})
    with pytest.raises(MirlitonError, match="a model with input log_mel"):
        assert recipe.source
