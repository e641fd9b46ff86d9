"""Recordings that wait for a model, one at a time in a thread, with their progress and what was found in them."""

import logging
import queue
import secrets
import shutil
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from assets.inference.recording_views import View
from mir_models.errors import MirlitonError
from storage import progress
from storage.media.sound_files import SoundFile
from storage.progress import Progress

PATIENCE = 5.0
"""Seconds in which the work in progress may end when the server does."""


class State(StrEnum):
    """How far a recording is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


UPLOAD = "upload"
"""Folder of the upload within that of a job: its name may be that of a file that is made of it."""
ENDED = (State.DONE, State.FAILED)


@dataclass
class Job:
    """A recording on its way through a model. The thread of the queue writes it, requests read it.

    Attributes
    ----------
    folder : Path
        Of its files alone; deleted when the job is forgotten.
    recording : Path
        What was uploaded; deleted when the job has ended.
    task : str
    id : str
        Cannot be guessed: whoever has it sees the recording.
    state : State
    stage, done, total : str, int, int
        Progress, see `storage.progress.Progress`.
    shown : dict
        The notes found so far, then the content of `view`.
    revision : int
        How often `shown` was replaced.
    sound : SoundFile or None
        The recording as it is played.
    view : View or None
        The result.
    warnings : list of str
    error : str
    cancelled : threading.Event
    """

    folder: Path
    recording: Path
    task: str
    id: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    state: State = State.WAITING
    stage: str = ""
    done: int = 0
    total: int = 0
    shown: dict[str, Any] = field(default_factory=dict)
    revision: int = 0
    sound: SoundFile | None = None
    view: View | None = None
    warnings: list[str] = field(default_factory=list)
    error: str = ""
    cancelled: threading.Event = field(default_factory=threading.Event)

    def show(self, shown: dict[str, Any]) -> None:
        """Replace what is shown."""
        self.shown = shown
        self.revision += 1


class CancelledError(Exception):
    """The job was forgotten, or the server ends."""


class JobQueue:
    """Jobs by their ids; at most `most_waiting` that wait and `most_kept` that have ended, the oldest goes first.

    Parameters
    ----------
    process : callable (job) -> View
        What is done with a recording, in the thread of the queue.
    most_waiting, most_kept : int
    """

    def __init__(self, process: Callable[[Job], View], *, most_waiting: int = 8, most_kept: int = 8) -> None:
        self.most_waiting, self.most_kept = most_waiting, most_kept
        self._process, self._jobs = process, dict[str, Job]()
        self._waiting, self._lock = queue.SimpleQueue[Job | None](), threading.Lock()
        self._root = Path(tempfile.mkdtemp(prefix="mirliton-recordings-"))
        self._thread = threading.Thread(target=self._run, name="recordings", daemon=True)
        self._thread.start()

    def open(self, name: str, task: str) -> Job | None:
        """A job for a recording that will be written to its path, then submitted; None where too many wait."""
        with self._lock:
            if sum(job.state not in ENDED for job in self._jobs.values()) >= self.most_waiting:
                return None
            folder = Path(tempfile.mkdtemp(dir=self._root))
            upload = folder / UPLOAD
            upload.mkdir()
            job = Job(folder, upload / name, task)
            self._jobs[job.id] = job
            return job

    def submit(self, job: Job) -> None:
        """Let a job wait for its turn; the oldest ones that have ended are forgotten."""
        with self._lock:
            ended = [each for each in self._jobs.values() if each.state in ENDED]
        for each in ended[: max(0, len(ended) - self.most_kept + 1)]:
            self.forget(each.id)
        self._waiting.put(job)

    def get(self, id: str) -> Job | None:
        """A job, if it is known."""
        return self._jobs.get(id)

    def forget(self, id: str) -> bool:
        """Cancel a job and delete its files; returns whether it was known."""
        with self._lock:
            job = self._jobs.pop(id, None)
        if job is None:
            return False
        job.cancelled.set()
        shutil.rmtree(job.folder, ignore_errors=True)
        return True

    def stop(self) -> None:
        """Cancel all jobs and delete all files."""
        for job in list(self._jobs.values()):
            job.cancelled.set()
        for id in list(self._jobs):
            self.forget(id)
        self._waiting.put(None)
        self._thread.join(PATIENCE)
        shutil.rmtree(self._root, ignore_errors=True)

    def _run(self) -> None:
        while (job := self._waiting.get()) is not None:
            if not job.cancelled.is_set():
                self._work(job)

    def _work(self, job: Job) -> None:
        """Process one job; what is wrong with its recording, or with its model, is its error."""

        def report(step: Progress) -> None:
            if job.cancelled.is_set():
                raise CancelledError
            job.stage, job.done, job.total = step.stage, step.done, step.total

        job.state = State.RUNNING
        try:
            with progress.watch(report):
                job.view = self._process(job)
            job.show(job.view.shown)
            job.state = State.DONE
        except (MirlitonError, OSError) as error:
            job.error, job.state = str(error), State.FAILED
        except CancelledError:
            job.state = State.FAILED
        except Exception as error:  # A fault of ours must not end the thread: other recordings wait.
            logging.getLogger(__name__).exception("A recording could not be processed.")
            job.error, job.state = f"{type(error).__name__}: {error}", State.FAILED
        finally:
            with suppress(OSError):
                job.recording.unlink()
