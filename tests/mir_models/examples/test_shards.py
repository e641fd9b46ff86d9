"""How shards are stored: settings are checked, rounding is bounded and refused where it would not be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from mir_models.errors import ParameterError
from mir_models.examples.shards import Params, rounded


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("compression", "zip", "compression one of none, targets, all. Received: compression=zip"),
        ("dtype", "uint8", "dtype one of float32, float16. Received: dtype=uint8"),
    ],
)
def test_settings_that_there_are_not_are_refused(setting: str, value: str, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        Params(**{setting: value})  # type: ignore[arg-type]


def test_features_are_exact_and_targets_compressed_by_default() -> None:
    assert (Params().compression, Params().dtype) == ("targets", "float32")


@given(arrays.arrays(np.float32, (3, 4), elements=st.floats(-80, 0, width=32)))
def test_decibels_are_rounded_to_half_a_step_or_not_at_all(features: np.ndarray) -> None:
    assert rounded(features, "float32") is features
    half = rounded(features, "float16")
    assert half.dtype == np.float16
    assert np.abs(half.astype(np.float32) - features).max() <= 1 / 32
    loud = features > -64
    assert np.abs(half.astype(np.float32) - features)[loud].max(initial=0) <= 1 / 64


def test_features_that_float16_has_no_room_for_are_refused() -> None:
    assert np.isfinite(rounded(np.array([65504, -65504], np.float32), "float16")).all()
    with pytest.raises(ParameterError, match=r"up to 65504 for float16\. Received: 70000.*shards.dtype=float32"):
        rounded(np.array([1, -70000], np.float32), "float16")
    assert len(rounded(np.zeros((0, 512, 3), np.float32), "float16")) == 0
