"""Transcribing what comes out of pipes: standard input, FIFOs; what is no recording at all."""

# ruff: noqa: F811

from __future__ import annotations

import csv
import errno
import io
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from storage.media import pipes
from storage.media.containers import mpeg
from storage.models import shipped
from tests.pipelines.cli.test_commands import CHECKOUT, Command, mirliton  # noqa: F401
from tests.pipelines.cli.tones import PITCHES, files, model, pitches_of, tones  # noqa: F401

PROGRAM = (
    "import sys; from pathlib import Path; from storage.models import shipped\n"
    "shipped.HERE = Path(sys.argv.pop(1))\n"
    "sys.argv[0] = 'mirliton'; from pipelines.cli.main import main; main()"
)
"""The command, its shipped model that of a test."""


def piped(content: bytes, *arguments: object, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    """``transcribe`` in a process of its own, with these bytes as standard input."""
    command = [sys.executable, "-c", PROGRAM, str(shipped.HERE), "transcribe", "-", *map(str, arguments)]
    surroundings = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    return subprocess.run(
        command, input=content, capture_output=True, cwd=cwd, env=surroundings, timeout=120, check=False
    )


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg"])
def test_standard_input_becomes_standard_output_and_nothing_else(tmp_path: Path, suffix: str) -> None:
    result = piped(tones(tmp_path / f"a{suffix}").read_bytes(), "--format", "csv", cwd=tmp_path / "here")
    assert (result.returncode, result.stderr) == (0, b"")
    assert pitches_of(list(csv.DictReader(io.StringIO(result.stdout.decode())))) == list(PITCHES)
    assert files(tmp_path / "here") == []


def with_size(size: int) -> Callable[[Path], bytes]:
    """A WAV file whose header has this size of its samples."""

    def content(folder: Path) -> bytes:
        found = tones(folder / "a.wav").read_bytes()
        assert found[36:40] == b"data"
        return found[:40] + size.to_bytes(4, "little") + found[44:]

    return content


def mp3_without_tag(folder: Path) -> bytes:
    """Two bit rates, the first of which tells a wrong length."""
    y, sr = soundfile.read(tones(folder / "a.wav"))
    quiet = {"format": "MP3", "subtype": "MPEG_LAYER_III", "bitrate_mode": "VARIABLE", "compression_level": 0.3}
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 2 * sr)
    soundfile.write(folder / "a.mp3", np.r_[noise, np.zeros(2 * sr), y], sr, **quiet)
    content = (folder / "a.mp3").read_bytes()
    frames = mpeg.find_frames(content)
    assert frames is not None
    assert frames.tag is not None
    return content[frames.tag[1] :]


@pytest.mark.parametrize(
    "content", [*map(with_size, (0xFFFFFFFF, 0x7FFFF000, 0)), mp3_without_tag], ids=["-1", "sox", "0", "MP3"]
)
def test_a_stream_whose_header_has_no_length_is_transcribed_to_its_end(
    tmp_path: Path, content: Callable[[Path], bytes]
) -> None:
    result = piped(content(tmp_path), "--format", "csv", cwd=tmp_path / "here")
    assert (result.returncode, result.stderr) == (0, b"")
    assert pitches_of(list(csv.DictReader(io.StringIO(result.stdout.decode()))))[-2:] == list(PITCHES)


@pytest.mark.parametrize(
    "line",
    [
        "ffmpeg -v error -i a.wav -b:a 128k -f mp3 -",
        "ffmpeg -v error -i a.wav -f flac -",
        "ffmpeg -v error -i a.wav -f adts -",
        "sox a.wav -t raw - | sox -V1 -t raw -r 22050 -e signed -b 16 -c 1 - -t wav -",
    ],
)
def test_what_programs_write_into_a_pipe_is_transcribed_to_its_end(tmp_path: Path, line: str) -> None:
    program = line.split()[0]
    if shutil.which(program) is None:
        pytest.skip(f"needs {program}")
    tones(tmp_path / "here" / "a.wav")
    result = in_a_shell(f"{line} | $MIRLITON transcribe - --format csv", tmp_path / "here")
    assert (result.returncode, result.stderr) == (0, "")
    assert pitches_of(list(csv.DictReader(io.StringIO(result.stdout)))) == list(PITCHES)


def test_standard_input_goes_into_a_folder_too(tmp_path: Path) -> None:
    content = tones(tmp_path / "a.wav").read_bytes()
    result = piped(content, "-o", "out", "--format", "midi", "--format", "json", cwd=tmp_path / "here")
    assert result.returncode == 0, result
    assert files(tmp_path / "here") == ["out/stdin.json", "out/stdin.mid"]


