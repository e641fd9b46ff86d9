"""Transcription beside Basic Pitch, and on several cores: ``python -m benchmarks.transcription_speed [RECORDING]``.

Without a recording, the demo corpus is played in stereo as often as the length needs. Rows:

* one core: CPU seconds of ``mirliton transcribe -j 1`` on one core, its start included, and of Basic Pitch by
  onnxruntime on the same core and file, warm and without its start, in turn; the medians count;
* all cores, one file and several: wall seconds of the same command on all cores, beside one core. The goal is nearly
  the speed of one core times their number: at least 0.8 of it;
* memory: the largest resident memory of the longest file over that of the shortest, which is `--long` times shorter.

Basic Pitch is installed by pip in an environment of its own, below the folder `--environments`, where it stays; where
that fails the other rows are measured all the same.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.history import Figure, append
from experiments import command_line
from experiments.peers.environments import python_for
from experiments.peers.runs import ONE_THREAD, SERVE
from experiments.peers.systems import PEERS
from mir_models.demo_music import works
from mir_models.errors import MirlitonError
from storage.media import audio, rendered_audio, soundfonts

PEER = PEERS[0]
ENVIRONMENTS = Path(tempfile.gettempdir()) / "mirliton-peers"
WARM_UP_SECONDS = 10
NEARLY = "≥ 0.8 × peer"
"""The goal of all cores, whose peer is their number: 0.8 of it is what we call near."""


@dataclass(frozen=True)
class Used:
    """What a command used: CPU and wall seconds, and the largest resident memory of one of its processes in MiB."""

    cpu: float
    wall: float
    peak: float


def main() -> None:
    """Print the rows, and append the figures."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.transcription_speed",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("recording", nargs="?", type=Path)
    parser.add_argument("--seconds", type=int, default=600, help="length of the music that is played; default: 600")
    parser.add_argument("--rounds", type=int, default=2, help="runs of each on one core; default: 2")
    parser.add_argument("--long", type=int, default=6, help="how often the longest file repeats it; default: 6")
    parser.add_argument("--environments", type=Path, default=ENVIRONMENTS, help=f"default: {ENVIRONMENTS}")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        recording = arguments.recording or play(folder / "music.flac", arguments.seconds)
        print("| what | value | beside | its value | ratio | goal |\n|---|---|---|---|---|---|", flush=True)
        alone = report_one_core(recording, folder, arguments.rounds, arguments.environments)
        report_all_cores(recording, folder, alone)
        report_memory(recording, folder, arguments.long, alone)


def play(path: Path, seconds: int) -> Path:
    """Stereo music of a given length as FLAC at 44.1 kHz."""
    import soundfile

    soundfont, parts, n = soundfonts.default_soundfont().read_bytes(), [], 0
    for number in range(10**6):
        work = works()[number % len(works())]
        y, sr = soundfonts.play_stereo(rendered_audio.midi_file(work.notes, work.pedal), soundfont)
        parts.append(0.5 * y / max(1e-9, float(np.abs(y).max())))
        n += len(y)
        if n >= seconds * sr:
            break
    soundfile.write(path, np.concatenate(parts)[: seconds * sr], sr, format="FLAC")
    return path


def report_one_core(recording: Path, folder: Path, rounds: int, environments: Path) -> Used:
    """The row of one core, beside Basic Pitch where it can be installed; returns what our command used."""
    try:
        python = python_for(PEER, environments)
    except MirlitonError as error:
        print(f"{PEER.name}: {error}", file=sys.stderr)
        python = None
    seconds, own, others = audio.duration(recording), [], []
    for number in range(rounds):
        own.append(transcribe([recording], folder / f"one{number}", cores=1))
        if python is not None:
            others.append(transcribe_by_peer(python, recording, folder / f"peer{number}"))
    used = Used(*(median(getattr(each, name) for each in own) for name in ("cpu", "wall", "peak")))
    peer = seconds / median(others) if others else None
    row("one core", seconds / used.cpu, "× real time, CPU", PEER.name if others else "", peer, "≥ 2 × peer")
    return used


def report_all_cores(recording: Path, folder: Path, alone: Used) -> None:
    """The rows of one file and of several on all cores, beside one core."""
    n_cores = len(os.sched_getaffinity(0))
    together = transcribe([recording], folder / "all", cores=n_cores)
    row(f"one file on {n_cores} cores", alone.wall / together.wall, "× one core", "cores", n_cores, NEARLY)
    copies = []
    for number in range(2 * n_cores):
        copies.append(folder / "copies" / f"{number}{recording.suffix}")
        copies[-1].parent.mkdir(exist_ok=True)
        copies[-1].symlink_to(recording.absolute())
    several = transcribe(copies, folder / "several", cores=n_cores)
    factor = len(copies) * alone.wall / several.wall
    row(f"{len(copies)} files on {n_cores} cores", factor, "× one core", "cores", n_cores, NEARLY)


def report_memory(recording: Path, folder: Path, times: int, alone: Used) -> None:
    """The row of a recording that is several times as long."""
    import soundfile

    y, sr = soundfile.read(recording, dtype="float32", always_2d=True)
    with soundfile.SoundFile(folder / "long.flac", "w", sr, y.shape[1]) as file:
        for _ in range(times):
            file.write(y)
    longest = transcribe([folder / "long.flac"], folder / "long", cores=1)
    what = f"peak memory of {times} times the length"
    row(what, longest.peak, "MiB", "once", alone.peak, "≤ 1.1 × peer")


def row(what: str, value: float, unit: str, peer: str, peer_value: float | None, goal: str) -> None:
    """Print a row, and append its figure."""
    beside = ("–", "–", "–") if peer_value is None else (peer, f"{peer_value:.1f}", f"{value / peer_value:.2f}")
    print(f"| {what} | {value:.1f} {unit} | {' | '.join(beside)} | {goal} |", flush=True)
    figure = Figure(f"transcription_speed/{what}", value, unit, peer, peer_value, goal if peer_value else "")
    append(figure)


def transcribe(recordings: list[Path], out: Path, *, cores: int) -> Used:
    """What ``mirliton transcribe`` uses on so many cores."""
    command = [sys.executable, "-m", "mirliton", "transcribe", *map(str, recordings), "-o", str(out), "-j", str(cores)]
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, preexec_fn=lambda: keep_to(cores))
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise MirlitonError("a transcription", received=f"status {status}", remedy=f"run it alone: {' '.join(command)}")
    return Used(usage.ru_utime + usage.ru_stime, time.monotonic() - began, usage.ru_maxrss / 1024)


def keep_to(cores: int) -> None:
    """Let this process use so many cores."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-cores:])


def transcribe_by_peer(python: Path, recording: Path, out: Path) -> float:
    """CPU seconds of the peer on one core, once it is warm."""
    out.mkdir()
    y, sr = audio.read_mono(recording, audio.Part(0.0, WARM_UP_SECONDS))
    audio.write_wav(out / "warm.wav", y, sr)
    command = [str(python), "-P", str(SERVE), str(PEER.file), json.dumps(PEER.words), str(out)]
    words = [str(out / "warm.wav"), str(recording)]
    subprocess.run([*command, *words], env=os.environ | ONE_THREAD, check=True, stdout=subprocess.DEVNULL)
    return float(json.loads((out / f"{recording.stem}.json").read_text())["cpu"])


if __name__ == "__main__":
    command_line.call(main)
