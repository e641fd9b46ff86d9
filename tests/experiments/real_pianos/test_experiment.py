"""The run: recordings are transcribed once in every condition, and tables and figure are made of what is kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.real_pianos import experiment
from experiments.real_pianos.conditions import CONDITIONS, UNCHANGED, drawn, louder
from experiments.real_pianos.experiment import Transcribed
from experiments.real_pianos.figure import causes_and_conditions
from experiments.real_pianos.lags import f1_without_lag
from experiments.real_pianos.power import mean_powers, power_table
from experiments.real_pianos.recordings import Excerpt, Recording
from experiments.real_pianos.table import by_condition, by_piano, page
from mir_models.augmentation import variants
from mir_models.augmentation.waveform import AUGMENTATIONS
from mir_models.notes.annotations import NO_NOTES, Notes
from mir_models.notes.decoding import Decoding

SR = 22050
REF = Notes([[1.0, 1.5], [2.0, 2.5], [3.0, 4.0]], [60, 64, 67], [60, 30, 90])


class Model:
    """Finds `REF` without its last note, whatever it is given."""

    def __init__(self) -> None:
        from tests.assets.inference.test_transcriber import transcriber

        used = transcriber(0.8, None)
        self.network, self.feature, self.params = used.model, used.feature, used.params
        self.metadata = {"sha256": "0" * 64}

    @staticmethod
    def decoding(kind: type) -> Decoding:
        return Decoding(frame_threshold=0.5, onset_threshold=0.45)


def recording(piano: str = "ENSTDkAm", *, is_control: bool = False) -> Recording:
    excerpt = Excerpt(np.zeros(5 * SR, dtype=np.float32), SR, REF, REF.offset_times)
    return Recording(piano, "x", lambda: excerpt, {"files": ["0"]}, is_control=is_control)


def transcribed(piano: str, est: Notes, condition: str = UNCHANGED, *, is_control: bool = False) -> Transcribed:
    heights, levels = np.array([0.9, 0.2, 0.9]), np.array([-20.0, -30.0, -10.0])
    return Transcribed(piano, "x", condition, is_control, 5.0, REF, est, REF.offset_times, heights, levels)


def test_a_recording_is_transcribed_once_in_every_condition(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, found = Model(), [recording(), recording("control", is_control=True)]
    conditions = [UNCHANGED, "+6 dB"]
    experiment.run(found, conditions, model, tmp_path)
    results = experiment.results(found, conditions, model, tmp_path)
    assert [(each.piano, each.condition) for each in results] == [
        ("ENSTDkAm", UNCHANGED),
        ("control", UNCHANGED),
        ("ENSTDkAm", "+6 dB"),
    ]
    first = results[0]
    np.testing.assert_allclose(first.ref.intervals, REF.intervals)
    np.testing.assert_allclose(first.released, REF.offset_times)
    assert set(first.est.pitches) == {60}, "the network finds one key"
    assert first.heights == pytest.approx([0.8, 0.0, 0.0]) or first.heights == pytest.approx([0.0, 0.0, 0.0])
    np.testing.assert_array_equal(first.levels, [model.params.floor_db] * 3)
    monkeypatch.setattr(experiment, "predict_track", None)
    experiment.run(found, conditions, model, tmp_path)


def test_a_height_is_the_largest_within_50_ms() -> None:
    grid = Model().params.grid
    onset = np.zeros((200, 88), dtype=np.float32)
    frame = int(grid.frames(1.0))
    onset[frame + 2, 60 - 21], onset[frame + 4, 60 - 21], onset[frame, 61 - 21] = 0.4, 0.9, 0.8
    np.testing.assert_allclose(experiment.heights(onset, REF, grid), [0.4, 0, 0], atol=1e-7)


def test_only_recordings_that_are_there_in_all_conditions_are_compared() -> None:
    other = replace(transcribed("b", REF), name="y")
    found = by_condition([other, transcribed("b", REF), transcribed("b", REF, "+6 dB"), transcribed("c", REF)])
    assert {name: [each.name for each in group] for name, group in found["b"].items()} == {
        UNCHANGED: ["x"],
        "+6 dB": ["x"],
    }
    assert list(found) == ["b"]
    assert by_condition([other]) == {}


def test_onset_f1_within_50_and_150_ms() -> None:
    found = transcribed("b", Notes([[1.04, 2.0], [2.1, 3.0]], [60, 64], [60, 60]))
    assert (found.onset_f1(), found.onset_f1(wide=True)) == (2 / 5, 4 / 5)


def test_real_pianos_stand_together_first() -> None:
    groups = by_piano([transcribed("b", REF), transcribed("ENSTDkCl", REF), transcribed("b", REF, "+6 dB")])
    assert {name: len(group) for name, group in groups.items()} == {"real pianos": 1, "b": 1, "ENSTDkCl": 1}
    assert list(by_piano([transcribed("b", REF)])) == ["b"]


def test_results_are_kept_by_all_that_makes_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Names say nothing of the content of a SoundFont, nor weights of the thresholds that they are decoded by."""

    def place(model: Any = None, of: Recording | None = None) -> Path:
        return experiment.result_file(tmp_path, model or Model(), of or recording(), "+6 dB")

    class OtherDecoding(Model):
        @staticmethod
        def decoding(kind: type) -> Decoding:
            return Decoding(frame_threshold=0.5, onset_threshold=0.5)

    class OtherFeature(Model):
        def __init__(self) -> None:
            super().__init__()
            self.params = replace(self.params, floor_db=-70.0)

    before = place()
    assert place() == before
    assert place(of=recording("ENSTDkCl")) != before
    assert place(of=replace(recording(), made_of={"files": ["1"]})) != before
    assert len({each.parent for each in (before, place(OtherDecoding()), place(OtherFeature()))}) == 3
    monkeypatch.setitem(CONDITIONS, "+6 dB", louder(7))
    assert place() != before


