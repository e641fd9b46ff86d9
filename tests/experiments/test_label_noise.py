"""What label noise costs: the noise, the scores, resuming, and the table made of the files."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.label_noise import excerpts, experiment, network
from experiments.label_noise.evaluation import FRAME, measure, onset_f1
from experiments.label_noise.excerpts import PARAMS, Excerpt
from experiments.label_noise.figure import f1_by_jitter
from experiments.label_noise.noise import jittered, targets
from experiments.label_noise.plan import KINDS, TOLERANCES, Plan
from experiments.label_noise.table import MEASURES, bounds, page, values
from experiments.trials import write_result
from mir_models.notes import piano_roll, regressed_onsets
from mir_models.notes.annotations import N_KEYS, Notes
from mir_models.notes.regressed_onsets import Onsets, dequantize

N_FRAMES = 200
PLAN = Plan(jitters=(0.0, 0.05), seeds=2)


def chord(seed: int, n: int = 40) -> Notes:
    """Notes of different keys, so that each can be identified after it was moved."""
    rng = np.random.default_rng(seed)
    onsets = rng.uniform(0.3, 4.0, n)
    return Notes(np.column_stack([onsets, onsets + 0.4]), 21 + rng.permutation(N_KEYS)[:n], np.full(n, 64))


def by_pitch(notes: Notes) -> np.ndarray:
    return notes.intervals[np.argsort(notes.pitches)]


@given(st.floats(0, 0.09), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_the_noise_is_bounded_and_a_function_of_seed_and_track(jitter: float, seed: int) -> None:
    clean = chord(seed)
    wrong = jittered(clean, jitter, seed=seed, track="a")
    moved = by_pitch(wrong) - by_pitch(clean)
    assert np.abs(moved).max() <= jitter + 1e-12
    np.testing.assert_array_equal(by_pitch(jittered(clean, jitter, seed=seed, track="a")), by_pitch(wrong))
    twice = by_pitch(jittered(clean, 2 * jitter, seed=seed, track="a")) - by_pitch(clean)
    np.testing.assert_allclose(twice, 2 * moved, atol=1e-12)


def test_onsets_and_offsets_are_wrong_by_themselves_and_as_much_as_promised() -> None:
    clean = Notes.concatenate([chord(seed, N_KEYS).shifted(10.0 * seed) for seed in range(20)])
    wrong = jittered(clean, 0.05, seed=1, track="a")
    found = {(pitch, onset // 10): interval for pitch, onset, interval in _rows(wrong)}
    errors = np.array([found[pitch, onset // 10] - interval for pitch, onset, interval in _rows(clean)])
    assert np.std(errors, axis=0) == pytest.approx([0.05 / np.sqrt(3)] * 2, rel=0.05), "uniform from -x to x"
    assert abs(np.corrcoef(errors.T)[0, 1]) < 0.1
    other = jittered(clean, 0.05, seed=1, track="b")
    assert not np.array_equal(other.onset_times, wrong.onset_times)


def _rows(notes: Notes) -> list[tuple[int, float, np.ndarray]]:
    return list(zip(notes.pitches.tolist(), notes.onset_times.tolist(), notes.intervals, strict=True))


def test_no_note_ends_before_it_begins() -> None:
    short = Notes(np.tile([1.0, 1.01], (50, 1)), np.arange(21, 71), np.full(50, 64))
    wrong = jittered(short, 0.1, seed=0, track="a")
    assert (wrong.offset_times >= wrong.onset_times).all()


def test_every_head_has_its_target() -> None:
    notes = Notes(np.array([[10.25 * 512 / 22050, 1.0]]), np.array([60]), np.array([64]))
    drawn = {kind: dequantize(roll)[8:14, 39] for kind, roll in targets(notes, N_FRAMES).items()}
    assert tuple(drawn) == KINDS
    assert drawn["frame"] == pytest.approx([0, 0, 1, 1, 1, 1])
    assert drawn["onset"] == pytest.approx([0, 0, 1, 0, 0, 0])
    assert drawn["softened"] == pytest.approx([0, 0.5, 1, 0.5, 0, 0], abs=0.003)
    assert drawn["regressed"] == pytest.approx([0, 0.375, 0.875, 0.625, 0.125, 0], abs=0.003)
    assert drawn["regressed wide"] == pytest.approx([0.55, 0.75, 0.95, 0.85, 0.65, 0.45], abs=0.003)


@given(st.integers(0, 1000), st.sampled_from(TOLERANCES))
@settings(max_examples=40, deadline=None)
def test_matching_pitch_by_pitch_is_that_of_mir_eval_over_all_notes(seed: int, tolerance: float) -> None:
    from mir_eval.transcription import precision_recall_f1_overlap

    from mir_models.evaluation.metrics.note_level import hertz

    rng = np.random.default_rng(seed)
    onsets, pitches = rng.uniform(0.1, 1, 30), rng.integers(60, 64, 30)
    ref = Notes(np.column_stack([onsets, onsets + 0.1]), pitches, np.full(30, 64))
    est = Onsets(onsets + rng.uniform(-0.06, 0.06, 30), np.where(rng.random(30) < 0.8, pitches, 70))
    intervals = np.column_stack([est.times, est.times + 0.1])
    expected = precision_recall_f1_overlap(
        ref.intervals, hertz(ref.pitches), intervals, hertz(est.pitches), onset_tolerance=tolerance, offset_ratio=None
    )
    assert onset_f1(ref, est, tolerance) == pytest.approx(expected[2])


class Stub:
    """A training that only records jitter and seed; it predicts the targets of jittered notes."""

    def __init__(self, music: Sequence[Excerpt], stop_after: int = 99) -> None:
        self.music, self.stop_after = music, stop_after
        self.done: list[tuple[float, int]] = []

    def __call__(self, train: Sequence[Excerpt], plan: Plan, *, jitter: float, seed: int, on_progress: Any) -> Callable:
        assert {each.split for each in train} == {"train"}
        if len(self.done) == self.stop_after:
            raise KeyboardInterrupt
        self.done.append((jitter, seed))
        on_progress("epoch 1/1")
        by_features = {each.features.tobytes(): each for each in self.music}

        def predict(features: np.ndarray) -> dict[str, np.ndarray]:
            excerpt = by_features[features.tobytes()]
            wrong = jittered(excerpt.notes, jitter, seed=seed, track=excerpt.track)
            return {kind: dequantize(roll) for kind, roll in targets(wrong, N_FRAMES).items()}

        return predict


@pytest.fixture
def music() -> list[Excerpt]:
    """A recording of each split."""
    rng = np.random.default_rng(0)
    return [
        Excerpt(split, split, rng.normal(size=(N_FRAMES, N_KEYS)).astype(np.float32), chord(n))
        for n, split in enumerate(("train", "validation", "test"))
    ]


def test_a_second_run_does_only_what_is_missing(music: list[Excerpt], tmp_path: Path) -> None:
    first = Stub(music, stop_after=3)
    with pytest.raises(KeyboardInterrupt):
        experiment.run(music, PLAN, tmp_path, first)
    assert first.done == [(0.0, 0), (0.05, 0), (0.0, 1)]
    second, third = Stub(music), Stub(music)
    experiment.run(music, PLAN, tmp_path, second)
    assert second.done == [(0.05, 1)]
    experiment.run(music, PLAN, tmp_path, third)
    assert third.done == []
    experiment.result_file(tmp_path, PLAN, 0.05, 0).unlink()
    experiment.run(music, PLAN, tmp_path, third)
    assert third.done == [(0.05, 0)]
    assert len(experiment.results(tmp_path, PLAN)) == 4
    assert not list(tmp_path.rglob("*.part"))


def test_another_plan_has_results_of_its_own(tmp_path: Path) -> None:
    paths = {experiment.result_file(tmp_path, plan, 0.0, 0) for plan in (Plan(), Plan(epochs=3), Plan(hours=2.0))}
    assert len(paths) == 3
    assert experiment.result_file(tmp_path, Plan(seeds=5, jitters=(0.0,)), 0.0, 0) in paths, "more seeds add to it"


def test_exact_labels_score_all_notes_and_noise_costs_what_is_moved_too_far(
    music: list[Excerpt], tmp_path: Path
) -> None:
    experiment.run(music, PLAN, tmp_path, Stub(music))
    found = experiment.results(tmp_path, PLAN)
    for labels in ("jittered", "exact"):
        exact = values(found, measure(0.025), "regressed", 0.0, labels=labels)
        assert exact.shape == (1, 2)
        assert (exact == 1).all()
    assert values(found, FRAME, "frame", 0.0).mean() == 1
    assert (values(found, measure(0.05), "regressed", 0.05) == 1).all(), "nothing is wrong by more than 50 ms"
    half = values(found, measure(0.025), "regressed", 0.05).mean()
    assert 0.3 < half < 0.7, "a uniform error of up to 50 ms is within 25 ms half of the time"


def result(jitter: float, seed: int, level: float) -> dict[str, Any]:
    """A result file's content in which every score of track a is `level`, of track b 0.1 more."""
    scores = {
        track: {score: dict.fromkeys(kinds, level + more) for score, kinds in MEASURES.items()}
        for track, more in (("a", 0.0), ("b", 0.1))
    }
    evaluation = {"thresholds": dict.fromkeys((FRAME, *KINDS), 0.25), "scores": scores}
    return {"jitter": jitter, "seed": seed, "jittered": evaluation, "exact": evaluation}


