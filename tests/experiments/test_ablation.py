"""The ablation: equal budgets, one change per row, no work on two sides, resuming, and the table made of the files."""

from __future__ import annotations

import json
import math
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.ablation import __main__ as command
from experiments.ablation import experiment, music
from experiments.ablation.evaluation import MEASURES, evaluate
from experiments.ablation.examples import examples, join, tracks
from experiments.ablation.music import Corpora
from experiments.ablation.network import Best, Trained, visits_of
from experiments.ablation.plan import Plan
from experiments.ablation.recipe import recipe
from experiments.ablation.rows import BASE, ROWS, Row, rows_of
from experiments.ablation.table import difference, page, values
from experiments.label_noise.excerpts import Excerpt
from experiments.trials import complete, write_result
from mir_models.architectures import onsets_frames
from mir_models.errors import MirlitonError
from mir_models.examples.batches import Batches
from mir_models.examples.shards import SHARD_FRAMES
from mir_models.notes import piano_roll
from mir_models.notes.annotations import Notes
from mir_models.notes.decoding import Decoding
from mir_models.training import fit
from storage.corpora.registrations import Registration
from storage.media import midi
from tests.synthetic_piano import SR, performed, piece, play

PLAN = Plan(minutes=2.0, epochs=3)
NOWHERE = Corpora(Registration("maps", "maps", "nowhere", music.MAPS))
ROW = {row.name: row for row in ROWS}


