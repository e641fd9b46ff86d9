"""Folders that name classes: what each level means, and the errors of files at another depth."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from mir_models.errors import MirlitonError
from storage.corpora.listing import Listing, Promises, TrackFiles
from storage.datasets import labelled_folders


def _listing(root: Path, levels: str, *names: str) -> Listing:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return labelled_folders.tracks(root, labelled_folders.Options(levels=levels))


def test_a_folder_is_a_genre(tmp_path: Path) -> None:
    names = ("Hip Hop/x.MP3", "blues/a.b.wav", "blues/._a.wav", "__MACOSX/y.wav", "blues/desktop.ini", "blues/a.b.mid")
    listing = _listing(tmp_path, "genre", *names)
    assert listing.tracks == [
        TrackFiles("Hip Hop/x", tmp_path / "Hip Hop/x.MP3", "Hip Hop/x", classes={"genre": "Hip Hop"}),
        TrackFiles("blues/a.b", tmp_path / "blues/a.b.wav", "blues/a.b", classes={"genre": "blues"}),
    ]
    assert listing.promises == Promises(("genre",))
    assert (listing.dropped, listing.refused) == ({}, {})
    (notice,) = listing.notices
    assert notice.startswith("1 MIDI file not used: blues/a.b.mid. Remedy: take the loader folder")


def test_a_recording_that_only_ffmpeg_reads_has_its_classes(tmp_path: Path) -> None:
    (track,) = _listing(tmp_path, "genre", "Rock/x.M4A").tracks
    assert (track.id, track.classes) == ("Rock/x", {"genre": "Rock"})


def test_levels_are_read_from_the_root_down(tmp_path: Path) -> None:
    listing = _listing(tmp_path, "genre/artist/album", "Rock/Queen/Jazz/01.flac")
    assert listing.tracks[0].classes == {"genre": "Rock", "artist": "Queen", "album": "Jazz"}
    assert listing.promises.kinds == ("genre", "artist", "album")


def test_a_split_may_be_a_level(tmp_path: Path) -> None:
    names = ("Train/rock/x.wav", "val/rock/x.wav", "testing/pop/x.wav", "fold1/pop/x.wav")
    listing = _listing(tmp_path, "split/genre", *names)
    assert {track.id: track.split for track in listing.tracks} == {
        "Train/rock/x": "train",
        "val/rock/x": "validation",
        "testing/pop/x": "test",
    }
    assert listing.promises == Promises(("genre",), official_splits=True)
    assert all(part in listing.refused["fold1/pop/x"] for part in ("'fold1'", "validation"))


def test_a_work_is_its_folder_and_the_classes_above_it_whatever_the_split(tmp_path: Path) -> None:
    names = ("train/Bach/Sonata 1/a.wav", "test/Bach/Sonata 1/b.wav", "test/Ysaÿe/Sonata 1/a.wav")
    listing = _listing(tmp_path, "split/composer/work", *names)
    assert [track.work for track in listing.tracks] == ["Bach/Sonata 1", "Ysaÿe/Sonata 1", "Bach/Sonata 1"]
    assert listing.promises.kinds == ("composer",)


@pytest.mark.parametrize("wrong", ["Queen/x.wav", "x.wav", "Queen/Jazz/live/x.wav", "Queen/Jazz/CD1/CD2/x.wav"])
def test_a_file_at_another_depth_is_refused(tmp_path: Path, wrong: str) -> None:
    listing = _listing(tmp_path, "artist/album", "Queen/Jazz/right.wav", wrong)
    assert [track.id for track in listing.tracks] == ["Queen/Jazz/right"]
    ((id, reason),) = listing.refused.items()
    assert all(part in reason for part in (f"Received: {id}.", "<artist>/<album>/<recording>", "--option levels="))


def test_a_root_one_folder_too_high_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MirlitonError, match=r"<genre>/<recording> in .*Received: e\.g\. genres/blues/x\..*--root"):
        _listing(tmp_path, "genre", "genres/blues/x.wav", "genres/pop/y.wav")


@pytest.mark.parametrize("disc", ["CD1", "cd 2", "Disc_03", "Disk-1"])
def test_the_discs_of_an_album_are_one_album(tmp_path: Path, disc: str) -> None:
    (track,) = _listing(tmp_path, "artist/album", f"Queen/Live/{disc}/x.wav").tracks
    assert (track.id, track.classes) == (f"Queen/Live/{disc}/x", {"artist": "Queen", "album": "Live"})


def test_a_class_called_like_a_disc_is_a_class(tmp_path: Path) -> None:
    (track,) = _listing(tmp_path, "album", "CD1/x.wav").tracks
    assert track.classes == {"album": "CD1"}


def test_classes_are_nfc_however_the_folders_are_spelt(tmp_path: Path) -> None:
    names = (f"{unicodedata.normalize(form, 'Ysaÿe')}/{form}.wav" for form in ("NFC", "NFD"))
    listing = _listing(tmp_path, "composer", *names)
    assert [track.classes["composer"] for track in listing.tracks] == ["Ysaÿe", "Ysaÿe"]
    assert all(track.audio.is_file() for track in listing.tracks)


def test_of_two_recordings_with_one_name_neither_is_guessed(tmp_path: Path) -> None:
    listing = _listing(tmp_path, "genre", "pop/x.wav", "pop/x.ogg", "pop/y.wav")
    assert [track.id for track in listing.tracks] == ["pop/y"]
    assert all(part in listing.refused["pop/x"] for part in ("pop/x.ogg and pop/x.wav", "rename"))


@pytest.mark.parametrize("levels", ["", "style", "genre/", "/genre", "genre/genre", "split", "work/split", "notes"])
def test_levels_that_mean_nothing_are_refused_when_they_are_given(levels: str) -> None:
    with pytest.raises(MirlitonError, match="genre, artist, album, composer, instrument, work, split") as error:
        labelled_folders.Options(levels=levels)
    assert f"Received: {levels!r}" in str(error.value)


@pytest.mark.parametrize(("names", "part"), [((), "not here"), (("not here/x.txt",), "none below .*not here")])
def test_a_root_without_recordings_is_an_error_by_name(tmp_path: Path, names: tuple[str, ...], part: str) -> None:
    for name in names:
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    with pytest.raises(MirlitonError, match=part):
        _listing(tmp_path / "not here", "genre")


def test_the_licence_is_the_one_given() -> None:
    assert labelled_folders.licence(labelled_folders.Options(licence="CC0")) == "CC0"
    assert labelled_folders.licence(labelled_folders.Options()) == labelled_folders.LICENCE