def test_the_table_is_made_of_the_files(tmp_path: Path) -> None:
    for seed in (0, 1):
        for jitter, level in ((0.0, 0.8), (0.05, 0.7 - 0.04 * seed)):
            write_result(experiment.result_file(tmp_path, PLAN, jitter, seed), result(jitter, seed, level))
    experiment.result_file(tmp_path, PLAN, 0.0, 7).write_text(json.dumps(result(0.0, 7, 0.0)))
    found = experiment.results(tmp_path, PLAN)
    assert {each["seed"] for each in found} == {0, 1}, "7 is no seed of the plan"
    lines = page(found, "About.").splitlines()
    assert lines[0] == "About."
    assert "| score | target | ±0 ms | ±50 ms |" in lines
    row = next(line for line in lines if line.startswith("| note onset F1, 50 ms | regressed, reach 2 |"))
    assert row == "| note onset F1, 50 ms | regressed, reach 2 | 85.0 [80.0, 90.0] | 73.0 [66.0, 80.0] |"
    change = next(line for line in lines[lines.index("Δ:") :] if line.startswith("| frame F1 | frame |"))
    assert change == "| frame F1 | frame | – | -12.0 [-14.0, -10.0] |"
    assert "| onset | 0.25 | 0.25 |" in lines


def test_the_interval_draws_recordings_and_seeds(tmp_path: Path) -> None:
    seeds_differ, recordings_differ = np.array([[0.2, 0.8]] * 30), np.array([[0.2] * 2, [0.8] * 2] * 15)
    assert bounds(seeds_differ) == pytest.approx((0.2, 0.8))
    low, high = bounds(recordings_differ)
    assert 0.35 < low < 0.5 < high < 0.65


