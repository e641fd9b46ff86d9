"""Onset features: those of librosa's constant-Q transform, within the rounding of float32."""

from __future__ import annotations

import librosa
import numpy as np
import pytest
from numpy.typing import NDArray

from mir_models.alignment import _onset_features as onset_features
from mir_models.alignment import extract_onsets
from mir_models.notes.frames import FrameGrid
from tests.synthetic_piano import ONSET_PARAMS, recording


def by_librosa(y: NDArray[np.float32], grid: FrameGrid) -> onset_features.Spectrum:
    """See `onset_features._constant_q`."""
    margin = round(onset_features.MARGIN_SECONDS * grid.frame_rate)

    def spectrum(start: int, stop: int) -> NDArray[np.float32]:
        ends = (start - margin) * grid.hop_length, (stop + margin) * grid.hop_length
        block = onset_features._excerpt(y, *ends)
        found = librosa.cqt(block, sr=grid.sr, hop_length=grid.hop_length, fmin=librosa.midi_to_hz(21), n_bins=88)
        return np.abs(found[:, margin : margin + stop - start]).T

    return spectrum


def test_onsets_are_those_of_librosa(monkeypatch: pytest.MonkeyPatch) -> None:
    y = recording(3)
    ours = extract_onsets(y, ONSET_PARAMS)
    monkeypatch.setattr(onset_features, "_constant_q", by_librosa)
    expected = extract_onsets(y, ONSET_PARAMS)
    np.testing.assert_allclose(ours.per_key, expected.per_key, atol=2e-4)
    np.testing.assert_allclose(ours.level, expected.level, rtol=1e-4, atol=1e-6)
    assert ours.per_key.max() > 1
