"""A user's own folder: what counts as a track, and what is said when names do not fit."""

from __future__ import annotations

import os
import sys
import unicodedata
from pathlib import Path

import pytest

from mir_models.errors import MirlitonError
from storage.corpus import TrackFiles
from storage.datasets import folder

OPTIONS = folder.Options()


def _lay_out(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def test_tracks_are_found_in_all_folders_sorted_by_id(tmp_path: Path) -> None:
    listing = folder.tracks(_lay_out(tmp_path, "z.wav", "z.mid", "a/b/c.flac", "a/b/c.midi", "a.ogg", "a.mid"), OPTIONS)
    assert listing.tracks == [
        TrackFiles("a", tmp_path / "a.ogg", "a", {"notes": tmp_path / "a.mid"}),
        TrackFiles("a/b/c", tmp_path / "a/b/c.flac", "a/b/c", {"notes": tmp_path / "a/b/c.midi"}),
        TrackFiles("z", tmp_path / "z.wav", "z", {"notes": tmp_path / "z.mid"}),
    ]
    assert (listing.dropped, listing.refused) == ({}, {})


@pytest.mark.parametrize("suffix", folder.SUFFIXES)
def test_every_suffix_counts_in_either_case(tmp_path: Path, suffix: str) -> None:
    (track,) = folder.tracks(_lay_out(tmp_path, f"x{suffix.upper()}", "x.MID"), OPTIONS).tracks
    assert (track.id, track.labels) == ("x", {"notes": tmp_path / "x.MID"})


def test_dots_and_blanks_belong_to_the_name(tmp_path: Path) -> None:
    (track,) = folder.tracks(_lay_out(tmp_path, "op. 27 no.2.wav", "op. 27 no.2.mid", "op. 27 no.mid"), OPTIONS).tracks
    assert track.id == "op. 27 no.2"
    assert track.labels == {"notes": tmp_path / "op. 27 no.2.mid"}


def test_audio_without_midi_is_listed_without_labels(tmp_path: Path) -> None:
    (track,) = folder.tracks(_lay_out(tmp_path, "x.wav", "y.mid", "notes.txt"), OPTIONS).tracks
    assert (track.id, track.labels) == ("x", {})


def test_ids_are_nfc_however_the_files_are_spelt(tmp_path: Path) -> None:
    composed, decomposed = (unicodedata.normalize(form, "Für Élise ピアノ") for form in ("NFC", "NFD"))
    (track,) = folder.tracks(_lay_out(tmp_path, f"{decomposed}.wav", f"{composed}.mid"), OPTIONS).tracks
    assert track.id == track.work == composed
    assert track.audio.is_file()
    assert track.labels == {"notes": tmp_path / f"{composed}.mid"}


def test_of_two_recordings_with_one_name_neither_is_guessed(tmp_path: Path) -> None:
    listing = folder.tracks(_lay_out(tmp_path, "s/a.wav", "s/a.ogg", "s/a.mid", "b.wav"), OPTIONS)
    assert [track.id for track in listing.tracks] == ["b"]
    assert (list(listing.refused), listing.dropped) == (["s/a"], {})
    assert all(word in listing.refused["s/a"] for word in ("s/a.ogg", "s/a.wav", "rename"))


def test_of_two_midi_files_with_one_name_neither_is_guessed(tmp_path: Path) -> None:
    listing = folder.tracks(_lay_out(tmp_path, "a.wav", "a.mid", "a.midi"), OPTIONS)
    assert listing.tracks == []
    assert all(word in listing.refused["a"] for word in ("a.mid ", "a.midi"))


def test_two_midi_files_without_audio_are_nobodys_trouble(tmp_path: Path) -> None:
    listing = folder.tracks(_lay_out(tmp_path, "a.wav", "b.mid", "b.midi"), OPTIONS)
    assert (len(listing.tracks), listing.refused) == (1, {})


@pytest.mark.skipif(sys.platform != "linux", reason="the file system refuses such a name")
def test_a_name_that_is_no_utf_8_is_refused_in_words_that_can_be_written(tmp_path: Path) -> None:
    for name in (b"F\xfcr Elise.wav", b"F\xfcr Elise.mid", "Für Elise.wav".encode()):
        open(os.path.join(os.fsencode(tmp_path), name), "wb").close()
    listing = folder.tracks(tmp_path, OPTIONS)
    assert [track.id for track in listing.tracks] == ["Für Elise"]
    assert list(listing.refused) == [r"F\xfcr Elise"]
    assert all(word in listing.refused[r"F\xfcr Elise"] for word in (r"F\xfcr Elise.wav", "UTF-8", "rename it"))


def test_hidden_files_and_folders_are_skipped(tmp_path: Path) -> None:
    listing = folder.tracks(_lay_out(tmp_path, "x.wav", "._x.wav", ".cache/y.wav", "a/.z.flac"), OPTIONS)
    assert [track.id for track in listing.tracks] == ["x"]


def test_a_hidden_folder_above_the_root_hides_nothing(tmp_path: Path) -> None:
    root = _lay_out(tmp_path / ".home", "x.wav")
    assert [track.id for track in folder.tracks(root, OPTIONS).tracks] == ["x"]


def test_a_folder_named_like_a_recording_is_none(tmp_path: Path) -> None:
    listing = folder.tracks(_lay_out(tmp_path, "live.wav/x.wav"), OPTIONS)
    assert [track.id for track in listing.tracks] == ["live.wav/x"]


@pytest.mark.parametrize("names", [[], ["x.mid"], ["x.m4a"], [".x.wav"]])
def test_a_folder_without_audio_is_refused_by_name(tmp_path: Path, names: list[str]) -> None:
    with pytest.raises(MirlitonError, match=r"\.flac") as error:
        folder.tracks(_lay_out(tmp_path, *names), OPTIONS)
    assert str(tmp_path) in str(error.value)


def test_a_root_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(MirlitonError, match="not here"):
        folder.tracks(tmp_path / "not here", OPTIONS)
