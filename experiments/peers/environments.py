"""Virtual environments, one for each package."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from experiments.peers.systems import System
from mir_models.errors import MirlitonError
from storage.fingerprints import fingerprint, slug

READY = ".ready"


def python_for(system: System, out: Path, *, pip: Sequence[str] = ()) -> Path:
    """The Python that runs a system, installed below `out` if it is missing; systems of one package share it.

    Parameters
    ----------
    system : System
    out : Path
        Folder of the environments.
    pip : sequence of str
        Further arguments of ``pip install``, e.g. where to find PyTorch without CUDA.

    Raises
    ------
    MirlitonError
        When the environment cannot be made, with pip's own reason.
    """
    if not system.package:
        return Path(sys.executable)
    made_of = fingerprint(system.package, system.requirements, sys.version_info[:2])
    folder = out / f"{slug(system.package)}-{made_of}"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not (folder / READY).exists():
        install = [str(python), "-m", "pip", "install", "--disable-pip-version-check", *pip]
        _run([sys.executable, "-m", "venv", "--clear", str(folder)], system)
        _run([*install, *system.requirements], system)
        _run([*install, "--no-deps", system.package], system)
        (folder / READY).touch()
    return python


def _run(command: list[str], system: System) -> None:
    print(f"{system.name}: {' '.join(command[1:])}", flush=True)
    ended = subprocess.run(command, capture_output=True, text=True)
    if ended.returncode:
        remedy = "see the output of pip, or leave the system out by --systems"
        raise MirlitonError(f"{system.package} to install", received=reason(ended.stderr), remedy=remedy)


def reason(output: str) -> str:
    """Why a program ended: the last line of its output that names an error, else the last line."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith(("ERROR:", "error:")) or "Error:" in line]
    return [*lines, *errors][-1] if lines else "no output"
