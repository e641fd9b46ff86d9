"""Probes are tested on tracks that they were not trained on; embeddings are averages of activations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mir_models.architectures import ARCHITECTURES, ClassArchitecture
from mir_models.errors import MirlitonError
from mir_models.examples.windows import Window
from mir_models.training.normalisation import Scale
from mir_models.transfer import embeddings, probes


@given(st.lists(st.integers(5, 9), min_size=2, max_size=4), st.integers(0, 3))
@settings(deadline=None, max_examples=20)
def test_folds_test_every_track_once_and_divide_no_group(groups_of: list[int], seed: int) -> None:
    classes = [
        f"class {n}" for n, groups in enumerate(groups_of) for group in range(groups) for _ in range(1 + group % 2)
    ]
    groups = [f"{n} {group}" for n, each in enumerate(groups_of) for group in range(each) for _ in range(1 + group % 2)]
    divided = probes.folds(classes, groups, seed)
    assert sorted(np.concatenate([test for _, test in divided]).tolist()) == list(range(len(classes)))
    for train, test in divided:
        assert not {groups[n] for n in train} & {groups[n] for n in test}
        assert {classes[n] for n in train} == set(classes)


def test_a_class_of_too_few_groups_is_named() -> None:
    classes, groups = ["a"] * 10 + ["b"] * 10, [*range(10), *([10, 11] * 5)]
    with pytest.raises(MirlitonError, match=r"groups or more. Received: \{'b': 2\}"):
        probes.folds(classes, groups, seed=0)


@pytest.mark.parametrize("probe", probes.PROBES)
def test_a_probe_separates_separable_classes_and_is_at_chance_on_noise(probe: str) -> None:
    rng = np.random.default_rng(0)
    classes = np.array(["left", "right"] * 30)
    rows = rng.normal(size=(60, 6))
    blind = probes.cross_val_predict(probe, rows, classes, np.arange(60), seed=0)
    rows[:, 2] += 3 * (classes == "right")
    seeing = probes.cross_val_predict(probe, rows, classes, np.arange(60), seed=0)
    assert np.mean(seeing == classes) >= 0.8
    assert np.mean(blind == classes) < 0.7


@pytest.mark.parametrize(("groups", "n"), [(2, 2), (3, 3), (9, 4)])
@pytest.mark.filterwarnings("error")
def test_a_class_of_few_groups_has_fewer_inner_folds(groups: int, n: int) -> None:
    classes, of = np.repeat(["a", "b"], [2 * groups, 40]), [*np.repeat(np.arange(groups), 2), *range(100, 140)]
    assert probes._inner_folds(classes, of) == n
    rows = (classes == "a")[:, None] + 0.1 * np.random.default_rng(0).normal(size=(len(classes), 3))
    assert (probes.fit_probe("SVM", rows, classes, of, 0).predict(rows) == classes).all()


def test_a_class_of_one_group_leaves_nothing_to_choose_by() -> None:
    with pytest.raises(MirlitonError, match="two groups of every class"):
        probes.fit_probe("SVM", np.zeros((4, 1)), ["a", "a", "b", "b"], [0, 0, 1, 2], 0)


def test_features_of_a_group_do_not_help_where_groups_are_kept_together() -> None:
    """Rows depend on the group, not the class: with groups divided a neighbour gives the class away."""
    rng = np.random.default_rng(1)
    groups = np.repeat(np.arange(20), 3)
    classes = np.where(groups % 2, "odd", "even")
    rows = rng.normal(size=(20, 5))[groups] + 0.01 * rng.normal(size=(60, 5))
    kept = probes.cross_val_predict("kNN", rows, classes, groups, seed=0)
    divided = probes.cross_val_predict("kNN", rows, classes, np.arange(60), seed=0)
    assert np.mean(divided == classes) == 1
    assert np.mean(kept == classes) < 0.8


@pytest.fixture(scope="module", params=["x_vector", "patch_cnn", "onsets_frames"])
def model(request: pytest.FixtureRequest) -> tuple[str, object, Window]:
    network = ARCHITECTURES.get(request.param)
    n_bins = {"patch_cnn": 64, "onsets_frames": 297}.get(request.param, 128)
    is_classifier = isinstance(network, ClassArchitecture)
    window = network.WINDOW if is_classifier else Window(64, 64)
    shape = {"n_frames": window.frames, "n_classes": 3} if is_classifier else {}
    return (
        request.param,
        network.build(network.Params(), scale=Scale(np.zeros(n_bins), np.ones(n_bins)), **shape),
        window,
    )


def test_embeddings_of_all_layers_or_of_one(model: tuple[str, object, Window]) -> None:
    name, network, window = model
    n_bins = network.input_shape[-1]
    windows = np.random.default_rng(0).normal(size=(2, window.frames, n_bins)).astype(np.float32)
    names = embeddings.embedding_layers(network)
    assert names, name
    assert not set(names) & {"class", "frame"}
    outputs = {each: np.asarray(embeddings.embedder(network, each).predict_on_batch(windows)) for each in names}
    assert all(each.shape[0] == 2 and each.ndim == 2 for each in outputs.values())
    together = np.asarray(embeddings.embedder(network).predict_on_batch(windows))
    np.testing.assert_allclose(together, np.concatenate(list(outputs.values()), axis=1), atol=1e-5)


def test_an_unknown_layer_is_an_error(model: tuple[str, object, Window]) -> None:
    with pytest.raises(MirlitonError, match="choose all or one of"):
        embeddings.embedder(model[1], "nonsense")


def test_new_weights_are_of_the_seed_and_keep_the_scale() -> None:
    network = ARCHITECTURES.get("x_vector")
    scale = Scale(np.full(128, -40.0), np.full(128, 9.0))
    model = network.build(network.Params(), scale=scale, n_frames=128, n_classes=2)
    windows = np.random.default_rng(0).normal(-40, 3, (2, 128, 128)).astype(np.float32)
    outputs = [
        np.asarray(embeddings.with_random_weights(model, seed).predict_on_batch(windows)["class"]) for seed in (0, 0, 1)
    ]
    np.testing.assert_array_equal(outputs[0], outputs[1])
    assert np.abs(outputs[0] - outputs[2]).max() > 0
    first = embeddings.with_random_weights(model, 0).layers[1]
    np.testing.assert_allclose(np.asarray(first(windows)), (windows + 40) / 3, atol=1e-3)


def test_a_track_is_mean_and_deviation_over_its_windows() -> None:
    class Loudness:
        def predict_on_batch(self, windows: np.ndarray) -> np.ndarray:
            return windows.mean(axis=(1, 2))[:, None]

    features = np.repeat(np.arange(4, dtype=np.float32), 10)[:, None]
    row = embeddings.embed_track(Loudness(), features, Window(10, 10), silence=0.0)
    np.testing.assert_allclose(row, [1.5, np.std([0, 1, 2, 3])])
