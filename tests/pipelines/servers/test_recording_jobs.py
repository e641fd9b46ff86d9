"""Recordings that wait: one at a time, in order, cancelled, forgotten, and errors that concern one of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from assets.inference.recording_views import View
from mir_models.errors import MirlitonError
from pipelines.servers.recording_jobs import ENDED, Job, JobQueue, State
from storage import progress

VIEW = View("3 notes", {"notes": [1, 2, 3]}, ())


def until(holds: Callable[[], Any], patience: float = 10.0) -> None:
    """Wait until something holds."""
    end = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.005)


class Gate:
    """Work that goes on when `open` is set, and records the names of what it processes."""

    def __init__(self) -> None:
        self.open, self.names, self.error = threading.Event(), list[str](), None

    def process(self, job: Job) -> View:
        """The view of a recording."""
        assert job.recording.read_bytes() == b"sound"
        self.names.append(job.recording.name)
        while not self.open.wait(0.005):
            progress.report("working", 1, 2)
        if self.error:
            raise self.error
        return VIEW


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def jobs(gate: Gate) -> Iterator[JobQueue]:
    """A queue with room for three that wait and two that have ended."""
    queue = JobQueue(gate.process, most_waiting=3, most_kept=2)
    yield queue
    queue.stop()


def submitted(jobs: JobQueue, name: str = "a.wav") -> Job:
    """A job whose recording has arrived."""
    job = jobs.open(name, "piano_transcription")
    assert job is not None
    job.recording.write_bytes(b"sound")
    jobs.submit(job)
    return job


def test_recordings_are_processed_in_order_and_one_at_a_time(jobs: JobQueue, gate: Gate) -> None:
    first, second = submitted(jobs, "a.wav"), submitted(jobs, "b.wav")
    until(lambda: first.stage == "working")
    assert (first.state, first.done, first.total, second.state) == (State.RUNNING, 1, 2, State.WAITING)
    gate.open.set()
    until(lambda: second.state == State.DONE)
    assert gate.names == ["a.wav", "b.wav"]
    assert (first.view, first.shown, first.revision) == (VIEW, VIEW.shown, 1)
    assert not first.recording.exists()


def test_no_more_than_its_room_wait(jobs: JobQueue, gate: Gate) -> None:
    held = [submitted(jobs) for _ in range(3)]
    assert jobs.open("d.wav", "x") is None
    gate.open.set()
    until(lambda: all(job.state == State.DONE for job in held[1:]))
    assert jobs.open("d.wav", "x") is not None


def test_the_oldest_that_have_ended_are_forgotten_with_their_files(jobs: JobQueue, gate: Gate) -> None:
    gate.open.set()
    ended = []
    for _ in range(3):
        ended.append(submitted(jobs))
        until(lambda: ended[-1].state in ENDED)
    assert [jobs.get(job.id) is not None for job in ended] == [False, True, True]
    assert [job.folder.exists() for job in ended] == [False, True, True]


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (MirlitonError("a piano", received="a drum", remedy="another"), "Expected a piano. Received: a drum."),
        (OSError(28, "No space left on device"), "No space left on device"),
        (RuntimeError("of ours"), "RuntimeError: of ours"),
    ],
)
def test_an_error_concerns_its_recording_alone(jobs: JobQueue, gate: Gate, error: Any, text: str) -> None:
    gate.error = error
    gate.open.set()
    failed = submitted(jobs)
    until(lambda: failed.state in ENDED)
    assert failed.state == State.FAILED
    assert text in failed.error
    gate.error = None
    assert_done(jobs)


def assert_done(jobs: JobQueue) -> None:
    """The queue works."""
    job = submitted(jobs)
    until(lambda: job.state in ENDED)
    assert job.state == State.DONE


def test_a_job_that_is_forgotten_ends_and_leaves_no_file(jobs: JobQueue, gate: Gate) -> None:
    job = submitted(jobs)
    until(lambda: job.stage == "working")
    assert jobs.forget(job.id)
    until(lambda: job.state == State.FAILED)
    assert (jobs.get(job.id), jobs.forget(job.id), job.folder.exists()) == (None, False, False)
    gate.open.set()
    assert_done(jobs)


def test_one_that_is_forgotten_while_it_waits_is_never_processed(jobs: JobQueue, gate: Gate) -> None:
    first, second = submitted(jobs, "a.wav"), submitted(jobs, "b.wav")
    jobs.forget(second.id)
    gate.open.set()
    until(lambda: first.state == State.DONE)
    assert_done(jobs)
    assert gate.names == ["a.wav", "a.wav"]


def test_at_the_end_no_file_is_left(gate: Gate) -> None:
    queue = JobQueue(gate.process)
    running, waiting = submitted(queue), submitted(queue)
    until(lambda: running.state == State.RUNNING)
    queue.stop()
    assert not running.folder.parent.exists()
    assert waiting.state == State.WAITING


def test_ids_cannot_be_guessed(jobs: JobQueue) -> None:
    first, second = submitted(jobs), submitted(jobs)
    assert len(first.id) >= 16
    assert first.id != second.id


@pytest.mark.parametrize("name", ["recording.flac", "rendition.flac", "upload"])
def test_an_upload_lies_apart_from_what_is_made_of_it(jobs: JobQueue, name: str) -> None:
    job = jobs.open(name, "piano_transcription")
    assert job is not None
    assert job.recording.parent != job.folder
    assert job.recording.parent.is_dir()
    assert job.recording.name == name
