"""One contract suite per registry: every loader, feature, alignment, network and task keeps its promises."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from mir_models.alignment import ALIGNMENTS
from mir_models.architectures import ARCHITECTURES, members
from mir_models.errors import MirlitonError
from mir_models.features import FEATURES, preset
from mir_models.inference import activations as inference
from mir_models.tasks import KINDS, TASKS
from mir_models.training import fit
from mir_models.training.normalisation import Scale
from storage.corpora.listing import CLASSES
from storage.corpora.registrations import LOADERS
from storage.downloads.download import check

DATASETS = Path(__file__).parents[2] / "docs" / "datasets.md"
PRESETS = [(feature, name) for feature in FEATURES.entries().values() for name in feature.PRESETS]


def is_frozen(kind: type) -> bool:
    return dataclasses.is_dataclass(kind) and kind.__dataclass_params__.frozen


@pytest.mark.parametrize("name", LOADERS.names())
def test_a_loader_says_whose_corpus_it_reads_and_what_that_promises(name: str, tmp_path: Path) -> None:
    loader = LOADERS.get(name)
    assert all(getattr(loader, each) for each in ("DESCRIPTION", "LICENCE", "CITATION", "HOMEPAGE"))
    assert loader.KINDS
    assert set(loader.KINDS) <= {"notes", *CLASSES}
    assert is_frozen(loader.Options)
    for remote in (*loader.DOWNLOADS, *getattr(loader, "downloads", lambda _: ())(loader.Options())):
        check(remote)  # A checksum of a known kind, among others.
    if name != "demo":  # The demo corpus makes its own folder.
        with pytest.raises(MirlitonError, match="nowhere"):
            loader.tracks(tmp_path / "nowhere", loader.Options())


@pytest.mark.parametrize("name", LOADERS.names())
def test_a_loader_and_its_options_are_in_the_documentation(name: str) -> None:
    (row,) = [line for line in DATASETS.read_text(encoding="utf-8").splitlines() if line.startswith(f"| `{name}` ")]
    options = [each.name for each in dataclasses.fields(LOADERS.get(name).Options)]
    assert name == "mirdata" or all(f"`{option}" in row for option in options)


@pytest.mark.parametrize(("feature", "name"), PRESETS, ids=[name for _, name in PRESETS])
def test_a_feature_fills_its_grid_with_finite_numbers_and_knows_silence(feature: ModuleType, name: str) -> None:
    params = feature.PRESETS[name]
    assert is_frozen(type(params))
    assert preset(name) is feature
    for n_samples in (1, params.hop_length, params.sr + 7):
        y = np.random.default_rng(0).normal(0, 0.1, n_samples).astype(np.float32)
        extracted = feature.extract(y, params)
        assert extracted.dtype == np.float32
        assert extracted.shape == (params.grid.n_frames(n_samples), extracted.shape[1])
        assert np.isfinite(extracted).all()
    silent = feature.extract(np.zeros(params.sr, dtype=np.float32), params)
    np.testing.assert_allclose(silent, params.silence, atol=1e-4)


def test_the_seed_systems_transform_is_kept_exactly() -> None:
    params = preset("cqt_84").PRESETS["cqt_84"]
    assert (params.sr, params.hop_length, params.n_bins, params.bins_per_octave) == (22050, 512, 84, 12)
    assert params.fmin == pytest.approx(32.7032, abs=1e-4)  # C1
    lowest = {name: feature.PRESETS[name].first_pitch for feature, name in PRESETS if name.startswith("cqt")}
    assert lowest == pytest.approx({"cqt": 21, "cqt_36": 21 - 1 / 3, "cqt_84": 24})


@pytest.mark.parametrize(("pitch", "level"), [(21, 35.4), (69, 23.4), (108, 13.6)])
def test_a_full_scale_sine_reads_what_the_docstring_says(pitch: int, level: float) -> None:
    feature, params = preset("cqt"), preset("cqt").PRESETS["cqt"]
    times = np.arange(4 * params.sr) / params.sr
    heard = feature.extract(np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * times).astype(np.float32), params)
    middle = heard[len(heard) // 2]
    assert middle.argmax() == pitch - 21
    assert middle.max() == pytest.approx(level, abs=0.5)


@pytest.mark.parametrize("name", ALIGNMENTS.names())
def test_an_alignment_has_a_threshold(name: str) -> None:
    method = ALIGNMENTS.get(name)
    assert is_frozen(method.Params)
    assert 0 <= method.Params().confidence_threshold <= 1


@pytest.mark.parametrize("name", TASKS.names())
def test_a_task_is_of_a_kind_and_has_networks(name: str) -> None:
    task = TASKS.get(name)
    assert task.KIND in KINDS
    assert isinstance(task.VERSION, int)
    assert set(task.BASELINE_FEATURES) <= {preset for _, preset in PRESETS}
    assert any(name == each.TASK for each in ARCHITECTURES.entries().values())


@pytest.mark.parametrize("name", [name for name in TASKS.names() if TASKS.get(name).KIND == "classes"])
def test_a_task_of_classes_asks_for_the_class_of_a_window(name: str) -> None:
    task, label = TASKS.get(name), np.array([0, 1, 0], np.float32)
    assert task.LABELS in CLASSES
    assert task.fields(("class",)) == ()
    wanted = task.targets({"features": np.zeros((512, 3), np.float32), "label": label}, ("class",))
    np.testing.assert_array_equal(wanted["class"], label)
    assert set(wanted) == set(task.losses(("class",))) == set(task.weights(("class",)))


@pytest.mark.parametrize("name", [name for name in TASKS.names() if TASKS.get(name).KIND == "notes"])
def test_a_task_draws_targets_and_names_its_losses(name: str) -> None:
    task = TASKS.get(name)
    networks = [each for each in ARCHITECTURES.entries().values() if name == each.TASK]
    assert networks
    for network in networks:
        roll = (np.random.default_rng(0).random((512, 88)) < 0.05).astype(np.uint8)
        wanted = task.targets(dict.fromkeys(task.fields(network.HEADS), roll), network.HEADS)
        assert set(wanted) == set(task.losses(network.HEADS)) == set(task.weights(network.HEADS)) == set(network.HEADS)
        assert task.monitor(network.HEADS).startswith("val_")
        assert all(each.shape == (512, 88) and each.dtype == np.float32 for each in wanted.values())
        assert all(((each >= 0) & (each <= 1)).all() for each in wanted.values())


def of_kind(kind: str) -> list[str]:
    """The networks for tasks of a kind."""
    return [name for name, each in ARCHITECTURES.entries().items() if kind == TASKS.get(each.TASK).KIND]


@pytest.fixture(scope="module", params=of_kind("notes"))
def network(request: pytest.FixtureRequest) -> tuple[ModuleType, Any, dict[str, Any]]:
    """An architecture, compiled, with one batch of frames in which some bins tell which keys sound."""
    architecture = ARCHITECTURES.get(request.param)
    params = preset(architecture.FEATURE).PRESETS[architecture.FEATURE]
    rng = np.random.default_rng(0)
    roll = np.repeat(rng.random((2, 16, 88)) < 0.05, 8, axis=1).astype(np.float32)
    heard = np.full((2, 128, params.n_bins), -60, dtype=np.float32)
    for key in range(88):
        middle = (key + 21 - params.first_pitch) * params.bins_per_semitone
        first = round(middle - (params.bins_per_semitone - 1) / 2)
        if 0 <= first < params.n_bins:
            heard[..., first : first + params.bins_per_semitone] += 50 * roll[..., key, None]
    scale = Scale(np.full(params.n_bins, -60.0), np.full(params.n_bins, 100.0))
    task, settings = TASKS.get(architecture.TASK), fit.Params(learning_rate=5e-3)
    model = fit.prepare(
        lambda: architecture.build(_without_dropout(architecture.Params()), scale=scale),
        task.losses(architecture.HEADS),
        settings,
    )
    return architecture, model, {"heard": heard, "roll": roll}


def _is_reached(step: Callable[[], Any], is_done: Callable[[], bool], *, n_steps: int) -> bool:
    """Whether a goal is reached within `n_steps` steps; it is looked at after every fifth."""
    for done in range(1, n_steps + 1):
        step()
        if done % 5 == 0 and is_done():
            return True
    return False


def test_a_network_overfits_one_batch(network: tuple[ModuleType, Any, dict[str, Any]]) -> None:
    architecture, model, batch = network
    targets = dict.fromkeys(architecture.HEADS, batch["roll"])

    def loss() -> float:
        model.reset_metrics()
        return model.test_on_batch(batch["heard"], targets, return_dict=True)["loss"]

    before = loss()
    assert _is_reached(lambda: model.train_on_batch(batch["heard"], targets), lambda: loss() < 0.5 * before, n_steps=40)


def test_a_network_comes_back_equal_from_disk(network: tuple[ModuleType, Any, dict[str, Any]], tmp_path: Path) -> None:
    import keras

    architecture, model, batch = network
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras", compile=False)
    heads = model.predict_on_batch(batch["heard"])
    assert set(heads) == set(architecture.HEADS)
    for head, activations in again.predict_on_batch(batch["heard"]).items():
        np.testing.assert_array_equal(activations, heads[head])
        assert activations.shape == batch["roll"].shape


def test_a_track_in_blocks_gives_the_activations_of_the_whole(
    network: tuple[ModuleType, Any, dict[str, Any]],
) -> None:
    _, model, batch = network
    features = np.tile(batch["heard"][0], (9, 1))[:1100]
    whole = inference.activations(model, features, silence=-80.0)
    blocks = np.array_split(features, [1, 300, 301, 1000])
    parts = list(inference.stream(model, blocks, silence=-80.0))
    for head, activations in whole.items():
        assert activations.shape == (1100, 88)
        np.testing.assert_allclose(np.concatenate([part[head] for part in parts]), activations, atol=1e-6)


def test_a_convolutional_network_says_the_same_wherever_windows_fall() -> None:
    entry = ARCHITECTURES.get("onsets_frames")
    assert entry.CONTEXT_FRAMES <= inference.CONTEXT_FRAMES
    scale = Scale(np.full(297, -60.0), np.full(297, 300.0))
    model = entry.build(entry.Params(), scale=scale)
    track = np.random.default_rng(1).normal(-60, 20, (2200, 297)).astype(np.float32)
    later = np.concatenate([np.full((inference.HOP_FRAMES // 3, 297), -80.0, np.float32), track])
    heard, heard_later = (inference.activations(model, each, silence=-80.0) for each in (track, later))
    for head, activations in heard.items():
        np.testing.assert_allclose(heard_later[head][-len(track) :], activations, atol=1e-5)


class Counting:
    """A network that answers the number of the window it hears: the first says 0, the next 1, and so on."""

    def __init__(self) -> None:
        self.n = 0

    def predict_on_batch(self, heard: np.ndarray) -> dict[str, np.ndarray]:
        numbers = np.arange(self.n, self.n + len(heard), dtype=np.float32)
        self.n += len(heard)
        return {"frame": np.broadcast_to(numbers[:, None, None], (len(heard), heard.shape[1], 2))}


@pytest.mark.parametrize("n_frames", [1, 767, 768, 831, 832, 833, 1536, 1600, 1601, 5000])
def test_a_window_fades_into_the_next_one(n_frames: int) -> None:
    hop, fade = inference.HOP_FRAMES, inference.FADE_FRAMES
    said = inference.activations(Counting(), np.zeros((n_frames, 3), np.float32), silence=0.0)["frame"]
    frame = np.arange(n_frames)
    into = np.clip((frame % hop + 1) / (fade + 1), None, 1)
    last = max(0, -(-(n_frames - fade) // hop) - 1)
    number = np.minimum(frame // hop, last)
    expected = np.where((frame // hop <= last) & (number > 0), number - 1 + into, number)
    np.testing.assert_allclose(said[:, 0], expected, atol=1e-5)


LEARNING = [name for name in of_kind("classes") if not members(ARCHITECTURES.get(name))]
"""Networks for classes but for those that are joined from others, which have tests of their own."""


@pytest.fixture(scope="module", params=LEARNING)
def classifier(request: pytest.FixtureRequest) -> tuple[ModuleType, Any, Any]:
    """A network for three classes, with a batch of windows each of which is loud in the bands of its class."""
    architecture = ARCHITECTURES.get(request.param)
    n_bins = (
        preset(architecture.FEATURE)
        .extract(np.zeros(2048, np.float32), preset(architecture.FEATURE).PRESETS[architecture.FEATURE])
        .shape[1]
    )
    rng, classes = np.random.default_rng(0), np.arange(12) % 3
    heard = rng.normal(-60, 5, (12, architecture.WINDOW.frames, n_bins)).astype(np.float32)
    for window, number in zip(heard, classes, strict=True):
        window[:, number * n_bins // 3 : (number + 1) * n_bins // 3] += 25
    scale = Scale(np.full(n_bins, -55.0), np.full(n_bins, 150.0))
    task = TASKS.get(architecture.TASK)
    settings = fit.Params(optimizer=architecture.TRAINING.optimizer, learning_rate=architecture.TRAINING.learning_rate)
    model = fit.prepare(
        lambda: architecture.build(
            _without_dropout(architecture.Params()), scale=scale, n_frames=architecture.WINDOW.frames, n_classes=3
        ),
        task.losses(architecture.HEADS),
        settings,
    )
    return model, heard, np.eye(3, dtype=np.float32)[classes]


def test_a_classifier_overfits_one_batch(classifier: tuple[Any, Any, Any]) -> None:
    model, heard, targets = classifier

    def probabilities() -> np.ndarray:
        return np.asarray(model(heard, training=True)["class"])  # As it learns: averages of a batch, not of a training.

    def is_right() -> bool:
        return bool(np.all((probabilities() > 0.5) == targets.astype(bool)))

    assert _is_reached(lambda: model.train_on_batch(heard, {"class": targets}), is_right, n_steps=60)
    np.testing.assert_allclose(probabilities().sum(axis=1), 1, atol=1e-5)


def test_a_classifier_comes_back_equal_from_disk(classifier: tuple[Any, Any, Any], tmp_path: Path) -> None:
    import keras

    model, heard, wanted = classifier
    model.save(tmp_path / "model.keras")
    said = keras.models.load_model(tmp_path / "model.keras", compile=False).predict_on_batch(heard)["class"]
    assert said.shape == wanted.shape
    np.testing.assert_array_equal(said, model.predict_on_batch(heard)["class"])


@pytest.mark.parametrize(
    ("name", "n_frames", "n_bins", "n_classes", "n_parameters"),
    [("crnn", 640, 128, 8, 133_520), ("parallel_cnn_rnn", 640, 128, 8, 85_544), ("patch_cnn", 40, 64, 20, 227_042)],
)
def test_a_reference_network_has_its_parameters(
    name: str, n_frames: int, n_bins: int, n_classes: int, n_parameters: int
) -> None:
    network = ARCHITECTURES.get(name)
    scale = Scale(np.zeros(n_bins), np.ones(n_bins))
    model = network.build(network.Params(), scale=scale, n_frames=n_frames, n_classes=n_classes)
    assert model.count_params() == n_parameters


@pytest.mark.parametrize(
    ("name", "pooled"),
    [
        ("crnn", [(318, 56), (157, 56), (76, 56)]),
        ("parallel_cnn_rnn", [(319, 64, 16), (158, 32, 32), (78, 16, 64), (19, 4, 64), (160, 64, 1), (4, 1, 64)]),
    ],
)
def test_a_reference_network_has_its_shapes(name: str, pooled: list[tuple[int, ...]]) -> None:
    network = ARCHITECTURES.get(name)
    model = network.build(network.Params(), scale=Scale(np.zeros(128), np.ones(128)), n_frames=640, n_classes=8)
    assert [tuple(layer.output.shape[1:]) for layer in model.layers if "pooling" in layer.name] == pooled


@pytest.mark.parametrize("name", ["lstm", "lstm_fast"])
def test_the_seed_network_has_its_parameters(name: str) -> None:
    network = ARCHITECTURES.get(name)
    model = network.build(network.Params(), scale=Scale(np.zeros(84), np.ones(84)))
    assert sum(np.prod(each.shape) for each in model.trainable_variables) == 123_568


def test_the_fast_network_is_the_same_function_as_the_seed_network() -> None:
    scale = Scale(np.full(84, -60.0), np.full(84, 100.0))
    seed, fast = (
        entry.build(entry.Params(), scale=scale)
        for entry in (ARCHITECTURES.get("lstm"), ARCHITECTURES.get("lstm_fast"))
    )
    for mine, theirs in zip(fast.trainable_variables, seed.trainable_variables, strict=True):
        mine.assign(np.array(theirs))
    heard = np.random.default_rng(0).normal(-60, 10, (2, 40, 84)).astype(np.float32)
    expected = seed.predict_on_batch(heard)["frame"]
    np.testing.assert_allclose(fast.predict_on_batch(heard)["frame"], expected, atol=1e-6)


def test_weights_are_dropped_in_training_for_the_length_of_a_batch_and_come_back() -> None:
    import keras

    from mir_models.layers import WeightDroppedLSTM

    layer = WeightDroppedLSTM(6, weight_drop=0.5, return_sequences=True)
    heard = np.ones((1, 9, 3), dtype=np.float32)
    still = keras.ops.convert_to_numpy(layer(heard))
    kernel = layer.cell.recurrent_kernel
    first, second = (keras.ops.convert_to_numpy(layer(heard, training=True)) for _ in range(2))
    assert layer.cell.recurrent_kernel is kernel
    assert len(layer.trainable_variables) == 3
    np.testing.assert_allclose(first[:, 0], still[:, 0], atol=1e-6)  # The first step has no past to lose.
    assert np.abs(first[:, -1] - second[:, -1]).max() > 1e-4
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(layer(heard)), still)


@pytest.mark.parametrize(
    "wrong",
    [
        {"epochs": 0},
        {"batch_size": 0},
        {"stop_patience": 0},
        {"learning_rate": float("nan")},
        {"plateau_factor": 1.0},
        {"ema": 1.0},
        {"segment_frames": 513},
        {"schedule": "linear"},
        {"precision": "float8"},
        {"focal_gamma": -1.0},
    ],
    ids=str,
)
def test_settings_that_cannot_train_are_refused_by_name(wrong: dict[str, float]) -> None:
    with pytest.raises(MirlitonError, match=next(iter(wrong))):
        fit.Params(**wrong)


def test_every_entry_has_a_docstring() -> None:
    for registry in (LOADERS, FEATURES, ALIGNMENTS, ARCHITECTURES, TASKS):
        assert all((entry.__doc__ or "").strip() for entry in registry.entries().values())


def _without_dropout(params: Any) -> Any:
    off = {each.name: 0.0 for each in dataclasses.fields(params) if "dropout" in each.name}
    return dataclasses.replace(params, **off)
