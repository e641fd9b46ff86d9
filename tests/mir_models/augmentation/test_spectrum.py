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
from mir_models.augmentation.spectrum.mask import LONGEST, WIDEST, mask_band_and_frames
from mir_models.augmentation.spectrum.mix import mix_examples
from mir_models.augmentation.spectrum.noise_floor import LOWEST, add_noise_floor
from mir_models.augmentation.spectrum.pitch_shift import detune_example, transpose_example
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


def sounding_keys(example: dict[str, Any], bins_per_semitone: int) -> set[int]:
    """The keys in whose bins there is sound."""
    loud = (example["features"][0] > SILENCE).reshape(-1, bins_per_semitone).any(axis=1)[:N_KEYS]
    return set(np.nonzero(loud)[0].tolist())


def never() -> dict[str, NDArray[Any]]:
    raise AssertionError("no other example is needed")


@given(st.sets(st.integers(0, 87), min_size=1), st.integers(-30, 30), st.sampled_from([1, 2, 3]))
@settings(max_examples=60, deadline=None)
def test_bins_and_keys_are_transposed_together(keys: set[int], semitones: int, bins: int) -> None:
    example = played(sorted(keys), bins_per_semitone=bins)
    moved = transpose_example(example, semitones, bins_per_semitone=bins, silence=SILENCE)
    expected = {key + semitones for key in keys if 0 <= key + semitones < N_KEYS}
    assert sounding_keys(moved, bins) == expected
    for name in ROLLS:
        assert set(np.nonzero(moved[name].any(axis=0))[0].tolist()) == expected
        assert moved[name].dtype == np.uint8
    for key in expected:
        np.testing.assert_array_equal(moved["velocity"][:, key], example["velocity"][:, key - semitones])


@given(st.sets(st.integers(20, 60), min_size=1), st.integers(-20, 20))
@settings(max_examples=30, deadline=None)
def test_a_transposition_is_undone_by_its_opposite(keys: set[int], semitones: int) -> None:
    example = played(sorted(keys))
    there = transpose_example(example, semitones, bins_per_semitone=3, silence=SILENCE)
    back = transpose_example(there, -semitones, bins_per_semitone=3, silence=SILENCE)
    for name, array in example.items():
        np.testing.assert_array_equal(back[name], array)


def test_another_tuning_moves_the_spectrum_under_the_same_notes() -> None:
    example = played([40])
    moved = detune_example(example, 1, silence=SILENCE)
    assert np.nonzero(moved["features"][0] > SILENCE)[0].tolist() == [121, 122, 123]
    np.testing.assert_array_equal(moved["frame"], example["frame"])


