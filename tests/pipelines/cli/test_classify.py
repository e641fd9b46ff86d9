"""The command ``classify`` on a home in which a network was trained on two artists."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from mir_models.errors import MirlitonError
from mir_models.figures.classes import class_probabilities
from mir_models.inference.classification import Prediction
from pipelines.cli.main import app
from pipelines.runs import RunResult
from storage.models.record import ExportedModelRecord
from storage.reports.pages import card
from tests.two_bands import NETWORK, REPORT, SR, TASK, play


@pytest.fixture
def song(two_bands: tuple[Path, RunResult], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A recording of which the first half is one artist's and the second the other's, in a home with a network."""
    monkeypatch.setenv("MIRLITON_HOME", str(two_bands[0]))
    path = tmp_path / "half and half.wav"
    soundfile.write(path, np.concatenate([play("hum", 90), play("hiss", 91)]), SR)
    return path


def classify(*arguments: str | Path) -> str:
    result = CliRunner().invoke(app, ["classify", *map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_recording_is_named_window_by_window(song: Path, tmp_path: Path) -> None:
    formats = ("--format", "json", "--format", "plot")
    output = classify(song, "--task", TASK, "-o", tmp_path / "out", *formats, "--top", "2")
    assert "half and half.json" in output
    prediction = json.loads((tmp_path / "out" / "half and half.json").read_text())
    assert prediction["label"] == "artist"
    assert prediction["model"]["name"] == NETWORK
    assert prediction["classes"] == ["hiss", "hum"]
    assert sum(each["probability"] for each in prediction["top"]) == pytest.approx(1, abs=1e-3)
    hums = {each["start"]: each["probabilities"][1] for each in prediction["windows"]}
    first, last = ([p for start, p in hums.items() if (start < 6.5) == early] for early in (True, False))
    assert np.mean(first) > np.mean(last) + 0.05
    ends = [each["end"] for each in prediction["windows"]]
    assert 13 < ends[-1] <= 14
    assert ends[:-1] == [each["start"] for each in prediction["windows"][1:]]
    assert (tmp_path / "out" / "half and half.png").read_bytes().startswith(b"\x89PNG")


def test_what_is_not_a_recording_is_named_and_the_others_are_written(song: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF")
    with pytest.raises(MirlitonError, match="1 of 2 failed"):
        classify(broken, song, "--task", TASK, "-o", tmp_path / "out")
    assert [each.name for each in (tmp_path / "out").glob("[!.]*")] == ["half and half.json"]


def test_a_file_of_the_users_own_is_kept_whatever_the_recording_is_called(song: Path, tmp_path: Path) -> None:
    picture = song.rename(tmp_path / "x.png")
    content = picture.read_bytes()
    (tmp_path / "x.png.json").write_bytes(b"my own")
    formats = ("--format", "json", "--format", "plot")
    for _ in range(2):
        with pytest.raises(MirlitonError, match="1 of 1 failed"):
            classify(picture, "--task", TASK, "-o", tmp_path, *formats)
        assert (tmp_path / "x.png.json").read_bytes() == b"my own"
        assert (tmp_path / "x.png.png").read_bytes().startswith(b"\x89PNG")
    classify(picture, "--task", TASK, "-o", tmp_path, *formats, "--overwrite")
    assert json.loads((tmp_path / "x.png.json").read_text())["recording"] == "x.png"
    assert picture.read_bytes() == content


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--task", "piano_transcription"], "mirliton transcribe is for piano_transcription"),
        (["--task", "genre_recognition"], "mirliton train genre_recognition --model"),
        (["--task", TASK, "--model", "x_vector"], "mirliton train artist_recognition --model x_vector"),
        (["--task", TASK, "--model", NETWORK, "--from-run", "1"], "name one"),
        (["--task", TASK, "--from-run", "nonsense"], "the tracking server does not know"),
    ],
)
def test_a_model_that_is_not_there_is_named(song: Path, tmp_path: Path, arguments: list[str], message: str) -> None:
    with pytest.raises(MirlitonError, match=message):
        classify(song, *arguments, "-o", tmp_path / "out")


def test_a_run_of_another_task_or_for_another_command_is_refused(
    two_bands: tuple[Path, RunResult],
    song: Path,
    tmp_path: Path,
) -> None:
    (record,) = (two_bands[0] / "store" / "models" / TASK / NETWORK).glob("*/model.json")
    run = json.loads(record.read_text())["run_id"]
    with pytest.raises(MirlitonError, match="--task artist_recognition"):
        classify(song, "--task", "genre_recognition", "--from-run", run, "-o", tmp_path / "out")
    with pytest.raises(MirlitonError, match="mirliton classify uses it"):
        CliRunner().invoke(app, ["transcribe", str(song), "--from-run", run], catch_exceptions=False)
    assert "half and half.json" in classify(song, "--task", TASK, "--from-run", run, "-o", tmp_path / "out")


def test_an_export_names_by_itself_what_the_network_in_the_store_names(
    song: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["export", TASK, "--model", NETWORK, "--licence", "CC0", "-o", str(tmp_path / "bands")]
    result = CliRunner().invoke(app, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    classify(song, "--task", TASK, "-o", tmp_path / "store")
    monkeypatch.setenv("MIRLITON_HOME", str(tmp_path / "empty"))
    classify(song, "--task", TASK, "--model", tmp_path / "bands", "-o", tmp_path / "folder")
    ours, theirs = (json.loads((tmp_path / each / "half and half.json").read_text()) for each in ("store", "folder"))
    assert theirs["model"]["licence"] == "CC0"
    assert theirs["classes"] == ours["classes"]
    probabilities = [[row["probabilities"] for row in each["windows"]] for each in (ours, theirs)]
    np.testing.assert_allclose(*probabilities, atol=2e-4)
    with pytest.raises(MirlitonError, match="--task artist_recognition"):
        classify(song, "--task", "genre_recognition", "--model", tmp_path / "bands", "-o", tmp_path / "none")


def test_the_card_of_a_network_of_classes_names_them_and_what_it_is_worth(
    two_bands: tuple[Path, RunResult], song: Path, tmp_path: Path
) -> None:
    words = ["export", TASK, "--model", NETWORK, "--licence", "CC0", "-o", str(tmp_path)]
    assert CliRunner().invoke(app, words, catch_exceptions=False).exit_code == 0
    written = (tmp_path / "card.md").read_text()
    tested = json.loads((two_bands[0] / "store" / REPORT / "report.json").read_text())["evaluation"]["tracks"]
    for text in (
        "how probable each of 2 artists is: hiss, hum.",
        "| system | accuracy | macro F1 |",
        "| model | 1.000 [1.000, 1.000] | 1.000 [1.000, 1.000] |",
        "| majority | ",
        "a window is 40 frames of 256 samples\nat 22050 Hz (0.46 s)",
        f"on {len(tested)} tracks of the test split of bands",
        "one of them is the most probable",
        "loader labelled_folders",
    ):
        assert text in written
    assert "{" not in written


def test_a_card_names_what_a_model_began_with_and_makes_nothing_of_markup(song: Path, tmp_path: Path) -> None:
    words = ["export", TASK, "--model", NETWORK, "--licence", "*mine* <b>", "-o", str(tmp_path)]
    assert CliRunner().invoke(app, words, catch_exceptions=False).exit_code == 0
    assert r"under **\*mine\* \<b\>**" in (tmp_path / "card.md").read_text()
    record = json.loads((tmp_path / "model.json").read_text())
    record["decoding"]["classes"] = ["*NSYNC*", "_x_", "snake_case"]
    record["start"] = {"model": "artist_recognition/x_vector", "frozen": 2, "fingerprint": "0123"}
    record["licences"]["older"] = "a | b"
    written = card.render(
        ExportedModelRecord.from_json(record, where="model.json"), {"model.keras": 1, "model.onnx": 250_000}
    )
    for text in (
        r"\*NSYNC\*, \_x\_, snake_case.",
        "the weights of artist_recognition/x_vector (fingerprint `0123`)",
        "the first 2 layers are as they were there",
        r"| older | a \| b | not stated |",
        "| 0.2 MB |",
    ):
        assert text in written


def test_the_most_probable_come_first() -> None:
    prediction = Prediction(("a", "_b$", "c"), np.array([0.0, 1.0]), 1.0, np.array([[0.1, 0.7, 0.2], [0.1, 0.3, 0.6]]))
    assert prediction.top(2) == [("_b$", pytest.approx(0.5)), ("c", pytest.approx(0.4))]
    axes = class_probabilities(prediction, 2, "$_$").axes[0]
    axes.figure.savefig(BytesIO())
    assert axes.get_xlim() == (0, 2)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["\u200b_b\\$ 0.50", "c 0.40"]
