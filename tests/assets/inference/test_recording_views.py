"""What a page shows of a recording: notes as a piano roll, their sound and files; classes by window."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from assets.inference.classifier import Classifier
from assets.inference.loaded_model import LoadedModel
from assets.inference.recording_views import View, classification_view, transcription_view
from mir_models.examples.windows import Window
from mir_models.features import feature_of
from mir_models.inference.classification import Voting
from mir_models.inference.threads import one_by_one
from storage.media.sound_files import SoundFile, write_playable
from tests.assets.inference.test_transcriber import transcriber
from tests.stored_records import model_record

SR = 22050


@pytest.fixture
def sound(tmp_path: Path) -> SoundFile:
    """Half a minute of noise, ``x.wav``, as it is played."""
    soundfile.write(tmp_path / "x.wav", np.random.default_rng(0).normal(0, 0.1, 30 * SR), SR)
    (tmp_path / "made").mkdir()
    return write_playable(tmp_path / "x.wav", tmp_path / "made" / "x.flac")


def transcribed(sound: SoundFile, height: float) -> tuple[View, list[dict[str, Any]], list[str]]:
    """The view of the notes of a stub, what was shown before, and its warnings."""
    shown: list[dict[str, Any]] = []
    warnings: list[str] = []
    settings = {"over": one_by_one, "warn": warnings.append, "follow": shown.append}
    return (
        transcription_view(transcriber(height, 0.74), Path(sound.path.parents[1] / "x.wav"), sound, **settings),
        shown,
        warnings,
    )


def test_notes_are_shown_as_they_are_found_and_written_in_every_format(sound: SoundFile) -> None:
    view, shown, warnings = transcribed(sound, 0.9)
    assert [path.name for path in view.files] == ["x.mid", "x.csv", "x.json"]
    notes = json.loads(view.files[2].read_text())["notes"]
    assert view.summary.startswith(f"{len(notes)} notes, certainty 0.9")
    columns, rows = view.shown["notes"]["columns"], view.shown["notes"]["rows"]
    assert columns == ["onset", "offset", "pitch", "velocity"]
    expected = [[each[name] for name in columns] for each in notes]
    np.testing.assert_allclose(rows, expected, atol=0.0006)
    assert (view.shown["start"], view.shown["stop"]) == (0.0, 30.0)
    assert view.shown["spectrum"]["url"].startswith("data:image/png;base64,")
    assert view.shown["spectrum"]["stop"] == pytest.approx(30.0, abs=0.05)
    assert warnings == []
    for earlier in shown:
        n = len(earlier["notes"]["rows"])
        assert sorted(earlier["notes"]["rows"]) == sorted(rows)[:n]
        assert max(row[0] for row in earlier["notes"]["rows"]) < earlier["reached"]
    reached = [each["reached"] for each in shown]
    assert reached == sorted(reached)
    assert (len(reached), reached[-1]) == (2, 30.0)


def test_the_notes_sound_where_they_are_and_as_loud_as_the_recording(sound: SoundFile) -> None:
    view, _, _ = transcribed(sound, 0.9)
    assert view.rendition is not None
    y, sr = soundfile.read(view.rendition)
    first = view.shown["notes"]["rows"][0][0]
    assert np.abs(y[: round((first - 0.01) * sr)]).max(initial=0.0) < 1e-3
    assert np.abs(y[round(first * sr) : round((first + 0.2) * sr)]).max() > 0.05
    assert np.abs(y).max() == pytest.approx(sound.peak, abs=0.01)


def test_of_no_notes_there_are_files_and_no_sound(sound: SoundFile) -> None:
    view, _, _ = transcribed(sound, 0.3)
    assert (view.summary, view.rendition, view.shown["notes"]["rows"]) == ("0 notes", None, [])
    assert all(path.exists() for path in view.files)


def test_doubtful_notes_are_shown_with_the_warning(sound: SoundFile) -> None:
    _, _, warnings = transcribed(sound, 0.5)
    assert warnings[0].startswith("x.wav: its notes are probably wrong")


class Alternating:
    """A network that is sure of another class in every second window."""

    def predict_on_batch(self, windows: np.ndarray) -> dict[str, np.ndarray]:
        """Probabilities (n_windows, 3)."""
        return {"class": np.tile([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3]], (len(windows), 1))[: len(windows)]}


def test_classes_are_shown_by_window_with_all_alternatives(sound: SoundFile) -> None:
    feature = feature_of("cqt")
    record = model_record(task="genre_recognition")
    metadata = {"name": "x", "task": "genre_recognition", "licence": "", "sha256": ""}
    model = LoadedModel(Alternating(), record, feature, feature.PRESETS["cqt"], metadata)
    classifier = Classifier(model, Voting(("blues", "jazz", "rock"), Window(frames=430, hop=215)))
    view = classification_view(classifier, sound.path.parents[1] / "x.wav", sound, warn=print)
    rows = view.shown["probabilities"]
    assert rows[:2] == [[0.7, 0.2, 0.1], [0.1, 0.6, 0.3]]
    assert len(rows) == len(view.shown["starts"])
    assert view.shown["starts"][1] == pytest.approx(215 / feature.PRESETS["cqt"].grid.frame_rate, abs=1e-3)
    assert view.shown["classes"] == ["blues", "jazz", "rock"]
    mean = dict(view.shown["top"])
    assert list(mean) == sorted(mean, key=lambda name: -mean[name])
    assert sum(mean.values()) == pytest.approx(1.0, abs=1e-3)
    assert [path.name for path in view.files] == ["x.json", "x.png"]
    assert json.loads(view.files[0].read_text())["windows"][0]["probabilities"] == rows[0]
