"""Files of weights: what is in them, and trainings that go on from them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from assets.inference.loaded_model import load_model
from experiments.long_runs import training, weights
from experiments.long_runs.__main__ import go_on, parser
from experiments.long_runs.home import RunHome
from experiments.long_runs.weights import SMALL, read_record
from mir_models.errors import MirlitonError
from storage.models import mlflow_runs
from storage.models.checkpoints import ModelStore
from storage.models.exported import from_keras_file
from storage.objects.objects import open_objects
from storage.records import JsonObject
from tests.conftest import files_below
from tests.experiments.long_runs.homes import run_home
from tests.stored_records import model_record

N_BINS = 4
FIRST = {"epoch": 0, "val_note_f1": 0.25, "learning_rate": 0.002}
LAST = {"epoch": 1, "val_note_f1": 0.5, "learning_rate": 0.001}


def network(seed: int) -> Any:
    """A large layer and one with a small array, whose numbers 16 bits do not hold."""
    keras.utils.set_random_seed(seed)
    inputs, tenths = keras.Input((N_BINS,)), keras.initializers.Constant(0.1)
    return keras.Model(
        inputs, keras.layers.Dense(8, bias_initializer=tenths)(keras.layers.Dense(SMALL, name="large")(inputs))
    )


@pytest.fixture(scope="module")
def recipe() -> JsonObject:
    record = model_record(architecture="lstm", training={"epochs": 4, "seed": 3}, training_audio=["0" * 64])
    return record.to_json()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, recipe: JsonObject) -> RunHome:
    """The home of a run with two epochs of four."""
    home = run_home(tmp_path_factory.mktemp("home"))
    kept = ModelStore(open_objects(str(home.store)), "piano_transcription", "lstm").training("f")
    for seed in (1, 2):
        kept.save_epoch(network(seed), {}, [FIRST, LAST][:seed], {"run_id": "r"})
    return home


@pytest.fixture(scope="module")
def file(home: RunHome, recipe: JsonObject, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "kept" / "x.keras"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mlflow_runs, "logged_recipe", lambda home, run_id: recipe if run_id == "r" else {})
        weights.write(home, path)
    return path


def test_a_file_has_the_weights_of_the_last_epoch_large_ones_in_16_bits(file: Path) -> None:
    opened, reference = from_keras_file(file.read_bytes()).get_weights(), network(2).get_weights()
    assert len(opened) == len(reference) == 4
    for ours, exact in zip(opened, reference, strict=True):
        assert ours.dtype == exact.dtype
        rounded = exact.astype(np.float16) if exact.size >= SMALL else exact
        np.testing.assert_array_equal(ours, rounded)


def test_a_file_has_its_run_epoch_scores_and_recipe(file: Path, recipe: JsonObject) -> None:
    record = read_record(file)
    assert (record.run, record.commit) == ("nothing", "0123456789abcdef+")
    assert (record.n_epochs, record.epochs, record.scores) == (2, 4, LAST)
    assert record.model.to_json() == recipe


def test_a_training_goes_on_from_a_file_with_the_epochs_and_the_rate_that_were_left(file: Path, tmp_path: Path) -> None:
    home = run_home(tmp_path)
    weights.begin(home, file)
    assert training.start_settings(home) == {
        "start.model": str(home.start),
        "training.epochs": 2,
        "training.learning_rate": 0.001,
        "training.seed": 5,
    }
    loaded = load_model(str(home.start))
    assert loaded.record.training_audio == ["0" * 64]
    np.testing.assert_array_equal(loaded.network.get_weights()[-2], network(2).get_weights()[-2].astype(np.float16))


def test_a_run_with_epochs_does_not_begin_again(home: RunHome, file: Path) -> None:
    with pytest.raises(MirlitonError, match=r"a run without epochs.* leave --from out"):
        weights.begin(home, file)


def test_the_command_that_began_a_run_with_weights_goes_on_with_its_epochs(file: Path, tmp_path: Path) -> None:
    home = run_home(tmp_path / "home")
    weights.begin(home, file)
    kept = ModelStore(open_objects(str(home.store)), "piano_transcription", "lstm").training("f")
    kept.save_epoch(network(1), {}, [FIRST], {"run_id": "r"})
    before = files_below(home.start)
    weights.begin(home, file)
    assert files_below(home.start) == before
    other = tmp_path / "other.keras"
    other.write_bytes(file.read_bytes() + b"0")
    with pytest.raises(MirlitonError, match=r"a run without epochs.* leave --from out"):
        weights.begin(home, other)


def test_weights_of_another_network_are_refused(file: Path, tmp_path: Path) -> None:
    home = run_home(tmp_path)
    path = home.folder / "run.toml"
    path.write_text(path.read_text().replace("lstm", "onsets_frames"))
    with pytest.raises(MirlitonError, match=r"weights of onsets_frames. Received: those of lstm"):
        weights.begin(home, file)
    assert not home.start.exists()


def test_what_is_no_file_of_weights_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"no zip")
    network(1).save(tmp_path / "b.keras")
    for name in ("a", "b.keras"):
        with pytest.raises(MirlitonError, match=f"a file of weights in .*{name}"):
            read_record(tmp_path / name)


def test_a_run_without_epochs_has_no_weights(tmp_path: Path) -> None:
    with pytest.raises(MirlitonError, match="an epoch that is done"):
        weights.write(run_home(tmp_path), tmp_path / "x.keras")


def test_weights_are_written_to_no_folder_and_to_no_file_that_keras_does_not_open(
    home: RunHome, tmp_path: Path
) -> None:
    (tmp_path / "folder.keras").mkdir()
    for name in ("folder.keras", "weights.txt"):
        with pytest.raises(
            MirlitonError, match=rf"a file \.keras\. Received: .*/{name}\. Remedy: give, e\.g\., weights"
        ):
            weights.write(home, tmp_path / name)
    assert not (tmp_path / "weights.txt").exists()


def test_a_wrong_file_of_weights_is_refused_before_the_data_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = run_home(tmp_path / "homes" / "music")
    monkeypatch.setattr("experiments.long_runs.preparation.prepare", lambda *_: pytest.fail("data before the weights"))
    words = ["--homes", str(tmp_path / "homes"), "train", "music", "--from", str(tmp_path / "none.keras")]
    with pytest.raises(MirlitonError, match=r"a file of weights in .*none\.keras"):
        go_on(parser().parse_args(words))
    assert not home.is_prepared()


def test_the_folder_of_an_export_is_no_start(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text(json.dumps(model_record().to_json()))
    with pytest.raises(MirlitonError, match=r"TASK/NETWORK or the id of an MLflow run.*the folder of an export"):
        load_model(str(tmp_path))
