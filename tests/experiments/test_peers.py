"""Transcription by peers: resuming, reasons, scores of known transcriptions, and mirliton's own command."""

from __future__ import annotations

import json
import shlex
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from experiments.peers import __main__ as command_line
from experiments.peers import agreement, runs, serve, systems
from experiments.peers.environments import reason
from experiments.peers.figure import f1_by_tolerance
from experiments.peers.recordings import Excerpts, Recording, cut, excerpts
from experiments.peers.scores import evaluate, notes_of
from experiments.peers.systems import PEERS, RUNNERS, System, ours
from experiments.peers.table import means, page, totals
from mir_models.notes.annotations import Notes
from tests.conftest import write_track

FAKE = """
import json
from pathlib import Path

def load(folder):
    folder = Path(folder)

    def transcribe(recording):
        stem = Path(recording).stem
        with open(folder / "calls.txt", "a") as calls:
            calls.write(stem + "\\n")
        if stem in (folder / "failing.txt").read_text().split():
            raise ValueError("too loud | for me")
        notes = json.loads((folder / "notes.json").read_text())
        return {"notes": notes.get(stem, [])}

    return transcribe
"""
COMMAND = """
import json, sys
from pathlib import Path

words = sys.argv[1:]
assert words.pop() == "json" and words.pop() == "--format"
out = Path(words.pop())
assert words.pop() == "-o" and words
for each in words:
    note = {"onset": 1.0, "offset": 2.0, "pitch": 60, "velocity": 80}
    (out / (Path(each).stem + ".json")).write_text(json.dumps({"notes": [note] * 3}))
"""


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Two pieces on the piano that is tested on, in MAPS' layout."""
    for seed, work in enumerate(("waltz", "gigue")):
        write_track(tmp_path / "maps" / "SptkBGAm" / "MUS" / f"MAPS_MUS-{work}_SptkBGAm", seed)
    return tmp_path / "maps"


@pytest.fixture
def music(corpus: Path, tmp_path: Path) -> Excerpts:
    """The first 5 s of both."""
    return excerpts(corpus, tmp_path / "out", seconds=5.0)


class Fake:
    """A system whose runner reads its notes from a file, and records the calls."""

    def __init__(self, folder: Path, music: Excerpts) -> None:
        self.folder, self.music = folder, music
        folder.mkdir()
        self.system = System("fake", "", "fake", words=(str(folder),))
        self.set_notes({each.sound.stem: rows(each.notes) for each in music.recordings})
        self.fail_on("")

    def set_notes(self, notes: dict[str, list[list[float]]]) -> None:
        (self.folder / "notes.json").write_text(json.dumps(notes))

    def fail_on(self, stem: str) -> None:
        (self.folder / "failing.txt").write_text(stem)

    def run(self) -> list[str]:
        """Transcribe what is missing; the recordings of the calls after the warm-up."""
        (self.folder / "calls.txt").unlink(missing_ok=True)
        runs.run(self.system, self.music, environments=self.folder)
        calls = self.folder / "calls.txt"
        return calls.read_text().split()[1:] if calls.exists() else []


