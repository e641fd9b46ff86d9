"""MAPS in its own layout: what each file name means, both splits, and the labels as table and as MIDI."""

from __future__ import annotations

import math
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mir_models.errors import MirlitonError, TrackError
from mir_models.notes.annotations import Notes
from mir_models.notes.sustain_pedal import Params, sounding_notes
from storage.corpora.listing import Listing, TrackFiles
from storage.datasets import maps
from storage.datasets._maps_composers import COMPOSERS, composer
from storage.datasets.maps import Options
from storage.media import midi
from tests.conftest import deny

REAL = Path(__file__).parents[4] / "shared" / "corpora" / "maps"
"""A part of the corpus, where a checkout has one: 132 recordings of seven virtual pianos."""
HEADER = "OnsetTime\tOffsetTime\tMidiPitch\n"


def _lay_out(root: Path, *names: str, suffixes: tuple[str, ...] = (".wav", ".mid", ".txt")) -> Path:
    for name in names:
        for suffix in suffixes:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / f"{name}{suffix}").touch()
    return root


def _piece(piano: str, work: str) -> str:
    return f"{piano}/MUS/MAPS_MUS-{work}_{piano}"


def _notes_and_chords(piano: str) -> tuple[str, ...]:
    return (
        f"{piano}/ISOL/NO/MAPS_ISOL_NO_F_S0_M23_{piano}",
        f"{piano}/ISOL/CH/MAPS_ISOL_CH0.1_F_{piano}",
        f"{piano}/ISOL/TR1/MAPS_ISOL_TR1_F_S0_M35_{piano}",
        f"{piano}/RAND/M21-108/I32-96/P2/MAPS_RAND_P2_M21-108_I32-96_S1_n40_{piano}",
        f"{piano}/UCHO/I32-96/C0-5-9/MAPS_UCHO_C0-5-9_I32-96_S0_n13_{piano}",
    )


@pytest.fixture
def virtual(tmp_path: Path) -> Path:
    """Two virtual pianos with a work in common."""
    pieces = [_piece("SptkBGAm", "alb_se3"), _piece("AkPnBcht", "alb_se3"), _piece("AkPnBcht", "chpn-p8")]
    return _lay_out(tmp_path, *pieces, *_notes_and_chords("AkPnBcht"), *_notes_and_chords("SptkBGAm"))


@pytest.fixture
def full(virtual: Path) -> Path:
    """The Disklavier as well; it shares a work with a virtual piano that the leave-out piano does not have."""
    pieces = [_piece("ENSTDkAm", "chpn-p8"), _piece("ENSTDkCl", "bor_ps6"), _piece("SptkBGCl", "bor_ps6")]
    return _lay_out(virtual, *pieces, *_notes_and_chords("ENSTDkCl"))


def _splits(root: Path, options: Options) -> dict[str, str | None]:
    return {track.id: track.split for track in maps.tracks(root, options).tracks}


def test_a_piano_is_left_out_with_its_works(virtual: Path) -> None:
    listing = maps.tracks(virtual, Options(validation_share=0.0))
    folder = virtual / "SptkBGAm/MUS"
    assert [track.id for track in listing.tracks] == ["AkPnBcht/chpn-p8", "SptkBGAm/alb_se3"]
    assert listing.tracks[1] == TrackFiles(
        "SptkBGAm/alb_se3",
        folder / "MAPS_MUS-alb_se3_SptkBGAm.wav",
        "alb_se3",
        {"notes": folder / "MAPS_MUS-alb_se3_SptkBGAm.mid"},
        "test",
        {"instrument": "SptkBGAm", "composer": "Albeniz"},
    )
    assert listing.tracks[0].split == "train"
    assert listing.dropped == {"AkPnBcht/alb_se3": "its work is tested on SptkBGAm"}
    assert listing.promises.official_splits
    assert listing.promises.labels_exact


