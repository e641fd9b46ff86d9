"""How sure a transcription is: the sounds, the measures, the choice of the threshold, and the tables."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import mido
import numpy as np
import pytest
import soundfile

from experiments.certainty import degradations, experiment, instruments, recordings
from experiments.certainty.figure import certainty_and_f1
from experiments.certainty.instruments import Instrument
from experiments.certainty.measures import MEASURES, Evidence
from experiments.certainty.signals import SIGNALS, SR
from experiments.certainty.table import MEASURE, auc, best_threshold, correlation, page
from mir_models.features.cqt import PRESETS
from mir_models.notes.annotations import N_KEYS, Notes
from mir_models.notes.decoding import Decoding
from storage.media.rendered_audio import midi_file

DECODING = Decoding(frame_threshold=0.5, onset_threshold=0.45)


@pytest.mark.parametrize("name", list(SIGNALS))
def test_a_signal_is_a_function_of_its_draws_and_within_full_scale(name: str) -> None:
    first, again, other = (SIGNALS[name](np.random.default_rng(seed)) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert len(first) / SR == pytest.approx(20, abs=0.01)
    assert not np.array_equal(first, other)
    assert 0 < np.abs(first).max() < 3


def test_noises_fall_with_frequency_as_their_names_promise() -> None:
    for name, decibels in (("white noise", 0), ("pink noise", 3), ("brown noise", 6)):
        power = np.abs(np.fft.rfft(SIGNALS[name](np.random.default_rng(0)))) ** 2
        low, high = (power[20 * hertz : 40 * hertz].mean() for hertz in (400, 800))
        assert 10 * np.log10(low / high) == pytest.approx(decibels, abs=0.5)


def test_an_instrument_is_a_program_and_drums_are_a_channel() -> None:
    notes = Notes([[0.0, 1.0]], [60], [64])
    for instrument, channel in ((Instrument("flute", 73), 0), (Instrument("drums", drums=True), 9)):
        content = instruments._programmed(midi_file(notes, np.array([[0.2, 0.5]])), instrument)
        played = [each for each in mido.MidiFile(file=io.BytesIO(content)) if not each.is_meta]
        assert {each.channel for each in played} == {channel}
        assert [each.program for each in played if each.type == "program_change"] == [instrument.program]


def test_degradations_keep_the_notes_where_they_promise() -> None:
    y = np.random.default_rng(0).normal(0, 0.1, 16000 * 15).astype(np.float32)
    note = Notes([[12.0, 13.0]], [60], [64])
    for name, degradation in degradations.DEGRADATIONS.items():
        changed, times = degradation(np.random.default_rng(0), y, 16000)
        expected = {"30": 12 * 2 ** (-30 / 1200), "48": 12 * 2 ** (-48 / 1200)}.get(name[:2], 12.0)
        expected, length = (2.0, float(name[0])) if name.endswith("s of it") else (expected, 15 * expected / 12)
        assert times.moved(note).onset_times == pytest.approx([expected])
        assert len(changed) / 16000 == pytest.approx(length, abs=0.15)
        assert name.endswith("s of it") or not np.array_equal(changed[: len(y)], y[: len(changed)])


def test_an_mp3_has_the_bit_rate_of_its_name() -> None:
    file, y = io.BytesIO(), np.random.default_rng(0).normal(0, 0.1, 16000 * 10)
    level = degradations.MP3_LEVEL
    soundfile.write(file, y, 16000, format="MP3", bitrate_mode="CONSTANT", compression_level=level)
    assert len(file.getvalue()) * 8 / 10_000 == pytest.approx(64, rel=0.02)


def evidence(height: float, level: float = -20.0) -> Evidence:
    """A key that is struck at frame 10, sounds for 20 frames, and falls by 1 dB in each of them."""
    params = PRESETS["cqt"]
    frame, onset = np.zeros((2, 60, N_KEYS), dtype=np.float32)
    onset[10, 40], frame[10:30, 40] = height, height
    levels = np.full((60, params.n_bins), params.floor_db, dtype=np.float32)
    levels[10:30, 40] = level - np.arange(20)
    return Evidence({"frame": frame, "onset": onset}, levels, params, DECODING)


def test_measures_of_one_note() -> None:
    found = {name: measure(evidence(0.8)) for name, measure in MEASURES.items()}
    expected = {
        "certainty": (0.8 + 2) / 3,
        "expected F1 of onsets": 2 * 0.8 / 1.8,
        "expected F1 of frames": 2 * 0.8 / 1.8,
        "clear peaks of onsets": 1.0,
        "height of frames": 0.8,
        "bimodality of frames": 0.6,
        "frames after onsets": 0.8,
        "explained power": 1.0,
        "attack": 18.0,
        "decay": 7.0,
        "notes per second": 43.066 / 60,
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=1e-3)
    assert found["height of offsets"] is None


def test_without_notes_most_measures_are_none() -> None:
    found = {name: measure(evidence(0.05)) for name, measure in MEASURES.items()}
    assert [name for name, value in found.items() if value is None] == [
        "certainty",
        "expected F1 of onsets",
        "expected F1 of frames",
        "clear peaks of onsets",
        "height of frames",
        "frames after onsets",
        "height of offsets",
        "attack",
        "decay",
    ]


def result(certainty: float | None, f1: float | None, **changes: Any) -> dict[str, Any]:
    """The result of a piano."""
    measures = dict.fromkeys(MEASURES) | {MEASURE: certainty}
    known = {"group": "pianos", "name": "x", "half": "choice", "is_piano": True, "is_degraded": False}
    return {**known, "f1": f1, "measures": measures, **changes}


def test_the_threshold_is_the_highest_below_which_notes_are_wrong() -> None:
    right = [result(0.80, 0.9) for _ in range(30)]
    wrong = [result(0.60 + n / 1000, 0.3) for n in range(38)]
    assert best_threshold([*right, *wrong]) == 0.8
    assert best_threshold([*right, *wrong, result(0.7, 0.9), result(0.71, 0.9)]) == 0.8, "38 of 40 are wrong"
    assert best_threshold([*right, *wrong, *(result(0.7, 0.9) for _ in range(3))]) == 0.7
    assert best_threshold([*right, *wrong, *(result(0.7, 0.9, is_degraded=True) for _ in range(9))]) == 0.8


def test_rank_statistics() -> None:
    assert auc(np.array([3.0, 4.0]), np.array([1.0, 2.0])) == 1
    assert auc(np.array([1.0, 2.0]), np.array([1.0, 2.0])) == 0.5
    rising = [result(0.5 + n / 10, n / 10) for n in range(4)]
    assert correlation([*rising, result(None, 1.0)], MEASURE) == pytest.approx(1)


def test_the_page_counts_warnings_by_group() -> None:
    chosen = [result(0.8, 0.9), result(0.6, 0.3, group="flute", is_piano=False)]
    reported = [
        *(result(each, 0.9, half="report") for each in (0.9, 0.7)),
        result(0.6, 0.2, half="report", group="flute", is_piano=False),
        result(0.55, None, half="report", group="game music (a)", is_piano=False),
        result(None, None, half="report", group="hiss", is_piano=False),
    ]
    lines = page([*chosen, *reported]).splitlines()
    assert "Threshold: 0.80. Warnings on the half report; certainty and F1: median (lowest to highest)." in lines
    assert "| pianos | 2 | 1 (50%) | 0.80 (0.70 to 0.90) | 0.90 (0.90 to 0.90) |" in lines
    assert "| game music (a) | 1 | 1 (100%) | 0.55 (0.55 to 0.55) | – |" in lines
    assert "| hiss | 1 | 0 (0%) | – | – |" in lines
    assert "Pianos that are not degraded: 1 of 2 with a warning; upper limit of the share (95 %): 97.5%." in lines
    assert "| warned | 2 | 0.55 | 50% |" in lines
    assert len(certainty_and_f1([*chosen, *reported]).axes) == 2


def test_works_and_artists_are_in_one_half_and_signals_in_both(tmp_path: Path) -> None:
    text = "audio,artist\n" + "".join(f"{n}.ogg,{'ab'[n % 2]}\n" for n in range(12))
    (tmp_path / "tracks.csv").write_text(text)
    music = list(recordings.game_music(tmp_path))
    assert len(music) == 4, "two of each artist"
    assert len({(int(each.name[:-4]) % 2, each.half) for each in music}) == 2
    assert {each.half for each in recordings.signals() if each.group == "beeps"} == {"choice", "report"}


def test_a_recording_is_transcribed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.assets.inference.test_transcriber import transcriber

    used = transcriber(0.8, None)

    class Model:
        network, feature, params, metadata = used.model, used.feature, used.params, {"sha256": "0" * 64}

        @staticmethod
        def decoding(kind: type) -> Decoding:
            return DECODING

    (noise,) = [each for each in recordings.signals() if each.name == "white noise 1"]
    (found,) = experiment.run([noise], Model, tmp_path)
    assert 0.8 < found["measures"]["certainty"] < 0.83
    assert (found["half"], found["f1"], found["duration"]) == ("report", None, 20.0)
    monkeypatch.setattr(experiment, "predict_track", None)
    assert experiment.run([noise], Model, tmp_path) == [found]
    assert json.loads(experiment.result_file(tmp_path, Model, noise).read_text()) == found
