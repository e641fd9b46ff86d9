"""Datasets: recordings that are left out, tables, and what the store keeps of odd recordings and labels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from experiments.odd_files import encoders, music, sounds, transcriptions
from experiments.odd_files.case import Case, Outcome, Trial
from experiments.odd_files.checkout import Checkout, Ended, shortened
from experiments.odd_files.midi_bytes import TICKS, file, meta, off, on, track
from experiments.odd_files.midi_files import ONE_NOTE

MISSING, TABLES, STORE = "input left out", "tables", "what the store keeps"
OTHERS = ("m4a", "wma", "aac", "mka", "mp4")
RECORDINGS = "abcdef"
"""Names of those of a table."""


def write_folder(folder: Path) -> Path:
    """A corpus of one .wav and five files of other formats, each with a .mid."""
    source = sounds.write_wav(folder)
    root = folder / "corpus"
    root.mkdir()
    for suffix in OTHERS:
        encoders.ffmpeg(source, root / f"{suffix}.{suffix}")
    source.rename(root / "wav.wav")
    for name in ("wav", *OTHERS):
        (root / f"{name}.mid").write_bytes(ONE_NOTE)
    return root


def _other_formats(*, ffmpeg: bool) -> Trial:
    """Right is that the five are tracks where ffmpeg is installed, and are named where it is not."""

    def trial(code: Checkout, folder: Path) -> Outcome:
        root = write_folder(folder)
        environment = {} if ffmpeg else {"PATH": str(folder)}
        words = ["add", "mine", "--loader", "folder", "--root", str(root)]
        ended = code.command(words, folder, environment=environment)
        expected = ["6 tracks"] if ffmpeg else ["1 track", "5 ", *(f".{suffix}" for suffix in OTHERS)]
        return Outcome(_printed(ended), all(each in ended.text for each in expected))

    return trial


def _printed(ended: Ended) -> str:
    """What ``add`` printed, but for the loader's description and licence."""
    own = [line for line in ended.text.splitlines() if line.strip() and "Licence" not in line]
    return shortened(f"exit {ended.code}: {' / '.join(own)}")


def _lonely(code: Checkout, folder: Path) -> Outcome:
    """A MIDI file without a recording."""
    sounds.write_wav(folder)
    for name in ("x", "lonely"):
        (folder / f"{name}.mid").write_bytes(ONE_NOTE)
    ended = code.command(["add", "mine", "--loader", "folder", "--root", folder], folder)
    return Outcome(_printed(ended), "lonely.mid" in ended.text)


def _table(content: Callable[[], bytes], check: Callable[[str], bool], *, backfill: bool = False) -> Trial:
    """A table ``t.csv`` of recordings a.wav, b.wav, …; `check` is given what the commands print."""

    def trial(code: Checkout, folder: Path) -> Outcome:
        for name in RECORDINGS:
            transcriptions.write(folder, sounds.stereo()[: 3 * music.SR], f"{name}.wav")
        (folder / "t.csv").write_bytes(content())
        words = ["add", "mine", "--loader", "table", "--root", str(folder), "--max-quarantined", "1"]
        ended = code.command(words, folder)
        text = ended.text
        if ended.code == 0:
            text += code.command(["backfill", "mine"], folder).text if backfill else ""
            text += code.command(["datasets", "mine"], folder).text
        lines = [
            line.strip()
            for line in text.splitlines()
            if "Expected" in line or "│ genre" in line or "tracks with" in line
        ]
        return Outcome(shortened(lines[-1]) if lines else ended.summary(), check(text))

    return trial


def _genres(*cells: str, separator: str = ",", head: str = "") -> str:
    rows = [f"{name}.wav{separator}{cell}" for name, cell in zip(RECORDINGS, cells, strict=False)]
    return "\n".join([*([head] if head else []), f"audio{separator}genre", *rows]) + "\n"


def _missing_cells() -> bytes:
    return _genres("jazz", "NaN", "None").encode()


def _sep_line() -> bytes:
    return _genres("jazz", "rock", "folk", separator=";", head="sep=;").encode("utf-8-sig")


def _utf16() -> bytes:
    return _genres("jazz", "rock", "folk", separator="\t").encode("utf-16")


def _starts() -> bytes:
    """A column ``start`` that is the time in another file."""
    rows = [f"{name}.wav,jazz,{36 * (1 + index)}" for index, name in enumerate(RECORDINGS)]
    return "\n".join(["audio,genre,start", *rows, ""]).encode()


def _has_no_such_class(text: str) -> bool:
    return "genre" in text and "NaN 1" not in text and "None 1" not in text


def _is_named_once(text: str) -> bool:
    """Whether one sentence of ``datasets`` has the cause, and no remedy is to remove a recording."""
    last = text.rpartition("quarantined:")[2]
    return last.count("ends at") == 1 and "remove it" not in text


def _has_three(text: str) -> bool:
    return "3 tracks" in text


def _kept(code: Checkout, folder: Path) -> Outcome:
    """A recording with one channel inverted, and labels with a note that has no end, promised exact."""
    y = sounds.stereo() * np.array([1, -1], dtype=np.float32)
    transcriptions.write(folder, y)
    events = on(), on(64, TICKS), off(64, TICKS), meta(1, b"end", TICKS)
    (folder / "x.mid").write_bytes(file(track(*events)))
    options = ["--option", "labels_exact=true", "--max-quarantined", "1"]
    code.command(["add", "mine", "--loader", "folder", "--root", folder, *options], folder)
    code.command(["backfill", "mine", "--feature", "cqt"], folder)
    text = code.command(["datasets", "mine"], folder).text
    words = [word for word in ("inverted", "without a note-off") if word in text]
    return Outcome(f"named: {', '.join(words) or 'nothing'}", len(words) == 2 or "cancel" in text)


CASES = (
    Case(
        MISSING,
        "a folder of one .wav and five others, each with .mid; ffmpeg installed",
        "6 tracks",
        _other_formats(ffmpeg=True),
        reported=True,
    ),
    Case(MISSING, "the same without ffmpeg", "1 track, five named", _other_formats(ffmpeg=False), reported=True),
    Case(MISSING, "a .mid without a recording", "named", _lonely, reported=True),
    Case(
        TABLES,
        "CSV: cells NaN and None",
        "no classes",
        _table(_missing_cells, _has_no_such_class, backfill=True),
        reported=True,
    ),
    Case(TABLES, "CSV: Excel's sep=;", "3 tracks", _table(_sep_line, _has_three), reported=True),
    Case(TABLES, "CSV: UTF-16", "3 tracks", _table(_utf16, _has_three), reported=True),
    Case(
        TABLES,
        "CSV: six starts behind the ends of the files",
        "the true cause, once",
        _table(_starts, _is_named_once, backfill=True),
        reported=True,
    ),
    Case(
        STORE,
        "stereo with one channel inverted, labels with a note without end, promised exact",
        "both named by `datasets`",
        _kept,
        reported=True,
    ),
)