@pytest.mark.parametrize(
    ("piece", "expected"),
    [
        ("mond_1", "Beethoven"),
        ("br_im2", "Brahms"),
        ("chp_op18", "Chopin"),
        ("chpn-p11-format0", "Chopin"),
        ("DEB_CLAI", "Debussy"),
        ("schumm-3", "Schubert"),
        ("schum_abegg", "Schumann"),
    ],
)
def test_the_name_of_a_piece_gives_its_composer(piece: str, expected: str) -> None:
    assert composer(piece) == expected
    assert [name for name, begins in COMPOSERS.items() if re.match(begins, piece, re.IGNORECASE)] == [expected]


def test_a_piece_of_an_unknown_composer_is_kept(tmp_path: Path) -> None:
    root = _lay_out(tmp_path, _piece("SptkBGAm", "nocturne"), _piece("AkPnBcht", "liz_et1"))
    listing = maps.tracks(root, Options(validation_share=0.0))
    assert {track.id: track.classes.get("composer") for track in listing.tracks} == {
        "AkPnBcht/liz_et1": "Liszt",
        "SptkBGAm/nocturne": None,
    }
    assert "composer" not in listing.promises.kinds  # A promise that is not kept is quarantine.


def test_with_the_disklavier_configuration_2_tests_on_both_of_its_sets(full: Path) -> None:
    listing = maps.tracks(full, Options(validation_share=0.0))
    assert {track.id: track.split for track in listing.tracks} == {
        "AkPnBcht/alb_se3": "train",
        "ENSTDkAm/chpn-p8": "test",
        "ENSTDkCl/bor_ps6": "test",
        "SptkBGAm/alb_se3": "train",
    }
    reason = "its work is tested on ENSTDkAm and ENSTDkCl"
    assert listing.dropped == {"AkPnBcht/chpn-p8": reason, "SptkBGCl/bor_ps6": reason}


def test_no_work_is_in_two_splits(full: Path) -> None:
    pieces = [_piece(piano, f"w{number}") for number in range(40) for piano in ("AkPnCGdD", "StbgTGd2")]
    for split in ("configuration_2", "leave_piano"):
        listing = maps.tracks(_lay_out(full, *pieces), Options(split=split, validation_share=0.3))
        assert {track.split for track in listing.tracks} == {"train", "validation", "test"}
        by_work: dict[str, set[str | None]] = {}
        for track in listing.tracks:
            by_work.setdefault(track.work, set()).add(track.split)
        assert {len(splits) for splits in by_work.values()} == {1}


def test_leave_piano_can_be_chosen_where_the_disklavier_is_there(full: Path) -> None:
    splits = _splits(full, Options(split="leave_piano", test_piano="SptkBGCl", validation_share=0.0))
    assert splits["SptkBGCl/bor_ps6"] == "test"
    assert splits["ENSTDkAm/chpn-p8"] == "train"
    assert "ENSTDkCl/bor_ps6" not in splits


def test_one_disklavier_set_alone_is_no_configuration_2(virtual: Path) -> None:
    root = _lay_out(virtual, _piece("ENSTDkCl", "bor_ps6"))
    assert _splits(root, Options())["SptkBGAm/alb_se3"] == "test"
    with pytest.raises(MirlitonError, match=r"'ENSTDkAm'.*split=leave_piano"):
        maps.tracks(root, Options(split="configuration_2"))


def test_notes_and_chords_train_and_those_of_the_test_piano_are_left_out(virtual: Path) -> None:
    listing = maps.tracks(virtual, Options(subsets="all", validation_share=0.999))
    others = [track for track in listing.tracks if track.id.startswith("AkPnBcht/") and track.work != "chpn-p8"]
    assert [(track.id, track.work, track.split) for track in others] == [
        (f"AkPnBcht/{work}", work, "train")
        for work in (
            "ISOL_CH0.1_F",
            "ISOL_NO_F_S0_M23",
            "ISOL_TR1_F_S0_M35",
            "RAND_P2_M21-108_I32-96_S1_n40",
            "UCHO_C0-5-9_I32-96_S0_n13",
        )
    ]
    assert all(track.has("notes") for track in others)
    assert listing.dropped["SptkBGAm/ISOL_CH0.1_F"] == "notes and chords only train, and its piano is tested on"
    assert sum(id.startswith("SptkBGAm/") for id in listing.dropped) == 5