def test_variants_as_conditions_are_made_of_settings_and_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    params = variants.preset("real_rooms")
    before = dict(drawn(params).made_of)
    assert drawn(replace(params, share=0.5)).made_of != before
    monkeypatch.setattr(AUGMENTATIONS.get("room"), "VERSION", 99)
    assert drawn(params).made_of != before


def test_page_and_figure() -> None:
    without_soft = REF.where(REF.velocities > 30)
    found = [
        transcribed("ENSTDkAm", without_soft),
        transcribed("same notes, x", REF.shifted(0.01)),
        transcribed("scattered loudness, x", without_soft, is_control=True),
        transcribed("same notes, x", without_soft, "-20 dB"),
    ]
    lines = page(found).splitlines()
    assert "| cause | real pianos | ENSTDkAm | same notes, x |" in lines
    assert "| **missed** | **20.0** | **20.0** | **0.0** |" in lines
    assert "| velocity below 40 | 20.0 | 20.0 | 0.0 |" in lines
    assert "| again while it sounds (by chance 0.0) | 0.0 | 0.0 | 0.0 |" in lines
    assert "| none missed | 1.000 | 1.000 | 1.000 |" in lines
    assert "| the lag of each recording taken out of the times | 0.800 | 0.800 | 1.000 |" in lines
    assert "| 0.2 to 0.3 | 100 % | 100 % | 0 % |" in lines
    assert "| from 70 | +0 (±0) | +0 (±0) | +10 (±0) |" in lines
    assert "| scattered loudness, x | 0.800 (0.800) | 20.0 | 0.0 | – |" in lines
    assert "| same notes, x | 1.000 (1.000) | 0.0 | 0.0 | – |" in lines
    assert "| x | 0.800 (0.800) | 3 | 1 | 0 |" in lines
    assert "| condition | same notes, x (1) |" in lines
    assert "| as it is | 1.000, 1.000; 0.0, 0.0 |" in lines
    assert "| -20 dB | 0.800, 0.800; 20.0, 0.0 |" in lines
    assert len(causes_and_conditions(found).axes) == 4


def test_chance_is_a_range_over_pianos() -> None:
    added = Notes.concatenate([REF, Notes([[1.0, 1.2]], [72], [50])])
    (line,) = [
        each
        for each in page([transcribed("a", added), transcribed("b", REF)]).splitlines()
        if each.startswith("| octave above a note struck with it")
    ]
    assert line.startswith("| octave above a note struck with it (by chance 0.0 to ")
    assert line.endswith(" | 14.3 | 0.0 |")


def test_a_lag_taken_out_of_the_times_may_make_other_notes_late() -> None:
    est = Notes([[1.06, 1.5], [2.07, 2.5], [3.0, 4.0]], [60, 64, 67], [60, 30, 90])
    late = transcribed("b", est)
    assert late.onset_f1() == pytest.approx(1 / 3)
    assert f1_without_lag(late.ref, late.est, late.pairs) == pytest.approx(2 / 3), "the last is 60 ms early then"
    nothing = replace(late, ref=NO_NOTES, released=np.zeros(0))
    assert f1_without_lag(nothing.ref, nothing.est, nothing.pairs) == 0


def test_mean_power_by_piano() -> None:
    square = Excerpt(np.tile([0.1, -0.1], SR).astype(np.float32), SR, REF, REF.offset_times)
    soft = replace(square, y=square.y / 10)
    names = zip("abb", (square, square, soft), strict=True)
    powers = mean_powers([Recording(piano, "x", lambda each=each: each) for piano, each in names])
    assert {piano: levels.tolist() for piano, levels in powers.items()} == {
        "a": pytest.approx([-20], abs=1e-4),
        "b": pytest.approx([-20, -40], abs=1e-4),
    }
    assert power_table(powers).splitlines()[-1] == "| b | 2 | -40 | -30 | -20 |"
