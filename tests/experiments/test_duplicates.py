"""Duplicate detection: the copies of a recording, and the shares of pairs that are found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from experiments import duplicates
from mir_models.identification.landmarks import Params
from mir_models.identification.matches import Match, Search, find_duplicates

SR = 16000


def write_recording(path: Path, seed: int) -> Path:
    """20 s of notes at random."""
    rng, t = np.random.default_rng(seed), np.arange(SR // 2) / SR
    y = np.zeros(20 * SR)
    for onset in rng.integers(0, len(y) - len(t), 80):
        y[onset : onset + len(t)] += np.sin(2 * np.pi * rng.uniform(200, 2000) * t) * np.exp(-6 * t)
    soundfile.write(path, 0.5 * y / np.abs(y).max(), SR)
    return path


def test_copies_have_their_length_level_and_offset() -> None:
    y = np.random.default_rng(0).uniform(-0.1, 0.1, 20 * SR).astype(np.float32)
    found = {kind: (offset, sound) for kind, offset, sound in duplicates.copies(y, SR, np.random.default_rng(1))}
    late, (cut, _) = found["start cut by 0.1-10 s"]
    np.testing.assert_array_equal(cut, y[int(late * SR) :])
    start, (excerpt, _) = found["10 s left"]
    assert len(excerpt) == 10 * SR
    np.testing.assert_array_equal(excerpt, y[int(start * SR) : int(start * SR) + 10 * SR])
    np.testing.assert_allclose(found["-12 dB"][1][0], y / 4)
    assert np.abs(found["+6 dB, clipped"][1][0]).max() == pytest.approx(1)
    assert found["other sampling rate"][1][1] == 11025
    assert set(duplicates.CODECS) < set(found)


def test_all_copies_of_a_recording_are_found_and_no_other(tmp_path: Path) -> None:
    paths = [write_recording(tmp_path / f"{seed}.ogg", seed) for seed in (0, 1)]
    params, search = Params(), Search()
    landmarks, truth, (cost,) = duplicates.extract_landmarks(paths, 20.0, params)
    assert len(landmarks) == len(truth) == 2 * 12
    assert "real time" in cost
    found = {(match.a, match.b): match for match in find_duplicates(landmarks, params, search)}
    lines = {line.split(" | ")[0]: line.split(" | ")[1:4] for line in duplicates.recalls(found, truth)[2:]}
    assert lines["| FLAC"] == lines["| -12 dB"] == ["2", "2", "1.000"]
    report = duplicates.precision(landmarks, found, list(found.values()), search, set())
    assert report[0].startswith(f"* precision 1.0000: 0 of {len(found)} matches")
    assert report[1].startswith("* different recordings: 0 of 144 pairs match")


def test_recall_and_offset_errors_of_hand_made_matches() -> None:
    """Of two recordings the copy of one is found, 50 ms off; the other is missed."""
    truth = {"a|original": 0.0, "a|cut": 2.0, "b|original": 0.0, "b|cut": 3.0}
    match = Match("a|cut", "a|original", -2.05, 50, 0.5)
    lines = duplicates.recalls({("a|cut", "a|original"): match}, truth)
    assert lines[2] == "| cut | 2 | 1 | 0.500 | 0.00 | 0.25 | 1 |"
    assert lines[-1] == "* missed: b|cut"
