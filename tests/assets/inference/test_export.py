"""ONNX: the same activations as the Keras model for any batch and any length, and the export that writes both."""

# ruff: noqa: F811  (the fixture ``mirliton`` is that of test_cli)

from __future__ import annotations

import io
import zipfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mir_models.architectures import ARCHITECTURES, onsets_frames
from mir_models.errors import MirlitonError
from mir_models.features import feature_of
from mir_models.inference.activations import predict_track
from mir_models.tasks import TASKS
from mir_models.training.normalisation import Scale
from storage import home
from storage.datasets import folder
from storage.models import onnx_export
from storage.models.checkpoints import ModelStore
from storage.models.exported import CARD, KERAS, ONNX, ModelFolder, from_keras_file, to_keras_file
from storage.models.onnx_export import PARITY, difference, to_onnx
from storage.models.onnx_network import OnnxNetwork
from storage.models.record import TeacherRecord
from storage.objects.objects import open_objects
from storage.reports.evaluations import ReportStore
from storage.tracks.records import FeatureSettings
from tests.conftest import files_below, notes_of, sound
from tests.pipelines.cli.test_commands import Command, mirliton  # noqa: F401
from tests.stored_records import model_record, report_record

N_BINS = 297
FEATURE, PARAMS = feature_of(onsets_frames.FEATURE), feature_of(onsets_frames.FEATURE).PRESETS[onsets_frames.FEATURE]
TRANSCRIBERS = [name for name, each in ARCHITECTURES.entries().items() if TASKS.get(each.TASK).KIND == "notes"]
CLASSIFIERS = [name for name, each in ARCHITECTURES.entries().items() if TASKS.get(each.TASK).KIND == "classes"]
TASK, NAME = "piano_transcription", "onsets_frames"


def scale(n_bins: int) -> Scale:
    """Every bin with a mean of its own: more constants than TensorFlow keeps inside its graph."""
    return Scale(np.linspace(-70.0, -40.0, n_bins), np.linspace(80.0, 300.0, n_bins))


def convolutions() -> Any:
    """Every operation that a transcriber of convolutions may want, in one small network."""
    import keras
    from keras import layers, ops

    inputs = keras.Input((None, N_BINS), name="features")
    x = layers.Reshape((-1, N_BINS, 1))(scale(N_BINS).layer()(inputs))
    shifted = [ops.pad(x[:, :, start:], [[0, 0], [0, 0], [0, start], [0, 0]]) for start in (0, 36, 57)]
    x = layers.Conv2D(4, (5, 5), padding="same", activation="relu")(ops.concatenate(shifted, axis=-1))
    x = layers.BatchNormalization()(x)
    x = layers.Conv2D(4, (3, 3), strides=(1, 3), padding="same", activation="relu")(x)
    x = layers.Conv2D(4, (3, 1), dilation_rate=(8, 1), padding="same")(x)[:, :, :88]
    onset = layers.Activation("sigmoid", name="onset")(layers.Reshape((-1, 88))(layers.Conv2D(1, 1)(x)))
    x = ops.concatenate([x, ops.expand_dims(ops.stop_gradient(onset), -1)], axis=-1)
    frame = layers.Reshape((-1, 88))(layers.Conv2D(1, (1, 3), padding="same")(x))
    return keras.Model(inputs, {"frame": layers.Activation("sigmoid", name="frame")(frame), "onset": onset})


@pytest.fixture(scope="module")
def network() -> Any:
    """The default network, untrained, its biases such that it says something."""
    import keras

    keras.utils.set_random_seed(0)
    return onsets_frames.build(onsets_frames.Params(), scale=scale(PARAMS.n_bins))


@pytest.fixture(scope="module")
def exported(network: Any) -> bytes:
    return to_onnx(network)


@pytest.mark.parametrize("shape", [(1, 1), (3, 77), (1, 1024), (5, 16)])
def test_parity_for_any_batch_and_any_number_of_frames(network: Any, exported: bytes, shape: tuple[int, int]) -> None:
    features = np.random.default_rng(1).normal(-50, 25, (*shape, PARAMS.n_bins)).astype(np.float32)
    heads = OnnxNetwork(exported).predict_on_batch(features)
    assert set(heads) == set(onsets_frames.HEADS)
    assert all(values.shape == (*shape, 88) and values.dtype == np.float32 for values in heads.values())
    assert difference(network, OnnxNetwork(exported), features) < PARITY
    at_once = dict(zip(heads, OnnxNetwork(exported)._session.run(list(heads), {"features": features}), strict=True))
    for head, values in heads.items():  # Other programs may run a batch at once; we hear one example after the other.
        np.testing.assert_allclose(at_once[head], values, atol=PARITY)


