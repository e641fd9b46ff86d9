"""The copy of the code: of a commit, or of the files as they are, and what it is called."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from experiments.long_runs import code
from mir_models.errors import MirlitonError
from tests.conftest import files_below

FILES = {"mirliton.py": b"1\n", "pipelines/a.py": b"1\n", "assets/a.py": b"1\n", "storage/a.py": b"1\n"}
FILES |= {"mir_models/a.py": b"1\n", "experiments/long_runs/runs/a.csv": b"1\n"}


def write(root: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)


def git(root: Path, *words: str) -> str:
    who = ("-c", "user.name=x", "-c", "user.email=x@example.org")
    return subprocess.run(["git", *who, *words], cwd=root, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of two commits, whose second changes a file, and a file that was changed since."""
    root = tmp_path / "repository"
    write(root, FILES | {"docs/a.md": b"1\n"})
    git(root, "init", "--quiet")
    for content in (b"1\n", b"2\n"):
        write(root, {"storage/a.py": content})
        git(root, "add", ".")
        git(root, "commit", "--quiet", "-m", "x")
    write(root, {"storage/a.py": b"3\n", "storage/new.py": b"3\n", "storage/__pycache__/a.pyc": b"3"})
    monkeypatch.setattr(code, "REPOSITORY", root)
    return root


def test_the_code_of_a_commit_is_copied_whatever_was_changed_since(repository: Path, tmp_path: Path) -> None:
    assert code.copy_code(tmp_path / "one", "HEAD~1") == git(repository, "rev-parse", "HEAD~1")
    assert files_below(tmp_path / "one") == FILES
    assert code.copy_code(tmp_path / "two", "HEAD") == git(repository, "rev-parse", "HEAD")
    assert files_below(tmp_path / "two") == FILES | {"storage/a.py": b"2\n"}


def test_the_files_as_they_are_are_called_by_the_commit_and_a_plus(repository: Path, tmp_path: Path) -> None:
    assert code.copy_code(tmp_path / "one", "") == git(repository, "rev-parse", "HEAD") + "+"
    assert files_below(tmp_path / "one") == FILES | {"storage/a.py": b"3\n", "storage/new.py": b"3\n"}
    git(repository, "stash", "--quiet", "--include-untracked")
    assert code.described() == git(repository, "rev-parse", "HEAD")


def test_outside_a_checkout_the_files_are_copied_and_no_commit_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "plain", FILES)
    monkeypatch.setattr(code, "REPOSITORY", tmp_path / "plain")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    assert code.head() == ""
    assert code.copy_code(tmp_path / "one", code.head()) == "unknown"
    assert files_below(tmp_path / "one") == FILES
    with pytest.raises(MirlitonError, match="give --uncommitted"):
        code.copy_code(tmp_path / "two", "HEAD")
    assert not (tmp_path / "two").exists()


def test_an_unknown_commit_is_refused(repository: Path, tmp_path: Path) -> None:
    with pytest.raises(MirlitonError, match=r"git archive .* nonsense"):
        code.copy_code(tmp_path / "one", "nonsense")
