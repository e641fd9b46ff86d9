"""The experiment of alignment: disturbances have their size, measures on hand-made errors, and a run that goes on."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.alignment import __main__ as command
from experiments.alignment import acoustics, corpora, disturbances, measures, peers, tables
from experiments.alignment.conditions import CONDITIONS, disturbed
from experiments.alignment.corpora import Recording, choose, other_work
from experiments.alignment.experiment import errors_of
from experiments.alignment.methods import MethodResult
from experiments.alignment.rows import KEY, Rows
from mir_models.errors import MirlitonError
from mir_models.notes.annotations import Notes
from mir_models.notes.time_map import TimeMap
from storage.media import midi
from tests.conftest import LEAD_IN, SR, notes_of, sound

DURATION = 40.0
seeds = st.integers(0, 2**32 - 1)
some = settings(max_examples=25, deadline=None)


def exact(seed: int) -> disturbances.Labels:
    """80 notes, no two of the same velocity: a note can be identified whatever is done to its time."""
    rng = np.random.default_rng(seed)
    onsets = np.sort(rng.choice(3800, 80, replace=False)) / 100 + 0.2
    notes = Notes(np.c_[onsets, onsets + rng.uniform(0.1, 1, 80)], rng.integers(40, 80, 80), rng.permutation(80) + 1)
    return disturbances.exact(notes, duration=DURATION)


def true_onsets(labels: disturbances.Labels) -> dict[int, float]:
    """True onset by velocity, which is the name of a note here."""
    return dict(zip(labels.notes.velocities.tolist(), labels.onsets.tolist(), strict=True))


@some
@given(
    seeds,
    st.sampled_from(
        [disturbances.offset, disturbances.tempo, *(partial(disturbances.warp, share=share) for share in (0.01, 0.05))]
    ),
)
def test_the_truth_brings_every_disturbed_note_back(seed, draw):
    """The map leads from the label to the onset in the recording; no label lies before 0; no note is lost."""
    labels = exact(seed)
    truth = draw(np.random.default_rng(seed), labels.notes)
    moved = disturbances.retimed(labels, truth)
    np.testing.assert_allclose(moved.truth(moved.notes.onset_times), moved.onsets, atol=1e-9)
    np.testing.assert_allclose(moved.truth(moved.notes.offset_times), labels.notes.offset_times, atol=1e-9)
    assert true_onsets(moved) == true_onsets(labels)
    assert moved.notes.onset_times.min() >= -1e-9
    assert abs(float(truth(0.0))) <= disturbances.LARGEST_LAG


@some
@given(seeds, st.sampled_from([0.01, 0.02, 0.05]))
def test_a_warp_wanders_within_its_share(seed, share):
    """Every local tempo lies within the share of 1, and the extremes differ by at least a share."""
    labels = exact(seed)
    ratios = disturbances.warp(np.random.default_rng(seed), labels.notes, share=share).ratios()
    assert np.abs(ratios - 1).max() <= share + 1e-9
    assert np.ptp(ratios) > share / 4
    assert np.abs(np.diff(ratios)).max() <= 2 * share * disturbances.STEP / disturbances.KNOT_SECONDS + 1e-9


@some
@given(seeds, st.sampled_from([0.01, 0.025]))
def test_jitter_is_bounded_and_notes_keep_their_true_onsets(seed, seconds):
    """A note that overtakes another takes its own true onset with it; durations stay."""
    labels = exact(seed)
    moved = disturbances.jittered(np.random.default_rng(seed), labels, seconds=seconds)
    errors = np.abs(moved.notes.onset_times - moved.onsets)
    assert errors.max() <= seconds + 1e-9
    assert errors.mean() > seconds / 4
    assert true_onsets(moved) == true_onsets(labels)
    durations = dict(zip(labels.notes.velocities, np.diff(labels.notes.intervals)[:, 0], strict=True))
    expected = [durations[velocity] for velocity in moved.notes.velocities]
    np.testing.assert_allclose(np.diff(moved.notes.intervals)[:, 0], expected, atol=1e-9)


@some
@given(seeds)
def test_dropped_and_added_notes_are_counted_and_the_others_keep_their_onsets(seed):
    labels = exact(seed)
    rng = np.random.default_rng(seed)
    fewer = disturbances.dropped(rng, labels, share=0.1)
    assert len(fewer.notes) == 72
    assert true_onsets(fewer).items() <= true_onsets(labels).items()
    more = disturbances.added(rng, labels, share=0.1)
    assert len(more.notes) == 88
    assert np.isnan(more.onsets).sum() == 8
    sounding = more.onsets[np.isfinite(more.onsets)]
    np.testing.assert_array_equal(sounding, more.notes.onset_times[np.isfinite(more.onsets)])


@some
@given(seeds)
def test_cut_labels_jump_in_time(seed):
    """Before the cut nothing moves, behind it everything by the same; the truth knows both."""
    labels = exact(seed)
    shorter = disturbances.cut(np.random.default_rng(seed), labels)
    n_missing = len(labels.notes) - len(shorter.notes)
    assert 15 <= n_missing <= 25
    assert true_onsets(shorter).items() <= true_onsets(labels).items()
    lags = shorter.onsets - shorter.notes.onset_times
    assert len(np.unique(lags.round(6))) == 2
    np.testing.assert_allclose(shorter.truth(shorter.notes.onset_times), shorter.onsets, atol=1e-9)


def test_notes_outside_the_recording_have_no_true_onset():
    notes = Notes(np.array([[-0.5, 0.5], [1.0, 2.0], [4.0, 5.0]]), np.full(3, 60), np.full(3, 64))
    np.testing.assert_array_equal(disturbances.exact(notes, duration=4.0).onsets, [np.nan, 1.0, np.nan])


def test_a_transposition_keeps_times_and_leaves_out_what_leaves_the_piano():
    notes = Notes(np.array([[0.0, 1.0], [1.0, 2.0]]), np.array([60, 100]), np.full(2, 64))
    moved = disturbances.transposed(disturbances.exact(notes, duration=4.0), semitones=12)
    assert moved.notes.pitches.tolist() == [72]
    assert moved.onsets.tolist() == [0.0]


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda condition: condition.name)
def test_every_condition_is_the_same_for_the_same_seed_only(condition):
    notes = exact(0).notes

    def drawn(**about):
        return disturbed(condition, notes, **({"duration": DURATION, "name": "corpus/track", "seed": 0} | about)).notes

    assert np.array_equal(drawn().intervals, drawn().intervals)
    if condition is not CONDITIONS[0]:
        assert not np.array_equal(drawn().intervals, drawn(seed=1).intervals)
        assert not np.array_equal(drawn().intervals, drawn(name="corpus/other").intervals)


@pytest.mark.parametrize("snr", [20.0, 10.0])
def test_noise_has_its_power(snr):
    rng = np.random.default_rng(0)
    y = sound(notes_of(0))
    noise = acoustics.with_noise(rng, y, snr=snr) - y
    assert 10 * np.log10(np.mean(y**2) / np.mean(noise**2)) == pytest.approx(snr, abs=0.1)


def test_reverb_begins_with_the_direct_sound_and_falls_by_60_db_in_its_time():
    impulse = np.zeros(2 * SR, dtype=np.float32)
    impulse[100] = 1
    wet = acoustics.with_reverb(np.random.default_rng(0), impulse, sr=SR)
    assert np.abs(wet[:100]).max() < 1e-6
    assert np.argmax(np.abs(wet)) == 100
    assert wet[100] == pytest.approx(1, abs=1e-5)
    parts = [np.mean(np.square(wet[start : start + SR // 10])) for start in (101, 101 + SR // 2)]
    assert 10 * np.log10(parts[0] / parts[1]) == pytest.approx(30, abs=2)


def test_errors_of_hand_made_times():
    """Errors of 5, 10, 20 and 200 ms, the last too early; a note without truth does not count."""
    true = np.array([1.0, 2.0, 3.0, 4.0, np.nan])
    found = measures.error_statistics(true + np.array([0.005, 0.010, 0.020, -0.2, 9]), true)
    assert found["n"] == 4
    assert found["mean"] == pytest.approx(58.75)
    assert found["median"] == pytest.approx(15)
    assert found["signed"] == pytest.approx(7.5)
    assert found["max"] == pytest.approx(200)
    assert [found[f"within_{limit}"] for limit in (25, 50, 100)] == [0.75] * 3
    assert (found["quantiles"][0], found["quantiles"][-1]) == (5, 200)
    assert measures.error_statistics(true, np.full(5, np.nan)) == {"n": 0}


def test_the_constant_lag_of_an_instrument_is_taken_out():
    """30 ms late throughout, 5 ms more for one note in eight; notes that are not in the recording have no error."""
    labels = exact(0)
    late = labels.onsets + 0.03 + 0.005 * (np.arange(80) % 8 == 0)
    found = errors_of(MethodResult(TimeMap(np.c_[labels.onsets, late]), None), labels, 0.03)
    assert found["lag"] == pytest.approx(30)
    assert found["errors"]["mean"] == pytest.approx(5 / 8)
    moved = disturbances.added(np.random.default_rng(0), disturbances.retimed(labels, TimeMap.shift(1.0)), share=0.1)
    found = errors_of(MethodResult(TimeMap.shift(1.032), None), moved, 0.03)
    assert (found["errors"]["n"], found["smooth_errors"]["n"]) == (80, 80)
    assert (found["errors"]["max"], found["smooth_errors"]["max"]) == pytest.approx((2, 2))
    assert errors_of(MethodResult(None, 0.0), moved, 0.03)["errors"] == {"n": 0}


def test_agreement_is_one_when_confidence_orders_the_errors():
    assert measures.agreement([0.9, 0.5, 0.1], [1.0, 20.0, 3000.0]) == pytest.approx(1)
    assert measures.agreement([0.1, 0.5, 0.9], [1.0, 20.0, 3000.0]) == pytest.approx(-1)
    behind = measures.agreement([0.9, 0.5, 0.2, 0.1], [1.0, 20.0, np.inf, np.inf])
    assert behind == pytest.approx(5 / np.sqrt(6 * 5))  # τ-b: five pairs agree, one is tied in the errors.


def test_the_upper_limit_of_a_share():
    """None of n: 1 - 0.05 ** (1 / n), so that 299 pairs are needed to claim less than 1 %."""
    assert measures.upper_limit(0, 299) < 0.01 < measures.upper_limit(0, 298)
    assert measures.upper_limit(0, 10) == pytest.approx(1 - 0.05**0.1)
    assert measures.upper_limit(3, 10) == pytest.approx(0.6066, abs=1e-4)
    assert measures.upper_limit(10, 10) == measures.upper_limit(0, 0) == 1.0


def test_a_path_that_stands_still_becomes_strictly_monotone_and_goes_on_at_ratio_1():
    """Label 1 sounds from 1 to 3, labels 2 and 3 both at 4."""
    found = peers.strictly_monotone(np.array([0.0, 1, 1, 1, 2, 3, 4]), np.array([0.0, 1, 2, 3, 4, 4, 5]))
    np.testing.assert_allclose(found([0, 1, 2.5, 4]), [0, 2, 4, 5])
    np.testing.assert_allclose(found([-10, 14]), [-10, 15])


@pytest.mark.parametrize("n_cut", [0, 2 * SR], ids=["labels shorter", "labels longer"])
def test_a_peer_finds_a_lag_whichever_is_longer(n_cut):
    """Within two frames of 23 ms; the notes before the start of the cut recording are not in it."""
    notes = notes_of(0)
    (method,) = [each for each in peers.available() if each.name == "penalised dtw"]
    found = method.match(method.extract(sound(notes)[n_cut:]), notes)
    true = notes.onset_times + LEAD_IN - n_cut / SR
    late = (found.time_map(notes.onset_times) - true)[true > 0.5]
    assert np.median(np.abs(late)) < 0.05
    assert 0 < found.confidence < 1


def recording(track: str, *, work: str = "", instrument: str = "") -> Recording:
    return Recording("corpus", track, work or track, instrument, Path(f"{track}.ogg"), Path(f"{track}.mid"))


def test_tracks_are_spread_over_the_instruments_whatever_their_order():
    found = [
        recording(f"{piano}{each}", instrument=piano) for piano in "abc" for each in range(10 if piano == "a" else 3)
    ]
    taken = choose(found, half=None, n=6)
    assert sorted(each.instrument for each in taken) == list("aabbcc")
    assert choose(found[::-1], half=None, n=6) == taken
    halves = [choose(found, half=half, n=None) for half in corpora.HALVES]
    assert {each.track for half in halves for each in half} == {each.track for each in found}


def test_the_wrong_piece_is_another_work_of_the_same_half():
    found = [recording(f"{each}", work=f"work {each // 2}") for each in range(20)]
    for each in found:
        wrong = other_work(each, found, seed=0)
        assert wrong.work != each.work
        assert wrong.half == each.half
    with pytest.raises(MirlitonError, match="another work"):
        other_work(found[0], found[:2], seed=0)


def test_a_row_that_a_killed_run_left_unfinished_is_made_again(tmp_path):
    path = tmp_path / "rows.jsonl"
    rows = [dict.fromkeys(KEY, number) for number in range(3)]
    Rows(path).add(rows)
    path.write_text(path.read_text()[:-10])
    read = Rows(path)
    assert [row in read for row in rows] == [True, True, False]
    read.add(rows[2:])
    assert [row in Rows(path) for row in rows] == [True] * 3


CORPUS = ("a", "b", "c", "d")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Four recordings of 10 s with their truth, as the aligned corpus lies on disk."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    for seed, track in enumerate(CORPUS):
        notes = notes_of(seed, n=70, seconds=10.0)
        (folder / f"{track}.mid").write_bytes(midi.encode(notes))
        soundfile.write(folder / f"{track}.ogg", sound(notes, seconds=10.0), SR)
    truth = {track: {"lag_s": 0.75, "midi_time_stretch": 1.0} for track in CORPUS}
    (folder / "truth.json").write_text(json.dumps(truth))
    return folder


def test_a_small_run_reports_and_goes_on_where_it_ended(corpus, tmp_path):
    out = tmp_path / "out"
    taken = max(corpora.HALVES, key=lambda half: _works(corpus, half))
    words = [f"aligned:{corpus}", "--out", str(out), "--no-peers", "--half", taken, "--tracks", "1"]
    words += ["--methods", "none", "correlation", "--conditions", "offset", "wrong piece", "transposed +1"]
    command.main([*words, "--markdown", str(out / "report.md")])
    rows = [json.loads(line) for line in (out / "rows.jsonl").read_text().splitlines()]
    by = {(row["method"], row["condition"]): row for row in rows}
    assert len(rows) == len(by) == 7  # A method that accepts everything is not run on a transposition.
    assert by["correlation", "offset"]["errors"]["max"] < 5
    assert by["correlation", "offset"]["errors"]["n"] == 70
    assert by["none", "undisturbed"]["errors"]["max"] == 0
    assert by["none", "offset"]["errors"]["mean"] > 5
    assert by["correlation", "wrong piece"]["errors"] == {"n": 0}
    assert not by["correlation", "wrong piece"]["accepted"]
    assert "| offset | correlation |" in (out / "report.md").read_text()
    assert {path.name for path in out.iterdir()} == {"rows.jsonl", "report.md", "errors.png", "confidence.png"}

    whole = (out / "rows.jsonl").read_bytes()
    command.main(words)
    assert (out / "rows.jsonl").read_bytes() == whole
    (out / "rows.jsonl").write_bytes(b"".join(whole.splitlines(keepends=True)[:4]))
    command.main(words)
    again = [json.loads(line) for line in (out / "rows.jsonl").read_text().splitlines()]
    assert [_unclocked(row) for row in again] == [_unclocked(row) for row in rows]


def _works(corpus: Path, half: str) -> int:
    return len(choose(corpora.recordings(f"aligned:{corpus}", out=corpus), half=half, n=None))


def _unclocked(row: dict) -> dict:
    return {name: value for name, value in row.items() if name not in ("listen_s", "match_s")}


def test_accepted_bad_pairs_and_large_medians_are_wrong():
    def row(median: float, *, right: bool = True) -> dict:
        return {"right": right, "errors": {"n": 1, "median": median, "mean": median}}

    assert [tables.wrong(each) for each in (row(50.0), row(50.1), row(0.0, right=False))] == [False, True, True]
    assert tables.track_error(row(3.0, right=False)) == np.inf