@pytest.mark.parametrize("name", [each for each in TRANSCRIBERS if each != NAME])  # `NAME` is `network`.
def test_every_network_can_be_exported(name: str, caplog: pytest.LogCaptureFixture) -> None:
    architecture = ARCHITECTURES.get(name)
    n_bins = feature_of(architecture.FEATURE).PRESETS[architecture.FEATURE].n_bins
    model = architecture.build(architecture.Params(), scale=scale(n_bins))
    features = np.random.default_rng(3).normal(-50, 25, (2, 40, n_bins)).astype(np.float32)
    assert difference(model, OnnxNetwork(to_onnx(model)), features) < PARITY
    assert [each.getMessage() for each in caplog.records if each.name.startswith("tf2onnx")] == []


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_every_network_of_classes_can_be_exported_with_its_window(name: str) -> None:
    architecture = ARCHITECTURES.get(name)
    params = feature_of(architecture.FEATURE).PRESETS[architecture.FEATURE]
    shape = {"scale": scale(params.n_mels), "n_frames": architecture.WINDOW.frames, "n_classes": 3}
    model = architecture.build(architecture.Params(), **shape)
    onnx = OnnxNetwork(to_onnx(model))
    features = np.random.default_rng(4).normal(-50, 25, (2, *model.input_shape[1:])).astype(np.float32)
    assert difference(model, onnx, features) < PARITY
    np.testing.assert_allclose(onnx.predict_on_batch(features)["class"].sum(axis=1), 1, atol=1e-5)
    ((taken,), (given,)) = onnx._session.get_inputs(), onnx._session.get_outputs()
    assert (taken.shape, given.shape) == (["batch", *model.input_shape[1:]], ["batch", 3])


def test_parity_over_a_recording_through_the_windows_of_inference(network: Any, exported: bytes) -> None:
    features = FEATURE.extract(np.tile(sound(notes_of(0)), 4), PARAMS)
    ours = predict_track(network, features, silence=PARAMS.silence)
    theirs = predict_track(OnnxNetwork(exported, threads=1), features, silence=PARAMS.silence)
    assert len(theirs["frame"]) == len(features) > 1024
    assert max(float(np.ptp(values)) for values in ours.values()) > 0.01, "constant activations would agree anyway"
    for head in ours:
        np.testing.assert_allclose(theirs[head], ours[head], atol=PARITY)


def test_dilations_strides_padding_concatenation_and_constants_survive() -> None:
    model, features = convolutions(), np.random.default_rng(2).normal(-50, 25, (2, 33, N_BINS)).astype(np.float32)
    content = to_onnx(model)
    assert difference(model, OnnxNetwork(content), features) < PARITY
    assert len(OnnxNetwork(content)._session.get_inputs()) == 1, "the mean of every bin is inside"


def test_convolutions_with_gaps_and_products_of_channels_are_single_operations(exported: bytes) -> None:
    import onnx

    nodes = onnx.load_from_string(exported).graph.node
    gaps = [max(each.ints) for node in nodes for each in node.attribute if each.name == "dilations"]
    steps = (*onsets_frames.STEPS, *onsets_frames.VELOCITY_STEPS, *onsets_frames.FRAME_STEPS)
    assert sorted(gap for gap in gaps if gap > 1) == sorted(step for step in steps if step > 1)
    assert not {node.op_type for node in nodes} & {"MatMul", "Einsum", "SpaceToDepth", "DepthToSpace"}
    assert sum(node.op_type == "Transpose" for node in nodes) < 3


def test_a_product_of_channels_without_a_constant_or_with_one_is_kept() -> None:
    import keras
    from keras import layers

    inputs = keras.Input((None, N_BINS), name="features")
    x = layers.Conv2D(4, (3, 3), padding="valid", dilation_rate=(2, 1))(layers.Reshape((-1, N_BINS, 1))(inputs))
    x = layers.EinsumDense("btkc,cd->btkd", output_shape=(None, N_BINS - 2, 3))(x)
    x = layers.EinsumDense("btkc,cd->btkd", output_shape=(None, N_BINS - 2, 1), bias_axes="kd")(x)
    model = keras.Model(inputs, {"frame": layers.Reshape((-1, N_BINS - 2))(x)})
    model.set_weights([np.random.default_rng(3).normal(0, 0.05, each.shape) for each in model.get_weights()])
    features = np.random.default_rng(2).normal(0, 1, (2, 33, N_BINS)).astype(np.float32)
    assert difference(model, OnnxNetwork(to_onnx(model)), features) < 1e-5


