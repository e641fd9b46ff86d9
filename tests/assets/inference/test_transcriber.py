"""Transcriptions of recordings on disk: their certainty, in the file and as a warning."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import soundfile

from assets.inference.transcriber import Transcriber, certainty_warning, load_transcriber_from_folder
from mir_models.features import feature_of
from mir_models.notes.annotations import N_KEYS
from mir_models.notes.decoding import Decoding
from storage.models.exported import RECORD
from tests.pipelines.cli.energy_network import export
from tests.stored_records import model_record

SR = 22050
EVERY = 40
"""Frames between two onsets of `Struck`."""


class Struck:
    """A network that finds an onset of one key every `EVERY` frames of a window, of one height."""

    def __init__(self, height: float, head: str = "onset_regressed") -> None:
        self.height, self.head = height, head

    def predict_on_batch(self, features: np.ndarray) -> dict[str, np.ndarray]:
        roll = np.zeros((*features.shape[:2], N_KEYS), dtype=np.float32)
        onset, frame = roll.copy(), roll.copy()
        onset[:, ::EVERY, 39] = self.height
        frame[:, :, 39] = np.arange(features.shape[1]) % EVERY < 20
        return {"frame": frame, self.head: onset}


def transcriber(height: float, threshold: float | None, **changes: str) -> Transcriber:
    feature = feature_of("cqt")
    decoding = Decoding(frame_threshold=0.5, onset_threshold=0.45)
    network = Struck(height, **changes)
    return Transcriber(network, feature, feature.PRESETS["cqt"], decoding, {}, threshold)


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Ten seconds of noise."""
    path = tmp_path / "x.wav"
    soundfile.write(path, np.random.default_rng(0).normal(0, 0.1, 10 * SR), SR)
    return path


@pytest.fixture
def warnings() -> list[str]:
    return []


def test_a_certainty_below_the_threshold_is_a_warning_with_both(recording: Path, warnings: list[str]) -> None:
    found = transcriber(0.5, 0.74).transcribe(recording, warn=warnings.append)
    assert len(found) > 5
    assert found.certainty == pytest.approx((0.5 * len(found) + 2) / (len(found) + 2))
    (warning,) = warnings
    shown = math.floor(100 * found.certainty) / 100
    assert warning.startswith(f"x.wav: its notes are probably wrong (certainty {shown:.2f}, below 0.74): ")


def test_notes_can_be_followed_while_they_are_found(tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    soundfile.write(path, np.random.default_rng(0).normal(0, 0.1, 45 * SR), SR)
    seen: list[tuple[int, float]] = []
    found = transcriber(0.9, None).transcribe(path, warn=print, follow=lambda notes, to: seen.append((len(notes), to)))
    n_notes, seconds = zip(*seen, strict=True)
    assert list(n_notes) == sorted(n_notes)
    assert len(found) - n_notes[-1] in (0, 1)  # The last note ends with the recording.
    assert list(seconds) == sorted(seconds)
    assert seconds[-1] == pytest.approx(45.0, abs=0.05)


def test_a_certainty_just_below_the_threshold_is_printed_below_it() -> None:
    text = certainty_warning(0.7599, 0.76)
    assert text is not None
    assert "(certainty 0.75, below 0.76)" in text
    assert certainty_warning(0.76, 0.76) is None


@pytest.mark.parametrize(
    ("height", "threshold", "changes"),
    [(0.8, 0.74, {}), (0.5, None, {}), (0.5, 0.74, {"head": "offset"}), (0.4, 0.74, {})],
    ids=["sure", "no threshold", "no onset head", "no notes"],
)
def test_where_there_is_no_doubt_or_no_measure_of_it_nothing_is_printed(
    recording: Path, warnings: list[str], height: float, threshold: float | None, changes: dict[str, str]
) -> None:
    transcriber(height, threshold, **changes).transcribe(recording, warn=warnings.append)
    assert warnings == []


@pytest.mark.parametrize(
    ("height", "threshold", "expected"),
    [(1.0, 0.74, (1.0, 0.74)), (1.0, None, (1.0, None)), (0.4, 0.74, (None, 0.74))],
)
def test_json_has_the_certainty_and_its_threshold(
    recording: Path, height: float, threshold: float | None, expected: tuple[float | None, float | None]
) -> None:
    used = transcriber(height, threshold)
    found = json.loads(used.encoded(used.transcribe(recording, warn=print), "json", "x.wav"))
    assert (found["certainty"], found["certainty_threshold"]) == expected
    assert list(found) == ["recording", "model", "certainty", "certainty_threshold", "notes"]


def test_the_threshold_is_that_of_the_record(tmp_path: Path) -> None:
    exported = export(tmp_path / "model")
    assert load_transcriber_from_folder(exported).certainty_threshold is None
    record = exported.folder / RECORD
    record.write_text(json.dumps({**json.loads(record.read_text()), "certainty_threshold": 0.6}))
    assert load_transcriber_from_folder(exported).certainty_threshold == 0.6


def test_a_record_without_a_threshold_is_as_it_was() -> None:
    assert "certainty_threshold" not in model_record().to_json()
    assert model_record(certainty_threshold=0.6).to_json()["certainty_threshold"] == 0.6
