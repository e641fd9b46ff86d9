"""Several presets of one recording equal each by itself, and what they have in common is computed once."""

from __future__ import annotations

from collections import Counter
from copy import copy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mir_models import constant_q, shared_results
from mir_models.errors import ParameterError
from mir_models.features import extract_presets, feature_of, presets
from mir_models.resampling import resample


@pytest.fixture(scope="module")
def audio() -> np.ndarray:
    return np.random.default_rng(3).normal(0, 0.1, 5 * 44100).astype(np.float32)


def test_every_preset_is_byte_for_byte_what_it_is_alone(audio: np.ndarray) -> None:
    pytest.importorskip("librosa", reason="librosa is not installed")
    params = {name: feature.PRESETS[name] for name, feature in sorted(presets().items())}
    params["cqt"] = replace(params["cqt"], sr=44100)
    together = dict(extract_presets(audio, 44100, params))
    assert list(together) == list(params)
    for name, each in params.items():
        alone = feature_of(name).extract(resample(audio, 44100, each.sr), each)
        assert together[name].tobytes() == alone.tobytes(), name


def test_audio_is_resampled_and_halved_once_for_all(audio: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: Counter[str] = Counter()

    def counted(y: np.ndarray, sr: int, target_sr: int) -> np.ndarray:
        calls[f"{sr} to {target_sr}"] += 1
        return resample(y, sr, target_sr)

    monkeypatch.setattr(constant_q, "resample", counted)
    monkeypatch.setattr("mir_models.features.resample", counted)
    params = {name: feature_of(name).PRESETS[name] for name in ("cqt", "cqt_36", "cqt_84")}
    dict(extract_presets(audio, 44100, params))
    assert calls == {"44100 to 22050": 1, "2 to 1": 8}
    calls.clear()
    for name, each in params.items():
        feature_of(name).extract(audio, each)
    assert calls == {"2 to 1": 7 + 8 + 6}


def test_nothing_is_kept_of_a_recording(audio: np.ndarray) -> None:
    for _ in extract_presets(audio, 22050, {"cqt": feature_of("cqt").PRESETS["cqt"]}):
        assert shared_results._current.get() is None, "while the caller works"
    assert shared_results._current.get() is None


def test_a_preset_that_raises_leaves_no_trace(audio: np.ndarray) -> None:
    params: dict[str, Any] = {"cqt": copy(feature_of("cqt").PRESETS["cqt"])}
    object.__setattr__(params["cqt"], "sr", 8000)  # Which its own check refuses.
    with pytest.raises(ParameterError, match="half the sampling rate"):
        dict(extract_presets(audio, 44100, params))
    assert shared_results._current.get() is None
