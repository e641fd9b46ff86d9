"""The contract of every feature and preset, and the levels and ranges of the constant-Q presets."""

from __future__ import annotations

import numpy as np
import pytest

from mir_models.errors import ParameterError
from mir_models.features import FEATURES, Feature, FeatureParams, cqt, feature_of, params_of_preset

PRESETS = [(feature, name) for feature in FEATURES.entries().values() for name in feature.PRESETS]


@pytest.mark.parametrize(("feature", "name"), PRESETS, ids=[name for _, name in PRESETS])
def test_a_feature_fills_its_grid_with_finite_numbers_and_has_its_value_of_silence(feature: Feature, name: str) -> None:
    params = feature.PRESETS[name]
    assert type(params).__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert feature_of(name) is feature
    for n_samples in (1, params.hop_length, params.sr + 7):
        y = np.random.default_rng(0).normal(0, 0.1, n_samples).astype(np.float32)
        extracted = feature.extract(y, params)
        assert extracted.dtype == np.float32
        assert extracted.shape == (params.grid.n_frames(n_samples), extracted.shape[1])
        assert np.isfinite(extracted).all()
    silent = feature.extract(np.zeros(params.sr, dtype=np.float32), params)
    np.testing.assert_allclose(silent, params.silence, atol=1e-4)


def test_frames_context_and_units_of_every_feature() -> None:
    defaults: dict[str, FeatureParams] = {name: feature.Params() for name, feature in FEATURES.entries().items()}
    assert {name: each.grid.frame_rate for name, each in defaults.items()} == dict.fromkeys(defaults, 22050 / 512)
    half_frames = {"chroma": 2048, "log_mel": 1024, "mfcc": 1024, "stft": 1024}
    assert {name: defaults[name].context for name in half_frames} == {
        name: n / 22050 for name, n in half_frames.items()
    }
    longest = 1 / (2 ** (1 / 12) - 1) / 27.5  # Of a filter at A0; in seconds.
    assert defaults["cqt"].context == pytest.approx(longest)
    assert {name: each.per_db for name, each in defaults.items() if each.per_db} == {"cqt": 1, "log_mel": 1, "stft": 1}
    assert {name for name, each in defaults.items() if each.bins_per_semitone} == {"cqt"}
    assert feature_of("cqt_36").PRESETS["cqt_36"].bins_per_semitone == 3


def test_settings_of_a_preset_from_a_record() -> None:
    values = {"sr": 16000, "hop_length": 256, "n_bins": 60}
    assert params_of_preset("cqt_84", values) == cqt.Params(sr=16000, hop_length=256, n_bins=60)
    with pytest.raises(
        ParameterError,
        match=r"preset\. Received: 'cqt_85'\. Remedy: did you mean cqt_84, .*\? Else choose one of chroma",
    ):
        params_of_preset("cqt_85", values)


def test_the_seed_systems_transform_is_kept_exactly() -> None:
    params = cqt.PRESETS["cqt_84"]
    assert (params.sr, params.hop_length, params.n_bins, params.bins_per_octave) == (22050, 512, 84, 12)
    assert params.fmin == pytest.approx(32.7032, abs=1e-4)  # C1
    lowest = {name: each.first_pitch for name, each in cqt.PRESETS.items()}
    assert lowest == pytest.approx({"cqt": 21, "cqt_36": 21 - 1 / 3, "cqt_84": 24})


@pytest.mark.parametrize(("pitch", "level"), [(21, 35.4), (69, 23.4), (108, 13.6)])
def test_a_full_scale_sine_has_the_level_of_the_docstring(pitch: int, level: float) -> None:
    params = cqt.PRESETS["cqt"]
    times = np.arange(4 * params.sr) / params.sr
    levels = cqt.extract(np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * times).astype(np.float32), params)
    middle = levels[len(levels) // 2]
    assert middle.argmax() == pitch - 21
    assert middle.max() == pytest.approx(level, abs=0.5)
