"""The comparison of decodings: recordings in audio time, and tables of F1 per decoding."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import soundfile

from experiments import transcribers
from experiments.decodings import __main__ as command
from experiments.decodings import experiment
from experiments.decodings.compared import compared, decodings
from experiments.decodings.recordings import Recording
from experiments.decodings.transcription import Transcription
from mir_models.features.cqt import Params
from mir_models.notes.annotations import Notes
from mir_models.notes.decoding import Decoding
from mir_models.notes.piano_roll import draw
from storage.media import midi

NOTES = Notes(np.array([[0.1, 1.0], [0.2, 0.4], [3.0, 3.5]]), np.array([60, 64, 67]), np.array([80, 40, 60]))


@dataclass(frozen=True)
class Model:
    """What the experiment asks of a loaded model."""

    params: Params = field(default_factory=Params)

    def decoding(self, kind: type[Decoding]) -> Decoding:
        return kind(0.4, onset_threshold=0.4, end_threshold=0.7)


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    path = tmp_path / "ENSTDkCl" / "MUS" / "a.flac"
    path.parent.mkdir(parents=True)
    soundfile.write(path, np.zeros(32000, np.float32), 16000)
    path.with_suffix(".mid").write_bytes(midi.encode(NOTES))
    return Recording("real pianos", path)


def exact(notes: Notes) -> dict[str, np.ndarray]:
    """Activations of 2 s that are right, but for a dip in the longest note, which the frame threshold ends there."""
    rolls = draw(notes, Params().grid, 87)
    heads = {"frame": rolls.frame, "onset": rolls.onset, "velocity": rolls.velocity / 127}
    found = {head: roll.astype(np.float32) for head, roll in heads.items()}
    found["frame"][25:27] *= 0.3
    return found


def test_notes_are_in_audio_time_and_within_the_audio(recording: Recording) -> None:
    np.testing.assert_allclose(recording.notes().onset_times, [0.1, 0.2], atol=1e-3)
    moved = Recording("Salamander", recording.path, lag=-0.06, stretch=2.0).notes()
    np.testing.assert_allclose(moved.intervals, [[0.04, 0.14], [1.44, 1.69]], atol=1e-3)


def test_each_decoding_differs_from_the_frame_threshold_in_one_respect_or_two() -> None:
    plain, *others = decodings(Model().decoding(Decoding)).values()
    assert plain == Decoding(0.4, onset_threshold=0.4)
    for other in others:
        changed = {name for name, value in vars(plain).items() if getattr(other, name) != value}
        assert len(changed) == 1 or changed == {"end_threshold", "velocity_radius"}


def test_onsets_are_shifted_by_what_their_row_says() -> None:
    plain = Decoding(0.4, onset_threshold=0.4)
    found = Transcription(exact(NOTES.where(NOTES.onset_times < 2)), Params().grid, plain)
    moved = compared(plain)["onsets -5 ms"](found)
    np.testing.assert_allclose(moved.onset_times, found.notes(plain).onset_times - 0.005)


def test_tables_with_a_row_per_decoding(
    recording: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(experiment, "activations_of", lambda recording, model: exact(recording.notes()))
    monkeypatch.setattr(transcribers, "load", lambda name: Model())
    monkeypatch.setattr(transcribers, "described", lambda model: "Network: a test's")
    command.main(["--real", str(tmp_path), "--out", str(tmp_path)])
    printed = capsys.readouterr().out
    lines = printed.splitlines()
    assert lines[:2] == ["Network: a test's", ""]
    assert "| decoding | real pianos (1) |" in lines
    assert "| its own, ends by the frame threshold | 1.0000 / 0.5000 / 0.5000 |" in lines
    assert "| likeliest end, 0.5 | 1.0000 / 1.0000 / 1.0000 |" in lines
    assert "| likeliest end, 0.5 | +0.500 (1 of 1) |" in lines
    assert "| its own, ends by the frame threshold | 1.0000 |" in lines
    assert "| 0.55 where MIDI pitch is from 77 | +0.0000 |" in lines
    assert "| of its own frame | 1.000; +0.0 |" in lines
    assert (tmp_path / "decodings.md").read_text() + "\n" == printed


def test_without_a_folder_there_is_nothing_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["--out", str(tmp_path)])
    assert "name a folder" in capsys.readouterr().err
