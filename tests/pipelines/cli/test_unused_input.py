"""Input that is not used is named by ``add``, ``plan``, ``backfill`` and ``datasets``; causes of many tracks once."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile

from pipelines.cli import progress_bars
from pipelines.cli.main import main
from pipelines.cli.quarantine_lines import quarantine_lines, refusal_lines
from storage.media import ffmpeg
from storage.tracks.dataset_store import open_dataset
from storage.tracks.quarantine import QuarantineRow
from storage.workers.dask_workers import Workers
from tests.conftest import write_track

Command = Callable[..., str]
FORMATS = "5 files of other formats left out: .m4a, .wma, such as a.m4a. Remedy: install ffmpeg"


@pytest.fixture
def mirliton(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], home: Path) -> Command:
    """A command in this process, which has no workers, on a wide terminal; what it printed, and its error."""
    monkeypatch.setattr(progress_bars.console, "width", 300)
    monkeypatch.setattr(Workers, "_on_cluster", Workers._in_process)

    def run(*arguments: object) -> str:
        monkeypatch.setattr(sys, "argv", ["mirliton", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit):
            main()
        return "".join(capfd.readouterr())

    return run


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """Whether ffmpeg is installed, in this process."""
    return lambda yes: monkeypatch.setattr(ffmpeg, "is_installed", lambda: yes)


def _track(root: Path, name: str, seed: int) -> None:
    """A recording and its MIDI file; what is called .m4a or .wma is FLAC, which needs no ffmpeg."""
    stem, _, suffix = name.partition(".")
    write_track(root / stem, seed)
    y, sr = soundfile.read(root / f"{stem}.wav")
    (root / f"{stem}.wav").unlink()
    soundfile.write(root / name, y, sr, format="WAV" if suffix == "wav" else "FLAC")


def test_files_of_other_formats_and_midi_without_a_recording_are_named_at_every_step(
    tmp_path: Path, mirliton: Command, installed: Callable[[bool], None]
) -> None:
    root = tmp_path / "corpus"
    for seed, name in enumerate(("f.wav", "a.m4a", "b.m4a", "c.wma", "d.wma", "e.wma")):
        _track(root, name, seed)
    shutil.copy(root / "f.mid", root / "g.mid")
    installed(False)
    midi = "1 MIDI file without a recording: g.mid."
    added = mirliton("add", "mine", "--loader", "folder", "--root", root)
    assert "mine: 1 track." in added
    for output in (added, mirliton("plan", "mine", "--feature", "mel_patch"), mirliton("datasets", "mine")):
        assert output.count(FORMATS) == output.count(midi) == 1
    output = mirliton("backfill", "mine", "--feature", "mel_patch")
    assert output.count(FORMATS) == output.count(midi) == 1


def test_tracks_that_were_made_are_kept_where_ffmpeg_is_missing(
    tmp_path: Path, home: Path, mirliton: Command, installed: Callable[[bool], None]
) -> None:
    root = tmp_path / "corpus"
    for seed, name in enumerate(("a.m4a", "b.m4a", "f.wav")):
        _track(root, name, seed)
    installed(True)
    assert "mine: 3 tracks." in mirliton("add", "mine", "--loader", "folder", "--root", root)
    mirliton("backfill", "mine", "--feature", "mel_patch")
    dataset = open_dataset(str(home / "store"), "mine")
    before = {stage: dataset.stage(stage).held() for stage in ("raw_audio", "labels", "shards/mel_patch")}
    assert [len(held) for held in before.values()] == [3, 3, 3]
    installed(False)
    _track(root, "c.m4a", 3)
    output = mirliton("backfill", "mine", "--feature", "mel_patch")
    assert "1 file of another format left out: .m4a, such as c.m4a." in output
    assert "gone" not in output
    assert {stage: dataset.stage(stage).held() for stage in before} == before
    assert "Nothing has changed on disk since the last backfill." in mirliton("datasets", "mine")
    installed(True)
    mirliton("backfill", "mine", "--feature", "mel_patch")
    assert len(dataset.shards("mel_patch").held()) == 4


def test_a_setting_that_fits_no_file_is_not_blamed_on_the_files(tmp_path: Path, mirliton: Command) -> None:
    root = tmp_path / "corpus"
    for seed in range(5):
        write_track(root / f"piece {seed}", seed)
    rows = [f"piece {n}.wav,piece {n}.mid,{100 + 7 * n}" for n in range(5)]
    (root / "tracks.csv").write_text("\n".join(["audio,midi,start", *rows]))
    added = mirliton("add", "mine", "--loader", "table", "--root", root)
    assert "5 of 5 parts that were looked at begin behind the end of their recordings, such as piece 0.wav" in added
    error = mirliton("backfill", "mine", "--feature", "mel_patch")
    assert "Received: 5 of 5, 5 of them for one reason, such as piece 0#100-: " in error
    assert "Remedy: look at its table, root and options, or register" in error
    output = mirliton("datasets", "mine").replace("\n", "")
    assert "5 of 5 tracks (raw_audio) for one reason, piece 0#100-: " in output
    assert output.count("raw_audio) for one reason") == 1
    assert "Most tracks have this cause: look at the dataset's table, root and options before the files." in output
    assert "The others: piece 1#107-, piece 2#114-, piece 3#121-, piece 4#128-" in output
    every = mirliton("datasets", "mine", "--every-track")
    assert all(f"  piece {n}#{100 + 7 * n}- (raw_audio): " in every for n in range(5))


def test_few_tracks_are_a_line_each_and_many_one_line() -> None:
    rows = [QuarantineRow(f"t{n}", "labels", f"Silent from {n} s on.") for n in range(20)]
    assert quarantine_lines(rows[:3], {}) == [f"t{n} (labels): Silent from {n} s on." for n in range(3)]
    others = ", ".join(sorted(row.track for row in rows)[1:13])
    line = f"20 of 100 tracks (labels) for one reason, t0: Silent from 0 s on. The others: {others}, …"
    assert quarantine_lines(rows, {"labels": 100}) == [line]


def test_refusals_of_a_loader_are_lines_without_a_stage() -> None:
    reasons = {f"t{n}": f"The file t{n}.ogg is not there." for n in range(4)}
    (line,) = refusal_lines(reasons, 4)
    assert line.startswith(
        "4 of 4 tracks for one reason, t0: The file t0.ogg is not there. Most tracks have this cause"
    )
    assert refusal_lines({"a/b": "Twice."}, 4) == ["a/b: Twice."]
