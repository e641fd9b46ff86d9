"""Odd files before and after: every file is read here, and what came of it is in the table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from experiments.odd_files import __main__ as command_line
from experiments.odd_files import formats, midi_bytes, music, note_files, sounds, table
from experiments.odd_files.case import Case, Outcome, Skipped, run
from experiments.odd_files.cases import all_cases, datasets, file_cases, wav_lengths
from experiments.odd_files.checkout import Checkout, Crashed, Ended, Notes, Sound, checkout
from experiments.odd_files.format_list import FORMATS
from experiments.odd_files.formats import Format, Reading
from experiments.odd_files.held_by import FILES, TESTS, held_by
from mir_models.notes.annotations import Notes as Annotations
from storage.datasets import folder
from storage.media import audio

LIMITS = ("inverted for 1 of 12 s",)
"""Inputs of which the result is not right."""
WHOLE = Sound("", "", sounds.SECONDS, sounds.SECONDS, sounds.expected_levels())


@pytest.fixture(scope="module")
def code() -> Iterator[Checkout]:
    """This checkout, with one process that reads files."""
    with checkout(command_line.ROOT) as found:
        yield found


def _parameter(case: Case) -> object:
    limit = pytest.mark.xfail(reason="a known limit, see docs/robustness.md", strict=True)
    return pytest.param(case, id=case.input, marks=[limit] if case.input in LIMITS else [])


@pytest.mark.parametrize("case", map(_parameter, file_cases()))
def test_a_file_is_read_right(code: Checkout, tmp_path: Path, case: Case) -> None:
    outcome = run(case, code, tmp_path / "case")
    if isinstance(outcome, Skipped):
        pytest.skip(str(outcome))
    assert outcome.right, outcome.received
    assert not (tmp_path / "case").exists()


def test_five_formats_of_ffmpeg_are_tracks(tmp_path: Path) -> None:
    try:
        root = datasets.write_folder(tmp_path)
    except Skipped as reason:
        pytest.skip(str(reason))
    tracks = folder.tracks(root, folder.Options()).tracks
    assert [track.id for track in tracks] == sorted(("wav", *datasets.OTHERS))
    for track in tracks:
        assert audio.read_checked(track.audio)[0].duration == pytest.approx(sounds.SECONDS, abs=sounds.TOLERANCE)


def test_every_test_that_is_named_is_there() -> None:
    for test in {FILES, *TESTS.values()}:
        path, _, name = test.partition("::")
        assert f"def {name}(" in (command_line.ROOT / path).read_text(encoding="utf-8"), test
    inputs = [case.input for case in all_cases()]
    assert len(set(inputs)) == len(inputs)
    assert set(TESTS) <= set(inputs)
    assert {held_by(case) for case in file_cases()} == {FILES}


def test_what_is_right_of_a_recording() -> None:
    """Missing seconds, silence in the middle, a warning, a refusal: none of them is a whole recording."""
    assert sounds.is_whole(WHOLE)
    lacking = Sound("", "", 6.0, 6.0, WHOLE.levels[:6])
    hole = Sound("", "", 12.0, 12.0, (*WHOLE.levels[:5], 0.0, *WHOLE.levels[6:]))
    warned = Sound("", "Expected a. Received: cut in x. Remedy: b.", 12.0, 0.0, WHOLE.levels, ("cut",))
    assert not any(map(sounds.is_whole, (lacking, hole, warned)))
    assert sounds.is_noticed(warned)
    assert not sounds.is_noticed(lacking)
    assert sounds.is_whole_or_noticed(12)(warned)
    assert not sounds.is_whole_or_noticed(12)(lacking)
    assert sounds.is_refused("cut")(warned)
    assert not sounds.is_refused("silent")(warned)
    assert sounds.describe(warned) == "12.00 s; warned: cut; quarantined"
    assert sounds.describe(Sound("", "Received: cut in x. Remedy: b.", 6.0)) == "6.00 s; quarantined: cut in x"


def test_notes_are_compared_by_key_and_time() -> None:
    found = Notes("", ((0.0, 0.5, 60, 64), (0.5, 1.0, 60, 64)))
    assert note_files.is_equal(found, [(0.5, 1.0, 60), (0.0, 0.5, 60)])
    assert not note_files.is_equal(found, [(0.0, 0.5, 60)])
    assert not note_files.is_equal(found, [(0.0, 0.5, 60), (0.5, 1.01, 60)])
    assert not note_files.is_equal(Notes("broken"), [])
    assert note_files.describe(found) == "60: 0–0.5 s, 60: 0.5–1 s"


def test_bytes_are_read_as_they_are_meant(code: Checkout, tmp_path: Path) -> None:
    (tmp_path / "x.mid").write_bytes(midi_bytes.one_note(midi_bytes.tempo(1_000_000)))
    assert code.notes(tmp_path / "x.mid").notes == ((0.0, 1.0, 60, 64),)
    found = code.sound(sounds.write_wav(tmp_path))
    assert sounds.is_whole(found), sounds.describe(found)
    assert np.allclose(found.levels, sounds.expected_levels(), atol=1e-4)


def test_a_process_that_ends_is_an_outcome(tmp_path: Path) -> None:
    (tmp_path / "old" / "storage").mkdir(parents=True)
    (tmp_path / "old" / "storage" / "__init__.py").write_text("import os; os._exit(3)")
    with checkout(tmp_path / "old") as old:
        with pytest.raises(Crashed, match=r"reads x\.mid ended"):
            old.notes(tmp_path / "x.mid")
        outcome = run(wav_lengths.CASES[0], old, tmp_path / "case")
    assert outcome == Outcome("the process that reads pipe.wav ended", right=False)


def test_a_command_runs_in_its_folder_with_the_code_of_the_checkout(tmp_path: Path) -> None:
    (tmp_path / "mirliton.py").write_text("import os, sys; print(os.getcwd(), sys.argv[1:]); sys.exit(4)")
    code = Checkout(tmp_path)
    folder = tmp_path / "work"
    folder.mkdir()
    ended = code.command(["transcribe", Path("x.wav")], folder)
    assert (ended.code, ended.text.split()[0]) == (4, str(folder))
    assert code.shell("mirliton a b | cat", folder).text.strip() == f"{folder} ['a', 'b']"
    assert Ended(1, b"", "a\nb\n\nc\n").summary() == "exit 1: b / c"


def test_the_table_counts_what_is_right_and_leaves_out_what_was_skipped(code: Checkout) -> None:
    a, b = (
        Case("kind", name, "right", lambda code, folder: Outcome("", right=True), name == "a|b")
        for name in ("a|b", "c")
    )
    rows = [
        (a, {"before": Outcome("6 s", right=False), "after": Outcome("12 s", right=True)}),
        (b, {"before": Skipped("no lame"), "after": Skipped("no lame")}),
    ]
    page = table.page(rows, "2 inputs.")
    assert "| kind | 0 of 1 | 1 of 1 |" in page
    assert "| a\\|b | right | **not**: 6 s | ok: 12 s | this table alone |" in page
    assert "| c | right | skipped: no lame | skipped: no lame | this table alone |" in page


def test_a_lag_is_measured() -> None:
    y = music.tones(4.0)[:, 0]
    late = np.concatenate([np.zeros(441, dtype=np.float32), y])
    assert formats.lag_of(late, music.SR, y) == pytest.approx(0.01, abs=2e-4)
    assert formats.lag_of(y[441:], music.SR, y) == pytest.approx(-0.01, abs=2e-4)


def test_a_format_is_a_row_with_its_difference_and_its_decoder(tmp_path: Path) -> None:
    ref = Annotations(np.array([[0.1, 0.5]]), np.array([60]), np.array([64]))
    wav = Format("WAV", "16 bit", "a.wav", "cp")
    absent = Format("X", "y", "a.x", "no-such-program")

    def transcribe(path: Path) -> tuple[Annotations, tuple[str, ...]]:
        return ref.shifted(0.1), ("Expected a. Received: doubt. Remedy: b.",)

    rows = list(formats.readings((wav, absent), ref, music.tones(3.0), tmp_path, transcribe))
    assert rows[0][1] == Reading("libsndfile", 3.0, 0.0, 0.0, 0.0, ("Expected a. Received: doubt. Remedy: b.",))
    assert str(rows[1][1]) == "no no-such-program"
    lines = formats.table(rows, 3.0, 1.0).splitlines()
    assert lines[2] == "| WAV | 16 bit | cp | libsndfile | 3.00 of 3.00 | +0 | 0.000 | -1.000 | 0.000 | **?**; doubt |"
    assert "skipped: no no-such-program" in lines[3]
    assert formats.summary(rows, 1.0) == "0 of 1 formats within 0.02 of the WAV file's F1, 1.000."


def test_every_format_is_there_once() -> None:
    keys = [(each.container, each.codec, each.program, each.options) for each in FORMATS]
    assert len(set(keys)) == len(keys)


def test_cases_are_chosen_by_a_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command_line.main(["--out", str(tmp_path), "--only", "a note without its note-off"])
    assert "| all | 1 of 1 |" in capsys.readouterr().out
    assert (tmp_path / "odd_files.md").is_file()
