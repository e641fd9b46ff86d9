"""A user's own table: what its columns mean, in every format, and the errors of rows that cannot be used."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mir_models.errors import MirlitonError
from storage.corpora.listing import Listing, Promises, TrackFiles
from storage.corpora.splits import Assignment, assign_splits
from storage.datasets import _manifests, table

HEADER = "audio,genre"


def _write(root: Path, text: str, *files: str, name: str = "tracks.csv") -> Path:
    (root / name).write_bytes(text.encode())
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).touch()
    return root


def _listing(root: Path, text: str, *files: str, name: str = "tracks.csv", **options: Any) -> Listing:
    return table.tracks(_write(root, text, *files, name=name), table.Options(**options))


def test_a_row_is_a_track(tmp_path: Path) -> None:
    text = (
        "audio,midi,genre,artist,album,composer,instrument,work,split,title\n"
        "a/x.ogg,m/x.mid, Rock ,A,B,C,D,W,Dev,not asked for\n"
    )
    listing = _listing(tmp_path, text, "a/x.ogg", "m/x.mid")
    classes = {"genre": "Rock", "artist": "A", "album": "B", "composer": "C", "instrument": "D"}
    labels = {"notes": tmp_path / "m/x.mid"}
    assert listing.tracks == [TrackFiles("a/x", tmp_path / "a/x.ogg", "W", labels, "validation", classes)]
    assert listing.promises == Promises(table.KINDS, official_splits=True)
    assert (listing.dropped, listing.refused) == ({}, {})


def test_the_table_of_the_game_music_corpus_needs_no_option(tmp_path: Path) -> None:
    text = (
        "audio,artist,album,title,seconds,licence\n"
        "audio/Max_McCracken/Enemy_Unknown.ogg,Max McCracken,singularity,Enemy Unknown,45.0,CC-BY-SA-3.0\n"
        "audio/Tyler_Johnson/sad.ogg,Tyler Johnson,wesnoth-1.16,Sad,44.4,GPL-2+ (package copyright file)\n"
    )
    listing = _listing(tmp_path, text, "audio/Max_McCracken/Enemy_Unknown.ogg", "audio/Tyler_Johnson/sad.ogg")
    assert listing.promises == Promises(("artist", "album"))
    assert [track.id for track in listing.tracks] == ["audio/Max_McCracken/Enemy_Unknown", "audio/Tyler_Johnson/sad"]
    assert listing.tracks[1].work == "audio/Tyler_Johnson/sad"
    assert listing.tracks[1].classes == {"artist": "Tyler Johnson", "album": "wesnoth-1.16"}


ROWS = [
    {"audio": "ü/x, y.ogg", "genre": 'the "Blues"', "start": "1.5"},
    {"audio": "z.wav", "genre": "Rock", "start": ""},
]


def _csv(separator: str, end: str) -> bytes:
    cells = [list(ROWS[0]), *(list(row.values()) for row in ROWS)]
    quoted = [[f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row] for row in cells]
    return end.join(separator.join(row) for row in quoted).encode() + end.encode()


def _jsonl() -> bytes:
    rows = [ROWS[0] | {"start": 1.5, "tags": ["not", "asked"]}, {"audio": "z.wav", "genre": "Rock", "start": None}]
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()


def _parquet() -> bytes:
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    from pyarrow import parquet

    sink = pyarrow.BufferOutputStream()
    rows = [{**row, "start": float(row["start"] or "nan"), "tags": ["not", "asked"]} for row in ROWS]
    parquet.write_table(pyarrow.Table.from_pylist(rows), sink)
    return sink.getvalue().to_pybytes()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", lambda: _csv(",", "\n")),
        ("t.csv", lambda: b"\xef\xbb\xbf" + _csv(",", "\r\n")),
        ("t.CSV", lambda: _csv(",", "\r")),
        ("t.csv", lambda: _csv(",", "\n\n") + b",,\n"),
        ("t.csv", lambda: _csv(";", "\r\n").replace(b'"', b"").replace(b"the Blues", b'"the ""Blues"""')),
        ("t.tsv", lambda: _csv("\t", "\n")),
        ("t.jsonl", _jsonl),
        ("t.jsonl", lambda: b"\xef\xbb\xbf" + _jsonl().replace(b"\n", b"\r\n\r\n") + b"\r\n"),
        ("t.parquet", _parquet),
    ],
)
def test_every_format_gives_the_same(tmp_path: Path, name: str, content: Any) -> None:
    _write(tmp_path, "", "ü/x, y.ogg", "z.wav", name=name)
    (tmp_path / name).write_bytes(content())
    assert table.tracks(tmp_path, table.Options()).tracks == [
        TrackFiles("z", tmp_path / "z.wav", "z", classes={"genre": "Rock"}),
        TrackFiles(
            "ü/x, y#1.5-", tmp_path / "ü/x, y.ogg", "ü/x, y", classes={"genre": 'the "Blues"'}, start=1.5, end=None
        ),
    ]


