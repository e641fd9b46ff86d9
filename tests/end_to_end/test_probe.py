"""What a network knows of another label: the table, the command, and what is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from assets.transfer import _too_few
from mir_models.evaluation.metrics.classes import accuracy, macro_f1
from mir_models.evaluation.metrics.repeated import scored
from mir_models.transfer.comparison import Target, compare
from pipelines.cli.datasets import enrol
from pipelines.cli.main import app
from pipelines.runs import Finished, RunFailed, materialise
from storage.corpora.registrations import Registration
from tests.two_bands import NETWORK, SR, TASK, play

CLASSES = ("a", "b") * 10


def test_what_was_learnt_is_compared_with_what_was_not() -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(20, 4))
    knows = noise + 6 * (np.array(CLASSES) == "b")[:, None]
    target = Target(CLASSES, tuple(map(str, range(20))))
    rows = compare(target, {"trained": [knows] * 2, "random": [noise, noise]})
    assert [row["system"] for row in rows] == ["trained"] * 3 + ["random"] * 3 + ["majority"]
    assert all(row["macro_f1"] > 0.95 and "below" not in row for row in rows[:3])
    for ours, theirs in zip(rows[:3], rows[3:6], strict=True):
        assert theirs["below"] == pytest.approx(ours["macro_f1"] - theirs["macro_f1"])
        assert theirs["below_interval"][0] > 0


def test_a_score_of_several_seeds_is_their_mean_and_the_same_answers_differ_by_nothing() -> None:
    wanted = np.array([0, 1] * 10)
    answered = np.stack([wanted, 1 - wanted, wanted])
    mean, (low, high) = scored(wanted, answered, accuracy)
    assert mean == pytest.approx(2 / 3)
    assert low < mean < high
    assert scored(wanted, answered, macro_f1, less=answered) == (0, (0, 0))
    better = scored(wanted, answered[[0, 0, 0]], macro_f1, less=answered[[1, 1, 1]])
    assert better == (1, (1, 1))


@pytest.fixture(scope="module")
def home(two_bands: tuple[Path, Finished], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A copy of the home, with another corpus whose genres nobody learnt."""
    folder = tmp_path_factory.mktemp("genres")
    shutil.copytree(two_bands[0], folder / "home")
    for genre, artist, first, n in (("drone", "hum", 20, 6), ("noise", "hiss", 20, 6), ("rare", "hum", 60, 2)):
        for number in range(n):
            path = folder / "corpus" / genre / f"piece {number}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, play(artist, first + number), SR)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIRLITON_HOME", str(folder / "home"))
        patch.delenv("MIRLITON_STORE", raising=False)
        options = {"levels": "genre"}
        enrol(Registration("pieces", "labelled_folders", str(folder / "corpus"), options, split="song"))
        assets = ["raw_audio", "labels", *(f"{stage}/{each}" for stage in ("features", "shards") for each in PRESETS)]
        materialise("prepare_any", assets=assets, partition="pieces")
    return folder / "home"


PRESETS = ("mel_patch", "mfcc")


def probe(home: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    monkeypatch.setenv("MIRLITON_HOME", str(home))
    return CliRunner().invoke(app, ["probe", *arguments], catch_exceptions=False).output


def report_rows(home: Path) -> list[dict[str, Any]]:
    return json.loads((home / "store" / "transfer" / "genre" / f"{NETWORK}-all" / "report.json").read_text())["rows"]


def test_the_command_writes_one_table(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = probe(home, monkeypatch, f"{TASK}/{NETWORK}", "--label", "genre", "--seeds", "1")
    assert "logistic regression" in said
    row = report_rows(home)[3]
    assert f"{row['below']:+.2f}" in said, "by how much the trained network is above its random weights"
    report = json.loads((home / "store" / "transfer" / "genre" / f"{NETWORK}-all" / "report.json").read_text())
    assert report["classes"] == {"drone": 6, "noise": 6}
    assert report["left_out"] == {"rare": 2}
    assert "left out: rare, with 2 works" in said
    systems = [f"{NETWORK}, trained", f"{NETWORK}, random weights", "MFCC statistics", "majority"]
    assert list(dict.fromkeys(row["system"] for row in report["rows"])) == systems
    assert report["rows"][0]["macro_f1"] == 1
    assert report["rows"][-1]["macro_f1"] == pytest.approx(1 / 3)
    assert report["group"] == "work"
    page = (home / "store" / "transfer" / "genre" / f"{NETWORK}-all" / "report.html").read_text()
    assert all(each in page for each in (*systems, "kNN", "drone", "rare (2)"))


def test_a_layer_that_is_not_there_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RunFailed, match="choose all or one of conv2d"):
        probe(home, monkeypatch, f"{TASK}/{NETWORK}", "--label", "genre", "--layer", "nonsense", "--seeds", "1")


def test_what_the_network_learnt_from_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RunFailed, match="tracks that the model has not heard"):
        probe(home, monkeypatch, f"{TASK}/{NETWORK}", "--label", "artist", "--dataset", "bands")


@pytest.mark.parametrize(
    ("model", "label", "said"),
    [
        (f"{TASK}/{NETWORK}", "notes", "a label of whole tracks"),
        (f"genre_recognition/{NETWORK}", "genre", f"name it {TASK}/{NETWORK}"),
    ],
)
def test_what_cannot_be_asked_is_told(
    home: Path, monkeypatch: pytest.MonkeyPatch, model: str, label: str, said: str
) -> None:
    with pytest.raises(RunFailed, match=said):
        probe(home, monkeypatch, model, "--label", label)


def test_classes_are_left_out_only_where_two_remain() -> None:
    enough, few = ("a",) * 5 + ("b",) * 5, ("c",) * 4
    groups = tuple(map(str, range(14)))
    assert _too_few(Target(enough + few, groups)) == {"c": 4}
    assert _too_few(Target(enough[:5] + few, groups[:9])) == {}  # Probing says then what is missing.
    one_work = (*groups[:5], *["the same"] * 5)
    assert _too_few(Target(enough + few, one_work + groups[10:])) == {}


def test_groups_that_are_not_there_are_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RunFailed, match=r"groups of tracks\. Received: artist"):
        probe(home, monkeypatch, f"{TASK}/{NETWORK}", "--label", "genre", "--group", "artist")
