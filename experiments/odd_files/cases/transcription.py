"""Commands that transcribe: what they overwrite, pipes, names."""

from __future__ import annotations

from pathlib import Path

from experiments.odd_files import encoders, sounds
from experiments.odd_files.case import Case, Outcome, Trial
from experiments.odd_files.checkout import Checkout

LOST, PIPES = "lost work", "pipes and names"
OWN = b"the user's own"
ENOUGH = 20
"""Notes that are surely found in the recording."""


def _own_file(code: Checkout, folder: Path) -> Outcome:
    """A user's own MIDI file where the notes of its recording would go."""
    recordings = folder / "in"
    recordings.mkdir()
    for name in "ab":
        sounds.write_wav(folder).rename(recordings / f"{name}.wav")
    own, other = recordings / "a.mid", recordings / "b.mid"
    own.write_bytes(OWN)
    ended = code.command(["transcribe", "in", "-o", "in"], folder)
    kept = own.read_bytes() == OWN
    states = f"a.mid {'kept' if kept else 'overwritten'}, b.mid {'' if other.is_file() else 'not '}written"
    return Outcome(
        f"exit {ended.code}, {states}", kept and other.is_file() and "a.mid" in ended.text and ended.code != 0
    )


def _by_wish(code: Checkout, folder: Path) -> Outcome:
    sounds.write_wav(folder)
    (folder / "x.mid").write_bytes(OWN)
    ended = code.command(["transcribe", "x.wav", "-o", ".", "--overwrite"], folder)
    replaced = (folder / "x.mid").read_bytes() != OWN
    return Outcome(f"exit {ended.code}, {'overwritten' if replaced else 'kept'}", replaced and ended.code == 0)


def _again(code: Checkout, folder: Path) -> Outcome:
    """What mirliton wrote itself, it replaces."""
    sounds.write_wav(folder)
    codes = [code.command(["transcribe", "x.wav", "-o", "out"], folder).code for _ in range(2)]
    return Outcome(f"exit {codes[0]}, then {codes[1]}", codes == [0, 0])


def _line(line: str, *programs: str) -> Trial:
    """A line of bash that transcribes x.wav as CSV; right are its notes to the end, without a warning."""

    def trial(code: Checkout, folder: Path) -> Outcome:
        for each in ("bash", *programs):
            encoders.require(each)
        sounds.write_wav(folder)
        ended = code.shell(line, folder)
        rows = [row for path in folder.rglob("*.csv") for row in path.read_text().splitlines()[1:]]
        if not rows:
            return Outcome(ended.summary(), right=False)
        last = max(float(row.split(",")[0]) for row in rows)
        warned = "truncated" in ended.text
        received = f"exit {ended.code}, {len(rows)} notes, the last at {last:.1f} s{', warned' * warned}"
        complete = len(rows) >= ENOUGH and last > sounds.SECONDS - 2
        return Outcome(received, ended.code == 0 and complete and not warned)

    return trial


def _long_name(code: Checkout, folder: Path) -> Outcome:
    """Recordings whose names, with the suffix of the output or of its draft, would be longer than 255 bytes."""
    name = "é" * 125
    sounds.write_wav(folder).rename(folder / f"{name}.wav")
    ended = code.command(["transcribe", f"{name}.wav", "-o", "out", "--format", "json"], folder)
    written = [path for path in (folder / "out").glob("*.json") if path.stem == name]
    return Outcome(f"exit {ended.code}, written" if written else ended.summary(), bool(written) and ended.code == 0)


def _renamed(code: Checkout, folder: Path) -> Outcome:
    """On a machine without ffmpeg: the true cause, and a failure."""
    encoders.ffmpeg(sounds.write_wav(folder), folder / "x.m4a", "-c:a", "aac").rename(folder / "x.mp3")
    ended = code.command(["transcribe", "x.mp3", "-o", "out"], folder, environment={"PATH": str(folder)})
    true = "MP4" in ended.text and "does not exist" not in ended.text
    return Outcome(ended.summary(), true and ended.code != 0 and not (folder / "out" / "x.mid").exists())


_TO_END = "the notes of all 12 s, no warning"
_STDIN = "mirliton transcribe - --format csv > n.csv"
_FILE = "-o out --format csv"


def _pipe(program: str, line: str, *, reported: bool = False) -> Case:
    return Case(PIPES, f"{line} | mirliton transcribe -", _TO_END, _line(f"{line} | {_STDIN}", program), reported)


CASES = (
    Case(
        LOST,
        "`transcribe in -o in`, in/a.mid is the user's own",
        "kept, named, exit ≠ 0, the rest done",
        _own_file,
        reported=True,
    ),
    Case(LOST, "the same with --overwrite", "overwritten", _by_wish),
    Case(LOST, "transcribed twice into one folder", "replaced", _again),
    _pipe("ffmpeg", "ffmpeg -v error -i x.wav -b:a 128k -f mp3 -", reported=True),
    _pipe("sox", "sox x.wav -t raw - | sox -t raw -r 44100 -e signed -b 16 -c 2 - -t wav -", reported=True),
    _pipe("ffmpeg", "ffmpeg -v error -i x.wav -f flac -"),
    _pipe("ffmpeg", "ffmpeg -v error -i x.wav -f adts -"),
    Case(
        PIPES,
        "mirliton transcribe <(cat x.wav)",
        _TO_END,
        _line(f"mirliton transcribe <(cat x.wav) {_FILE}"),
        reported=True,
    ),
    Case(
        PIPES,
        "mirliton transcribe FIFO",
        _TO_END,
        _line(f"mkfifo f; cat x.wav > f & mirliton transcribe f {_FILE}"),
        reported=True,
    ),
    Case(PIPES, "a name of 254 bytes", "written", _long_name, reported=True),
    Case(PIPES, "an .m4a named .mp3, without ffmpeg", "the true cause, exit ≠ 0", _renamed, reported=True),
)
