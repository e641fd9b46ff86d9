"""What a command does not import before it needs it, and the list of commands that stands for their modules."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import typer

from pipelines.cli import main
from tests.pipelines.cli.test_commands import CHECKOUT

HEAVY = (
    "dagster", "tensorflow", "keras", "mlflow", "zarr", "dask", "distributed", "librosa", "numba", "scipy",
    "matplotlib", "onnxruntime", "onnx", "pretty_midi", "jinja2", "soxr", "soundfile", "pyarrow", "sqlalchemy",
    "requests", "fsspec",
)  # fmt: skip
"""Libraries that take long to import, which no command needs to print its help or a list."""
OURS = ("assets", "storage", "mir_models")


def imported(home: Path, *arguments: str) -> set[str]:
    """The modules that are imported when a command has ended."""
    program = (
        "import sys, json, atexit\n"
        "atexit.register(lambda: print(json.dumps(sorted(sys.modules)), file=sys.stderr))\n"
        "sys.argv[0] = 'mirliton'\n"
        "from mirliton import main; main()"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=CHECKOUT,
        env={"MIRLITON_HOME": str(home), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return set(json.loads(ended.stderr))


def test_the_list_of_commands_needs_no_command(tmp_path: Path) -> None:
    modules = imported(tmp_path, "--help")
    assert "typer" in modules
    assert not modules & {"numpy", "msgspec", *HEAVY}
    assert {name for name in modules if name.startswith("pipelines.")} == {"pipelines.cli", "pipelines.cli.main"} | {
        f"pipelines.cli.{name}" for name in ("extras", "library_logs")
    }
    assert {name for name in modules if name.split(".")[0] in OURS} == {
        "mir_models",
        "mir_models.errors",
        "storage",
        "storage.home",
        "storage.settings_file",
    }


@pytest.mark.parametrize(
    "arguments",
    [("transcribe", "--help"), ("backfill", "--help"), ("ui", "--help"), ("datasets",)],
    ids=lambda words: " ".join(words),
)
def test_help_and_lists_import_no_heavy_library(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    modules = imported(tmp_path, *arguments)
    assert not modules & set(HEAVY)
    assert "numpy" not in modules or arguments[0] in ("backfill", "datasets", "ui")
    others = {f"pipelines.cli.{name}" for name in main.COMMANDS} - {f"pipelines.cli.{arguments[0]}"}
    assert not modules & others


@pytest.mark.parametrize("name", main.COMMANDS)
def test_the_list_has_the_first_lines_of_each_command(name: str) -> None:
    command = getattr(import_module(f"pipelines.cli.{name}"), name)
    first, _, _ = (inspect.getdoc(command) or "").partition("\n\n")
    assert main.COMMANDS[name] == " ".join(first.split())


def test_every_module_with_a_command_of_its_name_is_listed() -> None:
    modules = {path.stem for path in Path(main.__file__).parent.glob("*.py")}
    found = {name for name in modules if callable(getattr(import_module(f"pipelines.cli.{name}"), name, None))}
    assert found - {"main", "__init__", "quarantine_lines", "server_findings"} == set(main.COMMANDS)


def test_an_unknown_command_names_those_that_are_similar() -> None:
    from typer.testing import CliRunner

    ended = CliRunner().invoke(main.app, ["transcribes"])
    assert ended.exit_code == 2
    assert "transcribe" in ended.output
    assert isinstance(main._load("ui"), typer.core.TyperCommand)
