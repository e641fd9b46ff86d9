"""Tables as spreadsheets and data frames write them: separators, encodings, cells without a value, times elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mir_models.errors import MirlitonError, ParameterError
from storage.corpora.listing import Listing
from storage.datasets import table
from storage.datasets._missing_cells import MISSING
from storage.media import audio

ROWS = "audio{0}artist{0}start{0}end\r\nx.ogg{0}Björk{0}{1}{0}\r\ny.ogg{0}Sigur Rós{0}{0}12{2}5\r\n"


def _listing(root: Path, content: str | bytes, *files: str, name: str = "t.csv", **options: Any) -> Listing:
    (root / name).write_bytes(content.encode() if isinstance(content, str) else content)
    for file in files:
        (root / file).touch()
    return table.tracks(root, table.Options(table=name, **options))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize(
    ("name", "separator", "decimal", "first"),
    [
        ("t.csv", ",", ".", ""),
        ("t.csv", ";", ",", ""),
        ("t.csv", ";", ".", ""),
        ("t.csv", ";", ",", "sep=;\r\n"),
        ("t.csv", "|", ",", "sep=|\r\n"),
        ("t.csv", ",", ".", '"sep=,"\r\n'),
        ("t.csv", "\t", ",", ""),
        ("t.txt", "\t", ".", ""),
        ("t.tsv", "\t", ",", "sep=\t\r\n"),
        ("t.tsv", ";", ",", ""),
        ("t.tab", "\t", ".", ""),
    ],
)
def test_tables_of_spreadsheets_are_read_alike(
    tmp_path: Path, name: str, separator: str, decimal: str, first: str, encoding: str
) -> None:
    text = first + ROWS.format(separator, f"1:02{decimal}25", decimal)
    listing = _listing(tmp_path, text.encode(encoding), "x.ogg", "y.ogg", name=name)
    assert listing.refused == {}
    assert [(track.id, track.start, track.end, track.classes["artist"]) for track in listing.tracks] == [
        ("x#62.25-", 62.25, None, "Björk"),
        ("y#0-12.5", 0.0, 12.5, "Sigur Rós"),
    ]


def test_a_decimal_comma_is_refused_where_the_comma_separates(tmp_path: Path) -> None:
    listing = _listing(tmp_path, 'audio,artist,start\nx.ogg,A,"1,250"\n', "x.ogg")
    assert listing.tracks == []
    assert "'1,250' to '' in t.csv line 2" in listing.refused["x#1,250-"]


def test_the_separator_is_the_one_that_the_columns_have_most_of(tmp_path: Path) -> None:
    text = 'audio;"title, long, or not";genre, by others;artist;split\nx.ogg;a, b;R, B;C;test\n'
    (track,) = _listing(tmp_path, text, "x.ogg").tracks
    assert (track.classes, track.split) == ({"artist": "C"}, "test")


def test_lines_are_counted_from_the_separator_line_on(tmp_path: Path) -> None:
    listing = _listing(tmp_path, "sep=;\naudio;genre\nx.ogg;a\nno.ogg;b\n", "x.ogg")
    assert [track.id for track in listing.tracks] == ["x"]
    assert "t.csv line 4" in listing.refused["no"]


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        ("audio,genre\nx,Musik\ny,Für\n".encode("cp1252"), ("UTF-8 in t.csv line 3", "0xfc", "'ü' in Windows-1252")),
        ("audio,genre\nx,y\n".encode("utf-16-le"), ("UTF-8 in t.csv line 1", "UTF-16 without its mark", "utf-16-le")),
        ("audio,genre\nx,y\n".encode("utf-16")[:-1], ("UTF-16 in t.csv line 2", "truncated data")),
        (b"PK\x03\x04 a workbook", ("t.csv, a spreadsheet", "CSV UTF-8")),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 a workbook", ("t.csv, a spreadsheet",)),
    ],
)
def test_another_encoding_is_named_with_its_line_and_the_remedy(
    tmp_path: Path, content: bytes, parts: tuple[str, ...]
) -> None:
    with pytest.raises(MirlitonError) as error:
        _listing(tmp_path, content)
    assert all(part in str(error.value) for part in parts)


def test_a_named_encoding_is_read(tmp_path: Path) -> None:
    listing = _listing(tmp_path, "audio,artist\nx.ogg,Für\n".encode("cp1252"), "x.ogg", encoding="cp1252")
    assert listing.tracks[0].classes == {"artist": "Für"}
    with pytest.raises(MirlitonError, match=r"CP1252 in t\.csv line 2"):
        _listing(tmp_path, b"audio,artist\nx.ogg,F\x81r\n", encoding="cp1252")
    for encoding in ("windows", "base64"):
        with pytest.raises(ParameterError, match=rf"option encoding.*'{encoding}'.*cp1252"):
            table.Options(encoding=encoding)


@pytest.mark.parametrize("name", ["tracks.xlsx", "tracks.ods", "tracks.xls"])
def test_a_spreadsheet_is_named_with_the_remedy(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    for options in (table.Options(), table.Options(table=name)):
        with pytest.raises(MirlitonError, match=rf"{name}.*CSV UTF-8"):
            table.tracks(tmp_path, options)


CELLS = "audio,genre,artist,end,title\nx.ogg,NaN,None,nan,NA\ny.ogg,Rock,NA,,NA\nz.ogg,None of these,Nan,5,\n"


def test_cells_without_a_value_are_empty_counted_and_named(tmp_path: Path) -> None:
    listing = _listing(tmp_path, CELLS, "x.ogg", "y.ogg", "z.ogg")
    assert [(track.id, track.classes) for track in listing.tracks] == [
        ("x", {}),
        ("y", {"genre": "Rock"}),
        ("z#0-5", {"genre": "None of these", "artist": "Nan"}),
    ]
    cells = "4 cells NA, NaN, None, nan in artist, end, genre taken as empty."
    assert listing.notices == (f"{cells} Remedy: where these are names, --option keep_na=true.",)


def test_cells_are_names_on_request(tmp_path: Path) -> None:
    listing = _listing(tmp_path, CELLS.replace("nan,NA", ",NA"), "x.ogg", "y.ogg", "z.ogg", keep_na=True)
    assert [track.classes.get("artist") for track in listing.tracks] == ["None", "NA", "Nan"]
    assert listing.notices == ()


def test_the_cells_that_pandas_takes_for_none_are_empty() -> None:
    parsers = pytest.importorskip("pandas._libs.parsers", reason="pandas is not installed")
    assert parsers.STR_NA_VALUES - {""} <= MISSING


def test_a_column_called_nearly_like_a_field_is_named(tmp_path: Path) -> None:
    listing = _listing(tmp_path, "audio,artist,Genres,title,album_id\nx.ogg,A,B,C,D\n", "x.ogg")
    assert listing.notices == (
        "The column 'Genres' is not used. Remedy: if it is genre, --option columns=genre=Genres.",
    )
    assert _listing(tmp_path, "audio,artist,genres\nx.ogg,A,B\n", columns="genre=genres").notices == ()


def _recordings(root: Path, n: int, seconds: float) -> list[str]:
    names = [f"{number:02}.wav" for number in range(n)]
    for name in names:
        audio.write_wav(root / name, np.full(int(seconds * 8000), 0.1, np.float32), 8000)
    return names


def _times(root: Path, starts: list[float], **options: Any) -> Listing:
    rows = [f"{name},A,{start}" for name, start in zip(_recordings(root, len(starts), 2.0), starts, strict=True)]
    return _listing(root, "\n".join(["audio,artist,start", *rows]), **options)


def test_starts_behind_the_ends_of_most_recordings_are_told_once_as_the_tables(tmp_path: Path) -> None:
    (notice,) = _times(tmp_path, [36.0 + n for n in range(30)] + [1.0] * 10).notices
    assert notice.startswith("15 of 20 parts that were looked at begin behind the end of their recordings, such as ")
    assert "00.wav: start 36 s, the file ends at 2.0 s. Remedy: where 'start' are times of other files" in notice


def test_some_starts_behind_the_end_are_the_files_own(tmp_path: Path) -> None:
    assert _times(tmp_path, [36.0, 1.0, 1.5, 0.0]).notices == ()


def test_a_field_may_be_left_out(tmp_path: Path) -> None:
    listing = _times(tmp_path, [36.0, 40.0], columns="start=")
    assert [(track.id, track.start) for track in listing.tracks] == [("00", 0.0), ("01", 0.0)]
    assert listing.notices == ()


@pytest.mark.parametrize("encoding", ["klingon", "undefined", "idna", "utf8\0", "base64"])
def test_an_encoding_that_is_none_is_refused_as_an_option(encoding: str) -> None:
    with pytest.raises(ParameterError, match="option encoding: an encoding"):
        table.Options(encoding=encoding)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_its_mark_is_named(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(MirlitonError, match=rf"UTF-16 without its mark.*--option encoding={encoding}"):
        _listing(tmp_path, "audio,artist\nx.ogg,Björk\n".encode(encoding))


@pytest.mark.parametrize("row", ["[" * 100_000, '{"audio": ' + "9" * 5000 + "}"])
def test_json_that_python_does_not_read_is_named_with_its_line(tmp_path: Path, row: str) -> None:
    with pytest.raises(MirlitonError, match=r"a JSON object in t\.jsonl line 1"):
        _listing(tmp_path, row, name="t.jsonl")
