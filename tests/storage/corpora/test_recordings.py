"""Recordings below a folder, and the sentences on those that are not used."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from mir_models.errors import MirlitonError
from storage.corpora.files import AUDIO_SUFFIXES
from storage.corpora.listing import Listing, Promises, TrackFiles
from storage.corpora.recordings import RARE_SUFFIXES, recordings_below
from storage.media import ffmpeg
from storage.media.decoding import CONTAINERS


def _lay_out(root: Path, *names: str, content: bytes = b"") -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


@pytest.mark.parametrize("installed", [True, False])
@pytest.mark.parametrize("suffix", [".m4a", ".wma", ".aac", ".mp4", ".mkv", ".webm", ".mov", ".wv", ".ape"])
def test_what_only_ffmpeg_reads_is_listed_with_and_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, installed: bool
) -> None:
    monkeypatch.setattr(ffmpeg, "is_installed", lambda: installed)
    assert suffix in ffmpeg.SUFFIXES
    found = recordings_below(_lay_out(tmp_path, f"x{suffix.upper()}", "y.mid"))
    assert (found.by_id, found.midi, found.notices) == ({"x": [f"x{suffix.upper()}"]}, {"y": ["y.mid"]}, ())


@pytest.mark.parametrize("rare", RARE_SUFFIXES)
def test_a_recording_in_a_usual_format_goes_before_one_of_the_same_name(tmp_path: Path, rare: str) -> None:
    found = recordings_below(_lay_out(tmp_path, "a/x.wav", f"a/x{rare}", "a/y.flac"))
    assert found.by_id == {"a/x": ["a/x.wav"], "a/y": ["a/y.flac"]}
    (notice,) = found.notices
    assert notice.startswith(f"1 recording left out beside another of the same name: a/x{rare}. Remedy: rename")


def test_hidden_recordings_are_counted_and_named(tmp_path: Path) -> None:
    _lay_out(tmp_path, "x.wav", "a/.y.FLAC", ".takes/3/z.mp3", ".takes/1.m4a", ".takes/cover.jpg", ".takes/2.wav")
    found = recordings_below(tmp_path)
    assert list(found.by_id) == ["x"]
    (notice,) = found.notices
    assert notice.startswith("4 hidden recordings left out: .takes/1.m4a, .takes/2.wav, .takes/3/z.mp3, …. Remedy: ")


@pytest.mark.parametrize(
    "name", ["._x.wav", ".a/._y.wav", ".git/annex/y.wav", ".Trash-1000/files/y.wav", ".a/y.txt", "@eaDir/x.wav/y.mp3"]
)
def test_attributes_copies_and_deleted_files_are_no_hidden_recordings(tmp_path: Path, name: str) -> None:
    assert recordings_below(_lay_out(tmp_path, "x.wav", name)).notices == ()


SOUND = {
    "wav": b"RIFF\x24\0\0\0WAVEfmt ",
    "flac": b"fLaC\0\0\0\x22",
    "mp3": b"ID3\x04\0\0\0\0\0\0",
    "mp3 without tags": b"\xff\xfb\x90\x64" + bytes(8),
    "aiff": b"FORM\0\0\0\0AIFF",
    "m4a": struct.pack(">I", 24) + b"ftypM4A ",
    "midi": b"MThd\0\0\0\6\0\1",
    **{name: first + bytes(8) for first, name in CONTAINERS.items() if first != b"ftyp"},
}
NO_SOUND = {
    "nothing": b"",
    "text": "Für Elise".encode(),
    "utf-16": "ID3".encode("utf-16"),
    "webp": b"RIFF\x24\0\0\0WEBPVP8 ",
    "jpeg": b"\xff\xd8\xff\xe0\0\x10JFIF",
    "heic": struct.pack(">I", 24) + b"ftypheic",
}


@pytest.mark.parametrize("content", SOUND.values(), ids=SOUND)
@pytest.mark.parametrize("name", ["take 1", "op. 27 no. 2", "x.1"])
def test_sound_without_an_extension_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    (notice,) = recordings_below(_lay_out(_lay_out(tmp_path, "x.wav"), name, content=content)).notices
    assert notice.startswith(f"1 file of sound or MIDI left out, without an extension: {name}. Remedy: add it")


@pytest.mark.parametrize("content", NO_SOUND.values(), ids=NO_SOUND)
def test_other_files_without_an_extension_are_none(tmp_path: Path, content: bytes) -> None:
    assert recordings_below(_lay_out(_lay_out(tmp_path, "x.wav"), "take 1", content=content)).notices == ()


@pytest.mark.parametrize("name", ["x.txt", "x.bak", "x.wav.part"])
def test_a_file_with_another_extension_is_not_opened(tmp_path: Path, name: str) -> None:
    assert recordings_below(_lay_out(_lay_out(tmp_path, "x.wav"), name, content=SOUND["wav"])).notices == ()


def test_an_error_without_recordings_names_what_is_there(tmp_path: Path) -> None:
    _lay_out(tmp_path, ".takes/x.wav")
    with pytest.raises(MirlitonError, match=r"none below .* \(1 hidden recording left out: \.takes/x\.wav"):
        recordings_below(tmp_path)


def test_midi_by_less_usual_names_is_midi_unless_there_is_a_usual_one(tmp_path: Path) -> None:
    found = recordings_below(_lay_out(tmp_path, "x.wav", "x.mid", "x.KAR", "y.kar", "z.rmi"))
    assert found.midi == {"x": ["x.mid"], "y": ["y.kar"], "z": ["z.rmi"]}


def _track(name: str) -> TrackFiles:
    return TrackFiles(name.partition(".")[0], Path("/corpus") / name, name)


LISTED = [_track(name) for name in ("a.wav", "b.M4A", "c.wma", "d.wav", "e.wma")]


def test_without_ffmpeg_tracks_that_need_it_are_left_out_and_named() -> None:
    listing = Listing(LISTED, Promises(("notes",)), notices=("More.",))
    found = listing.decodable(with_ffmpeg=False)
    assert ([track.id for track in found.tracks], [track.id for track in found.undecodable]) == (["a", "d"], [*"bce"])
    remedy = "Remedy: install ffmpeg, which reads them, or convert them."
    assert found.unused == (f"3 files of other formats left out: .m4a, .wma, such as b.M4A. {remedy}", "More.")
    assert listing.decodable(with_ffmpeg=True) == listing
    assert listing.unused == ("More.",)


def test_stored_tracks_stay_tracks_where_ffmpeg_is_missing() -> None:
    found = Listing(LISTED, Promises(("notes",))).decodable(with_ffmpeg=False).with_stored({"b", "e", "gone"})
    assert ([track.id for track in found.tracks], [track.id for track in found.undecodable]) == ([*"abde"], ["c"])
    assert found.unused[0].startswith("1 file of another format left out: .wma, such as c.wma.")
    assert found.with_stored({"c"}).unused == ()


def test_extensions_are_of_one_reader() -> None:
    assert not set(AUDIO_SUFFIXES) & set(ffmpeg.SUFFIXES)
