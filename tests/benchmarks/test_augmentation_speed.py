"""The benchmark of variants: a row for every augmentation, and figures of the presets in the history."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks import augmentation_speed, history
from mir_models.augmentation.variants import PRESETS
from mir_models.augmentation.waveform import AUGMENTATIONS
from storage.media import audio
from tests.synthetic_piano import SR, recording


def test_every_augmentation_and_preset_has_a_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    audio.write_wav(tmp_path / "piano.wav", recording()[:SR], SR)
    monkeypatch.setenv(history.PATH_VARIABLE, str(tmp_path / "history.jsonl"))
    monkeypatch.setattr(sys, "argv", ["augmentation_speed", str(tmp_path / "piano.wav")])
    monkeypatch.setattr(augmentation_speed, "N_DRAWS", 1)
    augmentation_speed.main()
    rows = capsys.readouterr().out.splitlines()[2:]
    assert [row.split("`")[1] for row in rows[: -2 * len(PRESETS)]] == AUGMENTATIONS.names()
    assert [row.split("`")[1] for row in rows[-2 * len(PRESETS) :: 2]] == list(PRESETS)
    assert set(augmentation_speed.GOALS) == set(PRESETS)
    assert len((tmp_path / "history.jsonl").read_text().splitlines()) == 2 * len(PRESETS)
