"""Landmarks and the search for the same recording: theorems, a golden figure, copies through codecs."""

from __future__ import annotations

import hashlib
import io
import time
from itertools import pairwise

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from mir_models.errors import MirlitonError
from mir_models.identification import matches
from mir_models.identification.landmarks import Params, extract, find_peaks
from mir_models.identification.matches import Match, Search, find_duplicates
from mir_models.resampling import resample
from tests.conftest import notes_of, sound

PARAMS = Params()
SR, HOP = PARAMS.sr, PARAMS.hop_length
LOOSE = Search(min_shared=1, min_share=0.0, min_votes=1)
GOLDEN = (110, [334255, 92], "4013dc2bb90923b2")


def music(seed: int, seconds: float = 20.0, sr: int = SR) -> np.ndarray:
    return sound(notes_of(seed, n=int(8 * seconds), seconds=seconds), seconds=seconds, sr=sr)


def random_landmarks(rng: np.random.Generator, *, n: int = 600, seconds: float = 30.0) -> np.ndarray:
    frames = rng.integers(0, int(seconds * SR / HOP), n)
    return np.unique(np.c_[rng.integers(0, 100_000, n), frames].astype(np.uint32), axis=0)


def moved(landmarks: np.ndarray, frames: int) -> np.ndarray:
    return landmarks + np.array([0, frames], dtype=np.uint32)


def repeated(loop: np.ndarray) -> np.ndarray:
    """A loop of 2 s, 15 times."""
    return np.unique(np.concatenate([moved(loop, 125 * index) for index in range(15)]), axis=0)


@pytest.fixture(scope="module")
def pieces() -> dict[str, np.ndarray]:
    """Two pieces, and of the first a copy cut between two frames and one with noise; nothing else is alike."""
    y, other = music(0), music(1)
    noise = 0.02 * np.random.default_rng(2).standard_normal(len(y)).astype(np.float32)
    sounds = {"whole": y, "late": y[int(3.21 * SR) :], "noisy": y + noise, "other": other}
    return {name: extract(each, PARAMS) for name, each in sounds.items()}


# --- Landmarks


