"""The command line as a user meets it: what is printed, on which stream, and with which exit code."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from assets.inference.transcriber import Transcriber
from mir_models.architectures import ARCHITECTURES
from mir_models.errors import MirlitonError
from mir_models.notes.decoding import Decoding
from mir_models.tasks import TASKS
from pipelines.cli import doctor, progress_bars
from pipelines.cli.main import main
from storage.corpora.catalogue import open_catalogue
from storage.corpora.registrations import LOADERS

CHECKOUT = Path(__file__).parents[3]
COMMANDS = (
    "demo",
    "download",
    "add",
    "datasets",
    "remove",
    "plan",
    "backfill",
    "inspect",
    "train",
    "evaluate",
    "export",
    "transcribe",
    "ui",
    "doctor",
)


@dataclass(frozen=True)
class CommandResult:
    """Output of a command, each stream with its lines joined, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The one sentence of an error that a user can act on: exit code 1, one line, no traceback."""
        assert self.code == 1, self
        assert self.err.startswith("error: "), self
        assert self.err.count("\n") == 1, "one line"
        assert "Traceback" not in self.err + self.out
        return self.err.removeprefix("error: ").strip()


Command = Callable[..., CommandResult]


@pytest.fixture
def mirliton(home: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """The command in this process, in an empty home, on a wide terminal."""
    monkeypatch.setattr(progress_bars.console, "width", 300)

    def run(*arguments: object) -> CommandResult:
        monkeypatch.setattr(sys, "argv", ["mirliton", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        return CommandResult(int(ended.value.code or 0), *capfd.readouterr())

    return run


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A folder with the names of recordings; registering looks at names only."""
    root = tmp_path / "corpus"
    root.mkdir()
    for name in ("a.wav", "a.mid", "b.wav"):
        (root / name).write_bytes(b"")
    return root


def test_help_lists_every_command(mirliton: Command) -> None:
    result = mirliton("--help")
    assert result.code == 0
    assert all(f" {command} " in result.out for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(mirliton: Command, command: str) -> None:
    result = mirliton(command, "--help")
    assert (result.code, result.err) == (0, "")
    assert f"mirliton {command}" in result.out


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("nope",), "nope"),
        (("backfill",), "Missing argument"),
        (("add", "x", "--loader", "folder"), "--root"),
        (("add", "x", "--loader", "folder", "--root", ".", "--max-quarantined", "7"), "--max-quarantined"),
        (("train", "piano_transcription", "--modle", "lstm"), "--modle"),
        (("ui", "--port", "many"), "--port"),
    ],
)
def test_what_the_command_line_cannot_read_is_exit_code_2(
    mirliton: Command, arguments: tuple[str, ...], named: str
) -> None:
    result = mirliton(*arguments)
    assert result.code == 2
    assert named in result.err
    assert "Traceback" not in result.err


def test_no_dataset_yet_names_the_loaders(mirliton: Command) -> None:
    result = mirliton("datasets")
    assert (result.code, result.err) == (0, "")
    assert result.out == f"No dataset yet. Loaders: {', '.join(LOADERS.names())}.\n"


def test_a_registered_dataset_is_listed_with_the_folder_as_it_is_called(mirliton: Command, tmp_path: Path) -> None:
    root = tmp_path / "evenings [live]"
    root.mkdir()
    (root / "a [take 1].wav").write_bytes(b"")
    (root / "b [").mkdir()
    for twin in ("take 2].wav", "take 2].flac"):
        (root / "b [" / twin).write_bytes(b"")
    added = mirliton("add", "mine", "--loader", "folder", "--root", root)
    assert added.code == 0, added
    assert added.out.startswith("mine: 1 track.")
    assert "b [/take 2]" in added.out, "a name in brackets is no markup"
    listed = mirliton("datasets")
    assert listed.code == 0
    assert "mine" in listed.out
    assert "evenings [live]" in listed.out
    assert open_catalogue().get("mine").root == str(root)


@pytest.mark.parametrize(
    ("name", "arguments", "expected", "remedy"),
    [
        ("x", ("--loader", "nope"), "a known dataset loader. Received: 'nope'", "choose one of artist20, demo, f"),
        ("Bad,Name", ("--loader", "folder"), "a dataset name. Received: 'Bad,Name'", "lower-case letters"),
        ("../x", ("--loader", "folder"), "a dataset name. Received: '../x'", "lower-case letters"),
        ("x", ("--loader", "demo", "--option", "a=3"), "an option of loader 'demo'. Received: a", "has none"),
        ("x", ("--loader", "folder", "--option", "labels_exact=ture"), "option labels_exact of type bool", "true or"),
        ("x", ("--loader", "folder", "--split", "town"), "a split rule. Received: 'town'", "official, work, artist"),
        ("x", ("--loader", "maps", "--option", "piano=a"), "an option of loader 'maps'. Received: piano", "test_piano"),
        ("x", ("--loader", "folder", "--option", "depth"), "--option key=value. Received: 'depth'", "write, e.g., "),
        ("x", ("--loader", "maps"), "recordings of the piano 'SptkBGAm'", "or check --root"),
    ],
)  # fmt: skip
def test_what_cannot_be_registered_is_refused_and_not_registered(
    mirliton: Command, corpus: Path, name: str, arguments: tuple[str, ...], expected: str, remedy: str
) -> None:
    error = mirliton("add", name, "--root", corpus, *arguments).error
    assert error.startswith(f"Expected {expected}")
    assert remedy in error.partition("Remedy: ")[2]
    assert open_catalogue().names() == []


