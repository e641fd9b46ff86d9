"""What libraries write while a command runs: errors and tracebacks are seen, notices are not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[3]
SILENCED = "from pipelines.cli.library_logs import *; silence_libraries()\n"
COMMAND = """
import logging, sys
from pipelines.cli.main import app, main

@app.command()
def devices() -> None:
    import keras, mlflow
    for name in ("mlflow.store.db.utils", "mlflow.system_metrics", "alembic.runtime.migration", "tensorflow"):
        logging.getLogger(name).info("a notice")
        logging.getLogger(name).error("an error of %s", name)
    from mlflow.environment_variables import MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT as is_suppressed
    from mlflow.utils.git_utils import get_git_commit

    assert get_git_commit(".") is None and is_suppressed.get()
    keras.layers.Dense(1)(keras.ops.ones((1, 2)))
    print(keras.backend.backend())

sys.argv = ["mirliton", "devices"]
main()
"""
NOTICES = b"WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\nI0000 00:00:1 on.\n"
ERROR = b"E0000 00:00:1 no device\n"


def _python(code: str, *, cwd: Path = CHECKOUT, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run code in a child whose environment sets nothing of logs."""
    kept = {name: value for name, value in os.environ.items() if name not in ("TF_CPP_MIN_LOG_LEVEL", "KERAS_BACKEND")}
    kept = {**kept, "PYTHONPATH": str(CHECKOUT), **environment}
    return subprocess.run([sys.executable, "-c", code], cwd=cwd, env=kept, capture_output=True, text=True, timeout=120)


def test_a_command_that_computes_with_tensorflow_shows_errors_and_results_only() -> None:
    done = _python(COMMAND, PATH="")  # As on a machine without git.
    assert done.stdout == "tensorflow\n"
    lines = done.stderr.splitlines()
    assert [line.partition("an error of ")[2] for line in lines] == [
        "mlflow.store.db.utils", "mlflow.system_metrics", "alembic.runtime.migration", "tensorflow",
    ]  # fmt: skip


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A folder with a package ``tensorflow`` that writes as the true one does, and then cannot be loaded."""
    (tmp_path / "tensorflow").mkdir()
    content = f"import os\nos.write(2, {NOTICES + ERROR!r})\nraise ImportError('no libcuda')\n"
    (tmp_path / "tensorflow" / "__init__.py").write_text(content)
    return tmp_path


def test_a_failing_import_is_seen_with_its_traceback(broken: Path) -> None:
    done = _python(f"{SILENCED}import tensorflow", cwd=broken)
    assert done.returncode == 1
    assert done.stderr.startswith(f"{ERROR.decode()}Traceback (most recent call last):\n")
    assert done.stderr.endswith("ImportError: no libcuda\n")


def test_a_user_who_asks_for_notices_sees_them(broken: Path) -> None:
    done = _python(f"{SILENCED}import tensorflow", cwd=broken, TF_CPP_MIN_LOG_LEVEL="0")
    assert done.stderr.startswith(NOTICES.decode())


def test_what_libmpg123_writes_of_frames_is_dropped() -> None:
    lines = b"[src/libmpg123/layer3.c:INT123_do_layer3():1774] error: part2_3_length (1632) too large\\nNote: yours\\n"
    done = _python(f"{SILENCED}import os\nwith without_notices():\n    os.write(2, b'{lines.decode()}')")
    assert (done.returncode, done.stderr) == (0, "Note: yours\n")


def test_the_last_words_of_a_process_that_aborts_are_seen() -> None:
    words = NOTICES + b"F0000 00:00:1 this processor has no AVX\n"
    done = _python(f"{SILENCED}import os\nwith without_notices():\n    os.write(2, {words!r})\n    os.abort()")
    assert done.returncode == -signal.SIGABRT
    assert done.stderr == "F0000 00:00:1 this processor has no AVX\n"


def test_what_is_written_afterwards_is_not_filtered() -> None:
    done = _python(f"{SILENCED}import os\nwith without_notices():\n    pass\nos.write(2, b'I0000 mine\\n')")
    assert (done.returncode, done.stderr) == (0, "I0000 mine\n")


def test_handlers_that_another_library_closes_leave_captured_output_open() -> None:
    """Dagster closes all handlers before a run; see `tests/conftest.py`."""
    from absl import logging

    handler = logging.get_absl_handler()
    handler.close()
    assert not handler.python_handler.stream.closed
    assert handler.python_handler.stream is sys.__stderr__
