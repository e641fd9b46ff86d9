"""piano-midi.de as people keep it: twins in format 0, recordings beside the MIDI files or in folders of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from mir_models.errors import MirlitonError
from storage.corpora.listing import TrackFiles
from storage.datasets import piano_midi_de
from storage.datasets.piano_midi_de import Options
from tests.conftest import deny


def _lay_out(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def test_a_piece_is_a_midi_file_with_a_recording_beside_it(tmp_path: Path) -> None:
    root = _lay_out(
        tmp_path, "chopin/chpn_op25_e1.mid", "chopin/chpn_op25_e1.mp3", "bach/bach_846.MID", "bach/bach_846.OGG"
    )
    listing = piano_midi_de.tracks(root, Options())
    assert listing.tracks == [
        TrackFiles(
            f"{composer}/{piece}",
            root / composer / f"{piece}{audio}",
            f"{composer}/{piece}",
            {"notes": root / composer / f"{piece}{midi}"},
            classes={"composer": composer},
        )
        for composer, piece, audio, midi in (
            ("bach", "bach_846", ".OGG", ".MID"),
            ("chopin", "chpn_op25_e1", ".mp3", ".mid"),
        )
    ]
    assert (listing.dropped, listing.refused) == ({}, {})
    assert not listing.promises.labels_exact
    assert not listing.promises.official_splits
    assert listing.promises.pedal == "separate"


def test_a_recording_in_any_format_is_found_and_the_usual_ones_go_first(tmp_path: Path) -> None:
    root = _lay_out(tmp_path, "bach/a.mid", "bach/a.m4a", "bach/b.mid", "bach/b.opus", "bach/b.mp3", "bach/b.m4a")
    assert [track.audio.name for track in piano_midi_de.tracks(root, Options()).tracks] == ["a.m4a", "b.mp3"]


@pytest.mark.parametrize(
    ("midi", "audio"),
    [
        ("midi/albeniz/alb_esp1.mid", "mp3/albeniz/alb_esp1.mp3"),
        ("midi/albeniz/alb_esp1.mid", "MP3/alb_esp1.mp3"),
        ("albeniz/alb_esp1.mid", "alb_esp1.mp3"),
        ("albeniz/alb_esp1_format0.mid", "albeniz/alb_esp1.mp3"),
        ("format 0/albeniz/alb_esp1_format0.mid", "MP3/albeniz/alb_esp1.mp3"),
        ("albeniz/alb_esp1_format0.mid", "albeniz/alb_esp1_format0.mp3"),
    ],
)
def test_parallel_folders_and_format_0_alone_give_the_same_piece(tmp_path: Path, midi: str, audio: str) -> None:
    listing = piano_midi_de.tracks(_lay_out(tmp_path, midi, audio), Options())
    assert listing.tracks == [
        TrackFiles(
            "albeniz/alb_esp1",
            tmp_path / audio,
            "albeniz/alb_esp1",
            {"notes": tmp_path / midi},
            classes={"composer": "albeniz"},
        )
    ]
    assert (listing.dropped, listing.refused) == ({}, {})


def test_the_twin_in_format_0_is_left_out(tmp_path: Path) -> None:
    root = _lay_out(tmp_path, "bach/bach_846.mid", "bach/bach_846_format0.mid", "bach/bach_846.mp3")
    listing = piano_midi_de.tracks(root, Options())
    assert [track.labels["notes"].name for track in listing.tracks] == ["bach_846.mid"]
    assert listing.dropped == {"bach/bach_846_format0": "format 0 of the same notes as bach/bach_846"}


def test_a_name_that_two_composers_have_is_not_guessed(tmp_path: Path) -> None:
    listing = piano_midi_de.tracks(_lay_out(tmp_path, "midi/bach/a.mid", "midi/grieg/a.mid", "mp3/a.mp3"), Options())
    assert [(track.id, track.labels, track.classes) for track in listing.tracks] == [("a", {}, {})]
    assert list(listing.refused) == ["bach/a", "grieg/a"]


def test_of_several_formats_the_first_counts_and_of_equals_none(tmp_path: Path) -> None:
    root = _lay_out(tmp_path, "bach/a.mid", "mp3/bach/a.mp3", "ogg/bach/a.ogg")
    assert [track.audio.name for track in piano_midi_de.tracks(root, Options()).tracks] == ["a.ogg"]
    _lay_out(root, "wav/bach/a.wav", "other/bach/a.wav")
    listing = piano_midi_de.tracks(root, Options())
    assert listing.tracks == []
    assert "other/bach/a.wav and wav/bach/a.wav" in listing.refused["bach/a"]


def test_two_midi_files_of_a_piece_are_refused(tmp_path: Path) -> None:
    listing = piano_midi_de.tracks(_lay_out(tmp_path, "bach/a.mid", "midi/bach/a.midi", "bach/a.mp3"), Options())
    assert "bach/a.mid and midi/bach/a.midi" in listing.refused["bach/a"]


def test_a_piece_without_recording_is_refused_and_one_without_midi_is_listed(tmp_path: Path) -> None:
    listing = piano_midi_de.tracks(_lay_out(tmp_path, "bach/a.mid", "bach/b.mp3"), Options())
    assert [(track.id, track.labels) for track in listing.tracks] == [("bach/b", {})]
    assert list(listing.refused) == ["bach/a"]
    assert "bach/a.mid" in listing.refused["bach/a"]


def test_what_a_mac_or_windows_leaves_is_skipped(tmp_path: Path) -> None:
    strays = ("__MACOSX/bach/._a.mid", "__MACOSX/bach/a.mp3", "bach/._a.mp3", "bach/desktop.ini", ".cache/bach/a.mid")
    listing = piano_midi_de.tracks(_lay_out(tmp_path, "bach/a.mid", "bach/a.mp3", *strays), Options())
    assert [track.id for track in listing.tracks] == ["bach/a"]
    assert listing.refused == {}


def test_a_folder_that_cannot_be_listed_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = _lay_out(tmp_path, "bach/a.mid", "bach/a.mp3", "grieg/b.mid", "grieg/b.mp3")
    deny(monkeypatch, root / "grieg")
    with pytest.raises(MirlitonError, match=r"folders below .* that can be listed.*grieg"):
        piano_midi_de.tracks(root, Options())


def test_a_folder_of_another_disk_is_followed(tmp_path: Path) -> None:
    _lay_out(tmp_path, "disk/grieg/b.mid", "disk/grieg/b.mp3", "root/bach/a.mid", "root/bach/a.mp3")
    (tmp_path / "root/grieg").symlink_to(tmp_path / "disk/grieg")
    (tmp_path / "root/grieg/back").symlink_to(tmp_path / "root")
    assert [track.id for track in piano_midi_de.tracks(tmp_path / "root", Options()).tracks] == ["bach/a", "grieg/b"]


def test_a_root_that_is_none_is_named(tmp_path: Path) -> None:
    for root in (tmp_path / "nowhere", _lay_out(tmp_path / "silent", "bach/a.mid")):
        with pytest.raises(MirlitonError, match=str(root)):
            piano_midi_de.tracks(root, Options())
