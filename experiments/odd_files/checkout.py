"""A checkout of mirliton, this one or an earlier one, run by the interpreter and the libraries of this process."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

READER = Path(__file__).with_name("reader.py")
TIMEOUT, LINE_TIMEOUT = 300, 60
"""Seconds after which a command, or a line of bash, is ended."""
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")
_BARS = re.compile(r".*━.*\n?")
_SENTENCE = 160


class Crashed(Exception):
    """The process that reads files ended."""


@dataclass(frozen=True)
class Ended:
    """A command that ended: its exit code, standard output as bytes, and all that it printed as text."""

    code: int
    stdout: bytes
    text: str

    def summary(self) -> str:
        """The exit code and the last two lines, as far as there is room."""
        lines = [line.strip() for line in self.text.splitlines() if line.strip()]
        return f"exit {self.code}: {shortened(' / '.join(lines[-2:]))}"


@dataclass(frozen=True)
class Sound:
    """What became of a recording.

    Attributes
    ----------
    error : str
        Why ``transcribe`` refuses it; empty where it does not.
    refused : str
        Why the track table refuses it.
    seconds, duration : float
        By ``transcribe`` and by the track table.
    levels : tuple of float
        Root mean square of each second of the mix.
    warnings : tuple of str
        Of ``transcribe``.
    mix : str or None
        How the channels were mixed, by the record.
    """

    error: str
    refused: str
    seconds: float = 0.0
    duration: float = 0.0
    levels: tuple[float, ...] = ()
    warnings: tuple[str, ...] = ()
    mix: str | None = None


@dataclass(frozen=True)
class Notes:
    """What became of a MIDI file: notes as (onset, offset, pitch, velocity), the pedal's intervals, or an error."""

    error: str
    notes: tuple[tuple[float, float, int, int], ...] = ()
    pedal: tuple[tuple[float, float], ...] = ()


@dataclass
class Checkout:
    """A checkout.

    Attributes
    ----------
    root : Path
        Its folder.
    environment : mapping of str to str
        Variables of its commands, beside those of this process.
    """

    root: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    _reader: subprocess.Popen[str] | None = field(default=None, repr=False)

    def sound(self, path: Path) -> Sound:
        """Read a recording."""
        found = self._read(path)
        found |= {key: tuple(found[key]) for key in ("levels", "warnings") if key in found}
        return Sound(**found)

    def notes(self, path: Path) -> Notes:
        """Read a MIDI file."""
        found = self._read(path)
        notes = tuple((on, off, round(pitch), round(velocity)) for on, off, pitch, velocity in found.get("notes", ()))
        return Notes(found["error"], notes, tuple((down, up) for down, up in found.get("pedal", ())))

    def command(
        self,
        words: Sequence[str | Path],
        folder: Path,
        *,
        environment: Mapping[str, str] | None = None,
        stdin: bytes = b"",
    ) -> Ended:
        """Run ``mirliton WORDS`` in a folder, which is its home too."""
        arguments = [sys.executable, str(self.root / "mirliton.py"), *map(str, words)]
        return ended(arguments, folder, self._variables(folder) | dict(environment or {}), stdin)

    def python(self, program: str, folder: Path) -> Ended:
        """Run a Python program in a folder, with the checkout's folder as its argument."""
        return ended([sys.executable, "-c", program, str(self.root)], folder, self._variables(folder), b"")

    def shell(self, line: str, folder: Path) -> Ended:
        """Run a line of bash in a folder, in which ``mirliton`` is the command."""
        mirliton = f'mirliton() {{ "{sys.executable}" "{self.root / "mirliton.py"}" "$@"; }}\n'
        return ended(["bash", "-c", mirliton + line], folder, self._variables(folder), b"", timeout=LINE_TIMEOUT)

    def close(self) -> None:
        """End the process that reads files."""
        if self._reader is not None and self._reader.stdin is not None:
            self._reader.stdin.close()
            self._reader.wait()
        self._reader = None

    def _variables(self, folder: Path) -> dict[str, str]:
        own = {"COLUMNS": "400", "NO_COLOR": "1", "MIRLITON_HOME": str(folder / ".mirliton"), "PYTHONPATH": ""}
        return os.environ | own | dict(self.environment)

    def _read(self, path: Path) -> dict[str, Any]:
        if self._reader is None:
            words = [sys.executable, str(READER), str(self.root)]
            pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
            self._reader = subprocess.Popen(words, text=True, env=self._variables(self.root), cwd=self.root, **pipes)
        assert self._reader.stdin is not None
        assert self._reader.stdout is not None
        print(json.dumps(str(path)), file=self._reader.stdin, flush=True)
        line = self._reader.stdout.readline()
        if not line:
            self._reader = None
            raise Crashed(f"the process that reads {path.name} ended")
        found: dict[str, Any] = json.loads(line)
        return found


@contextmanager
def checkout(root: Path) -> Iterator[Checkout]:
    """A checkout, whose reading process is ended at the end."""
    code = Checkout(root.resolve())
    try:
        yield code
    finally:
        code.close()


def ended(
    words: Sequence[str], folder: Path, environment: Mapping[str, str], stdin: bytes, *, timeout: float = TIMEOUT
) -> Ended:
    """Run a program to its end; it and what it started are killed after `timeout` seconds."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        words, cwd=folder, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True
    ) as process:
        try:
            out, err = process.communicate(stdin, timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return Ended(-1, b"", f"still running after {timeout:g} s")
    printed = (out + b"\n" + err).decode("utf-8", "replace")
    return Ended(process.returncode, out, _BARS.sub("", _ESCAPES.sub("", printed)))


def shortened(text: str) -> str:
    """A text cut to the width of a table's cell."""
    return text if len(text) <= _SENTENCE else text[: _SENTENCE - 1] + "…"