def test_a_row_is_the_base_with_one_thing_changed() -> None:
    base = ROW[BASE]
    assert ROWS[0] is base
    for row in ROWS[1:]:
        changed = [each.name for each in fields(Row) if getattr(row, each.name) != getattr(base, each.name)]
        assert len(set(changed) - {"name", "question"}) == 1, row.name
    assert len({row.question for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
@pytest.mark.parametrize("n_examples", [3, 1000])
def test_every_row_is_trained_on_the_same_number_of_frames(row: Row, n_examples: int) -> None:
    made = recipe(row, PLAN, seed=0)
    visits = visits_of(n_examples, made, PLAN)
    batches = Batches(
        [{}] * n_examples,
        dict,
        batch_size=made.training.batch_size,
        seed=0,
        segment_frames=made.training.segment_frames,
        weights=visits,
    )
    assert len(batches.order) * made.segment_frames == PLAN.shards * SHARD_FRAMES
    assert len(batches) == fit.steps_per_epoch(visits.sum(), made.training), "a cosine ends with the training"
    assert made.training.epochs == made.training.stop_patience == PLAN.epochs
    if row.architecture == "onsets_frames":
        base = recipe(ROW[BASE], PLAN, seed=0).training
        assert made.training.batch_size * made.segment_frames == base.batch_size * base.segment_frames
        assert len(batches) == math.ceil(PLAN.shards * SHARD_FRAMES / (base.batch_size * base.segment_frames))


def test_rows_change_the_settings_of_their_names() -> None:
    made = {row.name: recipe(row, PLAN, seed=1) for row in ROWS}
    base = made[BASE]
    shipped, length = base.architecture.TRAINING, {"batch_size": 4, "segment_frames": 256}
    assert base.training == replace(shipped, epochs=3, stop_patience=3, ema=PLAN.ema, seed=1, **length)
    assert base.augment is not None
    for name, n in (("bins_12", 1), ("bins_24", 2), (BASE, 3)):
        assert made[name].features.n_bins == 99 * n == 99 * made[name].network.bins_per_semitone
        assert made[name].augment.bins_per_semitone == n
    assert made["no_augmentation"].augment is None
    assert made["no_gain"].augmentation == replace(base.augmentation, softer=0.0, louder=0.0)
    assert made["lstm"].training.ema == 0
    assert (made["focal_loss"].training.focal_gamma, made["no_average"].training.ema) == (2.0, 0.0)
    assert [made[f"segments_{n}"].segment_frames for n in (128, 512, 1024)] == [128, 512, 1024]
    assert made["lstm"].features.n_bins == 84
    same = {"less_music", "more_music", "isolated_notes", "performances"}
    prints = [each.fingerprint for name, each in made.items() if name not in same]
    assert len(set(prints)) == len(prints)


def test_a_batch_that_cannot_be_divided_is_refused() -> None:
    with pytest.raises(MirlitonError, match="whole segments of 300 frames"):
        recipe(replace(ROW[BASE], segment_frames=300), PLAN, seed=0)
    with pytest.raises(MirlitonError, match="rows of the table"):
        rows_of([BASE, "bins_48"])


@given(st.integers(1, 7), st.integers(1, 3))
@settings(max_examples=30, deadline=None)
def test_joined_shards_are_the_recording_and_silence_after_it(n_shards: int, n: int) -> None:
    shards = np.random.default_rng(n_shards).normal(size=(n_shards, 5, 2))
    joined = join(shards, n, fill=-80)
    assert joined.shape[1:] == (5 * n, 2)
    flat = joined.reshape(-1, 2)
    np.testing.assert_array_equal(flat[: 5 * n_shards], shards.reshape(-1, 2))
    assert (flat[5 * n_shards :] == -80).all()
    assert len(flat) - 5 * n_shards < 5 * n


def excerpt(split: str, n_frames: int, seed: int = 1, n_bins: int = 297) -> Excerpt:
    """Random features and notes of which some last longer."""
    notes = piece(seed, last=(n_frames - 10) * 512 / SR)
    return Excerpt(split, split, np.random.default_rng(seed).normal(size=(n_frames, n_bins)).astype(np.float32), notes)


def test_segments_of_1024_frames_pass_the_products_batches_whole() -> None:
    made = recipe(ROW["segments_1024"], PLAN, seed=0)
    recording = excerpt("train", 1300)
    cut = examples([recording], made)
    batches = Batches(cut, lambda each: made.task.targets(each, made.heads), batch_size=1, seed=0)
    assert len(batches) == 2
    found = {int(weights["frame"].sum()): (x, targets) for x, targets, weights in (batches[0], batches[1])}
    assert sorted(found) == [1300 - 1024, 1024]
    features, targets = found[1024]
    np.testing.assert_array_equal(features, recording.features[None, :1024])
    np.testing.assert_array_equal(
        targets["frame"][0], piano_roll.draw(recording.notes, made.features.grid, 1300).frame[:1024]
    )
    assert (found[276][0][0, 276:] == made.features.silence).all()
    augmented = Batches(cut, lambda each: each, batch_size=1, seed=0, augment=made.augment)
    assert augmented[0][0].shape == (1, 1024, 297)


def test_validation_tracks_have_the_targets_of_all_heads() -> None:
    made = recipe(ROW[BASE], PLAN, seed=0)
    (track,) = tracks([excerpt("validation", 700)], made)
    targets = made.task.targets(track, made.heads)
    assert set(targets) == set(made.heads)
    assert all(target.shape == (700, 88) and target.max() > 0 for target in targets.values())


def test_the_best_epoch_is_kept_the_first_of_equals() -> None:
    class Model:
        weights = 0

        def get_weights(self) -> int:
            return self.weights

    model, best, history = Model(), Best("val"), []
    for epoch, score in enumerate((0.0, 0.3, 0.2, 0.3)):
        model.weights = epoch
        history.append({"val": score})
        best.save(model, {}, history)
    assert best.weights == 1 == int(np.argmax([log["val"] for log in history]))


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Sixteen works on one piano and one on the piano that is tested on, 8 s each."""
    rng = np.random.default_rng(0)
    played = [("AkPnBcht", work) for work in "abcdefghijklmnop"] + [("SptkBGAm", "z")]
    for number, (piano, work) in enumerate(played):
        stem = tmp_path / "maps" / piano / "MUS" / f"MAPS_MUS-{work}_{piano}"
        stem.parent.mkdir(parents=True, exist_ok=True)
        notes = piece(number, n=30, last=7.0)
        sound = play(notes, seconds=8.0) if work in "abz" else 0.1 * rng.normal(size=8 * SR)
        soundfile.write(stem.with_suffix(".wav"), sound, SR)
        stem.with_suffix(".mid").write_bytes(midi.encode(notes))
    return tmp_path / "maps"


def test_less_music_is_a_part_of_more_and_the_test_piano_never_trains(corpus: Path) -> None:
    maps, plan = Registration("maps", "maps", str(corpus), music.MAPS), Plan(minutes=30 / 60, train_seconds=6.0)
    found = {name: music.choose(ROW[name], plan, maps) for name in ("less_music", BASE, "more_music")}
    assert found == {name: music.choose(ROW[name], plan, maps) for name in found}, "the same ones every time"
    trained = {name: {t.id: s for t, s in each if t.split == "train"} for name, each in found.items()}
    assert [round(sum(each.values()), 6) for each in trained.values()][:2] == [10.0, 30.0]
    assert set(trained["less_music"]) < set(trained[BASE]) < set(trained["more_music"])
    assert set(trained["more_music"].values()) == {8.0}, "all there is, from beginning to end"
    for each in found.values():
        assert {track.id for track, _ in each if track.split == "test"} == {"SptkBGAm/z"}
        held = {track.work for track, _ in each if track.split != "train"}
        assert held.isdisjoint(track.work for track, _ in each if track.split == "train")


def test_the_music_of_renderings_is_new_to_the_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = {"SptkBGAm/z": piece(5)}
    notes = {"new~1": piece(6), "z again~1": performed(piece(5), 1, 2), "single notes~font": piece(7)}
    for name, each in notes.items():
        (tmp_path / f"{name}.mid").write_bytes(midi.encode(each))
        soundfile.write(tmp_path / f"{name}.wav", 0.1 * np.ones(20 * SR), SR)
    listed = [
        music.TrackFiles(name, tmp_path / f"{name}.wav", name.split("~")[0], {"notes": tmp_path / f"{name}.mid"})
        for name in notes
    ]
    corpora = music.open_corpora(["maps:there", "renderings:here"], out=tmp_path)
    monkeypatch.setattr(type(corpora.renderings), "listing", lambda self: type("Listing", (), {"tracks": listed}))
    lines: list[str] = []
    add = lambda name: music.added(ROW[name], Plan(), corpora.renderings, held, lines.append)  # noqa: E731
    assert [(track.id, seconds) for track, seconds in add("isolated_notes")] == [("single notes~font", 20.0)]
    assert [track.id for track, _ in add("performances")] == ["new~1"]
    assert lines == ["z again~1 is left out: its work is that of SptkBGAm/z"]


def test_corpora_rows_and_minutes_are_checked(tmp_path: Path) -> None:
    with pytest.raises(MirlitonError, match=r"maps:FOLDER \[renderings:FOLDER\]"):
        music.open_corpora(["renderings:here"], out=tmp_path)
    with pytest.raises(MirlitonError, match="renderings for performances"):
        command.choose_rows(["performances"], NOWHERE)
    left = {row.name for row in ROWS} - {row.name for row in command.choose_rows(None, NOWHERE)}
    assert left == {"isolated_notes", "performances"}
    with_renderings = music.open_corpora(["maps:there", "renderings:here"], out=tmp_path)
    assert command.choose_rows(None, with_renderings) == ROWS
    with pytest.raises(MirlitonError, match="music to train on"):
        Plan(minutes=0)


def perfect(excerpts: list[Excerpt], made: Any) -> Trained:
    """A network that predicts the targets of each excerpt."""
    targets = {
        each.features.tobytes(): made.task.targets(track, made.heads)
        for each, track in zip(excerpts, tracks(excerpts, made), strict=True)
    }
    return Trained(lambda features: targets[features.tobytes()], Decoding(0.5, 0.5), {})


def test_perfect_activations_score_one() -> None:
    made = recipe(ROW[BASE], PLAN, seed=0)
    onsets = np.array([1.0, 2.0, 3.0, 14.0])
    notes = Notes(np.c_[onsets, [1.5, 2.5, 5.0, 60.0]], np.array([40, 60, 80, 50]), np.array([30, 60, 90, 120]))
    excerpts = [Excerpt("a", "test", np.zeros((700, 297), dtype=np.float32), notes), excerpt("train", 600)]
    scores = evaluate(perfect(excerpts, made), excerpts, made)
    assert scores == {"a": dict.fromkeys(MEASURES, 1.0)}, "the last note ends with the excerpt"


def fake(out: Path, stop_after: int = 99) -> Any:
    """A training that only records recipe and seed, and stops in the middle."""
    done: list[tuple[str, int]] = []

    def train(made: Any, excerpts: list[Excerpt], plan: Plan, on_progress: Any) -> Trained:
        if len(done) == stop_after:
            raise KeyboardInterrupt
        done.append((made.fingerprint, made.training.seed))
        figures = {"parameters": 5, "steps": 1, "train_s": 2.0, "frames_per_s": 3.0, "best_epoch": 0, "history": []}
        return replace(perfect(excerpts, made), figures=figures)

    train.done = done  # type: ignore[attr-defined]
    return train


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Excerpts without files."""
    splits = {"train": 600, "validation": 300, "test": 400}
    monkeypatch.setattr(
        music, "load_excerpts", lambda *_: [excerpt(*each, seed) for seed, each in enumerate(splits.items())]
    )


@pytest.mark.usefixtures("loaded")
def test_a_second_run_does_only_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    rows = rows_of([BASE, "focal_loss"])
    first, second, third = fake(tmp_path, stop_after=3), fake(tmp_path), fake(tmp_path)
    trials = lambda train, plan=PLAN: experiment.trials(rows, [0, 1], plan, NOWHERE, tmp_path, train)  # noqa: E731
    with pytest.raises(KeyboardInterrupt):
        complete(trials(first))
    assert [seed for _, seed in first.done] == [0, 0, 1], "every row has a result early"
    complete(trials(second))
    assert [seed for _, seed in second.done] == [1]
    complete(trials(third))
    assert third.done == []
    found = experiment.results(rows, [0, 1], PLAN, NOWHERE, tmp_path)
    assert [(each["row"], each["seed"]) for each in found] == [(row.name, seed) for row in rows for seed in (0, 1)]
    assert all(each["backend"] == "tensorflow" and each["hours"]["train"] > 0 for each in found)
    assert found[0]["scores"] == {"test": pytest.approx(dict.fromkeys(MEASURES, 1.0), abs=0.1)}
    assert not list(tmp_path.rglob("*.part"))
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert experiment.results(rows[1:], [0, 1], PLAN, NOWHERE, tmp_path) == [], "of another backend"
    others = experiment.results(rows, [0, 1], PLAN, NOWHERE, tmp_path)
    assert {each["row"] for each in others} == {BASE}, "the base's are shown too"
    complete(trials(third))
    assert len(third.done) == 4


def test_another_setting_has_results_of_its_own(tmp_path: Path) -> None:
    where = lambda row, plan=PLAN, corpora=NOWHERE, seed=0: experiment.result_file(row, seed, plan, corpora, tmp_path)  # noqa: E731
    rendered = [music.open_corpora(["maps:m", "renderings:r"], out=tmp_path, soundfonts=font) for font in ("", "a.sf2")]
    base, added = ROW[BASE], ROW["isolated_notes"]
    paths = [
        *(where(row) for row in ROWS),
        where(base, plan=Plan()),
        where(base, seed=1),
        where(replace(base, training={"learning_rate": 1e-4})),
        where(replace(base, music=2.0)),
        *(where(added, corpora=each) for each in rendered),
    ]
    assert len(set(paths)) == len(paths)
    assert where(base, corpora=rendered[1]) == where(base), "the base has none of it"
    moved = music.open_corpora(["maps:elsewhere"], out=tmp_path)
    assert where(base, corpora=moved) == where(base)


def result(row: str, seed: int, level: float, *, backend: str = "jax", velocity: bool = True) -> dict[str, Any]:
    """A result file's content in which every score of recording a is `level`, of recording b 0.1 more."""
    scores = {track: dict.fromkeys(MEASURES, level + more) for track, more in (("b", 0.1), ("a", 0.0))}
    for each in scores.values():
        each.update({} if velocity else {"with velocity": None})
    figures = {"hours": {"train": 1.0}, "parameters": 28956, "train_s": 60.0, "frames_per_s": 12345.6}
    return {"row": row, "seed": seed, "backend": backend, "scores": scores, **figures}


def test_the_table_has_a_question_and_a_difference_in_every_row(tmp_path: Path) -> None:
    found = [
        result("lstm", 0, 0.5, velocity=False),
        *(result("bins_12", seed, 0.7 - 0.04 * seed) for seed in (0, 1)),
        *(result(BASE, seed, 0.8) for seed in (0, 1, 2)),
        result(BASE, 0, 0.79, backend="torch"),
    ]
    for n, each in enumerate(found):
        write_result(tmp_path / f"{n}.json", each)
    read = [json.loads((tmp_path / f"{n}.json").read_text()) for n in range(len(found))]
    lines = page(read, ["About."]).splitlines()
    rows = [line.split(" | ") for line in lines[lines.index("| --- |" + " --- |" * 10) + 1 :]]
    assert [row[0] for row in rows] == ["| base", "| base on torch", "| lstm", "| bins_12"]
    assert rows[0][1:4] == ["What is everything compared with?", "1.00 h", "85.0 [80.0, 90.0]"]
    assert rows[0][-4:] == ["28,956", "60 s", "12,346", "3 |"]
    assert rows[1][1] == "Does the backend matter: torch?"
    assert rows[1][3] == "84.0 [79.0, 89.0]<br>-1.0 [-1.0, -1.0]"
    assert rows[2][6] == "–", "a network without velocities"
    assert rows[3][4] == "73.0 [66.0, 80.0]<br>-12.0 [-14.0, -10.0]"


def test_rows_are_compared_on_the_recordings_and_seeds_of_both() -> None:
    base = [result(BASE, 0, 0.8), result(BASE, 1, 0.6)]
    later = [result("bins_12", 1, 0.7), result("bins_12", 5, 0.1)]
    later[0]["scores"] = dict(reversed(later[0]["scores"].items()))
    np.testing.assert_allclose(difference(later, base, "frame F1"), [[0.1], [0.1]])
    assert difference(later[1:], base, "frame F1") is None
    assert values(base, "frame F1").shape == (2, 2)
    assert "No results yet" in page([], ["About."])
    assert "bins_12" in page(later, ["About."]), "a table without its base has no differences"


def test_a_miniature_run_from_recordings_to_the_table(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_network = partial(onsets_frames.Params, stem=4, filters=4, relatives=4, velocity_filters=4, frame_filters=4)
    monkeypatch.setattr(onsets_frames, "Params", small_network)
    for name in ("STEPS", "VELOCITY_STEPS", "FRAME_STEPS"):
        monkeypatch.setattr(onsets_frames, name, getattr(onsets_frames, name)[:1])
    words = [f"maps:{corpus}", "--out", str(tmp_path / "out"), "--rows", BASE, "--seeds", "0"]
    small = ["--minutes-of-music", str(16 / 60), "--epochs", "1"]
    command.main([*words, *small])
    (kept,) = (tmp_path / "out" / "results").glob("base-*-seed-0.json")
    found = json.loads(kept.read_text())
    assert found["scores"].keys() == {"SptkBGAm/z"}
    assert all(0 <= score <= 1 for score in found["scores"]["SptkBGAm/z"].values())
    assert found["recordings"]["train"] == 2
    assert len(found["history"]) == 1
    assert found["steps"] == math.ceil(2 * SHARD_FRAMES / (found["training"]["batch_size"] * found["segment_frames"]))
    written = (tmp_path / "out" / "ablation.md").read_text()
    assert "| base | What is everything compared with? |" in written
    assert "nan" not in written, "one recording has no interval"
    made = kept.stat().st_mtime_ns
    for file in corpus.rglob("*.wav"):
        file.unlink()
    command.main([*words, *small, "--report-only"])
    assert kept.stat().st_mtime_ns == made
