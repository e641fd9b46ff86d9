"""MAESTRO: the published tables, their six recordings with strings, and files of other names than in the tables."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from mir_models.errors import MirlitonError
from storage.corpora.listing import TrackFiles
from storage.datasets import maestro
from storage.datasets.maestro import Options
from storage.downloads.download import check_remote

COLUMNS = ("canonical_composer", "canonical_title", "split", "year", "midi_filename", "audio_filename", "duration")
BERG = "2018/MIDI-Unprocessed_Chamber3_MID--AUDIO_10_R3_2018_wav--1"
CZIFFRA = "2006/MIDI-Unprocessed_12_R1_2006_01-08_ORIG_MID--AUDIO_12_R1_2006_08_Track08_wav"
SCHUBERT = "2018/MIDI-Unprocessed_Schubert1-3_MID--AUDIO_02_R2_2018_wav"
CHAMBER = "2018/MIDI-Unprocessed_Chamber5_MID--AUDIO_18_R3_2018_wav--2"
K280 = "2004/MIDI-Unprocessed_XP_14_R1_2004_04_ORIG_MID--AUDIO_14_R1_2004_{0}_Track{0}_wav"
ROWS = (
    ("Alban Berg", "Sonata Op. 1", "train", BERG),
    ("Sergei Rachmaninoff / György Cziffra", "Flight of B.B.", "validation", CZIFFRA),
    ("Franz Schubert", "Sonata in B-flat Major, D. 960   ", "test", SCHUBERT),
)
CROSSING = tuple(
    ("Wolfgang Amadeus Mozart", "Sonata in F Major, K280", split, K280.format(number))
    for number, split in (("04", "test"), ("05", "test"), ("06", "train"))
)


def _table(folder: Path, version: str, rows: tuple[tuple[str, str, str, str], ...], *, files: bool = True) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"maestro-v{version}.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        for composer, title, split, id in rows:
            table.writerow((composer, title, split, id[:4], f"{id}.midi", f"{id}.wav", "698.66116031"))
            for suffix in (".wav", ".midi") if files else ():
                (folder / id).parent.mkdir(exist_ok=True)
                (folder / f"{id}{suffix}").touch()
    return folder


def test_every_row_is_a_track_with_its_official_split(tmp_path: Path) -> None:
    listing = maestro.tracks(_table(tmp_path, "3.0.0", ROWS), Options())
    assert [(track.id, track.split) for track in listing.tracks] == [
        (CZIFFRA, "validation"), (BERG, "train"), (SCHUBERT, "test")
    ]  # fmt: skip
    assert listing.tracks[1] == TrackFiles(
        BERG,
        tmp_path / f"{BERG}.wav",
        "Alban Berg: Sonata Op. 1",
        {"notes": tmp_path / f"{BERG}.midi"},
        "train",
        {"composer": "Alban Berg"},
    )
    assert listing.tracks[0].classes == {"composer": "Sergei Rachmaninoff / György Cziffra"}
    assert listing.tracks[2].work == "Franz Schubert: Sonata in B-flat Major, D. 960", "titles end in stray blanks"
    assert (listing.dropped, listing.refused) == ({}, {})
    assert (listing.promises.labels_exact, listing.promises.pedal) == (True, "separate")
    assert listing.promises.official_splits


def test_the_root_may_be_one_above_and_hold_two_versions(tmp_path: Path) -> None:
    _table(tmp_path / "maestro-v2.0.0", "2.0.0", ROWS[:2])
    assert len(maestro.tracks(tmp_path, Options()).tracks) == 2
    _table(tmp_path / "maestro-v3.0.0", "3.0.0", ROWS[:1])
    assert [track.id for track in maestro.tracks(tmp_path, Options()).tracks] == [BERG]
    assert len(maestro.tracks(tmp_path, Options(version="2.0.0")).tracks) == 2
    assert len(maestro.tracks(tmp_path / "maestro-v2.0.0", Options()).tracks) == 2


def test_six_recordings_of_version_2_are_left_out_though_they_are_there(tmp_path: Path) -> None:
    rows = (*ROWS, ("Alban Berg", "Sonata Op. 1", "test", CHAMBER))
    listing = maestro.tracks(_table(tmp_path, "2.0.0", rows), Options())
    assert listing.dropped == {CHAMBER: "not the piano alone: taken out in version 3.0.0"}
    assert [track.id for track in listing.tracks] == [CZIFFRA, BERG, SCHUBERT], "nor does it push others out"
    assert len(maestro.NOT_PIANO_ALONE) == 6


def test_a_work_in_two_splits_stays_in_the_one_furthest_back(tmp_path: Path) -> None:
    listing = maestro.tracks(_table(tmp_path, "3.0.0", (*ROWS, *CROSSING)), Options())
    assert listing.dropped == {K280.format("06"): "its work is in the split test as well"}
    by_work: dict[str, set[str | None]] = {}
    for track in listing.tracks:
        by_work.setdefault(track.work, set()).add(track.split)
    assert {len(splits) for splits in by_work.values()} == {1}
    assert sum(track.split == "test" for track in listing.tracks) == 3


@pytest.mark.parametrize(("audio", "midi"), [(".flac", ".midi"), (".mp3", ".mid"), (".ogg", ".midi"), (".WAV", ".MID")])
def test_transcoded_files_are_found(tmp_path: Path, audio: str, midi: str) -> None:
    _table(tmp_path, "3.0.0", ROWS)
    (tmp_path / f"{BERG}.wav").rename(tmp_path / f"{BERG}{audio}")
    (tmp_path / f"{BERG}.midi").rename(tmp_path / f"{BERG}{midi}")
    (track,) = (track for track in maestro.tracks(tmp_path, Options()).tracks if track.id == BERG)
    assert (track.audio, track.labels["notes"]) == (tmp_path / f"{BERG}{audio}", tmp_path / f"{BERG}{midi}")


def test_the_file_that_the_table_names_counts_first(tmp_path: Path) -> None:
    _table(tmp_path, "3.0.0", ROWS)
    (tmp_path / f"{BERG}.flac").touch()
    assert maestro.tracks(tmp_path, Options()).tracks[1].audio == tmp_path / f"{BERG}.wav"


def test_what_is_not_on_disk_is_refused_by_name(tmp_path: Path) -> None:
    _table(tmp_path, "3.0.0", ROWS)
    (tmp_path / f"{BERG}.wav").unlink()
    (tmp_path / f"{SCHUBERT}.midi").unlink()
    (tmp_path / f"{CZIFFRA}.wav").unlink()
    (tmp_path / f"{CZIFFRA}.midi").unlink()
    (tmp_path / "2006").rmdir()
    listing = maestro.tracks(tmp_path, Options())
    assert listing.tracks == []
    assert list(listing.refused) == [CZIFFRA, BERG, SCHUBERT]
    assert f"no {BERG}.wav in {tmp_path}" in listing.refused[BERG]
    assert f"no {SCHUBERT}.midi in" in listing.refused[SCHUBERT]
    assert f"no {CZIFFRA}.wav and no {CZIFFRA}.midi in" in listing.refused[CZIFFRA]


def test_a_split_of_another_name_is_refused(tmp_path: Path) -> None:
    listing = maestro.tracks(_table(tmp_path, "3.0.0", (("Alban Berg", "Sonata", "valid", BERG),)), Options())
    assert "'valid' in maestro-v3.0.0.csv" in listing.refused[BERG]


def test_a_root_without_its_table_is_named(tmp_path: Path) -> None:
    for root in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(MirlitonError, match=str(root)):
            maestro.tracks(root, Options())
    with pytest.raises(MirlitonError, match=r"maestro-v2\.0\.0\.csv"):
        maestro.tracks(_table(tmp_path, "3.0.0", ROWS), Options(version="2.0.0"))
    with pytest.raises(MirlitonError, match=r"'1\.0\.0'"):
        maestro.tracks(tmp_path, Options(version="1.0.0"))


def test_a_table_without_its_columns_is_refused(tmp_path: Path) -> None:
    (tmp_path / "maestro-v3.0.0.csv").write_text("canonical_composer,split\nAlban Berg,train\n", encoding="utf-8")
    with pytest.raises(MirlitonError, match="without audio_filename, canonical_title, midi_filename"):
        maestro.tracks(tmp_path, Options())


def test_a_table_that_is_no_utf_8_is_named_with_its_line(tmp_path: Path) -> None:
    path = _table(tmp_path, "3.0.0", ROWS) / "maestro-v3.0.0.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("latin-1"))
    with pytest.raises(MirlitonError, match=r"UTF-8 in maestro-v3\.0\.0\.csv line 3"):
        maestro.tracks(tmp_path, Options())


@pytest.mark.parametrize(
    ("line", "lacking"),
    [
        (f"Alban Berg,Sonata,train,2018,{CHAMBER}.midi,,698.6", "audio_filename"),
        (f"Alban Berg,Sonata,train,2018,,{CHAMBER}.wav,698.6", "midi_filename"),
        ("Alban Berg,Sonata,train,2018", "midi_filename, audio_filename"),
        (f"Alban Berg, ,,2018,{CHAMBER}.midi,{CHAMBER}.wav,698.6", "canonical_title, split"),
    ],
)
def test_a_row_that_lacks_cells_is_refused_by_its_line(tmp_path: Path, line: str, lacking: str) -> None:
    with (_table(tmp_path, "3.0.0", ROWS) / "maestro-v3.0.0.csv").open("a", encoding="utf-8", newline="") as file:
        file.write(f"{line}\r\n\r\n")
    listing = maestro.tracks(tmp_path, Options())
    assert len(listing.tracks) == 3
    assert list(listing.refused) == ["maestro-v3.0.0.csv line 5"]
    assert f"none of {lacking} in maestro-v3.0.0.csv line 5" in listing.refused["maestro-v3.0.0.csv line 5"]


def test_version_3_is_fetched_and_version_2_is_not() -> None:
    assert maestro.downloads(Options()) == maestro.DOWNLOADS
    assert maestro.downloads(Options(version="2.0.0")) == ()
    for remote in maestro.DOWNLOADS:
        check_remote(remote)
