"""The home of a run: what it is made of stays, whatever changes in the checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiments.long_runs import code, definition
from experiments.long_runs.__main__ import _made, parser
from experiments.long_runs.home import RunHome
from mir_models.errors import MirlitonError
from tests.experiments.long_runs.homes import DEFINITION, run_home


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Code and a definition outside a repository; a folder of corpora beside it."""
    (tmp_path / "corpora").mkdir()
    root = tmp_path / "checkout"
    for part in code.PARTS[1:]:
        (root / part).mkdir(parents=True)
    (root / "mirliton.py").write_text("1\n")
    (root / code.PARTS[-1] / "music.toml").write_text(DEFINITION)
    monkeypatch.setattr(code, "REPOSITORY", root)
    monkeypatch.setattr(definition, "RUNS", root / code.PARTS[-1])
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    return root


def made(homes: Path, *words: str) -> RunHome:
    """The home that a command line makes or finds."""
    return _made(parser().parse_args(["--homes", str(homes), *words]))


def test_a_home_keeps_its_code_and_definition(checkout: Path, tmp_path: Path) -> None:
    home = RunHome(tmp_path / "homes" / "music")
    assert not home.exists()
    home.make("music", tmp_path / "corpora")
    (checkout / "mirliton.py").write_text("2\n")
    (checkout / code.PARTS[-1] / "music.toml").write_text(DEFINITION.replace("epochs = 4", "epochs = 5"))
    assert home.exists()
    assert (home.code / "mirliton.py").read_text() == "1\n"
    found, record = home.definition(), home.record()
    assert (found.epochs, found.datasets[0].root) == (4, f"{tmp_path}/corpora/music")
    assert (record.run, record.commit, record.corpora) == ("music", "unknown", f"{tmp_path}/corpora")


def test_a_home_is_as_defined_until_the_checkout_defines_it_otherwise(checkout: Path, tmp_path: Path) -> None:
    home, defined = RunHome(tmp_path / "homes" / "music"), checkout / code.PARTS[-1] / "music.toml"
    home.make("music", tmp_path / "corpora")
    words = DEFINITION.replace('"Nothing."', '"Other words."').replace("epochs = 4", 'epochs = 4\ncommit = "0123"')
    for text, is_as_defined in ((words, True), (DEFINITION.replace("epochs = 4", "epochs = 5"), False)):
        defined.write_text(text)
        assert home.is_as_defined() == is_as_defined
    defined.unlink()
    assert home.is_as_defined(), "of a run that is defined no more there is nothing to say"


def test_a_home_that_was_interrupted_is_made_anew(checkout: Path, tmp_path: Path) -> None:
    home = RunHome(tmp_path / "homes" / "music")
    (home.code / "pipelines").mkdir(parents=True)
    (home.code / "old.py").touch()
    home.make("music", tmp_path)
    assert not (home.code / "old.py").exists()
    assert (home.code / "mirliton.py").exists()


def test_corpora_that_are_no_folder_are_refused_before_a_home_keeps_them(checkout: Path, tmp_path: Path) -> None:
    home = RunHome(tmp_path / "homes" / "music")
    with pytest.raises(MirlitonError, match=r"corpra, which is none\. Remedy: correct the path"):
        home.make("music", tmp_path / "corpra")
    assert not home.folder.exists()


def test_other_corpora_than_those_of_a_home_are_refused(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = RunHome(tmp_path / "homes" / "music")
    home.make("music", tmp_path / "corpora")
    monkeypatch.chdir(tmp_path)
    home.check_corpora(Path("corpora"))
    with pytest.raises(MirlitonError, match=rf"of this run, {tmp_path}/corpora\. Received: homes\. .* --homes FOLDER"):
        home.check_corpora(Path("homes"))
    assert made(tmp_path / "homes", "data", "music", "--corpora", "corpora") == home
    with pytest.raises(MirlitonError, match="the corpora of this run"):
        made(tmp_path / "homes", "data", "music", "--corpora", "homes")


def test_a_run_that_is_not_defined_is_not_asked_for_its_corpora(checkout: Path, tmp_path: Path) -> None:
    with pytest.raises(MirlitonError, match=r"a run that is defined\. Received: musik\. Remedy: choose among music"):
        made(tmp_path / "homes", "train", "musik")


def test_a_folder_that_is_no_home_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MirlitonError, match="the home of a run in "):
        RunHome(tmp_path).definition()


def test_a_machine_without_the_library_that_trains_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = run_home(tmp_path, definition=DEFINITION.replace("epochs = 4", 'epochs = 4\nbackend = "torch"'))
    monkeypatch.setattr("experiments.long_runs.home.find_spec", lambda name: None if name == "torch" else object())
    with pytest.raises(MirlitonError, match=r"torch, which trains.* is not installed.*\.\[training,torch\]"):
        home.check_backend()
    monkeypatch.setattr("experiments.long_runs.home.find_spec", lambda name: object())
    home.check_backend()


def test_what_the_code_of_another_commit_takes_is_not_checked(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = DEFINITION.replace("cqt_84", "cqt_96").replace("epochs = 4", 'epochs = 4\ncommit = "0123"')
    (checkout / code.PARTS[-1] / "music.toml").write_text(text)
    monkeypatch.setattr(code, "copy_code", lambda folder, commit: commit)
    home = RunHome(tmp_path / "homes" / "music")
    home.make("music", tmp_path)
    assert (home.record().commit, home.definition().feature) == ("0123", "cqt_96")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [("epochs", "epoch", r"only the keys .* in music\.toml"), ("cqt_84", "cqt", r"feature cqt_84, .* in music\.toml")],
)
def test_a_home_of_a_definition_with_a_fault_is_not_begun(
    checkout: Path, tmp_path: Path, old: str, new: str, message: str
) -> None:
    (checkout / code.PARTS[-1] / "music.toml").write_text(DEFINITION.replace(old, new))
    home = RunHome(tmp_path / "homes" / "music")
    with pytest.raises(MirlitonError, match=message):
        home.make("music", tmp_path)
    assert not home.folder.exists()
