"""Notes of mirdata's datasets: units, formats, and what is broken."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mir_models.errors import TrackError
from mir_models.notes.annotations import Notes
from storage.corpora.registrations import read_notes
from storage.datasets import mirdata as loader
from storage.media import midi
from tests.storage.datasets.mirdata_layouts import cut_off, needs_mirdata, vocadito, write

Options = loader.Options


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    cut_off(monkeypatch)


@needs_mirdata
def test_notes_in_hz_become_the_nearest_keys(tmp_path: Path) -> None:
    rows = "0.5,440.0,0.25\n1.0,0,0.5\n2.0,143.742,0.29\n"
    path = vocadito(tmp_path, rows) / "Annotations/Notes/vocadito_1_notesA1.csv"
    read = read_notes(path, "mirdata", {"dataset": "vocadito"})
    np.testing.assert_allclose(read.notes.intervals, [(0.5, 0.75), (2.0, 2.29)])
    assert read.notes.pitches.tolist() == [69, 50]  # 143.742 Hz is D3, 146.83 Hz, less 37 cents.
    assert read.notes.velocities.tolist() == [64, 64]
    assert read.pedal.shape == (0, 2)


@needs_mirdata
@given(st.lists(st.tuples(st.floats(0, 600), st.integers(21, 108), st.floats(-45, 45)), min_size=2, max_size=20))
def test_a_key_out_of_tune_by_less_than_half_a_semitone_is_still_that_key(
    tmp_path_factory: pytest.TempPathFactory, played: list[tuple[float, int, float]]
) -> None:
    path = tmp_path_factory.mktemp("notes") / "sung.csv"
    rows = {(round(onset, 2), pitch): 440 * 2 ** ((pitch - 69 + cents / 100) / 12) for onset, pitch, cents in played}
    text = "".join(f"{onset},{hz},0.5\n" for (onset, _), hz in rows.items())
    write(path, text + "700,440,0.5\n")
    expected = Notes(
        *map(np.array, zip(*(((on, on + 0.5), pitch, 64) for on, pitch in (*rows, (700, 69))), strict=True))
    )
    read = loader.read_notes(path, Options("vocadito")).notes
    np.testing.assert_allclose(read.intervals, expected.intervals, atol=1e-6)
    np.testing.assert_array_equal(read.pitches, expected.pitches)


@needs_mirdata
def test_notes_of_six_strings_in_jams(tmp_path: Path) -> None:
    strings = [
        {
            "namespace": "note_midi",
            "annotation_metadata": {"data_source": str(string)},
            "data": [{"time": float(string), "duration": 0.5, "value": 40.2 + 5 * string}] if string != 3 else [],
        }
        for string in range(6)
    ]
    path = tmp_path / "03_BN3-119-G_solo.jams"
    write(path, json.dumps({"annotations": strings}))
    read = loader.read_notes(path, Options("guitarset")).notes
    assert read.pitches.tolist() == [40, 45, 50, 60, 65]
    assert read.onset_times.tolist() == [0, 1, 2, 4, 5]


@needs_mirdata
def test_midi_files_are_read_with_their_velocities(tmp_path: Path) -> None:
    played = Notes(np.array([(0.5, 1.0), (1.0, 2.0)]), np.array([60, 64]), np.array([33, 99]))
    path = tmp_path / "x.MIDI"
    path.write_bytes(midi.encode(played))
    read = loader.read_notes(path, Options("maestro")).notes
    assert (read.pitches.tolist(), read.velocities.tolist()) == ([60, 64], [33, 99])


@needs_mirdata
@pytest.mark.filterwarnings("ignore:genfromtxt")
@pytest.mark.parametrize("text", ["", "one,two,three\n0,1,2\n", "1.0,440.0,0.5\n2.0,1e9,1\n", "0,0,1\n1,0,1\n"])
def test_broken_label_files_are_errors_of_their_track(tmp_path: Path, text: str) -> None:
    write(tmp_path / "sung.csv", text)
    with pytest.raises(TrackError, match=r"sung\.csv"):
        loader.read_notes(tmp_path / "sung.csv", Options("vocadito"))


def annotation(**changed: Any) -> SimpleNamespace:
    """What mirdata's NoteData has."""
    given = {
        "intervals": np.array([(100.0, 200.0), (300.0, 400.0)]), "interval_unit": "s",
        "pitches": np.array([60.4, 0.0]), "pitch_unit": "midi", "confidence": None, "confidence_unit": None,
    }  # fmt: skip
    return SimpleNamespace(**(given | changed))


def test_units_of_time_pitch_and_velocity() -> None:
    notes = loader._notes(
        annotation(interval_unit="ms", confidence=np.array([0.0, 90.6]), confidence_unit="velocity"), "x"
    )
    assert notes.intervals.tolist() == [[0.1, 0.2], [0.3, 0.4]]
    assert notes.pitches.tolist() == [60, 0]
    assert notes.velocities.tolist() == [1, 91]
    assert loader._notes(annotation(confidence=np.ones(2), confidence_unit="binary"), "x").velocities.tolist() == [
        64,
        64,
    ]


@pytest.mark.parametrize("unit", [{"interval_unit": "ticks"}, {"pitch_unit": "note_name"}])
def test_other_units_are_refused(unit: dict[str, str]) -> None:
    with pytest.raises(TrackError, match=next(iter(unit.values()))):
        loader._notes(annotation(**unit), "x")
