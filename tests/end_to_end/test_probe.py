"""The command `probe`: its table of trained network, random weights and MFCC statistics, and its errors."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import soundfile
from typer.testing import CliRunner

from assets.evaluation.transfer import _too_few
from mir_models.errors import MirlitonError
from mir_models.transfer import probes
from mir_models.transfer.comparison import Target
from pipelines.cli.add import register
from pipelines.cli.main import app
from pipelines.runs import RunFailed, RunResult, materialise
from storage.corpora.registrations import Registration
from tests.two_bands import NETWORK, SR, TASK, play


@pytest.fixture(scope="module")
def home(two_bands: tuple[Path, RunResult], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A copy of the home, with another corpus of genres that no network was trained on."""
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
        register(Registration("pieces", "labelled_folders", str(folder / "corpus"), options, split="song"))
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
    # Each probe is fitted for each setting to choose from: two are a choice, within the folds that it is trained on.
    monkeypatch.setattr(probes, "PENALTIES", (0.1, 10.0))
    monkeypatch.setattr(probes, "NEIGHBOURS", (1, 3))
    output = probe(home, monkeypatch, f"{TASK}/{NETWORK}", "--label", "genre", "--seeds", "1")
    assert "logistic regression" in output
    row = report_rows(home)[3]
    assert f"{row['below']:+.2f}" in output, "by how much the trained network is above its random weights"
    report = json.loads((home / "store" / "transfer" / "genre" / f"{NETWORK}-all" / "report.json").read_text())
    assert report["classes"] == {"drone": 6, "noise": 6}
    assert report["left_out"] == {"rare": 2}
    assert "left out: rare, with 2 works" in output
    systems = [f"{NETWORK}, trained", f"{NETWORK}, random weights", "MFCC statistics", "majority"]
    assert list(dict.fromkeys(row["system"] for row in report["rows"])) == systems
    assert report["rows"][0]["macro_f1"] == 1
    assert report["rows"][-1]["macro_f1"] == pytest.approx(1 / 3)
    assert report["group"] == "work"
    page = (home / "store" / "transfer" / "genre" / f"{NETWORK}-all" / "report.html").read_text()
    assert all(each in page for each in (*systems, "kNN", "drone", "rare (2)"))


def test_an_unknown_layer_is_an_error(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RunFailed, match="choose all or one of conv2d"):
        probe(home, monkeypatch, f"{TASK}/{NETWORK}", "--label", "genre", "--layer", "nonsense", "--seeds", "1")


def test_tracks_that_the_network_was_trained_on_are_an_error(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RunFailed, match="tracks that the model was not trained on"):
        probe(home, monkeypatch, f"{TASK}/{NETWORK}", "--label", "artist", "--dataset", "bands")


@pytest.mark.parametrize(
    ("model", "label", "output"),
    [
        (f"{TASK}/{NETWORK}", "notes", "a label of whole tracks"),
        (f"genre_recognition/{NETWORK}", "genre", f"it is for {TASK}"),
    ],
)
def test_impossible_targets_are_errors(
    home: Path, monkeypatch: pytest.MonkeyPatch, model: str, label: str, output: str
) -> None:
    with pytest.raises(MirlitonError, match=output):  # Before a run begins.
        probe(home, monkeypatch, model, "--label", label)


def test_classes_are_left_out_only_where_two_remain() -> None:
    enough, few = ("a",) * 5 + ("b",) * 5, ("c",) * 4
    groups = tuple(map(str, range(14)))
    assert _too_few(Target(enough + few, groups)) == {"c": 4}
    assert _too_few(Target(enough[:5] + few, groups[:9])) == {}  # The probe then raises an error.
    one_work = (*groups[:5], *["the same"] * 5)
    assert _too_few(Target(enough + few, one_work + groups[10:])) == {}


def test_unknown_groups_are_an_error(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RunFailed, match=r"groups of tracks\. Received: artist"):
        probe(home, monkeypatch, f"{TASK}/{NETWORK}", "--label", "genre", "--group", "artist")
