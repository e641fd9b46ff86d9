"""Networks that begin with what another one learnt."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assets.resources import StoreResource
from assets.training.corpora import open_corpora
from assets.training.train import Recipe
from mir_models.architectures import ARCHITECTURES, parts
from mir_models.errors import MirlitonError
from mir_models.training.normalisation import Scale
from mir_models.transfer.embeddings import embedder, speaking
from mir_models.transfer.fine_tuning import Params, adopt, scale_of
from pipelines.runs import Finished, RunFailed, materialise
from tests.two_bands import CONFIG, MODEL, TASK


def network(n_classes: int, n_bins: int = 128, name: str = "x_vector") -> Any:
    architecture = ARCHITECTURES.get(name)
    scale = Scale(np.linspace(-60, -20, n_bins), np.full(n_bins, 50.0))
    return architecture.build(architecture.Params(), scale=scale, n_frames=64, n_classes=n_classes)


def test_all_but_the_answer_is_taken_over_and_the_first_layers_stay() -> None:
    ours, theirs = network(3), network(5)
    assert adopt(ours, theirs, frozen=4) == 8  # Four convolutions, each with its normalisation.
    for one, other in zip(ours.get_weights()[:-2], theirs.get_weights()[:-2], strict=True):
        np.testing.assert_array_equal(one, other)
    before = [np.array(each) for each in ours.get_weights()]
    ours.compile(optimizer="adam", loss={"class": "categorical_crossentropy"})
    ours.train_on_batch(np.random.default_rng(0).normal(-40, 9, (4, 64, 128)), {"class": np.eye(3)[[0, 1, 2, 0]]})
    changed = [not np.array_equal(one, other) for one, other in zip(before, ours.get_weights(), strict=True)]
    assert not any(changed[:8])  # A kernel, and of the normalisation a scale, a shift and two averages, twice.
    assert all(changed[10:])


def test_answers_are_taken_over_only_where_the_question_is_the_same() -> None:
    ours, theirs = network(3), network(3)
    assert adopt(ours, theirs, frozen=0) == 8
    assert not np.array_equal(ours.get_weights()[-2], theirs.get_weights()[-2])
    assert adopt(ours, theirs, frozen=0, answers=True) == 9
    np.testing.assert_array_equal(ours.get_weights()[-2], theirs.get_weights()[-2])


def test_frozen_layers_still_speak() -> None:
    ours, theirs = network(3, 128, "dense_frame"), network(4, 128, "dense_frame")
    before = speaking(ours)
    adopt(ours, theirs, frozen=2)
    assert speaking(ours) == before
    assert embedder(ours).output_shape == (None, 512)


def test_what_cannot_be_taken_over_is_refused() -> None:
    with pytest.raises(MirlitonError, match="1 layers or more that x_vector shares with patch_cnn"):
        adopt(network(3), network(3, 64, "patch_cnn"), frozen=0)
    with pytest.raises(MirlitonError, match="9 layers or more"):
        adopt(network(3), network(5), frozen=9)
    with pytest.raises(MirlitonError, match="frozen=2 of no model"):
        Params(frozen=2)


def test_the_scale_of_what_was_learnt_is_kept() -> None:
    scale = scale_of(network(3))
    np.testing.assert_allclose(scale.mean, np.linspace(-60, -20, 128), atol=1e-4)
    np.testing.assert_allclose(scale.variance, 50)


def _weights(home: Path, record: dict[str, Any]) -> bytes:
    return (home / "store" / MODEL / record["fingerprint"] / "model.keras").read_bytes()


def test_a_training_begins_where_another_ended(own_bands: tuple[Path, Finished]) -> None:
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


def test_a_source_that_hears_another_feature_is_refused(own_bands: tuple[Path, Finished]) -> None:
    corpora = open_corpora(StoreResource(), ["bands"], "artist", "mfcc")
    network = ARCHITECTURES.get("x_vector")
    recipe = Recipe("x_vector", network, **{**parts(network), "corpora": corpora, "start": Params(MODEL[7:])})
    with pytest.raises(MirlitonError, match="a model that hears log_mel"):
        assert recipe.source