@pytest.fixture
def fake(music: Excerpts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    """A system that transcribes perfectly."""
    monkeypatch.setattr(systems, "RUNNERS", tmp_path)
    (tmp_path / "fake.py").write_text(FAKE)
    return Fake(tmp_path / "system", music)


def rows(notes: Notes) -> list[list[float]]:
    return np.column_stack([notes.intervals, notes.pitches, notes.velocities]).tolist()


def test_the_recordings_are_the_beginnings_of_the_test_pieces(music: Excerpts, corpus: Path, tmp_path: Path) -> None:
    assert [each.track for each in music.recordings] == ["SptkBGAm/gigue", "SptkBGAm/waltz"]
    for each in music.recordings:
        assert each.seconds == pytest.approx(5.0)
        assert each.notes.onset_times.max() < 5.0
        assert each.notes.offset_times.max() <= 5.0
        assert len(set(each.notes.velocities)) > 1
    whole = excerpts(corpus, tmp_path / "out", seconds=None)
    assert whole.recordings[0].seconds == pytest.approx(7.0)
    assert whole.folder != music.folder


def test_a_second_run_does_only_what_is_missing(fake: Fake, music: Excerpts) -> None:
    stems = [each.sound.stem for each in music.recordings]
    assert fake.run() == stems
    assert fake.run() == []
    (runs.results_of(fake.system, music) / f"{stems[1]}.json").unlink()
    assert fake.run() == [stems[1]]
    runs.remove(fake.system, music)
    assert fake.run() == stems
    assert not list(music.folder.rglob("*.part"))


def test_another_version_runner_or_length_has_results_of_its_own(fake: Fake, music: Excerpts, tmp_path: Path) -> None:
    folders = {runs.results_of(fake.system, music)}
    folders.add(runs.results_of(replace(fake.system, requirements=("numpy==1",)), music))
    folders.add(runs.results_of(fake.system, replace(music, folder=tmp_path)))
    (tmp_path / "fake.py").write_text(FAKE + "\n")
    folders.add(runs.results_of(fake.system, music))
    assert len(folders) == 4


def test_a_system_that_fails_is_a_row_with_its_reason_and_goes_on_where_it_ended(fake: Fake, music: Excerpts) -> None:
    second = music.recordings[1].sound.stem
    fake.fail_on(second)
    fake.run()
    scores = command_line.scores_of(fake.system, music)
    assert scores == "ValueError: too loud | for me"
    line = means([(fake.system, scores)]).splitlines()[-1]
    assert "too loud / for me" in line
    assert line.count("|") == 8, "the reason breaks no column"
    assert totals([(fake.system, scores)]).count("\n") == 1
    fake.fail_on("")
    assert fake.run() == [second]
    assert command_line.scores_of(fake.system, music).notes["note_onset"]["f1"] == 1
    assert runs.why_failed(fake.system, music) is None


def test_some_of_the_recordings_are_not_scored(fake: Fake, music: Excerpts) -> None:
    assert command_line.scores_of(fake.system, music) == "not run"
    fake.run()
    (runs.results_of(fake.system, music) / f"{music.recordings[0].sound.stem}.json").unlink()
    assert command_line.scores_of(fake.system, music) == "1 of 2 recordings transcribed"


def test_a_perfect_transcription_scores_one(fake: Fake, music: Excerpts) -> None:
    fake.run()
    scores = evaluate(fake.system, music.recordings, runs.load(fake.system, music))
    assert scores.frame == (1.0, [1.0, 1.0])
    for kind in ("note_onset", "note_onset_offset", "note_onset_offset_velocity"):
        assert scores.notes[kind]["f1"] == 1
        assert scores.notes[kind]["micro"]["f1"] == 1
    assert [each["f1"] for each in scores.notes["tolerance_sweep"]] == [1.0] * 10
    assert scores.real_time > 0


def test_silence_scores_zero(fake: Fake, music: Excerpts) -> None:
    fake.set_notes({})
    fake.run()
    scores = evaluate(fake.system, music.recordings, runs.load(fake.system, music))
    assert scores.frame[0] == scores.notes["note_onset"]["f1"] == scores.notes["note_onset_offset"]["f1"] == 0
    assert scores.notes["onset_errors"]["median"] is None
    assert "**0.000 [0.000, 0.000]**" in means([(fake.system, scores)])


def test_what_is_half_right_is_scored_so(fake: Fake, music: Excerpts) -> None:
    """Onsets 30 ms late, offsets far too late, and every velocity the same."""
    late = {
        each.sound.stem: [[on + 0.03, off + 1.0, pitch, 64.0] for on, off, pitch, _ in rows(each.notes)]
        for each in music.recordings
    }
    fake.set_notes(late)
    fake.run()
    scores = evaluate(fake.system, music.recordings, runs.load(fake.system, music))
    sweep = {each["tolerance"]: each["f1"] for each in scores.notes["tolerance_sweep"]}
    assert scores.notes["note_onset"]["f1"] > 0.99
    assert scores.notes["note_onset_offset"]["f1"] < 0.3
    assert 0.2 < scores.frame[0] < 0.8
    assert sweep[0.02] < 0.2 < 0.99 < sweep[0.04]
    assert scores.notes["onset_errors"]["median"] == pytest.approx(30, abs=0.1)


def one(seconds: float = 10.0) -> Recording:
    nothing = Notes(np.zeros((0, 2)), np.zeros(0), np.zeros(0))
    return Recording("one", Path("one.wav"), seconds, nothing)


def test_the_pedal_of_a_system_extends_its_notes() -> None:
    found = {"notes": [[1.0, 1.2, 60, 90], [1.1, 1.3, 64, 70], [2.0, 2.1, 60, 50]], "pedal": [[1.15, 3.0]]}
    notes = notes_of(found, one())
    assert notes.intervals.tolist() == [[1.0, 2.0], [1.1, 3.0], [2.0, 3.0]]
    assert notes_of(found | {"pedal": []}, one()).intervals.tolist() == [[1.0, 1.2], [1.1, 1.3], [2.0, 2.1]]


def test_a_missing_offset_or_velocity_has_a_default() -> None:
    found = {"notes": [[1.0, None, 60, None], [2.0, None, 20, None], [3.0, None, 109, None]], "pedal": []}
    notes = notes_of(found, one())
    assert notes.intervals.tolist() == [[1.0, 1.0]]
    assert notes.velocities.tolist() == [64]


def test_reference_and_estimate_end_with_the_recording() -> None:
    notes = Notes(np.array([[1.0, 9.0], [4.0, 6.0], [5.0, 7.0]]), np.array([60, 61, 62]), np.full(3, 64))
    assert cut(notes, end=5.0).intervals.tolist() == [[1.0, 5.0], [4.0, 5.0]]
    assert notes_of({"notes": rows(notes), "pedal": []}, one(5.0)).intervals.tolist() == [[1.0, 5.0], [4.0, 5.0]]


def test_systems_that_agree_where_the_labels_are_late_show_it() -> None:
    played = Notes(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([60, 64]), np.full(2, 64))
    late = replace(one(), notes=played.shifted(0.1))
    both = {"a": {"one": played}, "b": {"one": played.where(np.array([True, False]))}}
    lines = agreement.table([late], both).splitlines()[2:]
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    assert cells == [
        ["a", "labels", "0.000", "1.000"],
        ["b", "labels", "0.000", "0.667"],
        ["b", "a", "0.667", "0.667"],
    ]


def test_configuration_2_tests_on_the_recorded_pianos(corpus: Path, tmp_path: Path) -> None:
    for piano in ("ENSTDkAm", "ENSTDkCl"):
        write_track(corpus / piano / "MUS" / f"MAPS_MUS-rondo_{piano}", 3)
    music = excerpts(corpus, tmp_path / "out", seconds=5.0, split="configuration_2")
    assert [each.track for each in music.recordings] == ["ENSTDkAm/rondo", "ENSTDkCl/rondo"]
    assert "MAPS, configuration_2: 2 recordings of ENSTDkAm, ENSTDkCl" in command_line.describe(
        music, "configuration_2"
    )


def test_what_a_system_does_not_estimate_has_no_score(fake: Fake, music: Excerpts) -> None:
    fake.run()
    onsets_only = replace(fake.system, offsets=False, velocities=False)
    scores = evaluate(onsets_only, music.recordings, runs.load(fake.system, music))
    cells = [cell.strip() for cell in means([(onsets_only, scores)]).splitlines()[-1].split("|")[1:-1]]
    assert cells[2] == cells[4] == cells[5] == "–"
    assert cells[3].startswith("**1.000")
    drawn = f1_by_tolerance([(onsets_only, scores), (fake.system, "failed")])
    assert [line.get_label() for line in drawn.axes[0].get_lines() if line.get_label()[0] != "_"] == ["fake"]
    assert "23.2 ms" in page([(onsets_only, scores)], command_line.describe(music, "leave_piano"), "")


def test_a_package_that_cannot_be_installed_has_its_reason_and_is_tried_again(music: Excerpts, tmp_path: Path) -> None:
    absent = System("absent", "no-such-thing==1", "madmom", ("no-such-need==2",))
    runs.run(absent, music, environments=tmp_path / "environments", pip=["--no-index"])
    assert command_line.scores_of(absent, music) == "ERROR: No matching distribution found for no-such-need==2"
    assert not list((tmp_path / "environments").glob("*/.ready"))


def test_the_reason_is_the_last_error() -> None:
    assert reason("Traceback\nKeyError: 'a'\n\nValueError: b\nnotice: a new pip\n") == "ValueError: b"
    assert reason("Killed\n\n") == "Killed"
    assert reason("") == "no output"


def test_seconds_of_a_common_call_are_divided_by_size(tmp_path: Path) -> None:
    for name, size in (("a", 100), ("b", 300)):
        (tmp_path / name).write_bytes(bytes(size))
    files = [str(tmp_path / name) for name in "ab"]
    short, long = serve.measured(lambda recordings: [{"notes": [(1, None, 60, None)]} for _ in recordings], files)
    assert long["wall"] == pytest.approx(3 * short["wall"])
    assert short["notes"] == [[1.0, None, 60.0, None]]
    assert short["pedal"] == []


def test_mirliton_is_one_command_for_all(corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    (tmp_path / "command.py").write_text(COMMAND)
    spoken = shlex.join([sys.executable, str(tmp_path / "command.py")])
    words = [str(corpus), "--out", str(tmp_path / "out"), "--seconds", "5", "--systems", "mirliton"]
    command_line.main([*words, "--command", spoken])
    assert len(list((tmp_path / "out").glob("*/results/*/*.json"))) == 2
    line = next(each for each in capsys.readouterr().out.splitlines() if each.startswith("| mirliton"))
    assert "**0." in line
    assert (tmp_path / "out" / "tolerances.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "out" / "peers.md").read_text().startswith("MAPS, leave_piano: 2 recordings")


def test_a_command_that_fails_is_left_out_with_its_error(music: Excerpts, tmp_path: Path) -> None:
    complaint = "import sys; print('│ No such option: --format │'); sys.exit(2)"
    system = ours(shlex.join([sys.executable, "-c", complaint]))
    runs.run(system, music, environments=tmp_path)
    assert command_line.scores_of(system, music) == "RuntimeError: No such option: --format"


def test_every_peer_is_pinned_and_has_its_runner() -> None:
    for peer in PEERS:
        assert peer.file.is_file()
        assert peer.file.parent == RUNNERS
        assert all("==" in each for each in (peer.package, *peer.requirements))
        assert peer.licence
