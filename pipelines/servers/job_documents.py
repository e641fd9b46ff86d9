"""What the API of the page of recordings returns as JSON; docs/listen.md lists it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from pipelines.servers.recording_jobs import Job


@dataclass(frozen=True)
class ModelRow:
    """A model that is offered: its task, whether it finds ``"notes"`` or ``"classes"``, and what it is, in words."""

    task: str
    kind: str
    name: str


@dataclass(frozen=True)
class PageDocument:
    """The version of mirliton, the models, and the limits of a recording in bytes and seconds."""

    version: str
    models: Sequence[ModelRow]
    most_bytes: int
    most_seconds: float


@dataclass(frozen=True)
class FileRow:
    """A file of a recording: its name, and its URL below that of the server."""

    name: str
    url: str


@dataclass(frozen=True)
class JobDocument:
    """A recording: how far it is, and what there is of it.

    `state` is ``waiting``, ``running``, ``done`` or ``failed``; `revision` grows with what ``…/shown`` returns;
    `recording` and `rendition` are sounds, `files` downloads; `error` is empty unless it failed.
    """

    id: str
    name: str
    task: str
    state: str
    stage: str
    done: int
    total: int
    revision: int
    seconds: float | None
    summary: str
    warnings: Sequence[str]
    error: str
    recording: str | None
    rendition: str | None
    files: Sequence[FileRow]


@dataclass(frozen=True)
class Download:
    """A file, and whether a browser shows it in place."""

    path: Path
    is_shown: bool


def downloads(job: Job) -> Mapping[str, Download]:
    """The files of a job that exist, by name."""
    view = job.view
    sounds = [path for path in (job.sound and job.sound.path, view and view.rendition) if path]
    found = {path.name: Download(path, True) for path in sounds}
    return found | {path.name: Download(path, False) for path in (view.files if view else ())}


def job_document(job: Job) -> JobDocument:
    """The document of a job."""
    view, sound = job.view, job.sound
    return JobDocument(
        id=job.id,
        name=job.recording.name,
        task=job.task,
        state=job.state,
        stage=job.stage,
        done=job.done,
        total=job.total,
        revision=job.revision,
        seconds=sound.seconds if sound else None,
        summary=view.summary if view else "",
        warnings=list(job.warnings),
        error=job.error,
        recording=_url(job, sound.path) if sound else None,
        rendition=_url(job, view.rendition) if view and view.rendition else None,
        files=[FileRow(path.name, _url(job, path)) for path in (view.files if view else ())],
    )


def _url(job: Job, path: Path) -> str:
    return f"/api/recordings/{job.id}/files/{quote(path.name)}"