def test_the_lengths_that_a_caller_may_choose_are_named(exported: bytes) -> None:
    session = OnnxNetwork(exported)._session
    assert [(value.name, value.shape) for value in session.get_inputs()] == [("features", ["batch", "n_frames", 297])]
    assert all(value.shape == ["batch", "n_frames", 88] for value in session.get_outputs())


def test_a_conversion_that_changes_the_function_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    converted = onnx_export._converted

    def wrong(model: Any) -> Any:
        from onnx import numpy_helper

        proto = converted(model)
        for tensor in (each for each in proto.graph.initializer if each.data_type == 1 and len(each.dims) == 4):
            tensor.CopyFrom(numpy_helper.from_array(1.05 * numpy_helper.to_array(tensor), tensor.name))
        return proto

    monkeypatch.setattr(onnx_export, "_converted", wrong)
    with pytest.raises(MirlitonError, match=r"within 0\.0001 of the network's"):
        to_onnx(convolutions())


def test_a_keras_file_has_no_state_of_the_optimizer(tmp_path: Path) -> None:
    import h5py
    import keras

    model = keras.Sequential([keras.Input((None, 4)), keras.layers.Dense(4)])
    model.compile("adam", "mse")
    model.fit(np.zeros((2, 3, 4)), np.zeros((2, 3, 4)), verbose=0)
    model.save(tmp_path / "trained.keras")
    kept = from_keras_file((tmp_path / "trained.keras").read_bytes())
    for content, has_state in (((tmp_path / "trained.keras").read_bytes(), True), (to_keras_file(kept), False)):
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            assert ("optimizer" in h5py.File(io.BytesIO(parts.read("model.weights.h5")))) == has_state


def test_a_keras_file_runs_no_code_of_others() -> None:
    import keras

    inputs = keras.Input((None, 88))
    evil = keras.Model(inputs, keras.layers.Lambda(lambda x: x + 1)(inputs))
    with pytest.raises(ValueError, match=r"[Ll]ambda"):
        from_keras_file(to_keras_file(evil))


def trained(network: Any, *, report_of: str = "0123", **changes: Any) -> None:
    """A finished training and its report in the store of `home`."""
    objects = open_objects(home.store_address())
    store = ModelStore(objects, TASK, NAME)
    record = model_record(
        task=TASK,
        architecture=NAME,
        preset=onsets_frames.FEATURE,
        feature=FeatureSettings("cqt", 1, asdict(PARAMS)),
        decoding={"frame_threshold": 0.3, "onset_threshold": 0.3, "min_frames": 2, "onset_radius": 2},
        network={"filters": 24},
        training={"seed": 5},
        datasets=["maps"],
        licences={"maps": "CC BY-NC-SA 4.0 | attribution\nrequired"},
        protocols={"maps": "loader maps (split=leave_piano)"},
        parameters=27900,
        train_hours=7.5,
        validation_hours=1.25,
        fingerprint="0123",
        training_audio=["a" * 64],
    )
    store.training("0123").save_epoch(network, {}, [{"loss": 1.0}], {})
    store.training("0123").finish(0, replace(record, **changes))
    store.make_current("0123")
    scores = {"frame": {"f1": 0.8, "interval": [0.75, 0.85]}, "note_onset": {"f1": 0.9, "interval": None}}
    evaluation = {
        **scores,
        "micro": {"f1": 0.8},
        "baselines": {"silence": {"frame": {"f1": 0.0, "interval": None}}},
        "tracks": [{"track": "worst & longest", "f1": 0.2, "note_onset_f1": 0.3}],
        "convention": {
            "datasets": ["maps"],
            "split": "test",
            "n_tracks": 30,
            "n_quarantined": 0,
            "onset_tolerance": 0.05,
            "offset_ratio": 0.2,
            "offset_min_tolerance": 0.05,
            "hop_length": 512,
            "sr": 22050,
            "pedal": "applied",
            "bootstrap": {"level": 0.95},
        },
    }
    report = report_record(task=TASK, architecture=NAME, model=report_of, evaluation=evaluation)
    ReportStore(objects, TASK, NAME).write("", report, midis={}, figures={}, sounds={})


WORDS = ("export", TASK, "--model", NAME, "--licence", "CC BY-NC-SA 4.0")


