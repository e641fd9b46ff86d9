"""The comparison of mixes: stereo of a given width, and a row of F1 by mix."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from experiments import downmix
from mir_models.notes.annotations import Notes
from storage.media import midi

STEREO = np.random.default_rng(0).standard_normal((5000, 2)).astype(np.float32)


@pytest.mark.parametrize(("side", "correlation"), [(0.0, 1.0), (1.0, 0.0), (0.6, (1 - 0.36) / (1 + 0.36))])
def test_the_share_of_the_side_is_the_correlation_of_the_channels(side: float, correlation: float) -> None:
    y = downmix.with_side(STEREO, side)
    assert np.abs(y).max() <= 1
    assert np.corrcoef(y.T)[0, 1] == pytest.approx(correlation, abs=0.03)


def test_an_inverted_channel_costs_the_mean_its_notes_and_not_the_chosen_mix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    notes = Notes([[0.1, 1.0]], [60], [80])
    (tmp_path / "a.mid").write_bytes(midi.encode(notes))
    levels = []

    def transcribed(y: np.ndarray, sr: int, by: object) -> Notes:
        levels.append(float(np.abs(y).max()))
        return notes if levels[-1] > 0.1 else notes.where(notes.onset_times < 0)

    monkeypatch.setattr(downmix, "transcribed", transcribed)
    monkeypatch.setattr(downmix, "SIDES", (0.0,))
    downmix.main([str(tmp_path), "--first", "1", "--seconds", "2"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[4:] == [
        "| a | 0.0 | +1.00 | 1.000 | 1.000 | mean |",
        "| a | 0.0 | -1.00 | 0.000 | 1.000 | mean with channel 2 inverted |",
    ]
