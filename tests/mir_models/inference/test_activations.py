"""Activations over a track: windows that are cross-faded."""

from __future__ import annotations

import numpy as np
import pytest

from mir_models.inference import activations as inference


class CountingNetwork:
    """A network whose output is the number of its window: 0 for the first, 1 for the next, and so on."""

    def __init__(self) -> None:
        self.n = 0

    def predict_on_batch(self, features: np.ndarray) -> dict[str, np.ndarray]:
        numbers = np.arange(self.n, self.n + len(features), dtype=np.float32)
        self.n += len(features)
        return {"frame": np.broadcast_to(numbers[:, None, None], (len(features), features.shape[1], 2))}


@pytest.mark.parametrize("n_frames", [1, 767, 768, 831, 832, 833, 1536, 1600, 1601, 5000])
def test_a_window_is_cross_faded_into_the_next_one(n_frames: int) -> None:
    hop, fade = inference.HOP_FRAMES, inference.FADE_FRAMES
    outputs = inference.predict_track(CountingNetwork(), np.zeros((n_frames, 3), np.float32), silence=0.0)["frame"]
    frame = np.arange(n_frames)
    into = np.clip((frame % hop + 1) / (fade + 1), None, 1)
    last = max(0, -(-(n_frames - fade) // hop) - 1)
    number = np.minimum(frame // hop, last)
    expected = np.where((frame // hop <= last) & (number > 0), number - 1 + into, number)
    np.testing.assert_allclose(outputs[:, 0], expected, atol=1e-5)
