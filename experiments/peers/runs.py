"""Runs of the systems over the recordings without a result, each in a process of its own with one thread."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from experiments.peers import serve
from experiments.peers.environments import python_for, reason
from experiments.peers.recordings import Excerpts, Recording
from experiments.peers.scores import Transcription
from experiments.peers.systems import System
from mir_models.errors import MirlitonError
from storage.fingerprints import content_hash, fingerprint, slug
from storage.models.exported import RECORD
from storage.models.shipped import HERE

ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "NUMBA_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
        "TF_NUM_INTRAOP_THREADS",
        "TF_NUM_INTEROP_THREADS",
    ),
    "1",
)
SERVE = Path(serve.__file__)
FAILED = "failed.txt"
"""Why a system ended before its last recording."""


def run(system: System, excerpts: Excerpts, *, environments: Path, pip: Sequence[str] = ()) -> None:
    """Make the missing results; the error of a system that fails is written into their folder."""
    folder = results_of(system, excerpts)
    missing = [each for each in excerpts.recordings if not _file(folder, each).exists()]
    if not missing:
        return
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FAILED).unlink(missing_ok=True)
    try:
        python = python_for(system, environments, pip=pip)
        _transcribe(python, system, excerpts.warm_up, missing, folder)
    except MirlitonError as error:
        print(f"{system.name}: {error}", flush=True)
        (folder / FAILED).write_text(str(error.received), encoding="utf-8")


def results_of(system: System, excerpts: Excerpts) -> Path:
    """Folder of a system's results: another version, runner, length or corpus has another."""
    runner = content_hash(system.file)
    made_by = fingerprint(system.package, system.requirements, system.words, runner, *_weights(system))
    return excerpts.folder / "results" / f"{slug(system.name)}-{made_by}"


def _weights(system: System) -> list[str]:
    """Hash of the record of our own weights, which no version number distinguishes; of peers nothing."""
    return [] if system.package else [content_hash(HERE / "piano_transcription" / RECORD)]


def load(system: System, excerpts: Excerpts) -> dict[str, Transcription]:
    """The results of a system so far, by track."""
    files = {each.track: _file(results_of(system, excerpts), each) for each in excerpts.recordings}
    return {track: json.loads(path.read_text(encoding="utf-8")) for track, path in files.items() if path.exists()}


def why_failed(system: System, excerpts: Excerpts) -> str | None:
    """The error a system ended with, or None."""
    path = results_of(system, excerpts) / FAILED
    return path.read_text(encoding="utf-8") if path.exists() else None


def remove(system: System, excerpts: Excerpts) -> None:
    """Remove the results of a system."""
    shutil.rmtree(results_of(system, excerpts), ignore_errors=True)


def _transcribe(python: Path, system: System, warm_up: Path, recordings: Sequence[Recording], folder: Path) -> None:
    command = [str(python), "-P", str(SERVE), str(system.file), json.dumps(system.words), str(folder), str(warm_up)]
    command += [str(each.sound) for each in recordings]
    print(f"{system.name}: {len(recordings)} recordings", flush=True)
    with open(folder / "log.txt", "w", encoding="utf-8") as log:
        ended = subprocess.run(command, env=os.environ | ONE_THREAD, stdout=log, stderr=subprocess.STDOUT)
    if ended.returncode:
        error = reason((folder / "log.txt").read_text(encoding="utf-8", errors="replace"))
        remedy = f"see {folder / 'log.txt'}; the same command tries again"
        raise MirlitonError(f"{system.name} to transcribe all recordings", received=error, remedy=remedy)


def _file(folder: Path, recording: Recording) -> Path:
    return folder / f"{recording.sound.stem}.json"
