"""Entry points before anything is imported: other packages called as ours are refused with one sentence that names the
folder, and an interrupt is no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mirliton import PACKAGES, ROOT, ShadowedPackageError, check_import_names, main

CHECKOUT = Path(__file__).parents[2]
COMMAND = "import sys; sys.argv = ['mirliton', '--help']; from mirliton import main; main()"


def run(program: str, *folders: Path) -> subprocess.CompletedProcess[str]:
    """A program in a process whose PYTHONPATH is `folders`, in this order, outside the checkout."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, folders))}
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=folders[0],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture(params=PACKAGES)
def shadowed(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A name of ours under which another package lies in `tmp_path`."""
    (tmp_path / request.param).mkdir()
    (tmp_path / request.param / "__init__.py").touch()
    return str(request.param)


def test_our_packages_are_found_beside_the_command() -> None:
    check_import_names()
    assert ROOT == CHECKOUT
    assert all((ROOT / name / "__init__.py").is_file() for name in PACKAGES)


def test_an_interrupt_while_libraries_are_imported_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pipelines.cli.main.main", interrupted)
    with pytest.raises(SystemExit) as ended:
        main()
    assert (ended.value.code, capsys.readouterr().err) == (130, "Interrupted.\n")


def test_the_command_refuses_a_shadowed_package_with_one_sentence(shadowed: str, tmp_path: Path) -> None:
    ended = run(COMMAND, tmp_path, CHECKOUT)
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"error: Expected the package {shadowed} of mirliton, in {CHECKOUT}. Received: ")
    assert f"{tmp_path / shadowed / '__init__.py'}. Remedy: " in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert ended.stdout == ""


def test_the_code_location_refuses_a_shadowed_package(tmp_path: Path) -> None:
    (tmp_path / "storage.py").touch()
    ended = run("import pipelines.definitions", tmp_path, CHECKOUT)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith(
        f"mirliton.ShadowedPackageError: Expected the package storage of mirliton, in {CHECKOUT}. "
        f"Received: {tmp_path / 'storage.py'}. Remedy: "
    )


def test_a_folder_that_is_no_package_shadows_nothing(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    ended = run("from mirliton import check_import_names; check_import_names()", tmp_path, CHECKOUT)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mirliton.find_spec", lambda name: None)
    with pytest.raises(ShadowedPackageError, match=r"the package pipelines of mirliton.* Received: none\."):
        check_import_names()
