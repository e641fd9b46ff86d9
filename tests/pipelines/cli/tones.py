"""What tests of ``transcribe`` share: recordings of two tones, a shipped model, files of a folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from storage.models import shipped
from storage.models.exported import ModelFolder
from tests.pipelines.cli.energy_network import RECORD, export

SR = 22050
PITCHES, ONSETS = (57, 69), (0.5, 1.5)
"""Two tones of 0.7 s, one after the other."""


def tones(path: Path, *, sr: int = SR) -> Path:
    """A recording of `PITCHES`, 3 s."""
    y, t = np.zeros(3 * sr), np.arange(int(0.7 * sr)) / sr
    for pitch, onset in zip(PITCHES, ONSETS, strict=True):
        fade = np.minimum(1, np.minimum(t, t[::-1]) / 0.02)
        y[int(onset * sr) :][: len(t)] += 0.5 * fade * np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * t)
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, y, sr)
    return path


@pytest.fixture(autouse=True)
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelFolder:
    """A shipped model, in a working directory of the test's own."""
    monkeypatch.setattr(shipped, "HERE", tmp_path / "shipped")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return export(tmp_path / "shipped" / RECORD.task)


def files(folder: Path) -> list[str]:
    """Relative paths of the files below a folder, without hidden ones."""
    paths = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    return sorted(path.as_posix() for path in paths if not path.name.startswith("."))


def pitches_of(rows: list[dict[str, str]]) -> list[int]:
    """The pitches of the notes of a CSV file that are longer than 0.4 s."""
    return [int(row["pitch"]) for row in rows if float(row["offset"]) - float(row["onset"]) > 0.4]
