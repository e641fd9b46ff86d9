"""The experiment of networks beside chance: who trains, validates and tests, and the rows of its table."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from experiments import chance
from experiments.chance import Epoch, divided, rows_of
from mir_models.training.params import Params


class Music:
    """In the place of `experiments.artists.music.Music`: ten artists of nine tracks, one of two."""

    def __init__(self) -> None:
        self.artists = {f"{name}{n}": name for name in "abcdefghij" for n in range(9)} | {"z0": "z", "z1": "z"}

    def features(self, preset: str) -> dict[str, Any]:
        assert preset == "log_mel_1024_ln"
        return {track: np.full((3, 2), number) for number, track in enumerate(self.artists)}


def numbers(tracks: chance.Tracks) -> list[int]:
    return [int(each[0, 0]) for each in tracks.features]


def test_six_tracks_of_each_artist_train_two_validate_and_the_others_test() -> None:
    splits = divided(Music(), 0, redrawn=False)  # type: ignore[arg-type]
    counts = {name: Counter(split.classes) for name, split in splits.items()}
    assert counts == {name: dict.fromkeys(range(10), n) for name, n in {"train": 6, "validation": 2, "test": 1}.items()}
    assert sorted(n for split in splits.values() for n in numbers(split)) == list(range(90))
    assert all(
        n // 9 == index for split in splits.values() for n, index in zip(numbers(split), split.classes, strict=True)
    )
    assert numbers(divided(Music(), 1, redrawn=False)["test"]) != numbers(splits["test"])  # type: ignore[arg-type]


def test_redrawn_classes_are_the_same_tracks_and_as_many_of_each() -> None:
    own, redrawn = (divided(Music(), 0, redrawn=each) for each in (False, True))  # type: ignore[arg-type]
    for name in ("train", "validation"):
        assert numbers(own[name]) == numbers(redrawn[name])
        assert sorted(own[name].classes) == sorted(redrawn[name].classes)
        assert own[name].classes != redrawn[name].classes
    assert own["test"].classes == redrawn["test"].classes


@pytest.mark.parametrize(("sure", "verdict"), [(0.9, "above chance"), (0.1, "underfit")])
def test_an_epoch_is_compared_on_validation_and_scored_on_test(sure: float, verdict: str) -> None:
    classes = list(range(10)) * 2
    splits = {name: chance.Tracks([], classes) for name in ("train", "validation", "test")}
    rest = (1 - sure) / 9
    rows = [np.where(np.arange(10) == index, sure, rest)[None] for index in classes]
    history = [{"epoch": 0, "val_loss": -np.log(sure), "val_window_accuracy": 1.0, "steps": 4.0}]
    run = SimpleNamespace(params=Params(), history=history, best_epoch=lambda: 0)
    found = chance._epoch(run, [dict.fromkeys(splits, rows)], splits)  # type: ignore[arg-type]
    assert (found.verdict, found.n_steps) == (verdict, 4)
    assert found.accuracy == (1 if sure > 0.1 else pytest.approx(0.1))


def test_a_row_counts_the_verdicts_of_all_trainings() -> None:
    trainings = [[Epoch("underfit", 4 * n, 0.1) for n in chance.EPOCHS] for _ in range(2)]
    trainings.append([Epoch("above chance", 4 * n, 0.4) for n in chance.EPOCHS])
    rows = rows_of("as by default", trainings)
    assert [row[1:3] for row in rows] == [[str(n), str(4 * n)] for n in chance.EPOCHS]
    assert rows[0] == ["as by default", "1", "4", "3", "1", "2", "0", "0", "0.20"]
