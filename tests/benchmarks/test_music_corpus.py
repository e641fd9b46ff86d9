"""The rendered corpus: which pieces, how often, and that the loader takes what several processes have rendered."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import music_corpus
from benchmarks.music_corpus import MusicCorpus
from mir_models.errors import MirlitonError
from mir_models.notes.annotations import Notes
from storage.corpora.files import visible_files
from storage.datasets import renderings
from storage.media import midi, rendered_audio


def piece(path: Path, seconds: float) -> None:
    """A MIDI file of one note whose recording has the given length."""
    path.parent.mkdir(parents=True, exist_ok=True)
    end = seconds - rendered_audio.TAIL
    path.write_bytes(midi.encode(Notes(np.array([[end - 0.5, end]]), np.array([60]), np.array([80]))))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Eight pieces of 36 s, and a file that is none."""
    for number in range(8):
        piece(tmp_path / "source" / f"composer {number % 2}" / f"{number}.mid", 36.0)
    (tmp_path / "source" / "broken.mid").write_bytes(b"MThd")
    return tmp_path / "source"


def chosen(root: Path, source: Path | None, hours: float) -> tuple[MusicCorpus, list[str]]:
    corpus = music_corpus.choose_pieces(root, source, hours, ())
    return corpus, visible_files(root / "midi")


def test_pieces_of_the_given_length_are_chosen_and_a_longer_corpus_contains_a_shorter(
    tmp_path: Path, source: Path
) -> None:
    short, names = chosen(tmp_path / "a", source, 0.03)
    long, more = chosen(tmp_path / "a", source, 0.06)
    assert (len(names), len(more)) == (3, 6)
    assert set(names) < set(more)
    assert short.variants == long.variants == 1
    assert (tmp_path / "a" / "midi" / names[0]).read_bytes() == (source / names[0]).read_bytes()


def test_where_all_pieces_are_shorter_they_are_played_more_often_and_otherwise(tmp_path: Path, source: Path) -> None:
    once, names = chosen(tmp_path / "a", source, 0.0801)
    thrice, _ = chosen(tmp_path / "a", source, 0.24)
    assert (len(names), once.variants, once.words) == (8, 1, ["--option", "midi=midi"])
    assert thrice.variants == 3
    assert (thrice.options.transposition, thrice.options.velocity_curve) == (5, 0.5)
    by_three = MusicCorpus(tmp_path, ("a.sf2", "b.sf2", "c.sf2"), 3)
    assert by_three.words[2:] == ["--option", "soundfonts=a.sf2,b.sf2,c.sf2", "--option", "variants=3"]


def test_without_a_folder_the_works_of_the_demo_corpus_are_played(tmp_path: Path) -> None:
    corpus, names = chosen(tmp_path, None, 1.0)
    assert len(names) == 21
    assert corpus.variants == 4


def test_a_folder_without_music_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(MirlitonError, match="MIDI files that can be read"):
        music_corpus.choose_pieces(tmp_path / "a", tmp_path / "empty", 1.0, ())


def test_the_loader_renders_nothing_again(tmp_path: Path) -> None:
    pytest.importorskip("midirenderer", reason="midirenderer is not installed")
    for number in range(3):
        piece(tmp_path / "source" / f"{number}.mid", 2.5)
    corpus, _ = chosen(tmp_path / "a", tmp_path / "source", 0.002)
    music_corpus.render(corpus, 2)
    rendered = {path: path.stat().st_mtime_ns for path in (tmp_path / "a" / "renderings").rglob("*.ogg")}
    listing = renderings.tracks(corpus.root, corpus.options)
    assert len(rendered) == len(listing.tracks) == 3
    assert {track.audio: track.audio.stat().st_mtime_ns for track in listing.tracks} == rendered
