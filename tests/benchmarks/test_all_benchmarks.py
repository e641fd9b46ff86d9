"""All benchmarks by one command: one that fails or takes too long is named, and the others run."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

import pytest

import benchmarks
from benchmarks import __main__ as command
from benchmarks import history
from benchmarks.history import Figure
from mir_models.errors import MirlitonError

GOOD = "from pathlib import Path; Path('ran').write_text('')"
BAD = "raise SystemExit(3)"
SLOW = """
import subprocess, sys, time
from pathlib import Path
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
Path("child").write_text(str(child.pid))
time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with a module for each kind of end."""
    for name, content in {"bad": BAD, "slow": SLOW, "good": GOOD}.items():
        (tmp_path / f"{name}_benchmark.py").write_text(content)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(history.PATH_VARIABLE, str(tmp_path / "h.jsonl"))
    return tmp_path


def test_the_default_benchmarks_are_modules_that_run_by_themselves() -> None:
    root = Path(benchmarks.__file__).parent
    contents = {name: (root / f"{name}.py").read_text(encoding="utf-8") for name in benchmarks.DEFAULTS}
    assert [name for name, content in contents.items() if '__name__ == "__main__"' not in content] == []
    assert {*benchmarks.DEFAULTS} <= {*benchmarks.__all__}


def test_the_others_run_after_one_that_fails(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    failures = command.run_all(["bad_benchmark", "good_benchmark"], limit=30.0)
    assert failures == {"bad_benchmark": "ended with exit code 3"}
    assert (folder / "ran").exists()
    assert "bad_benchmark: ended with exit code 3" in capsys.readouterr().out


def test_one_that_takes_too_long_is_ended_with_all_that_it_started(folder: Path) -> None:
    import psutil

    assert command.run("slow_benchmark", limit=1.5) == "took longer than 2 s"
    child = int((folder / "child").read_text())
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(child).wait(10)  # It is killed, but may not be gone yet.


def test_the_figures_are_printed_and_failures_are_an_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    history.append(Figure("growth/one track added", 7.0, "s", goal="≤ 8"))
    monkeypatch.setattr(sys, "argv", ["benchmarks", "growth", "start_up"])
    monkeypatch.setattr(command, "run", lambda module, limit: "ended with exit code 1" if "growth" in module else "")
    with pytest.raises(MirlitonError, match=r"benchmarks\.growth ended with exit code 1.*python -m benchmarks\.growth"):
        command.main()
    output = capsys.readouterr().out
    assert "benchmarks.start_up: ended well" in output
    assert "| growth/one track added | 7 | s |" in output