def test_two_formats_or_a_second_recording_do_not_fit_into_standard_output(tmp_path: Path) -> None:
    result = piped(b"", "--format", "csv", "--format", "json", cwd=tmp_path)
    assert b"Received: csv and json for standard output." in result.stderr
    assert b"Expected standard input alone." in piped(b"", "a.wav", cwd=tmp_path).stderr
    result = piped(b"no audio", "--format", "csv", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (1, b"")
    assert b"in stdin" in result.stderr


def in_a_shell(line: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """A line of bash, in which ``$MIRLITON`` is the command."""
    (cwd / "program.py").write_text(PROGRAM)
    command = f"{sys.executable} program.py {shipped.HERE}"
    surroundings = {**os.environ, "PYTHONPATH": str(CHECKOUT), "MIRLITON": command}
    return subprocess.run(
        ["bash", "-c", line], capture_output=True, text=True, cwd=cwd, env=surroundings, timeout=120, check=False
    )


def test_what_a_command_in_the_shell_writes_is_transcribed(tmp_path: Path) -> None:
    tones(tmp_path / "here" / "a.wav")
    tones(tmp_path / "here" / "b.flac")
    result = in_a_shell("$MIRLITON transcribe <(cat a.wav) <(cat b.flac) --format csv", tmp_path / "here")
    assert (result.returncode, result.stderr) == (0, "")
    written = sorted((tmp_path / "here" / "transcribed").glob("*.csv"))
    assert len(written) == 2
    for path in written:
        assert re.fullmatch(r"pipe-\d+", path.stem)
        assert pitches_of(list(csv.DictReader(path.open()))) == list(PITCHES)


@pytest.mark.parametrize("source", ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"])
def test_the_paths_of_standard_input_are_standard_input(tmp_path: Path, source: str) -> None:
    tones(tmp_path / "here" / "a.wav")
    for line in (f"cat a.wav | $MIRLITON transcribe {source}", f"$MIRLITON transcribe {source} < a.wav"):
        result = in_a_shell(f"{line} --format csv", tmp_path / "here")
        assert (result.returncode, result.stderr) == (0, "")
        assert pitches_of(list(csv.DictReader(io.StringIO(result.stdout)))) == list(PITCHES)
    result = in_a_shell(f"cat a.wav | $MIRLITON transcribe a.wav {source} -o out --format json", tmp_path / "here")
    assert (result.returncode, result.stderr) == (0, "")
    names = {
        path.name: json.loads(path.read_text())["recording"] for path in (tmp_path / "here" / "out").glob("*.json")
    }
    assert names == {"a.json": "a.wav", "stdin.json": "stdin"}


@pytest.mark.parametrize(("fifo", "stem"), [("live", "live"), ("live.wav", "live"), ("live.2001", "live.2001")])
def test_a_fifo_is_read_to_its_end(mirliton: Command, tmp_path: Path, fifo: str, stem: str) -> None:
    content = tones(tmp_path / "a.wav").read_bytes()
    os.mkfifo(tmp_path / fifo)
    writer = threading.Thread(target=(tmp_path / fifo).write_bytes, args=(content,), daemon=True)
    writer.start()
    assert mirliton("transcribe", tmp_path / fifo, "-o", tmp_path / "out", "--format", "json").code == 0
    writer.join(timeout=10)
    result = json.loads((tmp_path / "out" / f"{stem}.json").read_text())
    assert pitches_of(result["notes"]) == list(PITCHES)
    assert result["recording"] == fifo


def a_device(folder: Path) -> str:
    return "/dev/zero"


def a_socket(folder: Path) -> str:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "s"))
    return str(folder / "s")


def a_broken_link(folder: Path) -> str:
    (folder / "l").symlink_to("nowhere")
    return str(folder / "l")


def a_circle_of_links(folder: Path) -> str:
    (folder / "l").symlink_to("l")
    return str(folder / "l")


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        (a_device, "Expected a recording. Received: a device. Remedy: give a file, or pipe the sound"),
        (a_socket, "Expected a recording. Received: a socket."),
        (a_broken_link, "Received: a link to nowhere, where there is nothing. Remedy: mend the link"),
        (a_circle_of_links, "Expected a recording. Received: Too many levels of symbolic links."),
        (lambda _: "no.wav", "no.wav: Expected a recording. Received: no such file. Remedy: check the path."),
        (lambda _: "a" * 300, "Expected a recording. Received: File name too long."),
        (lambda _: "", "'': Expected a path. Received: an empty one. Remedy: check the variable in the command"),
    ],
)
def test_what_is_no_recording_is_named_and_the_others_are_transcribed(
    mirliton: Command, tmp_path: Path, path: Callable[[Path], str], sentence: str
) -> None:
    folder = tmp_path / "here"
    result = mirliton("transcribe", path(folder), tones(tmp_path / "a.wav"), "-o", tmp_path / "out")
    assert result.error.startswith("Expected the files of all recordings. Received: 1 of 2 failed.")
    assert sentence in result.out
    assert files(tmp_path / "out") == ["a.mid"]


@pytest.mark.parametrize("locked", ["a.wav", "folder"])
def test_what_may_not_be_read_is_named_as_such(
    mirliton: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, locked: str
) -> None:
    path = tones(tmp_path / locked / "a.wav") if locked == "folder" else tones(tmp_path / locked)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(pipes, "open", refuse, raising=False)
    monkeypatch.setattr("storage.corpora.files.os.scandir", refuse)
    result = mirliton("transcribe", path.parent if locked == "folder" else path, "-o", tmp_path / "out")
    assert "1 of 1 failed" in result.error
    assert "Permission denied" in result.out
    assert "let it be read" in result.out


def test_a_slash_behind_the_name_of_a_file_changes_nothing(mirliton: Command, tmp_path: Path) -> None:
    assert mirliton("transcribe", f"{tones(tmp_path / 'a.wav')}/", "-o", tmp_path / "out").code == 0
    assert files(tmp_path / "out") == ["a.mid"]


def test_a_closed_standard_input_is_a_sentence(tmp_path: Path) -> None:
    result = in_a_shell("$MIRLITON transcribe - --format csv <&-", tmp_path / "here")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("error: Expected a recording at standard input. Received: none.")


def test_a_keyboard_is_no_recording(mirliton: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    result = mirliton("transcribe", "-", "-o", tmp_path / "out")
    assert "stdin: Expected a recording at standard input. Received: a terminal." in result.out
    assert result.code == 1
