"""The 8 GB corpus: attempts that are kept, the disk that is checked and given back, seconds and memory by stage."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import _corpus_stages, corpus_8gb, history
from benchmarks._corpus_stages import Point, Stage
from benchmarks.memory import Measured, Memory, Sample
from benchmarks.preparation import Size
from mir_models.errors import MirlitonError

GB = 10**9


def attempt(began: float, ended: float, *peaks: tuple[float, int], code: int = 0) -> Measured:
    """An attempt whose samples, (time, bytes), are the same of each kind."""
    return Measured(began, ended, code, [Sample(time, Memory(peak, peak, peak)) for time, peak in peaks])


def test_what_ended_well_is_not_run_again_and_what_did_not_is(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    good = [sys.executable, "-c", f"open({str(ran)!r}, 'a').write('x')"]
    attempts = corpus_8gb.Attempts(tmp_path / "attempts.json")
    attempts.run("backfill", good, dict(os.environ))
    with pytest.raises(MirlitonError, match="exit code 3 of epoch"):
        attempts.run("epoch", [sys.executable, "-c", "raise SystemExit(3)"], dict(os.environ))
    again = corpus_8gb.Attempts(tmp_path / "attempts.json")
    again.run("backfill", good, dict(os.environ))
    again.run("epoch", good, dict(os.environ))
    assert ran.read_text() == "xx"
    assert [(each.name, each.measured.code) for each in again.found] == [("backfill", 0), ("epoch", 3), ("epoch", 0)]
    assert again.row("epoch", 7).seconds == sum(each.seconds for each in again.of("epoch"))


def test_the_disk_is_checked_less_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus_8gb, "BYTES_PER_HOUR", 1000)
    monkeypatch.setattr(corpus_8gb.shutil, "disk_usage", lambda folder: type("Usage", (), {"free": 1500}))
    with pytest.raises(MirlitonError, match=r"for 2 h of music.*fewer --hours"):
        corpus_8gb.check_disk(tmp_path / "new", 2.0)
    (tmp_path / "new" / "recording.ogg").write_bytes(bytes(600))
    corpus_8gb.check_disk(tmp_path / "new", 2.0)


def test_all_that_was_made_is_given_back_and_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("home/store/a", "corpus/renderings/b", "own/c"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_bytes(bytes(5 * 10**7))
    corpus_8gb.give_back(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["own"]
    assert "given back: 0.1 GB" in capsys.readouterr().out


def test_the_curve_leaves_out_the_time_between_attempts() -> None:
    """Four tracks of an hour, two in each attempt; the memory of the second one is larger."""
    attempts = [attempt(0, 100, (50, 5), (99, 6)), attempt(1000, 1100, (1010, 7), (1095, 9))]
    tracks = [(40.0, 1.0), (80.0, 1.0), (1020.0, 1.0), (1060.0, 1.0)]
    found = _corpus_stages.curve(tracks, [(20.0, 100.0), (1005.0, 1090.0)], attempts)
    assert [(point.hours, point.seconds) for point in found] == [(1, 20), (2, 60), (3, 95), (4, 135)]
    assert [point.peak.anonymous for point in found] == [0, 5, 7, 7]
    assert _corpus_stages.elapsed([(20.0, 100.0), (1005.0, 1090.0)]) == 165


def test_tracks_are_listed_as_they_were_stored(tmp_path: Path) -> None:
    for name, time in (("b~1@f", 30), ("a~1@f", 40), ("zarr.json", 50)):
        (tmp_path / "cqt" / name).mkdir(parents=True)
        os.utime(tmp_path / "cqt" / name, (time, time))
    (tmp_path / "cqt" / "a~1@f" / "c").write_bytes(bytes(5))
    (tmp_path / "cqt.records.json").write_bytes(bytes(3))
    os.utime(tmp_path / "cqt" / "a~1@f", (40, 40))
    assert _corpus_stages.finished(tmp_path / "cqt", {"a~1": 0.5, "b~1": 2.0}) == [(30.0, 2.0), (40.0, 0.5)]
    assert _corpus_stages.finished(tmp_path / "none", {}) == []
    assert _corpus_stages.stored_bytes(tmp_path, "cqt") == 8


def test_figures_are_kept_of_8_gb_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(history.PATH_VARIABLE, str(tmp_path / "h.jsonl"))
    command = Stage("backfill", 900.0, 9 * GB, Memory(4 * GB, 2 * GB, GB))
    small = [Stage("features/cqt", 10.0, 4 * GB, Memory()), Stage("labels", 10.0, 4 * GB, Memory())]
    curves = {"labels": [Point(20.8, 10.0, Memory())]}
    stored = Size(299, 20.8, 0, 9 * GB, 5000)
    corpus_8gb.keep_figures([command], small, curves, stored)
    assert history.entries() == []
    corpus_8gb.keep_figures([command], [*small, Stage("shards/cqt", 10.0, 4 * GB, Memory())], curves, stored)
    found = {each.figure.name: each.figure for each in history.entries()}
    assert {name: (figure.value, figure.goal) for name, figure in found.items()} == {
        "corpus_8gb/features and shards": (8.0, "≥ 8"),
        "corpus_8gb/backfill": (900.0, ""),
        "corpus_8gb/backfill, memory": (2.0, "≤ 3"),
    }
    assert found["corpus_8gb/backfill"].details["hours"] == 20.8
    assert found["corpus_8gb/backfill, memory"].details == {"resident": 4.0, "proportional": 2.0, "anonymous": 1.0}


def test_tables_have_gigabytes() -> None:
    peak = Memory(4 * GB, 2 * GB, GB)
    stage = Stage("labels", 12.3, 5 * 10**7, peak)
    assert corpus_8gb.stage_table([stage]).splitlines()[-1] == "| labels | 12 | 0.05 | 4.00 | 2.00 | 1.00 |"
    assert (
        corpus_8gb.curve_table({"labels": [Point(1.25, 6.0, peak)]}).splitlines()[-1]
        == "| labels | 1.2 | 6 | 4.00 | 2.00 | 1.00 |"
    )


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_minutes_of_the_demo_works_go_through_all_stages(tmp_path: Path) -> None:
    pytest.importorskip("midirenderer", reason="midirenderer is not installed")
    words = [str(tmp_path / "made"), "--hours", "0.08", "--presets", "cqt_84"]
    environment = {**os.environ, history.PATH_VARIABLE: str(tmp_path / "h.jsonl"), "PYTHONPATH": os.getcwd()}
    command = [sys.executable, "-m", "benchmarks.corpus_8gb", *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    stages = [line.split("|")[1].strip() for line in done.stdout.splitlines() if line.startswith("| ")]
    assert {"recordings", "raw_audio", "labels", "features/cqt_84", "shards/cqt_84", "backfill", "epoch"} <= {*stages}
    assert list((tmp_path / "made").iterdir()) == []
    assert not (tmp_path / "h.jsonl").exists()
