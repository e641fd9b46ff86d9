"""The command ``doctor``: whether this machine can run the chain."""

import os
import platform
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

import typer
from rich.text import Text

from mir_models.errors import MirlitonError
from pipelines.cli.console import console
from pipelines.cli.documents.machine import DoctorDocument, Finding
from pipelines.cli.extras import version_of_mirliton
from pipelines.cli.json_output import emit
from storage import home
from storage.media import ffmpeg
from storage.settings_file import NAME, read_settings

TRANSCRIBER = ("numpy", "onnxruntime", "pretty_midi", "soundfile", "soxr")
"""The libraries that ``mirliton transcribe`` needs."""
PIPELINE = (
    "dagster",
    "dask",
    "keras",
    "librosa",
    "mir_eval",
    "mlflow",
    "zarr",
)
"""What else the pipeline needs, beside the backend of Keras."""
REMEDY = "pip install -c constraints.txt -e '.[pipeline]'"
BACKENDS = {
    "tensorflow": REMEDY,
    "jax": "pip install -c constraints.txt -e '.[training,jax]'",
    "torch": "pip install -c constraints.txt -e '.[training,torch]'",
}
"""How a backend of Keras is installed."""
LOW_DISK_GIB = 2
_MORE_FORMATS = "M4A, AAC, WMA, videos with sound and others"


def doctor() -> None:
    """Check Python, libraries, folders, disk, servers and decoders; exit code 1 where something is amiss."""
    mirliton = (True, f"mirliton {version_of_mirliton()}")
    libraries = [*map(_library, TRANSCRIBER), *_pipeline()]
    places = [_home(), *_settings(), *_former_home(), *_store(), *_servers()]
    findings = [mirliton, _python(), *libraries, *places, _libsndfile(), _ffmpeg()]
    emit(DoctorDocument(all(ok for ok, _ in findings), [Finding(*each) for each in findings]))
    for ok, finding in findings:
        console.print("[green]ok  [/]" if ok else "[red]bad [/]", Text(finding), soft_wrap=True)
    if not all(ok for ok, _ in findings):
        raise typer.Exit(1)


def _python() -> tuple[bool, str]:
    ok = (3, 11) <= sys.version_info[:2] < (3, 14)
    return ok, f"Python {platform.python_version()} (3.11 to 3.13), {os.cpu_count()} cores"


def _pipeline() -> list[tuple[bool, str]]:
    """The libraries of the pipeline; in an environment with the transcriber only, one line."""
    if find_spec(PIPELINE[0]) is None:
        return [(True, f"mirliton transcribe runs here; the pipeline is not installed ({REMEDY})")]
    return [_library(name) for name in (*PIPELINE, os.environ.get("KERAS_BACKEND") or "tensorflow")]


def _library(name: str) -> tuple[bool, str]:
    try:
        return True, f"{name} {version(name)}"
    except PackageNotFoundError:
        return False, f"{name} is not installed. Remedy: {BACKENDS.get(name, REMEDY)}"


def _home() -> tuple[bool, str]:
    folder = home.home()
    existing = next(each for each in (folder, *folder.parents) if each.exists())
    free = shutil.disk_usage(existing).free / 2**30
    ok = os.access(existing, os.W_OK) and free > LOW_DISK_GIB
    return ok, f"MIRLITON_HOME {folder}, {free:.0f} GiB free"


def _settings() -> list[tuple[bool, str]]:
    """The settings file of a team's home."""
    names = ", ".join(read_settings(home.home()))
    return [(True, f"settings in {home.home() / NAME}: {names}")] if names else []


def _former_home() -> list[tuple[bool, str]]:
    """A home that was copied or moved, in which nothing was run since."""
    from storage.models.artifact_locations import former_home

    former = former_home(home.home())
    what = "a copy of" if former and former.exists() else "moved here from"
    return (
        [(True, f"this home is {what} {former}; its next run keeps the files of MLflow's runs here")] if former else []
    )


def _servers() -> list[tuple[bool, str]]:
    """The servers that a team shares; nothing where only transcribing works."""
    if find_spec(PIPELINE[0]) is None:
        return []
    from pipelines.cli.server_findings import server_findings

    return server_findings()


def _store() -> list[tuple[bool, str]]:
    """The stores: a URL is written to, read and asked for conditional writes; nothing where only transcribing works."""
    if find_spec(PIPELINE[0]) is None:
        return []
    from storage.objects.probe import probe

    address = home.store_address()
    try:
        found = probe(address)
    except MirlitonError as error:
        return [(False, f"stores in {address}: {error}")]
    except OSError as error:
        return [(False, f"stores in {address}: {error}. Remedy: let MIRLITON_STORE name another place")]
    if not found.endpoint:
        return [(True, f"stores in {address}")]
    shared = "two machines take turns" if found.conditional else "no conditional writes: one machine at a time"
    return [(True, f"stores in {address} at {found.endpoint}: a read takes {1000 * found.read_s:.0f} ms; {shared}")]


def _libsndfile() -> tuple[bool, str]:
    import soundfile

    formats = soundfile.available_formats()
    lacking = [name for name in ("WAV", "FLAC", "OGG", "MP3") if name not in formats]
    return not lacking, f"libsndfile {soundfile.__libsndfile_version__} reads {len(formats)} formats" + (
        f", but not {', '.join(lacking)}" if lacking else ", among them WAV, FLAC, OGG and MP3"
    )


def _ffmpeg() -> tuple[bool, str]:
    """ffmpeg, which nothing but some formats needs."""
    if not ffmpeg.is_installed():
        return True, f"ffmpeg is not installed: {_MORE_FORMATS} are not read"
    return True, f"ffmpeg {ffmpeg.version()} reads what libsndfile does not: {_MORE_FORMATS}"
