"""Log lines of libraries: errors reach the screen, notices do not, so that a person reads progress and scores."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType

GPU_DEVICES = ("/dev/nvidiactl", "/dev/dxg")
"""One of these is there where CUDA can be used; elsewhere TensorFlow reports the missing GPU as an error."""
MLFLOW = {
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # Of every run, where the tracking server is another machine.
    "GIT_PYTHON_REFRESH": "quiet",  # Without git on the PATH, a run has no commit: nothing to warn of.
}
"""Settings of MLflow and of the library by which it looks for the commit of a run."""
PATIENCE = 2.0
"""Seconds to wait for the last lines."""
NOTICES = (
    "I0000 ",
    "WARNING: All log messages before absl::InitializeLog()",
    "[src/libmpg123/",
    "Note: Illegal Audio-MPEG-Header",
    "Note: Trying to resync",
    "Note: Hit end of (available) data during resync",
    "Warning: Xing stream size off by more than 1%",
)
"""How lines begin that are dropped: of absl before it reads any setting, dated 0000, and of libmpg123 about frames of
MP3 files, which no setting of libsndfile reaches; what is wrong with a file is found by the frames themselves."""
PASS_ON = """
import sys
notices = tuple(text.encode() for text in sys.argv[1:])
for line in sys.stdin.buffer:
    if not line.startswith(notices):
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
"""
"""Filters standard input: lines that begin like one of the arguments are dropped."""


def silence_libraries() -> None:
    """Keep notices of TensorFlow, absl, MLflow and alembic off the screen, in this process and its children.

    Nothing is imported. What the user has set stays: ``TF_CPP_MIN_LOG_LEVEL=0`` and ``MLFLOW_LOGGING_LEVEL=INFO`` bring
    the notices back.
    """
    has_gpu = any(Path(device).exists() for device in GPU_DEVICES)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2" if has_gpu else "3")
    for name, value in MLFLOW.items():
        os.environ.setdefault(name, value)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    if os.environ["TF_CPP_MIN_LOG_LEVEL"] not in ("0", "1"):
        logging.getLogger("tensorflow").setLevel(logging.ERROR)  # Its warnings are hints on retracing.
        if not any(isinstance(finder, _TensorFlowFinder) for finder in sys.meta_path):
            sys.meta_path.insert(0, _TensorFlowFinder())


@contextmanager
def without_notices() -> Iterator[None]:
    """Drop notices of absl and libmpg123 from standard error's descriptor; all else is passed on at once.

    Shared libraries write while they are loaded, before TensorFlow reads ``TF_CPP_MIN_LOG_LEVEL``. A process of its own
    passes the lines on, so that the last lines of one that aborts are seen.
    """
    sys.stderr.flush()
    stderr = os.dup(2)
    command = [sys.executable, "-I", "-S", "-c", PASS_ON, *NOTICES]
    filter = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=stderr, stderr=stderr, start_new_session=True)
    assert filter.stdin is not None
    os.dup2(filter.stdin.fileno(), 2)
    filter.stdin.close()
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(stderr, 2)
        os.close(stderr)
        with suppress(subprocess.TimeoutExpired):  # A process that was started meanwhile may hold the pipe for long.
            filter.wait(timeout=PATIENCE)


class _TensorFlowFinder(MetaPathFinder):
    """Finds TensorFlow as ever, to be loaded without notices."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != "tensorflow":
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _WithoutNotices(spec.loader.name, spec.loader.path)
        return spec


class _WithoutNotices(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        with without_notices():
            super().exec_module(module)