def test_sets_are_chosen_by_name(virtual: Path) -> None:
    assert list(_splits(virtual, Options(subsets="RAND, UCHO"))) == [
        "AkPnBcht/RAND_P2_M21-108_I32-96_S1_n40",
        "AkPnBcht/UCHO_C0-5-9_I32-96_S0_n13",
    ]


def test_archives_unpacked_side_by_side_and_strays_change_nothing(tmp_path: Path, virtual: Path) -> None:
    plain = maps.tracks(virtual, Options(subsets="all"))
    root = tmp_path / "unpacked"
    for piano in ("AkPnBcht", "SptkBGAm"):
        (root / f"MAPS_{piano}_1").mkdir(parents=True)
        (virtual / piano).rename(root / f"MAPS_{piano}_1" / piano)
    for stray in (
        "__MACOSX/._MAPS_MUS-alb_se3_AkPnBcht.wav",
        "__MACOSX/MAPS_MUS-x_AkPnBcht.wav",
        "AkPnBcht/desktop.ini",
    ):
        (root / stray).parent.mkdir(parents=True, exist_ok=True)
        (root / stray).touch()
    os.symlink(root, root / "MAPS_AkPnBcht_1" / "back", target_is_directory=True)
    wrapped = maps.tracks(root, Options(subsets="all"))
    assert [(track.id, track.split) for track in wrapped.tracks] == [(track.id, track.split) for track in plain.tracks]
    assert wrapped.dropped == plain.dropped
    assert wrapped.refused == {}


def test_a_recording_in_two_folders_is_refused_and_one_in_two_formats_is_not(virtual: Path) -> None:
    _lay_out(virtual, _piece("AkPnBcht", "chpn-p8"), suffixes=(".flac",))
    (track,) = (track for track in maps.tracks(virtual, Options()).tracks if track.work == "chpn-p8")
    assert track.audio.suffix == ".wav"
    _lay_out(virtual / "copy", _piece("AkPnBcht", "chpn-p8"))
    listing = maps.tracks(virtual, Options())
    assert list(listing.refused) == ["AkPnBcht/chpn-p8"]
    assert str(virtual / "copy") in listing.refused["AkPnBcht/chpn-p8"]
    assert [track.id for track in listing.tracks] == ["SptkBGAm/alb_se3"]


def test_the_option_labels_chooses_the_file_and_the_promise(tmp_path: Path) -> None:
    root = _lay_out(tmp_path, "SptkBGAm/MUS/MAPS_MUS-a_SptkBGAm", suffixes=(".WAV", ".MID"))
    listings = {labels: maps.tracks(root, Options(labels=labels)) for labels in ("mid", "txt")}
    assert listings["mid"].tracks[0].labels["notes"].name == "MAPS_MUS-a_SptkBGAm.MID"
    assert listings["txt"].tracks[0].labels == {}, "a track without the chosen file goes to quarantine downstream"
    assert {labels: listing.promises.pedal for labels, listing in listings.items()} == {
        "mid": "separate",
        "txt": "applied",
    }


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"subsets": "MUS,NO"}, "'NO'"),
        ({"labels": "midi"}, "'midi'"),
        ({"split": "official"}, "'official'"),
        *(({"validation_share": share}, f"Received: {share}") for share in (5.0, 1.0, -1.0, -0.01, math.nan, math.inf)),
    ],
)
def test_an_option_that_cannot_be_is_refused_when_it_is_given(options: dict[str, Any], named: str) -> None:
    with pytest.raises(MirlitonError, match=named):
        Options(**options)


def test_a_piano_that_is_not_there_is_refused(virtual: Path) -> None:
    with pytest.raises(MirlitonError, match=r"'Steinway'.*AkPnBcht, SptkBGAm"):
        maps.tracks(virtual, Options(test_piano="Steinway"))


