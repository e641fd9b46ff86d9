"""The run ``tiny`` from MIDI files to an exported folder, by the commands that a long run is worked with."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mir_models.notes.annotations import Notes
from storage.media import midi
from storage.models.exported import ModelFolder

ROOT = Path(__file__).parents[3]


def write_works(folder: Path) -> None:
    """Six works of two hundred notes in a minute."""
    folder.mkdir()
    for seed in range(6):
        rng = np.random.default_rng(seed)
        onsets = np.sort(rng.uniform(0, 59, 200))
        pitches, velocities = rng.integers(30, 90, 200), rng.integers(30, 110, 200)
        notes = Notes(np.stack([onsets, onsets + 0.5], axis=1), pitches, velocities)
        (folder / f"work {seed}.mid").write_bytes(midi.encode(notes))


def printed(homes: Path, *words: str) -> str:
    """What a command prints that ends well."""
    command = [sys.executable, "-m", "experiments.long_runs", "--homes", str(homes), *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_run_is_prepared_trained_and_exported_by_three_commands(tmp_path: Path) -> None:
    pytest.importorskip("midirenderer", reason="midirenderer is not installed")
    write_works(tmp_path / "corpora")
    homes, exported = tmp_path / "homes", tmp_path / "exported"
    table = printed(homes, "train", "tiny", "--corpora", str(tmp_path / "corpora"), "--uncommitted")
    assert " | 3 of 3 | " in table
    assert table.splitlines()[-1].startswith("Next: python -m experiments.long_runs export tiny FOLDER")
    assert "mirliton evaluate" not in table
    assert " | finished | " in printed(homes, "state", "tiny")
    assert "onsets_frames under CC0" in printed(homes, "export", "tiny", str(exported), "--licence", "CC0")
    record = ModelFolder(exported).record()
    assert (record.architecture, record.datasets, record.decoding_version) == ("onsets_frames", ["music"], 5)
    assert record.scores is not None
