"""The copy of the code that a run uses: of a commit, or of the files as they are."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from pathlib import Path

from mir_models.errors import MirlitonError

REPOSITORY = Path(__file__).parents[2]
PARTS = ("mirliton.py", "pipelines", "assets", "storage", "mir_models", "experiments/long_runs/runs")
"""What of the repository runs: the command and its packages, and the tables that lie beside definitions."""


def copy_code(target: Path, commit: str) -> str:
    """Copy the code of a commit; returns what it is called, e.g. for the tags of MLflow.

    Parameters
    ----------
    target : Path
        Folder to be made.
    commit : str
        Empty: the files as they are, in a checkout or not.

    Returns
    -------
    str
        The commit; with a plus where files differ from it, ``"unknown"`` outside a checkout.

    Raises
    ------
    MirlitonError
        For a commit that the repository does not have.
    """
    draft = target.with_name(f".{target.name}")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    if commit:
        extract(draft, commit, *PARTS)
    else:
        _copy_files(draft)
    draft.rename(target)
    return _git("rev-parse", commit).decode().strip() if commit else described()


def extract(folder: Path, commit: str, *parts: str) -> None:
    """Write files and folders of the repository as they are in a commit; refuses one that it does not have."""
    # As ZIP: tarfile's filter is missing in Python 3.11 before 3.11.4.
    with zipfile.ZipFile(io.BytesIO(_git("archive", "--format=zip", commit, *parts))) as archive:
        archive.extractall(folder)


def head() -> str:
    """The commit that is checked out; empty outside a checkout."""
    try:
        return _git("rev-parse", "HEAD").decode().strip()
    except MirlitonError:
        return ""


def described() -> str:
    """The commit that is checked out, with a plus when files of the code differ from it; else ``"unknown"``."""
    commit = head()
    return f"{commit}+" if commit and _git("status", "--porcelain", *PARTS).strip() else commit or "unknown"


def _copy_files(draft: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__")
    for part in PARTS:
        source = REPOSITORY / part
        if source.is_dir():
            shutil.copytree(source, draft / part, ignore=ignored)
        else:
            shutil.copy2(source, draft / part)


def _git(*words: str) -> bytes:
    try:
        return subprocess.run(["git", *words], cwd=REPOSITORY, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        received = getattr(error, "stderr", b"").decode(errors="replace").strip() or str(error)
        remedy = "run this in a checkout that has the commit, or give --uncommitted"
        raise MirlitonError(f"git {' '.join(words)}", received=received, remedy=remedy) from error