def test_a_folder_that_cannot_be_listed_is_an_error(virtual: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deny(monkeypatch, virtual / "AkPnBcht/MUS")
    with pytest.raises(MirlitonError, match=r"folders below .* that can be listed.*AkPnBcht/MUS"):
        maps.tracks(virtual, Options())


def test_a_root_that_is_none_is_named(tmp_path: Path) -> None:
    for root in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(MirlitonError, match=str(root)):
            maps.tracks(root, Options())


@pytest.mark.parametrize("header", [HEADER, "", "\ufeff" + HEADER.replace("\n", "\r\n")])
def test_a_table_becomes_notes(tmp_path: Path, header: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text(header + "1.5\t2.25\t60\n0.500004\t1.918478\t38\n\n", encoding="utf-8", newline="")
    performance = maps.read_notes(path, Options(labels="txt"))
    np.testing.assert_array_equal(performance.notes.intervals, [[0.500004, 1.918478], [1.5, 2.25]])
    np.testing.assert_array_equal(performance.notes.pitches, [38, 60])
    np.testing.assert_array_equal(performance.notes.velocities, [64, 64])
    assert performance.pedal.shape == (0, 2)


@pytest.mark.parametrize(
    "line",
    ["0.5\t1.5", "0.5\t1.5\t60\t1", "a\t1.5\t60", "0.5\tnan\t60", "-inf\t1\t60", "2\t1\t60", "0\t1\t128", "0\t1\t60.5"],
)
def test_a_broken_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text(f"{HEADER}0\t1\t60\n{line}\n", encoding="utf-8")
    with pytest.raises(TrackError, match=r"line 3 of a\.txt"):
        maps.read_notes(path, Options())


@pytest.mark.parametrize("content", [b"", HEADER.encode(), None])
def test_a_table_without_notes_is_refused(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "a.txt").write_bytes(content)
    with pytest.raises(TrackError, match=r"a\.txt"):
        maps.read_notes(tmp_path / "a.txt", Options())


def test_midi_is_read_with_its_velocities(tmp_path: Path) -> None:
    notes = Notes(np.array([[0.5, 1.0]]), np.array([60]), np.array([99]))
    (tmp_path / "a.mid").write_bytes(midi.encode(notes))
    read = maps.read_notes(tmp_path / "a.mid", Options(labels="txt")).notes
    assert (read.pitches.tolist(), read.velocities.tolist()) == ([60], [99])


def _works(listing: Listing) -> set[str]:
    return {track.work for track in listing.tracks} | {id.partition("/")[2] for id in listing.dropped}


@pytest.mark.skipif(not REAL.is_dir(), reason="the corpus is not here")
def test_the_corpus_keeps_its_ids_and_splits() -> None:
    listing = maps.tracks(REAL, Options())
    counts = {split: sum(track.split == split for track in listing.tracks) for split in ("train", "validation", "test")}
    assert (len(listing.tracks), len(listing.dropped), listing.refused) == (118, 14, {})
    assert counts == {"train": 81, "validation": 13, "test": 24}
    assert all(track.id == f"{track.audio.parts[-3]}/{track.work}" for track in listing.tracks)
    assert set(listing.dropped.values()) == {"its work is tested on SptkBGAm"}
    begun = {work: [name for name, begins in COMPOSERS.items() if re.match(begins, work)] for work in _works(listing)}
    assert all(len(names) == 1 for names in begun.values()), begun


@pytest.mark.skipif(not REAL.is_dir(), reason="the corpus is not here")
def test_where_midi_has_no_pedal_its_notes_are_those_of_the_table() -> None:
    for track in maps.tracks(REAL, Options()).tracks[:40:20]:
        played = maps.read_notes(track.labels["notes"], Options())
        table = maps.read_notes(track.labels["notes"].with_suffix(".txt"), Options()).notes
        separate, _ = sounding_notes(played.notes, played.pedal, Params())
        applied, _ = sounding_notes(played.notes, played.pedal[:0], Params())
        np.testing.assert_array_equal(separate.intervals, applied.intervals)
        np.testing.assert_allclose(np.sort(played.notes.intervals, axis=0), np.sort(table.intervals, axis=0), atol=1e-3)
