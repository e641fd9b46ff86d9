"""Artists by folds: which tracks are predicted, which are trained on, resuming, and the table made of the files."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from experiments.artists import scores
from experiments.artists.folds import experiment, systems
from experiments.artists.folds.predictions import adjust_priors
from experiments.artists.folds.systems import ADJUSTED
from experiments.artists.folds.table import table
from experiments.artists.music import GROUPS, Music, load
from experiments.artists.network import MODERN, class_architecture, train, visits, without_validation
from experiments.artists.plan import FoldsPlan as Plan
from experiments.artists.scores import class_indices
from mir_models.errors import MirlitonError

N_RESAMPLES = 50
"""Of the intervals, which nothing here depends on."""
SR, PLAN = 22050, Plan(at_least=5, folds=5, seeds=2)
COUNTS = {"hum": 6, "hiss": 5, "once": 2}


@pytest.fixture(autouse=True)
def _few_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scores, "N_RESAMPLES", N_RESAMPLES)


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Music:
    """Three artists, one of whom has too few tracks."""
    folder = tmp_path_factory.mktemp("artists")
    rows = []
    for artist, n in COUNTS.items():
        for number in range(n):
            rng, t = np.random.default_rng([number, len(artist)]), np.arange(4 * SR) / SR
            tone = 0.5 * np.sin(2 * np.pi * (110 + 5 * number) * t) + 0.01 * rng.normal(size=len(t))
            y = 0.2 * rng.normal(size=len(t)) if artist == "hiss" else tone
            soundfile.write(folder / f"{artist}{number}.wav", y, SR)
            rows.append({"audio": f"{artist}{number}.wav", "artist": artist, "album": artist})
    with (folder / "tracks.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return load(folder, folder / "out")


def test_only_artists_with_enough_tracks_are_predicted(music: Music) -> None:
    targets = music.target_tracks(PLAN)
    assert len(targets) == 11
    assert {music.artists[track] for track in targets} == {"hum", "hiss"}
    with pytest.raises(MirlitonError, match="two artists of 6 tracks and 5 tracks"):
        music.target_tracks(Plan(at_least=6))


def test_a_track_to_leave_out_has_to_be_there(music: Music) -> None:
    folder = music.out.parent
    assert len(load(folder, music.out, ["hum0"]).tracks) == len(music.tracks) - 1
    with pytest.raises(MirlitonError, match=r"tracks to leave out.*hum0\.wav.*e\.g\. "):
        load(folder, music.out, ["hum0.wav"])


def test_features_are_computed_once(music: Music, monkeypatch: pytest.MonkeyPatch) -> None:
    first = music.features("mfcc")
    monkeypatch.setattr("experiments.artists.music._extract", None)
    again = music.features("mfcc")
    assert all(np.array_equal(first[track], again[track]) for track in music.artists)


def test_every_track_is_predicted_by_a_system_that_was_not_trained_on_it(
    music: Music, tmp_path: Path, monkeypatch: Any
) -> None:
    trained_on: list[set[str]] = []

    def right(music: Music, train: Any, others: Any, test: Any, seed: int, on_progress: Any) -> list[dict[str, float]]:
        trained_on.append({*train, *others})
        assert not trained_on[-1] & set(test)
        assert {music.artists[track] for track in others} == {"once"}
        return [{music.artists[track]: 1.0} for track in test]

    monkeypatch.setitem(systems.SYSTEMS, systems.WIDER, right)
    names = ["majority", "MFCC statistics, SVM", systems.WIDER]
    experiment.run(music, PLAN, names, tmp_path)
    assert len(trained_on) == 10
    experiment.run(music, PLAN, names, tmp_path)
    assert len(trained_on) == 10, "existing results are kept"
    found = experiment.results(tmp_path, music, PLAN, names)
    assert len(found) == 6
    assert all(set(each["answered"]) == set(music.target_tracks(PLAN)) for each in found)
    without = Music(music.tracks[1:], music.out)
    assert experiment.results(tmp_path, without, PLAN, names) == [], "another corpus is another result"
    ref, est = class_indices([each for each in found if each["system"] == systems.WIDER])
    assert (est == ref).all()
    rows = {line.split(" | ")[0].removeprefix("| "): line for line in table(found).splitlines()}
    assert "100.0 [100.0, 100.0]" in rows[systems.WIDER]
    assert rows["MFCC statistics, SVM"].rstrip(" |").endswith("2")


def test_a_network_is_trained_without_a_fold_for_choosing(music: Music) -> None:
    network = class_architecture("dense_frame")
    params = without_validation(network.TRAINING, seed=3)
    assert (params.seed, params.stop_patience, params.plateau_patience) == (3, params.epochs, params.epochs)
    lines: list[str] = []
    features = {track: each for track, each in music.features("log_mel").items() if music.artists[track] != "once"}
    trained = train(network, features, music.artists, 0, lines.append)
    assert len(lines) == network.TRAINING.epochs
    right = [
        trained.voting.classes[trained.predict_windows(each).mean(axis=0).argmax()] == music.artists[track]
        for track, each in features.items()
    ]
    assert np.mean(right) > 0.9


@pytest.mark.parametrize("system", ["dense_frame", systems.WIDER])
def test_a_network_predicts_artists_of_the_training_folds(music: Music, system: str) -> None:
    targets, lines = music.target_tracks(PLAN), []
    others = [track for track in music.artists if track not in targets]
    found = systems.SYSTEMS[system](music, targets[2:], others, targets[:2], 0, lines.append)
    assert len(found) == 2
    assert all(set(each) == {"hum", "hiss"} for each in found)
    assert all(sum(each.values()) <= 1 + 1e-5 for each in found)
    assert [max(each, key=each.__getitem__) for each in found] == [music.artists[track] for track in targets[:2]]
    assert len(lines) == class_architecture(system.split(",")[0]).TRAINING.epochs, "a line per epoch"


def test_members_of_the_ensemble_weigh_the_same(music: Music, tmp_path: Path, monkeypatch: Any) -> None:
    """One member is surer of its artist than the two others are of theirs."""
    for name, p in zip(systems.MEMBERS, (0.95, 0.4, 0.4), strict=True):
        monkeypatch.setitem(systems.SYSTEMS, name, lambda *given, p=p: [{"hiss": p, "hum": 1 - p}] * len(given[3]))
    names = [*systems.MEMBERS[:2], systems.RANDOM]
    monkeypatch.setitem(systems.SYSTEMS, systems.RANDOM, lambda *given: [{"hum": 1.0}] * len(given[3]))
    experiment.run(music, PLAN, names, tmp_path)
    assert systems.ENSEMBLE not in {each["system"] for each in experiment.results(tmp_path, music, PLAN, names)}
    names = [*names, systems.MEMBERS[2]]
    experiment.run(music, PLAN, names, tmp_path)
    found = experiment.results(tmp_path, music, PLAN, names)
    by_system = {each["system"]: {*each["answered"].values()} for each in found}
    assert {name: each for name, each in by_system.items() if name not in ADJUSTED.values()} == dict(
        zip(systems.MEMBERS, ({"hiss"}, {"hum"}, {"hum"}), strict=True)
    ) | {
        systems.RANDOM: {"hum"},
        systems.ENSEMBLE: {"hiss"},
    }
    assert [each["seed"] for each in found if each["system"] == systems.ENSEMBLE] == [0, 1]
    row = next(line for line in table(found).splitlines() if line.startswith(f"| {systems.RANDOM} "))
    assert row.split(" | ")[5:7] != ["–", "–"], "the other systems are compared with it"


def test_adjusted_predictions_are_those_of_artists_visited_alike() -> None:
    """Two artists of 9 tracks and of one: the second is visited a third as often, so a third of the odds is enough."""
    probabilities = {"sure": {"many": 0.8, "one": 0.2}, "torn": {"many": 0.7, "one": 0.3}}
    result = {"system": MODERN, "seed": 4, "wanted": {}, "answered": {}, "probabilities": probabilities}
    counts = {4: {track: {"many": 9, "one": 1} for track in probabilities}}
    (found,) = adjust_priors([result, {**result, "system": "dense_frame"}], counts)
    assert found["answered"] == {"sure": "many", "torn": "one"}
    assert found["system"] == ADJUSTED[MODERN]
    assert visits(9) == 3 * visits(1)


def test_training_tracks_are_counted_by_the_fold_of_the_predicted_track(music: Music) -> None:
    counts = experiment.train_counts(music, PLAN, 1)
    assert counts.keys() == set(music.target_tracks(PLAN))
    for train_tracks, test in experiment.divide(music, PLAN, 1):
        for track in test:
            assert sum(counts[track].values()) == len(train_tracks) == len(music.target_tracks(PLAN)) - len(test)
            assert counts[track]["hum"] == sum(music.artists[each] == "hum" for each in train_tracks)


def test_the_settings_of_a_network_are_in_the_name_of_its_result(
    music: Music, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def name(system: str) -> Path:
        return experiment.result_file(tmp_path, music, PLAN, system, 0)

    before = {system: name(system) for system in systems.SYSTEMS}
    monkeypatch.setattr(class_architecture("patch_cnn"), "VERSION", 99)
    changed = {system for system, path in before.items() if name(system) != path}
    assert changed == {"patch_cnn"}


@pytest.fixture(scope="module")
def albums(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two artists with three albums each, whose sound is the album's, whoever the artist is."""
    folder, rows = tmp_path_factory.mktemp("albums"), []
    for number, album in enumerate("abcdef"):
        for song in range(4):
            rng, t = np.random.default_rng([number, song]), np.arange(4 * SR) / SR
            y = np.sin(2 * np.pi * 150 * 2**number * (1 + song / 50) * t) + 0.05 * rng.normal(size=len(t))
            soundfile.write(folder / f"{album}{song}.wav", 0.4 * y, SR)
            rows.append({"audio": f"{album}{song}.wav", "artist": ["odd", "even"][number % 2], "album": album})
    with (folder / "tracks.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return folder


def test_by_song_the_sound_of_an_album_gives_its_artist_away_and_by_album_it_does_not(albums: Path) -> None:
    plan, system, right = Plan(at_least=5, folds=3, seeds=2), "MFCC statistics, SVM", {}
    for group in GROUPS:
        music = load(albums, albums / "out", group=group)
        experiment.run(music, plan, [system], albums / "out")
        ref, est = class_indices(experiment.results(albums / "out", music, plan, [system]))
        right[group] = (est == ref).mean()
    assert right["track"] > 0.9
    assert right["album"] < 0.6


def test_no_fold_divides_an_album(albums: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    music = load(albums, tmp_path, group="album")

    def right(music: Music, train: Any, others: Any, test: Any, seed: int, on_progress: Any) -> list[dict[str, float]]:
        assert not {music.groups[each] for each in train} & {music.groups[each] for each in test}
        return [{music.artists[track]: 1.0} for track in test]

    monkeypatch.setitem(systems.SYSTEMS, "majority", right)
    experiment.run(music, Plan(folds=3, seeds=1), ["majority"], tmp_path)
    with pytest.raises(MirlitonError, match="two artists of 5 tracks and 4 albums"):
        music.target_tracks(Plan(folds=4))


def test_without_results_there_is_no_table() -> None:
    assert table([]) == "No results yet."
