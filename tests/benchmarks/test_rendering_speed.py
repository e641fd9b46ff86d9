"""The benchmark of renderings plays the same pieces by both, and keeps a figure for each row."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from benchmarks import history, rendering_speed
from mir_models.demo_music import works
from storage.media import rendered_audio, soundfonts
from tests import small_piano
from tests.synthetic_piano import piece


def test_rows_and_figures_are_those_of_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("midirenderer", reason="midirenderer is not installed")
    (tmp_path / "midi").mkdir()
    (tmp_path / "midi" / "a.mid").write_bytes(rendered_audio.midi_file(piece(1, n=9, last=2.0), np.array([[0.2, 1.0]])))
    monkeypatch.setenv(history.PATH_VARIABLE, str(tmp_path / "history.jsonl"))
    words = [small_piano.write(tmp_path / "small"), soundfonts.default_soundfont(), tmp_path / "midi"]
    monkeypatch.setattr("sys.argv", ["rendering_speed", *map(str, words)])
    rendering_speed.main()
    rows = [row.split("|") for row in capsys.readouterr().out.splitlines() if row]
    assert [row[1].strip() for row in rows] == [
        *("rendered by", "---", "midirenderer", "sampled piano, notes alone", "sampled piano, with strings and noises"),
        *("by the loader", "---", "SoundFont", "sampled piano"),
    ]
    assert all(float(cell) > 0 for row in rows[-2:] for cell in row[2:4])
    lines = (tmp_path / "history.jsonl").read_bytes().splitlines()
    figures = [msgspec.json.decode(line, type=history.Entry).figure for line in lines]
    assert [figure.name.split("/")[1] for figure in figures] == ["notes alone", "with strings and noises"]
    assert {figure.peer for figure in figures} == {"midirenderer"}
    assert all(figure.value > 0 and figure.peer_value > 0 for figure in figures if figure.peer_value is not None)


def test_without_a_folder_the_demo_corpus_is_played() -> None:
    pieces = list(rendering_speed.choose_pieces(None))
    assert [len(notes) for notes, *_ in pieces] == [len(work.notes) for work in works()]