def test_columns_may_have_other_names(tmp_path: Path) -> None:
    text = "path,performer name,top genre,genre,Album\nx.ogg,A,Rock,no,B\n"
    listing = _listing(tmp_path, text, "x.ogg", columns="audio=path, artist=performer name,genre=Top Genre")
    assert listing.tracks[0].classes == {"genre": "Rock", "artist": "A", "album": "B"}


@pytest.mark.parametrize("columns", ["title=x", "genre", "audio=", "=x", "genre=a,genre=b", "genre=a,"])
def test_a_mapping_without_a_meaning_is_refused_when_it_is_given(columns: str) -> None:
    with pytest.raises(MirlitonError, match=r"field=column.*audio, midi, genre") as error:
        table.Options(columns=columns)
    assert repr(columns) in str(error.value)


@pytest.mark.parametrize(
    ("text", "columns", "part"),
    [
        ("path,genre\nx,y\n", "", "a column 'audio' for audio.*Received: columns path, genre"),
        ("audio,style\nx,y\n", "genre=kind", "a column 'kind' for genre.*Received: columns audio, style"),
        ("audio,style\nx,y\n", "", r"a column with labels \(midi, genre.*Received: columns audio, style"),
        ("audio,genre,genre\nx,y,z\n", "", "Received: genre more than once"),
        ("", "", "Received: columns none"),
        ("audio,genre\n", "", "rows in .*tracks.csv. Received: none"),
    ],
)
def test_a_table_without_its_columns_or_rows_is_an_error(tmp_path: Path, text: str, columns: str, part: str) -> None:
    with pytest.raises(MirlitonError, match=part) as error:
        _listing(tmp_path, text, columns=columns)
    assert "tracks.csv" in str(error.value)