def test_colour_is_smooth_and_has_its_deviation() -> None:
    rng = np.random.default_rng(0)
    curves = np.array(
        [colour_levels(np.zeros((1, 297), np.float32), rng, deviation=3, low=-12, high=4)[0] for _ in range(400)]
    )
    at_points = curves[:, :: 296 // (POINTS - 1)] - curves.mean(axis=1, keepdims=True)
    assert np.abs(np.diff(curves, axis=1)).max() < 0.4
    assert at_points.std() == pytest.approx(3, rel=0.15)
    assert -8 < curves.mean() < 0


def test_a_noise_floor_hides_what_is_softer_and_nothing_else() -> None:
    example = played([40])["features"]
    floored = add_noise_floor(example, np.random.default_rng(3))
    assert (floored >= example).all()
    assert (floored[:, 120:123] == -20.0).all()
    assert floored[:, :100].min() > LOWEST - 15


def test_masks_are_no_larger_than_their_limits() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        muted = mask_band_and_frames(np.zeros((128, 297), np.float32), rng, silence=SILENCE) == SILENCE
        assert muted.all(axis=0).sum() <= round(WIDEST * 297)
        assert muted.all(axis=1).sum() <= LONGEST


def test_two_equal_sounds_are_three_decibels_louder_and_have_the_notes_of_both() -> None:
    together = mix_examples(played([40]), played([40, 52]))
    assert together["features"][0, 120] == pytest.approx(-20 + 10 * np.log10(2), abs=1e-4)
    assert together["features"][0, 157] == pytest.approx(-20, abs=1e-3)
    assert set(np.nonzero(together["frame"][0])[0].tolist()) == {40, 52}


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_an_augmented_example_has_its_shapes_and_is_a_function_of_the_generator(seed: int) -> None:
    example, augment = played([30, 40, 87]), Augmentation(EVERYTHING, 3, SILENCE)
    first, second = (augment(example, lambda: played([50]), np.random.default_rng(seed)) for _ in range(2))
    for name, array in first.items():
        np.testing.assert_array_equal(array, second[name])
        assert (array.shape, array.dtype) == (example[name].shape, example[name].dtype)
    assert first["features"].min() >= SILENCE
    np.testing.assert_array_equal(example["features"], played([30, 40, 87])["features"])


def test_without_settings_nothing_changes() -> None:
    example = played([30, 40])
    same = Augmentation(Params(), 3, SILENCE)(example, never, np.random.default_rng(0))
    for name, array in example.items():
        np.testing.assert_array_equal(same[name], array)


@pytest.mark.parametrize(("soft", "loud"), [(30, 110), (110, 30)])
def test_a_key_struck_in_one_of_two_has_the_velocity_of_the_stroke(soft: int, loud: int) -> None:
    held, struck = played([40]), played([40])
    held["onset"][:], held["velocity"][held["velocity"] > 0] = 0, loud
    struck["velocity"][struck["velocity"] > 0] = soft
    for one, other in ((held, struck), (struck, held)):
        together = mix_examples(one, other)
        assert together["velocity"][0, 40] == soft
        assert (together["velocity"][1:, 40] == max(soft, loud)).all(), "read nowhere"
    struck["onset"][0, 40] = held["onset"][0, 40] = 1
    assert mix_examples(held, struck)["velocity"][0, 40] == max(soft, loud), "of two strokes at once the louder counts"


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
def test_mixup_has_the_classes_of_both_by_its_share(seed: int) -> None:
    rng = np.random.default_rng(seed)
    one, other = windows(rng, 0), windows(rng, 2)
    augmentation = Augmentation(Params(mixup=1.0), bins_per_semitone=0, silence=SILENCE)
    found = augmentation(one, lambda: other, np.random.default_rng(seed))
    share = found["label"][0]
    np.testing.assert_allclose(found["label"], [share, 0, 1 - share], atol=1e-6)
    expected = np.maximum(share * one["features"] + (1 - share) * other["features"], SILENCE)
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
    decibels = np.random.default_rng(2).uniform(-80, 0, (30, 64)).astype(np.float32)
    changed = []
    for per_db in (params.per_db, 1.0):
        example = {"features": decibels * np.float32(per_db), "label": np.eye(2, dtype=np.float32)[0]}
        other = {"features": np.float32(0.5 * per_db) * decibels, "label": np.eye(2, dtype=np.float32)[1]}
        augment = Augmentation(LOUD, 0, -80.0 * per_db, per_db)
        examples = [augment(example, lambda other=other: other, np.random.default_rng(seed)) for seed in range(20)]
        changed.append(np.stack([each["features"] for each in examples]) / per_db)
    np.testing.assert_allclose(*changed, atol=1e-3)
    assert np.abs(changed[0] - decibels).mean() > 3
    assert Augmentation.for_feature(LOUD, params).silence == pytest.approx(params.floor_db * params.per_db)


@pytest.mark.parametrize("name", sorted(set(presets()) - set(presets_of_levels())))
def test_a_feature_without_levels_allows_masks_and_no_decibels(name: str) -> None:
    params = feature_of(name).PRESETS[name]
    with pytest.raises(ParameterError, match=r"a feature with levels.*noise.*--set augmentation\.noise=0"):
        Augmentation.for_feature(Params(noise=0.1), params)
    example = {"features": np.full((40, 12), -3.0, np.float32)}
    found = Augmentation.for_feature(Params(mask=1.0), params)(example, dict, np.random.default_rng(0))["features"]
    assert set(np.unique(found)) == {-3.0, np.float32(params.silence)}