def test_an_unfinished_run_has_a_table_and_a_figure() -> None:
    found = [result(0.0, 0, 0.8), result(0.0, 1, 0.8), result(0.05, 0, 0.7)]
    assert "-10.0" in page(found, "About.")
    panels = f1_by_jitter(found).axes
    assert [len(axes.containers) for axes in panels] == [5, 5, 5, 1]
    assert [label.get_text() for label in panels[0].get_xticklabels()] == ["0", "50"]


@pytest.fixture
def maps_folder(tmp_path: Path) -> Path:
    """Sixteen works on one piano, and one on the piano that is tested on; a second each."""
    rng = np.random.default_rng(0)
    played = [("AkPnBcht", work) for work in "abcdefghijklmnop"] + [("SptkBGAm", "z")]
    for piano, work in played:
        stem = tmp_path / "maps" / piano / "MUS" / f"MAPS_MUS-{work}_{piano}"
        stem.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(stem.with_suffix(".wav"), rng.normal(size=16000) * 0.1, 16000)
        table = "OnsetTime\tOffsetTime\tMidiPitch\n0.2\t0.5\t60\n0.9\t1.4\t62\n"
        stem.with_suffix(".txt").write_text(table)
    return tmp_path / "maps"


def test_the_music_is_chosen_once_and_for_all(maps_folder: Path) -> None:
    plan = Plan(hours=3.5 / 3600, n_validation=2)
    chosen = excerpts.choose(maps_folder, plan)
    assert chosen == excerpts.choose(maps_folder, plan)
    assert [seconds for track, seconds in chosen if track.split == "train"] == [1.0, 1.0, 1.0, 0.5]
    assert {track.id.split("/")[0] for track, _ in chosen if track.split == "test"} == {"SptkBGAm"}
    works = {split: {track.work for track, _ in chosen if track.split == split} for split in ("train", "validation")}
    assert not works["train"] & works["validation"]


def test_features_are_computed_once_and_notes_end_with_the_excerpt(
    maps_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = Plan(hours=0.5 / 3600, seconds=0.5, n_validation=1)
    flat = lambda y, params: np.zeros((params.grid.n_frames(len(y)), N_KEYS), dtype=np.float32)  # noqa: E731
    monkeypatch.setattr(excerpts.cqt, "extract", flat)
    first = excerpts.load(maps_folder, plan, tmp_path / "out")
    monkeypatch.setattr(excerpts.cqt, "extract", None)
    again = excerpts.load(maps_folder, plan, tmp_path / "out")
    assert [each.track for each in again] == [each.track for each in first]
    assert {each.split for each in again} == {"train", "validation", "test"}
    for each in again:
        assert each.notes.pitches.tolist() == [60], "the second note begins after 0.5 s"
        assert len(each.features) == PARAMS.grid.n_frames(PARAMS.sr // 2)


def test_the_network_is_given_the_wrong_labels_as_shards(music: list[Excerpt]) -> None:
    (example,) = network._examples(music[0], 0.1, 3)
    assert example["mask"].sum() == N_FRAMES
    wrong = jittered(music[0].notes, 0.1, seed=3, track=music[0].track)
    drawn = piano_roll.draw(wrong, PARAMS.grid, N_FRAMES).onset
    np.testing.assert_array_equal(network._targets(example)["onset"][:N_FRAMES], drawn)
    exact = regressed_onsets.draw(wrong, PARAMS.grid, N_FRAMES, reach=5)
    np.testing.assert_allclose(network._targets(example)["regressed wide"][:N_FRAMES], exact, atol=0.003)
    rates = [network._rate(PLAN, epoch) for epoch in range(PLAN.epochs)]
    assert rates[0] == PLAN.learning_rate
    assert (np.diff(rates) < 0).all()
    assert rates[-1] > 0
