"""The home of a run: what it is made of stays, whatever changes in the checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiments.long_runs import code, definition
from experiments.long_runs.home import RunHome
from mir_models.errors import MirlitonError
from tests.experiments.long_runs.homes import DEFINITION, run_home


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Code and a definition outside a repository."""
    root = tmp_path / "checkout"
    for part in code.PARTS[1:]:
        (root / part).mkdir(parents=True)
    (root / "mirliton.py").write_text("1\n")
    (root / code.PARTS[-1] / "music.toml").write_text(DEFINITION)
    monkeypatch.setattr(code, "REPOSITORY", root)
    monkeypatch.setattr(definition, "RUNS", root / code.PARTS[-1])
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    return root


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


def test_a_home_of_a_definition_with_a_fault_is_not_begun(checkout: Path, tmp_path: Path) -> None:
    (checkout / code.PARTS[-1] / "music.toml").write_text(DEFINITION.replace("epochs", "epoch"))
    home = RunHome(tmp_path / "homes" / "music")
    with pytest.raises(MirlitonError, match=r"only the keys .* in music\.toml"):
        home.make("music", tmp_path)
    assert not home.folder.exists()
