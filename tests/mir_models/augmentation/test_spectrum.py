"""Augmentation of examples: what moves in the spectrum moves in the rolls, and nothing else changes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mir_models.augmentation.spectrum import Augmentation, Params, check_label_kept
from mir_models.augmentation.spectrum.colour import POINTS, colour_levels
from mir_models.augmentation.spectrum.mask import LONGEST, WIDEST, mask_bands_and_frames
from mir_models.augmentation.spectrum.mix import mix_examples
from mir_models.augmentation.spectrum.noise_floor import FLICKER, HIGHEST, LOWEST, add_noise_floors
from mir_models.augmentation.spectrum.pitch_shift import detune_examples, transpose_examples
from mir_models.errors import ParameterError
from mir_models.features import feature_of, presets
from mir_models.notes.annotations import N_KEYS

SILENCE = -80.0
ROLLS = ("frame", "onset", "velocity")
EVERYTHING = Params(transpose=4, detune=0.5, softer=12, louder=4, colour=3, noise=0.5, mask=0.5, mix=0.5)


def played(keys: list[int], *, bins_per_semitone: int = 3, n_frames: int = 12, level: float = -20.0) -> dict[str, Any]:
    """An example in which some keys sound throughout, each in its own bins."""
    features = np.full((n_frames, 99 * bins_per_semitone), SILENCE, dtype=np.float32)
    rolls = {name: np.zeros((n_frames, N_KEYS), dtype=np.uint8) for name in ROLLS}
    for key in keys:
        features[:, key * bins_per_semitone : (key + 1) * bins_per_semitone] = level
        rolls["frame"][:, key], rolls["onset"][0, key], rolls["velocity"][:, key] = 1, 1, 64 + key // 4
    return {"features": features, "mask": np.ones(n_frames, dtype=np.uint8), **rolls}


def stacked(*examples: dict[str, Any]) -> dict[str, Any]:
    """Examples as a batch."""
    return {name: np.stack([example[name] for example in examples]) for name in examples[0]}


def sounding_keys(features: NDArray[Any], bins_per_semitone: int) -> set[int]:
    """The keys in whose bins there is sound, of the features of an example."""
    loud = (features[0] > SILENCE).reshape(-1, bins_per_semitone).any(axis=1)[:N_KEYS]
    return set(np.nonzero(loud)[0].tolist())


def never(n: int) -> dict[str, NDArray[Any]]:
    raise AssertionError("no other example is needed")


STEPS = st.lists(st.integers(-30, 30), min_size=1, max_size=4)


@given(st.sets(st.integers(0, 87), min_size=1), STEPS, st.sampled_from([1, 2, 3]))
@settings(max_examples=60, deadline=None)
def test_bins_and_keys_are_transposed_together(keys: set[int], semitones: list[int], bins: int) -> None:
    example = played(sorted(keys), bins_per_semitone=bins)
    examples = stacked(*[example] * len(semitones))
    moved = transpose_examples(examples, np.array(semitones), bins_per_semitone=bins, silence=SILENCE)
    for row, steps in enumerate(semitones):
        expected = {key + steps for key in keys if 0 <= key + steps < N_KEYS}
        assert sounding_keys(moved["features"][row], bins) == expected
        for name in ROLLS:
            assert set(np.nonzero(moved[name][row].any(axis=0))[0].tolist()) == expected
            assert moved[name].dtype == np.uint8
        for key in expected:
            np.testing.assert_array_equal(moved["velocity"][row, :, key], example["velocity"][:, key - steps])
    np.testing.assert_array_equal(examples["features"][0], example["features"])


@given(st.sets(st.integers(30, 57), min_size=1), STEPS)
@settings(max_examples=30, deadline=None)
def test_a_transposition_is_undone_by_its_opposite(keys: set[int], semitones: list[int]) -> None:
    examples, steps = stacked(*[played(sorted(keys))] * len(semitones)), np.array(semitones)
    there = transpose_examples(examples, steps, bins_per_semitone=3, silence=SILENCE)
    back = transpose_examples(there, -steps, bins_per_semitone=3, silence=SILENCE)
    for name, array in examples.items():
        np.testing.assert_array_equal(back[name], array)


def test_a_shift_by_more_than_the_width_leaves_silence() -> None:
    examples = stacked(played([0, 87]), played([0, 87]))
    moved = transpose_examples(examples, np.array([200, -200]), bins_per_semitone=3, silence=SILENCE)
    assert (moved["features"] == SILENCE).all()
    assert not moved["frame"].any()


def test_another_tuning_moves_the_spectrum_under_the_same_notes() -> None:
    examples = stacked(played([40]), played([40]), played([40]))
    moved = detune_examples(examples, np.array([1, 0, -1]), silence=SILENCE)
    found = [np.nonzero(features[0] > SILENCE)[0].tolist() for features in moved["features"]]
    assert found == [[121, 122, 123], [120, 121, 122], [119, 120, 121]]
    np.testing.assert_array_equal(moved["frame"], examples["frame"])


def test_colour_is_smooth_and_has_its_deviation() -> None:
    levels = np.zeros((400, 2, 297), np.float32)
    colour_levels(levels, np.random.default_rng(0), deviation=3, low=-12, high=4)
    np.testing.assert_array_equal(levels[:, 0], levels[:, 1])
    curves = levels[:, 0]
    at_points = curves[:, :: 296 // (POINTS - 1)] - curves.mean(axis=1, keepdims=True)
    assert np.abs(np.diff(curves, axis=1)).max() < 0.4
    assert at_points.std() == pytest.approx(3, rel=0.15)
    assert -8 < curves.mean() < 0
    assert np.abs(np.corrcoef(curves[::2, 0], curves[1::2, 0])[0, 1]) < 0.2, "each example has its own"


def test_between_its_points_a_colour_is_straight() -> None:
    levels = np.zeros((3, 1, 101), np.float32)
    colour_levels(levels, np.random.default_rng(1), deviation=5, low=0, high=0)
    rng = np.random.default_rng(1)
    points = rng.normal(0, 5, (3, POINTS))
    expected = [np.interp(np.linspace(0, POINTS - 1, 101), np.arange(POINTS), each) for each in points]
    np.testing.assert_allclose(levels[:, 0], expected, atol=1e-5)


def test_a_noise_floor_hides_what_is_softer_and_nothing_else() -> None:
    example = played([40])["features"][None]
    floored = example.copy()
    add_noise_floors(floored, 1.0, np.random.default_rng(3))
    assert (floored >= example).all()
    assert (floored[0, :, 120:123] == -20.0).all()
    assert floored[0, :, :100].min() > LOWEST - 15


def test_noise_floors_have_a_level_of_their_own_and_their_flicker() -> None:
    levels = np.full((600, 8, 32), -500.0, np.float32)
    add_noise_floors(levels, 0.5, np.random.default_rng(0))
    noisy = levels[levels[:, 0, 0] > -400]
    assert (levels[levels[:, 0, 0] < -400] == -500).all()
    assert len(noisy) == pytest.approx(300, abs=50)
    floors = noisy.mean(axis=(1, 2))
    assert floors.min() > LOWEST - 1
    assert floors.max() < HIGHEST + 1
    assert floors.mean() == pytest.approx((LOWEST + HIGHEST) / 2, abs=2)
    assert floors.std() == pytest.approx((HIGHEST - LOWEST) / np.sqrt(12), rel=0.1)
    assert (noisy - floors[:, None, None]).std() == pytest.approx(FLICKER, rel=0.03)


def test_masks_are_no_larger_than_their_limits() -> None:
    features = np.zeros((400, 128, 297), np.float32)
    mask_bands_and_frames(features, 0.5, np.random.default_rng(0), silence=SILENCE)
    muted = features == SILENCE
    bands, stretches = muted.all(axis=1).sum(axis=1), muted.all(axis=2).sum(axis=1)
    assert bands.max() == round(WIDEST * 297)
    assert stretches.max() == LONGEST
    masked = muted.any(axis=(1, 2))
    assert masked.mean() == pytest.approx(0.5, abs=0.07)
    outside = muted & ~muted.all(axis=1, keepdims=True) & ~muted.all(axis=2, keepdims=True)
    assert not outside.any(), "a band over all frames, a stretch over all bins"
    assert (np.diff(muted.all(axis=1).astype(int), axis=1) == 1).sum(axis=1).max() == 1, "bins in a row"
    assert bands[masked].mean() == pytest.approx(round(WIDEST * 297) / 2, rel=0.15)


def test_two_equal_sounds_are_three_decibels_louder_and_have_the_notes_of_both() -> None:
    together = mix_examples(stacked(played([40])), stacked(played([40, 52])))
    assert together["features"][0, 0, 120] == pytest.approx(-20 + 10 * np.log10(2), abs=1e-4)
    assert together["features"][0, 0, 157] == pytest.approx(-20, abs=1e-3)
    assert set(np.nonzero(together["frame"][0, 0])[0].tolist()) == {40, 52}


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_augmented_examples_have_their_shapes_and_are_a_function_of_the_generator(seed: int) -> None:
    examples, augment = stacked(played([30, 40, 87]), played([10])), Augmentation(EVERYTHING, 3, SILENCE)
    unchanged = {name: array.copy() for name, array in examples.items()}

    def another(n: int) -> dict[str, Any]:
        return stacked(*[played([50])] * n)

    first, second = (augment(examples, another, np.random.default_rng(seed)) for _ in range(2))
    for name, array in first.items():
        np.testing.assert_array_equal(array, second[name])
        assert (array.shape, array.dtype) == (examples[name].shape, examples[name].dtype)
        np.testing.assert_array_equal(examples[name], unchanged[name])
    assert first["features"].min() >= SILENCE


def test_without_settings_nothing_changes() -> None:
    examples = stacked(played([30, 40]), played([41]))
    same = Augmentation(Params(), 3, SILENCE)(examples, never, np.random.default_rng(0))
    for name, array in examples.items():
        np.testing.assert_array_equal(same[name], array)


def test_each_example_is_transposed_and_detuned_by_its_own_draw() -> None:
    params = Params(transpose=4, detune=0.2)
    found = Augmentation(params, 3, SILENCE)(stacked(*[played([40])] * 900), never, np.random.default_rng(0))
    keys, first_bins = found["frame"][:, 0].argmax(axis=1), (found["features"][:, 0] > SILENCE).argmax(axis=1)
    counts = np.bincount(keys - 36, minlength=9)
    assert len(counts) == 9
    assert counts.min() > 70, "nine steps, each as often as any other"
    detuned = first_bins - 3 * keys
    assert set(detuned.tolist()) == {-1, 0, 1}
    assert (detuned != 0).mean() == pytest.approx(0.2, abs=0.04)
    assert (detuned[detuned != 0] > 0).mean() == pytest.approx(0.5, abs=0.1)


def test_a_share_of_the_examples_is_mixed_with_others_read_at_once() -> None:
    asked = []

    def another(n: int) -> dict[str, Any]:
        asked.append(n)
        return stacked(*[played([50 + i % 3]) for i in range(n)])

    found = Augmentation(Params(mix=0.3), 3, SILENCE)(stacked(*[played([40])] * 400), another, np.random.default_rng(2))
    keys = [tuple(np.nonzero(roll[0])[0].tolist()) for roll in found["frame"]]
    mixed = [each for each in keys if len(each) == 2]
    assert asked == [len(mixed)]
    assert len(mixed) == pytest.approx(120, abs=30)
    assert mixed == [(40, 50 + i % 3) for i in range(len(mixed))]
    assert {each for each in keys if len(each) == 1} == {(40,)}
    loud = (found["features"][:, 0] > -30).reshape(400, -1, 3).all(axis=2)
    assert [tuple(np.nonzero(each)[0].tolist()) for each in loud] == keys


@pytest.mark.parametrize(("soft", "loud"), [(30, 110), (110, 30)])
def test_a_key_struck_in_one_of_two_has_the_velocity_of_the_stroke(soft: int, loud: int) -> None:
    held, struck = played([40]), played([40])
    held["onset"][:], held["velocity"][held["velocity"] > 0] = 0, loud
    struck["velocity"][struck["velocity"] > 0] = soft
    for one, other in ((held, struck), (struck, held)):
        together = mix_examples(stacked(one), stacked(other))["velocity"][0]
        assert together[0, 40] == soft
        assert (together[1:, 40] == max(soft, loud)).all(), "read nowhere"
    struck["onset"][0, 40] = held["onset"][0, 40] = 1
    both = mix_examples(stacked(held), stacked(struck))["velocity"]
    assert both[0, 0, 40] == max(soft, loud), "of two strokes at once the louder counts"


def test_detuning_by_bins_of_half_a_semitone_or_more_raises() -> None:
    with pytest.raises(ParameterError, match=r"3 bins per semitone or more.*one with 1.*augmentation\.detune=0"):
        Augmentation(Params(detune=0.1), bins_per_semitone=1, silence=SILENCE)


@pytest.mark.parametrize("wrong", [{"mix": 1.5}, {"noise": -0.1}, {"transpose": -1}, {"colour": float("nan")}], ids=str)
def test_settings_out_of_range_raise_with_their_names(wrong: dict[str, Any]) -> None:
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        Params(**wrong)


def windows(rng: np.random.Generator, number: int) -> dict[str, Any]:
    """A window of a mel spectrogram with its class."""
    label = np.eye(3, dtype=np.float32)[number]
    return {"features": rng.normal(-40, 10, (40, 64)).astype(np.float32), "label": label}


@given(st.integers(0, 999))
@settings(max_examples=20, deadline=None)
def test_mixup_has_the_classes_of_both_by_a_share_of_each_example(seed: int) -> None:
    rng = np.random.default_rng(seed)
    examples, others = stacked(windows(rng, 0), windows(rng, 1)), stacked(windows(rng, 2), windows(rng, 2))
    augmentation = Augmentation(Params(mixup=1.0), bins_per_semitone=0, silence=SILENCE)
    found = augmentation(examples, lambda n: others, np.random.default_rng(seed))
    shares = found["label"][[0, 1], [0, 1]]
    assert shares[0] != shares[1]
    np.testing.assert_allclose(
        found["label"], [[shares[0], 0, 1 - shares[0]], [0, shares[1], 1 - shares[1]]], atol=1e-6
    )
    of_one = shares[:, None, None]
    expected = np.maximum(of_one * examples["features"] + (1 - of_one) * others["features"], SILENCE)
    np.testing.assert_allclose(found["features"], expected, atol=1e-4)


def test_transposing_a_spectrum_without_semitones_raises() -> None:
    with pytest.raises(ParameterError, match=r"bins per semitone, to transpose.*augmentation\.transpose=0"):
        Augmentation(Params(transpose=2), bins_per_semitone=0, silence=SILENCE)


@pytest.mark.parametrize(
    ("params", "label", "false"),
    [
        (Params(transpose=1), "key", "transpose"),
        (Params(mix=0.1), "artist", "mix"),
        (Params(mixup=0.1), "notes", "mixup"),
        (Params(mix=0.1, transpose=1), "key", "transpose, mix"),
    ],
)
def test_a_change_that_invalidates_a_label_raises(params: Params, label: str, false: str) -> None:
    with pytest.raises(
        ParameterError, match=rf"changes that keep {label}. Received: {false}. .*augmentation\.{false[:3]}"
    ):
        check_label_kept(params, label)


def test_changes_that_keep_a_label_are_allowed() -> None:
    everything = {"transpose": 4, "detune": 0.2, "mix": 0.5, "mixup": 0.5, "mask": 0.5, "noise": 1.0, "softer": 3.0}
    nothing = dict.fromkeys(everything, 0)
    always = {"mask", "noise", "softer"}
    allowed = {
        "notes": always | {"transpose", "detune", "mix"},
        "genre": always | {"transpose", "detune", "mixup"},
        "artist": always | {"transpose", "detune", "mixup"},
        "key": always | {"detune", "mixup"},
        "tempo": always | {"detune", "mixup"},
    }
    for label, kept in allowed.items():
        check_label_kept(Params(**(nothing | {name: everything[name] for name in kept})), label)
        for name in everything.keys() - kept:
            with pytest.raises(ParameterError, match=f"Received: {name}. "):
                check_label_kept(Params(**(nothing | {name: everything[name]})), label)


LOUD = Params(softer=6.0, louder=6.0, colour=3.0, noise=1.0, mask=0.5, mixup=0.5)


def presets_of_levels() -> list[str]:
    return [name for name, of in presets().items() if of.PRESETS[name].per_db]


@pytest.mark.parametrize("name", presets_of_levels())
def test_settings_in_decibels_have_the_same_effect_in_every_unit(name: str) -> None:
    """Features in natural logarithms get as much noise as features in decibels."""
    params = feature_of(name).PRESETS[name]
    decibels = np.random.default_rng(2).uniform(-80, 0, (20, 30, 64)).astype(np.float32)
    changed = []
    for per_db in (params.per_db, 1.0):
        examples = {"features": decibels * np.float32(per_db), "label": np.eye(2, dtype=np.float32)[[0] * 20]}

        def another(n: int, per_db: float = per_db) -> dict[str, Any]:
            return {"features": np.float32(0.5 * per_db) * decibels[:n], "label": np.eye(2, dtype=np.float32)[[1] * n]}

        found = Augmentation(LOUD, 0, -80.0 * per_db, per_db)(examples, another, np.random.default_rng(7))
        changed.append(found["features"] / per_db)
    np.testing.assert_allclose(*changed, atol=1e-3)
    assert np.abs(changed[0] - decibels).mean() > 3
    assert Augmentation.for_feature(LOUD, params).silence == pytest.approx(params.floor_db * params.per_db)


@pytest.mark.parametrize("name", sorted(set(presets()) - set(presets_of_levels())))
def test_a_feature_without_levels_allows_masks_and_no_decibels(name: str) -> None:
    params = feature_of(name).PRESETS[name]
    with pytest.raises(ParameterError, match=r"a feature with levels.*noise.*--set augmentation\.noise=0"):
        Augmentation.for_feature(Params(noise=0.1), params)
    examples = {"features": np.full((3, 40, 12), -3.0, np.float32)}
    found = Augmentation.for_feature(Params(mask=1.0), params)(examples, never, np.random.default_rng(0))["features"]
    assert set(np.unique(found)) == {-3.0, np.float32(params.silence)}