def test_an_option_of_another_type_is_refused(mirliton: Command, corpus: Path) -> None:
    error = mirliton("add", "x", "--loader", "maps", "--root", corpus, "--option", "seed=many").error
    assert "seed" in error


def test_a_root_that_is_no_folder_of_recordings_is_refused(mirliton: Command, tmp_path: Path) -> None:
    for root in (tmp_path / "nowhere", tmp_path / "file", tmp_path / "empty"):
        (tmp_path / "file").touch()
        (tmp_path / "empty").mkdir(exist_ok=True)
        assert str(root) in mirliton("add", "x", "--loader", "folder", "--root", root).error


def test_a_home_that_cannot_be_made_is_one_sentence(
    mirliton: Command, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("MIRLITON_HOME", str(tmp_path / "file"))
    assert str(tmp_path / "file") in mirliton("add", "x", "--loader", "folder", "--root", corpus).error


def test_an_unknown_dataset_stops_a_backfill_before_anything_is_done(mirliton: Command, corpus: Path) -> None:
    mirliton("add", "mine", "--loader", "folder", "--root", corpus)
    error = mirliton("backfill", "mine", "nope").error
    assert error == (
        "Expected a registered dataset. Received: 'nope'. "
        "Remedy: mirliton add nope --loader LOADER --root PATH (registered: mine)."
    )
    assert not (Path(os.environ["MIRLITON_HOME"]) / "store" / "datasets").exists()


def test_a_dataset_that_fails_prints_the_first_reason(mirliton: Command, corpus: Path) -> None:
    mirliton("add", "mine", "--loader", "folder", "--root", corpus)
    error = mirliton("backfill", "mine").error
    assert "Expected at most 20% of the tracks in quarantine after raw_audio. Received: 2 of 2, the first a: " in error
    assert "(run " in error


@pytest.mark.parametrize("command", ["train", "evaluate"])
def test_an_unknown_task_or_network_is_refused_with_the_choices(mirliton: Command, command: str) -> None:
    error = mirliton(command, "violin_transcription", "--model", "lstm").error
    assert (
        "a known task. Received: 'violin_transcription'. Remedy: did you mean piano_transcription? Else choose" in error
    )
    assert f"choose one of {', '.join(TASKS.names())}" in error
    error = mirliton(command, "piano_transcription", "--model", "gru").error
    assert f"architecture. Received: 'gru'. Remedy: choose one of {', '.join(ARCHITECTURES.names())}" in error


def test_a_network_of_another_task_is_refused(mirliton: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    from mir_models.architectures import lstm

    monkeypatch.setattr(lstm, "TASK", "genre")
    error = mirliton("train", "piano_transcription", "--model", "lstm").error
    assert error == "Expected a network for piano_transcription. Received: lstm. Remedy: it is for genre."


@pytest.mark.parametrize("setting", ["training.epoch=3", "epochs=3", "training.epochs", "training.epochs=many"])
def test_a_misspelt_setting_is_refused_before_a_run_begins(mirliton: Command, setting: str) -> None:
    error = mirliton("train", "piano_transcription", "--model", "lstm", "--set", setting).error
    assert "training.epochs" in error.partition("Remedy: ")[2]
    assert not (Path(os.environ["MIRLITON_HOME"]) / "dagster").exists()


def test_training_and_evaluation_without_data_name_what_is_missing(mirliton: Command, corpus: Path) -> None:
    assert (
        "Remedy: mirliton backfill NAME --feature cqt_84, or name datasets that have notes."
        in mirliton("train", "piano_transcription", "--model", "lstm").error
    )
    assert "Expected a trained lstm." in mirliton("evaluate", "piano_transcription", "--model", "lstm").error
    mirliton("add", "mine", "--loader", "folder", "--root", corpus)
    result = mirliton("train", "piano_transcription", "--model", "lstm", "--dataset", "mine").error
    assert "Remedy: mirliton backfill mine --feature cqt_84, or name datasets" in result


def test_a_recording_without_a_trained_model_names_the_training(mirliton: Command, tmp_path: Path) -> None:
    result = mirliton("transcribe", tmp_path / "a.wav", "--model", "bilstm", "-o", tmp_path / "out").error
    assert result.endswith("Remedy: mirliton train piano_transcription --model bilstm first.")
    assert not (tmp_path / "out").exists()


def test_two_recordings_of_one_name_are_refused_before_any_is_transcribed(mirliton: Command, tmp_path: Path) -> None:
    result = mirliton("transcribe", tmp_path / "a" / "x.wav", tmp_path / "b" / "x.flac", "-o", tmp_path / "out").error
    assert "x.wav and " in result
    assert "x.flac, both 'x'." in result
    assert not (tmp_path / "out").exists()


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> None:
    """A transcriber that opens files as the true one does, and is handed no network: bad files never reach it."""
    without_model = Transcriber(model=None, feature=None, params=None, decoding=Decoding(frame_threshold=0.5))
    monkeypatch.setattr("assets.inference.transcriber.load_shipped_transcriber", lambda task, **_: without_model)


@pytest.mark.usefixtures("trained")
def test_files_that_are_no_recordings_are_named_one_by_one_and_nothing_is_written(
    mirliton: Command, tmp_path: Path
) -> None:
    (tmp_path / "text [1].wav").write_text("To be, or not to be")
    (tmp_path / "folder.wav").mkdir()
    bad = [tmp_path / "missing.wav", tmp_path / "text [1].wav", tmp_path / "folder.wav"]
    result = mirliton("transcribe", *bad, "-o", tmp_path / "out")
    assert "Received: 3 of 3 failed." in result.error
    for path in bad:
        assert f"{path}: Expected " in result.out
    assert "missing.wav: Expected a recording. Received: no such file." in result.out
    assert not (tmp_path / "out").exists()


def test_the_good_recordings_among_bad_ones_are_written(
    mirliton: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class FailingTranscriber:
        concurrent = False

        def transcribe(self, recording: Path, *, warn: Any, over: Any) -> list[str]:
            if recording.stem == "bad":
                raise MirlitonError("a recording", received="none", remedy="record it")
            return []

        def encoded(self, *_: object) -> bytes:
            return b"MThd"

    monkeypatch.setattr("assets.inference.transcriber.load_shipped_transcriber", lambda *_, **__: FailingTranscriber())
    paths = [tmp_path / name for name in ("a.wav", "bad.wav", "c.wav")]
    for path in paths:
        path.touch()
    assert "1 of 3" in mirliton("transcribe", *paths, "-o", tmp_path / "out").error
    assert sorted(path.name for path in (tmp_path / "out").glob("*.mid")) == ["a.mid", "c.mid"]


def test_after_an_interruption_the_same_command_goes_on(mirliton: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pipelines.runs.materialise", interrupted)
    result = mirliton("train", "piano_transcription", "--model", "lstm")
    assert result.code == 130
    assert result.err == "Interrupted. What is finished is kept; the same command goes on from there.\n"


def test_a_library_that_is_not_installed_is_named_with_its_extra(
    mirliton: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "dagster", None)
    error = mirliton("train", "piano_transcription", "--model", "lstm").error
    assert error == ("Expected the library dagster. Received: not installed. Remedy: pip install 'mirliton[pipeline]'.")


def test_doctor_finds_this_machine_well(mirliton: Command) -> None:
    result = mirliton("doctor")
    assert result.code == 0
    assert "bad" not in result.out
    for what in ("Python 3.", "keras", "dagster", "MIRLITON_HOME", "libsndfile"):
        assert what in result.out


def test_doctor_names_what_is_missing_with_its_remedy(mirliton: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "PIPELINE", ("keras", "no-such-library"))
    result = mirliton("doctor")
    assert result.code == 1
    assert "bad  no-such-library is not installed. Remedy: pip install" in result.out


def test_doctor_accepts_an_environment_with_the_transcriber_only(
    mirliton: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "PIPELINE", ("no_such_library", "keras"))
    result = mirliton("doctor")
    assert result.code == 0
    assert "mirliton transcribe runs here; the pipeline is not installed" in result.out
    assert "keras" not in result.out


def test_doctor_names_a_home_that_cannot_be_written(mirliton: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    result = mirliton("doctor")
    assert result.code == 1
    assert "bad  MIRLITON_HOME" in result.out


def test_the_installed_command_is_main_and_ends_with_its_exit_code(home: Path, tmp_path: Path) -> None:
    """Once through a true process: streams, exit code, no traceback."""
    result = subprocess.run(
        [sys.executable, "-m", "pipelines.cli.main", "backfill", "nope"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    printed = CommandResult(result.returncode, result.stdout, result.stderr)
    assert "Expected a registered dataset. Received: 'nope'" in printed.error
    assert result.stdout == ""


@pytest.mark.parametrize("wish", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_interrupted_in_its_middle_is_exit_code_130(home: Path, wish: signal.Signals) -> None:
    program = (
        "import os, sys, assets.training.recipe; from pipelines.cli.main import main\n"
        f"assets.training.recipe.open_dataset_shards = lambda *_: os.kill(os.getpid(), {int(wish)})\n"
        "sys.argv = ['mirliton', 'train', 'piano_transcription', '--model', 'lstm']; main()"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, timeout=60, check=False
    )
    assert result.returncode == 130
    assert result.stderr.endswith("Interrupted. What is finished is kept; the same command goes on from there.\n")
    assert "Traceback" not in result.stderr