def test_golden_rows() -> None:
    rng, t = np.random.default_rng(0), np.arange(SR * 6) / SR
    chords = [np.sin(2 * np.pi * np.outer(t, rng.uniform(100, 1800, 3))).sum(axis=1) for _ in range(12)]
    y = np.concatenate([chord[: SR // 2] * np.exp(-4 * t[: SR // 2]) for chord in chords]).astype(np.float32)
    rows = extract(y, PARAMS)
    assert rows.dtype == np.uint32
    digest = hashlib.sha256(rows.astype("<u4").tobytes()).hexdigest()[:16]
    assert (len(rows), rows[0].tolist(), digest) == GOLDEN


def test_a_pair_of_tone_bursts_is_one_landmark() -> None:
    """Two tones on bins 64 and 80, a second apart: bin, step of 16 and gap are the hash, by the formula."""
    y, t = np.zeros(3 * SR, dtype=np.float32), np.arange(SR // 10)
    for at, bin_ in ((SR // 2, 64), (3 * SR // 2, 80)):
        y[at : at + len(t)] = np.sin(2 * np.pi * bin_ * t / PARAMS.n_fft) * np.hanning(len(t))
    (first, second), rows = find_peaks(y, PARAMS), extract(y, PARAMS)
    assert (first[1], second[1]) == (64, 80)
    gap = second[0] - first[0]
    assert abs(gap - SR / HOP) <= 1
    expected = (64 * (2 * PARAMS.max_step + 1) + 16 + PARAMS.max_step) * (PARAMS.max_gap // 2 + 1) + gap // 2
    assert rows.tolist() == [[expected, first[0]]]


def test_rows_are_sorted_and_different(pieces: dict[str, np.ndarray]) -> None:
    rows = pieces["whole"].tolist()
    assert all(a < b for a, b in pairwise(rows))


@settings(max_examples=10, deadline=None)
@given(st.integers(-12, 12))
def test_level_does_not_matter(exponent: int) -> None:
    y = music(0, seconds=4.0)
    np.testing.assert_array_equal(extract(y * np.float32(2.0**exponent), PARAMS), extract(y, PARAMS))


@settings(max_examples=8, deadline=None)
@given(st.integers(1, 200))
def test_a_cut_at_a_frame_moves_the_landmarks(cut: int) -> None:
    """Away from the cut, where the rectangle and the zone see the same, they are equal but for the frame."""
    y = music(0, seconds=8.0)
    whole, late = extract(y, PARAMS).astype(int), extract(y[cut * HOP :], PARAMS).astype(int)
    whole[:, 1] -= cut
    kept = [set(map(tuple, rows[rows[:, 1] > PARAMS.peak_frames])) for rows in (whole, late)]
    assert kept[0] == kept[1] != set()


@settings(max_examples=10, deadline=None)
@given(st.integers(1, 700))
def test_blocks_do_not_matter(block_frames: int) -> None:
    y = music(3, seconds=4.0)
    np.testing.assert_array_equal(find_peaks(y, PARAMS, block_frames=block_frames), find_peaks(y, PARAMS))


@pytest.mark.parametrize("n_samples", [0, 1, PARAMS.n_fft - 1])
def test_less_than_a_frame_has_no_landmarks(n_samples: int) -> None:
    assert extract(music(0, seconds=2.0)[:n_samples], PARAMS).shape == (0, 2)


@pytest.mark.parametrize("level", [0.0, 0.3])
def test_silence_and_a_constant_have_no_landmarks(level: float) -> None:
    assert extract(np.full(5 * SR, level, dtype=np.float32), PARAMS).shape == (0, 2)


def test_rounding_has_no_landmarks() -> None:
    """Under a tone outside the band all that is left in it is the rounding of float32."""
    y = np.sin(2 * np.pi * 3000 * np.arange(10 * SR) / SR).astype(np.float32)
    assert extract(y, PARAMS).shape == (0, 2)


@pytest.mark.parametrize("hertz", [440.0, 500.0, 1000.0])
def test_a_steady_tone_has_few_landmarks(hertz: float) -> None:
    """Also where its period divides the hop, so that all frames are equal."""
    y = np.sin(2 * np.pi * hertz * np.arange(20 * SR) / SR).astype(np.float32)
    assert len(extract(y, PARAMS)) < 20 * 20


def test_parameters_are_refused_that_cannot_be() -> None:
    for wrong in ({"highest_bin": 600}, {"min_gap": 0}, {"max_gap": 3}, {"floor": 0.0}, {"max_gap": 2**24}):
        with pytest.raises(ValueError, match="Received"):
            Params(**wrong)
    with pytest.raises(ValueError, match="Received"):
        Search(min_share=1.5)


# --- The search


def test_copies_are_found_where_they_lie(pieces: dict[str, np.ndarray]) -> None:
    found = {(match.a, match.b): match for match in find_duplicates(pieces, PARAMS)}
    assert set(found) == {("late", "noisy"), ("late", "whole"), ("noisy", "whole")}
    assert found["late", "whole"].offset_s == pytest.approx(-3.21, abs=HOP / SR)
    assert found["noisy", "whole"].offset_s == pytest.approx(0, abs=HOP / SR)
    assert all(match.n_shared > 50 and match.share > 0.3 for match in found.values())


def test_a_shifted_copy_shares_everything() -> None:
    a = random_landmarks(np.random.default_rng(0))
    (match,) = find_duplicates({"a": a, "b": moved(a, 100)}, PARAMS)
    n_hashes = len(np.unique(a[:, 0]))
    assert match == Match("a", "b", pytest.approx(-100 * HOP / SR, abs=0.01 * HOP / SR), n_hashes, 1.0)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 900), st.floats(0.3, 1.0))
def test_the_search_is_symmetric(seed: int, shift: int, kept: float) -> None:
    """What is called a and what b changes the sign of the offset only."""
    rng = np.random.default_rng(seed)
    one = random_landmarks(rng)
    two = moved(one[rng.random(len(one)) < kept], shift)
    (forth,) = find_duplicates({"a": one, "b": two}, PARAMS)
    (back,) = find_duplicates({"b": one, "a": two}, PARAMS)
    assert (forth.n_shared, forth.share) == (back.n_shared, back.share)
    assert forth.offset_s == pytest.approx(-back.offset_s, abs=HOP / SR)
    assert forth.offset_s == pytest.approx(-shift * HOP / SR, abs=HOP / SR)


def crowd(seed: int) -> dict[str, np.ndarray]:
    """30 tracks over few hashes, so that chance agrees often."""
    rng = np.random.default_rng(seed)
    base = [random_landmarks(rng, n=60) // np.array([2000, 1], np.uint32) for _ in range(10)]
    tracks = [
        np.unique(moved(base[i % 10][rng.random(60)[: len(base[i % 10])] < 0.7], 7 * i), axis=0) for i in range(30)
    ]
    return {f"{rng.integers(10**6):06d}": rows for rows in tracks}


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32), st.data())
def test_among_is_a_filter_of_the_whole(seed: int, data: st.DataObject) -> None:
    tracks = crowd(seed)
    some = data.draw(st.sets(st.sampled_from(sorted(tracks)), max_size=5))
    whole = find_duplicates(tracks, PARAMS, LOOSE)
    assert whole
    expected = [match for match in whole if match.a in some or match.b in some]
    assert find_duplicates(tracks, PARAMS, LOOSE, among=some) == expected


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32), st.randoms(use_true_random=False))
def test_the_order_of_tracks_does_not_matter(seed: int, random) -> None:
    tracks = list(crowd(seed).items())
    expected = find_duplicates(dict(tracks), PARAMS, LOOSE)
    random.shuffle(tracks)
    assert find_duplicates(dict(tracks), PARAMS, LOOSE) == expected == sorted(expected)


def test_memory_bounds_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    tracks = crowd(0)
    expected = find_duplicates(tracks, PARAMS, LOOSE)
    monkeypatch.setattr(matches, "VOTES_AT_ONCE", 3000)
    monkeypatch.setattr(matches, "_SCRAMBLE", 0)  # all pairs share slots: more is sorted, nothing is lost
    assert find_duplicates(tracks, PARAMS, LOOSE) == expected


def test_silence_never_matches() -> None:
    nothing = np.zeros((0, 2), dtype=np.uint32)
    assert find_duplicates({"a": nothing, "b": nothing, "c": random_landmarks(np.random.default_rng(0))}, PARAMS) == []
    assert find_duplicates({}, PARAMS) == []


def test_an_unknown_track_is_refused() -> None:
    with pytest.raises(MirlitonError, match=r"tracks with landmarks\. Received: b"):
        find_duplicates({"a": random_landmarks(np.random.default_rng(0))}, PARAMS, among=["b"])


def test_a_loop_under_other_music_counts_once() -> None:
    """Two tracks with one loop of two seconds, 15 times: 40 of about 640 hashes, though half of the landmarks."""
    rng = np.random.default_rng(0)
    loop = random_landmarks(rng, n=40, seconds=2.0)
    looped = repeated(loop)
    tracks = {name: np.unique(np.r_[random_landmarks(rng), looped], axis=0) for name in "ab"}
    (match,) = find_duplicates(tracks, PARAMS, Search(min_share=0.0))
    assert match.share == pytest.approx(40 / 640, abs=0.01)
    assert find_duplicates(tracks, PARAMS) == []
    (copy,) = find_duplicates({"a": looped, "b": looped}, PARAMS)
    assert copy.share == 1.0


def test_many_copies_are_connected_and_cheap() -> None:
    """150 copies of one recording, 150 tracks with one loop, 150 tones of one hash: all copies hang together."""
    rng = np.random.default_rng(0)
    one, loop = random_landmarks(rng), random_landmarks(rng, n=40, seconds=2.0)
    copies = {f"copy {i:03d}": one[rng.random(len(one)) < 0.6] for i in range(150)}
    looped = repeated(loop)
    music_ = {f"loop {i:03d}": np.unique(np.concatenate([random_landmarks(rng), looped]), axis=0) for i in range(150)}
    tone = np.c_[np.full(2000, 77), np.arange(2000)].astype(np.uint32)
    began = time.process_time()
    found = find_duplicates(copies | music_ | {f"tone {i:03d}": tone for i in range(150)}, PARAMS)
    assert time.process_time() - began < 5
    assert {name[:4] for match in found for name in (match.a, match.b)} == {"copy"}
    names, pairs = sorted(copies), {(match.a, match.b) for match in found}
    assert all(pair in pairs for pair in pairwise(names))


def test_rare_hashes_find_a_copy_across_a_crowd() -> None:
    """First and last by name, with hundreds of tracks between them that share the loop both have."""
    rng = np.random.default_rng(0)
    loop = random_landmarks(rng, n=40, seconds=2.0)
    mixed = {f"{i:03d}": np.unique(np.r_[random_landmarks(rng, n=600), loop], axis=0) for i in range(400)}
    mixed["399"] = moved(mixed["000"], 50)
    assert [(match.a, match.b) for match in find_duplicates(mixed, PARAMS)] == [("000", "399")]


# --- Through codecs


@pytest.mark.parametrize(
    ("kind", "subtype", "level"),
    [("OGG", "VORBIS", 1.0), ("MP3", "MPEG_LAYER_III", 0.99), ("OGG", "OPUS", 0.93), ("FLAC", "PCM_16", 0.5)],
)
def test_a_transcoded_excerpt_is_found(kind: str, subtype: str, level: float, pieces: dict[str, np.ndarray]) -> None:
    sr, start = 24000, 5.43
    y = music(0, sr=sr)[int(start * sr) : int((start + 10) * sr)]
    file = io.BytesIO()
    soundfile.write(file, np.clip(3 * y, -1, 1), sr, format=kind, subtype=subtype, compression_level=level)
    file.seek(0)
    copy = extract(resample(*soundfile.read(file, dtype="float32"), SR), PARAMS)
    found = find_duplicates({"whole": pieces["whole"], "other": pieces["other"], "copy": copy}, PARAMS)
    assert [(match.a, match.b) for match in found] == [("copy", "whole")]
    assert found[0].offset_s == pytest.approx(-start, abs=0.03)