@pytest.mark.parametrize(
    ("name", "content", "part"),
    [
        ("t.csv", b"audio,genre\nx.ogg,Rock\ny.ogg,R, B\n", "t.csv line 3. Received: 3 cells for 2 columns"),
        ("t.csv", b'audio,genre\n"x\n.ogg",Rock\ny,"Ro"ck\n', "t.csv line 4"),
        ("t.csv", b'audio,genre\nx,y\n"x.ogg,Rock\ny,z\n', "t.csv line 3. Received: unexpected end of data"),
        ("t.csv", "audio,genre\nx,Musik\ny,Für\n".encode("latin-1"), "UTF-8 in t.csv line 3"),
        ("t.jsonl", b'{"audio": "x", "genre": "y"}\n\n{"audio": \n', "t.jsonl line 3"),
        ("t.jsonl", b'["x", "y"]\n', "t.jsonl line 1. Received: a list"),
        ("t.parquet", b"PAR1 no more", "a Parquet file in t.parquet"),
    ],
)
def test_a_file_that_is_not_in_order_is_an_error_with_its_line(
    tmp_path: Path, name: str, content: bytes, part: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(MirlitonError, match=part):
        table.tracks(tmp_path, table.Options())


def test_the_only_table_is_found_and_of_several_none_is_guessed(tmp_path: Path) -> None:
    _write(tmp_path, "audio,genre\nx.ogg,Rock\n", "x.ogg", "notes.txt", "._tracks.csv", "sub/other.csv")
    assert len(table.tracks(tmp_path, table.Options()).tracks) == 1
    _write(tmp_path, "{}", name="other.JSONL")
    with pytest.raises(MirlitonError, match=r"Received: other\.JSONL, tracks\.csv.*--option table="):
        table.tracks(tmp_path, table.Options())
    assert len(table.tracks(tmp_path, table.Options(table="tracks.csv")).tracks) == 1
    assert len(table.tracks(tmp_path, table.Options(table=str(tmp_path / "tracks.csv"))).tracks) == 1


@pytest.mark.parametrize(("name", "part"), [("", "Received: none"), ("x.csv", "x.csv"), ("x.doc", r"\.tsv.*x\.doc")])
def test_a_table_that_is_not_there_is_an_error_by_name(tmp_path: Path, name: str, part: str) -> None:
    with pytest.raises(MirlitonError, match=f"(?s){part}") as error:
        table.tracks(tmp_path, table.Options(table=name))
    assert str(tmp_path) in str(error.value)


def test_a_root_that_is_not_there_is_an_error_by_name(tmp_path: Path) -> None:
    with pytest.raises(MirlitonError, match="not here"):
        table.tracks(tmp_path / "not here", table.Options())


def test_an_empty_cell_keeps_the_promise_unless_it_is_partial(tmp_path: Path) -> None:
    text = "audio,midi,genre,artist\nx.ogg,x.mid,Rock,A\ny.ogg,, ,B\n"
    listing = _listing(tmp_path, text, "x.ogg", "x.mid", "y.ogg")
    assert listing.promises.kinds == ("notes", "genre", "artist")
    assert [track.has("genre") and track.has("notes") for track in listing.tracks] == [True, False]
    partial = table.tracks(tmp_path, table.Options(partial=True))
    assert (partial.promises.kinds, partial.tracks) == (("artist",), listing.tracks)


@pytest.mark.parametrize(
    ("word", "split"),
    [
        *((word, "train") for word in ("train", "Training")),
        *((word, "validation") for word in ("validation", "VALID", "val", " dev ")),
        *((word, "test") for word in ("Test", "testing", "eval")),
    ],
)
def test_words_for_splits(tmp_path: Path, word: str, split: str) -> None:
    listing = _listing(tmp_path, f"audio,genre,split\nx.ogg,Rock,{word}\n", "x.ogg")
    assert [track.split for track in listing.tracks] == [split]


def test_an_empty_cell_is_no_split_and_is_refused_only_where_splits_are_the_corpus_own(tmp_path: Path) -> None:
    text = "audio,artist,split\nx.ogg,A, \ny.ogg,B,test\n"
    listing = _listing(tmp_path, text, "x.ogg", "y.ogg")
    assert (listing.refused, listing.promises.official_splits) == ({}, True)
    assert [track.split for track in listing.tracks] == [None, "test"]
    official = assign_splits(listing.tracks, Assignment("official", 0))
    assert (official.splits, list(official.refused)) == ({"y": "test"}, ["x"])
    assert assign_splits(listing.tracks, Assignment("artist", 0)).refused == {}


@pytest.mark.parametrize("word", ["fold1", "tests"])
def test_a_row_with_another_word_for_its_split_is_refused_with_its_line(tmp_path: Path, word: str) -> None:
    listing = _listing(tmp_path, f"audio,genre,split\nx.ogg,Rock,{word}\ny.ogg,Rock,test\n", "x.ogg", "y.ogg")
    assert [track.id for track in listing.tracks] == ["y"]
    assert all(part in listing.refused["x"] for part in (repr(word), "tracks.csv line 2", "training"))


def test_parts_of_a_recording_are_tracks_of_one_work(tmp_path: Path) -> None:
    text = "audio,genre,start,end\nx.ogg,a,0,30\nx.ogg,b,30,1:00.5\nx.ogg,c,1:00.5,\nx.ogg,d,,\n"
    listing = _listing(tmp_path, text, "x.ogg")
    assert {track.id: (track.start, track.end) for track in listing.tracks} == {
        "x": (0.0, None),
        "x#0-30": (0.0, 30.0),
        "x#30-60.5": (30.0, 60.5),
        "x#60.5-": (60.5, None),
    }
    assert {track.work for track in listing.tracks} == {"x"}


@pytest.mark.parametrize(
    ("start", "end"),
    [("5", "5"), ("6", "5"), ("-1", "5"), ("a", "5"), ("0", "inf"), ("0", "1e999"), ("1:75", ""), ("0", "0:61:00")],
)
def test_a_part_that_is_none_is_refused_with_its_line(tmp_path: Path, start: str, end: str) -> None:
    listing = _listing(tmp_path, f"audio,genre,start,end\nx.ogg,a,{start},{end}\n", "x.ogg")
    ((_, reason),) = listing.refused.items()
    assert all(part in reason for part in (repr(start), repr(end), "tracks.csv line 2", "0 <= start < end"))
    assert listing.tracks == []


@given(st.integers(0, 10**6))
def test_times_read_alike_however_written(milliseconds: int) -> None:
    seconds, rest = divmod(milliseconds, 1000)
    plain = f"{seconds}.{rest:03}"
    minutes = f"{seconds // 60}:{seconds % 60:02}.{rest:03}"
    hours = f"{seconds // 3600}:{seconds % 3600 // 60:02}:{seconds % 60:02}.{rest:03}"
    assert table.parse_seconds(plain) == pytest.approx(milliseconds / 1000, abs=1e-9)
    assert table.canonical(plain) == table.canonical(minutes) == table.canonical(hours)
    assert float(table.canonical(plain)) == pytest.approx(milliseconds / 1000, abs=1e-9)


def test_rows_with_one_id_are_all_refused_with_their_lines(tmp_path: Path) -> None:
    text = "audio,genre,start\nx.ogg,a,60\ny.ogg,a,\nx.ogg,b,1:00\nx.mp3,a,1:00.0\n"
    listing = _listing(tmp_path, text, "x.ogg", "x.mp3", "y.ogg")
    assert [track.id for track in listing.tracks] == ["y"]
    lines = "tracks.csv line 2 and tracks.csv line 4 and tracks.csv line 5"
    assert lines in listing.refused["x#60-"]


def test_ids_of_the_table_keep_apart_what_has_one_name(tmp_path: Path) -> None:
    text = f"id,audio,genre\n7,x.ogg,a\n{unicodedata.normalize('NFD', 'ü')},x.mp3,a\n,y.ogg,a\n7 ,y.ogg,b\n"
    listing = _listing(tmp_path, text, "x.ogg", "x.mp3", "y.ogg")
    assert [(track.id, track.work) for track in listing.tracks] == [("y", "y"), ("ü", "x")]
    assert "line 2 and tracks.csv line 5" in listing.refused["7"]


def test_a_row_that_names_no_recording_is_refused_by_its_line(tmp_path: Path) -> None:
    listing = _listing(tmp_path, "audio,genre\n,Rock\nx.ogg,Rock\n", "x.ogg")
    assert "a path in column 'audio'" in listing.refused["tracks.csv line 2"]


def test_files_that_are_not_on_disk_are_named_with_their_line(tmp_path: Path) -> None:
    listing = _listing(tmp_path, "audio,midi\nx.ogg,no.mid\nno/y.ogg,x.mid\n", "x.ogg", "x.mid")
    assert all(part in listing.refused["x"] for part in ("no.mid", "tracks.csv line 2"))
    assert all(part in listing.refused["no/y"] for part in ("no/y.ogg", "tracks.csv line 3", str(tmp_path)))


def test_values_that_are_no_text_are_refused_with_their_line(tmp_path: Path) -> None:
    rows = [
        {"audio": "x.ogg", "genre": ["Rock", "Pop"]},
        {"audio": "\ud800.ogg", "genre": "a"},
        {"audio": "a\0/x", "genre": "a"},
    ]
    listing = _listing(tmp_path, "\n".join(map(json.dumps, rows)), "x.ogg", name="t.jsonl")
    assert listing.tracks == []
    assert all(part in listing.refused["x"] for part in ("'genre'", "a list in t.jsonl line 1"))
    assert "'\\ud800.ogg' in t.jsonl line 2" in listing.refused["t.jsonl line 2"]
    assert len(listing.refused) == 3


def test_paths_as_windows_and_people_write_them(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    rows = [r"a\x.ogg", "./a//y.ogg", f"{root}/z.ogg", "../out/o.ogg", f"{tmp_path}/out/p.ogg"]
    text = "audio,genre\n" + "".join(f"{row},g\n" for row in rows)
    listing = _listing(root, text, "a/x.ogg", "a/y.ogg", "z.ogg", "../out/o.ogg", "../out/p.ogg")
    assert listing.refused == {}
    absolute = f"{tmp_path}/out/p".lstrip("/")
    assert {track.id for track in listing.tracks} == {"a/x", "a/y", "z", "../out/o", absolute}
    assert all(track.audio.is_file() for track in listing.tracks)


@pytest.mark.parametrize(("in_table", "on_disk"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_names_are_found_in_either_unicode_form(tmp_path: Path, in_table: str, on_disk: str) -> None:
    name = "Für/Élise ピアノ.ogg"
    text = f"{HEADER}\n{unicodedata.normalize(in_table, name)},g\n"
    (track,) = _listing(tmp_path, text, unicodedata.normalize(on_disk, name)).tracks
    assert track.id == track.work == unicodedata.normalize("NFC", "Für/Élise ピアノ")
    assert track.audio.is_file()


def test_options_of_the_labels_and_the_licence(tmp_path: Path) -> None:
    options: dict[str, Any] = {"labels_exact": True, "pedal": "applied", "licence": "CC0"}
    listing = _listing(tmp_path, "audio,midi\nx.ogg,x.mid\n", "x.ogg", "x.mid", **options)
    assert listing.promises == Promises(("notes",), labels_exact=True, pedal="applied")
    assert table.licence(table.Options(**options)) == "CC0"
    assert table.licence(table.Options()) == table.LICENCE
    with pytest.raises(MirlitonError, match="separate"):
        table.Options(pedal="down")


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8")), min_size=2, max_size=2)))
def test_cells_come_back_as_written(tmp_path_factory: pytest.TempPathFactory, cells: list[list[str]]) -> None:
    path = tmp_path_factory.getbasetemp() / "cells.csv"
    quoted = ('"{}","{}"\r\n'.format(*(cell.replace('"', '""') for cell in row)) for row in cells)
    path.write_bytes(("a,b\r\n" + "".join(quoted)).encode())
    read = [[row.text("a"), row.text("b")] for row in _manifests.read(path).rows]
    assert read == [stripped for row in cells if any(stripped := [cell.strip() for cell in row])]