def test_an_export_is_a_folder_that_transcribes_by_itself(mirliton: Command, network: Any, tmp_path: Path) -> None:
    from assets.inference.transcriber import load_transcriber_from_folder

    trained(network)
    result = mirliton(*WORDS, "-o", tmp_path / "out")
    assert result.code == 0, result.err
    assert {path.name for path in (tmp_path / "out").glob("[!.]*")} == {KERAS, ONNX, CARD, "model.json"}
    record = ModelFolder(tmp_path / "out").record()
    assert (record.licence, record.decoding["onset_threshold"]) == ("CC BY-NC-SA 4.0", 0.3)
    assert "heard" not in record.to_json()
    assert record.training_audio == []
    features = np.random.default_rng(3).normal(-50, 25, (1, 40, PARAMS.n_bins)).astype(np.float32)
    transcriber = load_transcriber_from_folder(ModelFolder(tmp_path / "out"))
    assert isinstance(transcriber.model, OnnxNetwork)
    assert difference(network, transcriber.model, features) < PARITY
    keras_file = from_keras_file(ModelFolder(tmp_path / "out").content(KERAS))
    assert difference(network, keras_file, features) < PARITY


def test_the_card_names_what_it_must(
    mirliton: Command, network: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained(network)
    monkeypatch.setattr("assets.inference.export.to_onnx", lambda _: b"its size is all that the card shows")
    assert mirliton(*WORDS, "-o", tmp_path / "out").code == 0
    card = (tmp_path / "out" / CARD).read_text()
    for words in (
        "**CC BY-NC-SA 4.0**",
        "| maps | CC BY-NC-SA 4.0 \\| attribution required | loader maps (split=leave_piano) |",
        "Seed 5",
        "| model | 0.800 [0.750, 0.850] | 0.900 |",
        "| silence | 0.000 | – |",
        "30 tracks of the test split of maps",
        "95% interval",
        "until its key is up **and** the sustain pedal",
        "worst & longest (note onset F1 0.300)",
        "Measured 2026-01-31.",
        "46 ms",
    ):
        assert words in card


@pytest.mark.parametrize("report_of", ["4567", "0123-2"])
def test_a_model_without_a_report_of_its_own_is_not_exported(
    mirliton: Command, network: Any, tmp_path: Path, report_of: str
) -> None:
    trained(network, report_of=report_of)
    (tmp_path / "file").touch()
    assert (
        "Received: " + str(tmp_path / "file") + ", which is no folder."
        in mirliton(*WORDS, "-o", tmp_path / "file").error
    )
    error = mirliton(*WORDS, "-o", tmp_path / "out").error
    assert "a report of an earlier training or decoding. Remedy: mirliton evaluate piano_transcription --model" in error
    assert not (tmp_path / "out").exists()


def test_a_card_names_the_teacher_and_licences_that_are_stated_now(
    mirliton: Command, network: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    teacher: TeacherRecord = {"model": "a/b", "share": 0.75, "fingerprint": "89ab"}
    trained(network, licences={"maps": folder.LICENCE}, teacher=teacher)
    monkeypatch.setattr("assets.inference.export.to_onnx", lambda _: b"not opened")
    assert "Received: none of maps. Remedy: --data-licence 'maps=WORDS'" in mirliton(*WORDS, "-o", tmp_path).error
    assert mirliton(*WORDS, "-o", tmp_path, "--data-licence", "maps=CC0 1.0").code == 0
    card = (tmp_path / CARD).read_text()
    assert "| maps | CC0 1.0 |" in card
    assert "a share of 0.75 were the activations of a/b (fingerprint `89ab`)" in card


def test_an_earlier_export_is_replaced_but_nothing_that_was_changed_by_hand(
    mirliton: Command, network: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained(network)
    monkeypatch.setattr("assets.inference.export.to_onnx", lambda _: b"not opened")
    for _ in range(2):
        assert mirliton(*WORDS, "-o", tmp_path / "out").code == 0
    (tmp_path / "out" / CARD).write_text("my own words")
    before = files_below(tmp_path / "out")
    error = mirliton(*WORDS, "-o", tmp_path / "out").error
    assert f"Received: {tmp_path / 'out' / CARD}, which mirliton did not write or which was changed since." in error
    with pytest.raises(MirlitonError):
        ModelFolder(tmp_path / "out").write({ONNX: b"other"}, ModelFolder(tmp_path / "out").record(), "card")
    assert files_below(tmp_path / "out") == before, "the export that was there is whole"
    assert mirliton(*WORDS, "-o", tmp_path / "out", "--overwrite").code == 0
    assert (tmp_path / "out" / CARD).read_text() != "my own words"
