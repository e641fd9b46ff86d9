"""FMA: the real table's three header rows and texts over several lines, nested sizes, and the clips known as faulty."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from mir_models.errors import MirlitonError
from storage.datasets import fma
from storage.downloads.download import check_remote

COLUMNS = {
    "album": "comments date_created date_released engineer favorites id information listens producer tags title tracks "
    "type",
    "artist": "active_year_begin active_year_end associated_labels bio comments date_created favorites id latitude "
    "location longitude members name related_projects tags website wikipedia_page",
    "set": "split subset",
    "track": "bit_rate comments composer date_created date_recorded duration favorites genre_top genres genres_all "
    "information interest language_code license listens lyricist number publisher tags title",
}
HEADER = [(about, name) for about, names in COLUMNS.items() for name in names.split()]
BIO = 'A "band", they say,\r\nof two.\n\n' + "x" * 200_000


def row(number: int, subset: str = "small", **given: str) -> list[str]:
    """A row of the table; a keyword is ``<about>_<name>``."""
    cells = {
        "set_subset": subset, "set_split": "training", "track_genre_top": "Hip-Hop", "artist_id": "1",
        "artist_name": "AWOL", "album_id": "1", "album_title": "AWOL - A Way Of Life", "track_title": "Food",
    } | given  # fmt: skip
    return [str(number), *(cells.get(f"{about}_{name}", "") for about, name in HEADER)]


def corpus(root: Path, rows: list[list[str]], *, size: str = "small", without: tuple[int, ...] = ()) -> Path:
    (root / "fma_metadata").mkdir(parents=True, exist_ok=True)
    with (root / "fma_metadata" / "tracks.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["", *(about for about, _ in HEADER)])
        table.writerow(["", *(name for _, name in HEADER)])
        table.writerow(["track_id", *[""] * len(HEADER)])
        table.writerows(rows)
    for number in {int(each[0]) for each in rows} - set(without):
        put(root / f"fma_{size}" / f"{number // 1000:03d}" / f"{number:06d}.mp3")
    return root


def put(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


def test_rows_become_tracks_with_padded_ids_classes_and_official_splits(tmp_path: Path) -> None:
    rows = [
        row(10, set_split="test"),
        row(2, artist_bio=BIO, track_information="one, two\n3,4"),
        row(5, set_split="validation", artist_name="Sigur\u00a0 R\u00f3s\n", artist_id="7", track_genre_top="Rock"),
    ]
    listing = fma.tracks(corpus(tmp_path, rows), fma.Options())
    assert [track.id for track in listing.tracks] == ["000002", "000005", "000010"]
    assert [track.split for track in listing.tracks] == ["train", "validation", "test"]
    first, second, _ = listing.tracks
    assert first.audio == tmp_path / "fma_small" / "000" / "000002.mp3"
    assert first.classes == {"genre": "Hip-Hop", "artist": "AWOL (1)", "album": "AWOL - A Way Of Life (1)"}
    assert second.classes["artist"] == "Sigur R\u00f3s (7)"
    assert (listing.dropped, listing.refused) == ({}, {})
    assert listing.promises.official_splits
    assert listing.promises.kinds == ("genre", "artist", "album")


def test_artists_who_share_a_name_stay_apart(tmp_path: Path) -> None:
    rows = [row(2), row(3, artist_id="9")]
    found = fma.tracks(corpus(tmp_path, rows), fma.Options()).tracks
    assert [track.classes["artist"] for track in found] == ["AWOL (1)", "AWOL (9)"]


def test_a_size_holds_the_smaller_ones(tmp_path: Path) -> None:
    rows = [row(2, "small"), row(3, "medium"), row(5, "large", track_genre_top="", album_title="", album_id="-1")]
    corpus(tmp_path, rows, size="large")
    ids = {size: [track.id for track in fma.tracks(tmp_path, fma.Options(size)).tracks] for size in fma.SIZES}
    assert ids == {"small": ["000002"], "medium": ["000002", "000003"], "large": ["000002", "000003", "000005"]}


def test_large_promises_no_genre_since_some_tracks_have_none(tmp_path: Path) -> None:
    rows = [row(5, "large", track_genre_top="", album_title="", album_id="-1")]
    listing = fma.tracks(corpus(tmp_path, rows, size="large"), fma.Options("large"))
    assert listing.promises.kinds == ("artist",)
    assert listing.tracks[0].classes == {"artist": "AWOL (1)"}


def test_clips_known_as_faulty_are_refused_under_their_ids(tmp_path: Path) -> None:
    rows = [row(2), row(98565), row(133297)]
    listing = fma.tracks(corpus(tmp_path, rows, without=(133297,)), fma.Options())
    assert [track.id for track in listing.tracks] == ["000002"]
    assert set(listing.refused) == {"098565", "133297"}
    assert "less" in listing.refused["098565"]
    assert "issue 8" in listing.refused["133297"]


def test_the_faulty_clips_of_small_are_the_six_of_issue_8_and_all_are_21() -> None:
    assert not fma.WITHOUT_AUDIO & fma.SHORT
    assert len(fma.WITHOUT_AUDIO | fma.SHORT) == 21
    assert {98565, 98567, 98569, 99134, 108925, 133297} <= fma.WITHOUT_AUDIO | fma.SHORT


def test_a_clip_that_is_not_on_disk_is_refused_by_name(tmp_path: Path) -> None:
    listing = fma.tracks(corpus(tmp_path, [row(2), row(141)], without=(141,)), fma.Options())
    assert "000141.mp3" in listing.refused["000141"]
    assert [track.id for track in listing.tracks] == ["000002"]


def test_what_archives_leave_behind_is_no_clip(tmp_path: Path) -> None:
    corpus(tmp_path, [row(2), row(3)], without=(2,))
    for name in ("000/._000002.mp3", "000/desktop.ini", "README.txt", "checksums", "__MACOSX/000/000002.mp3"):
        put(tmp_path / "fma_small" / name)
    put(tmp_path / "fma_small" / "000" / "000002.MP3")
    paths = [track.audio.name for track in fma.tracks(tmp_path, fma.Options()).tracks]
    assert paths == ["000002.MP3", "000003.mp3"]


def test_csv_keeps_its_own_limit_for_others(tmp_path: Path) -> None:
    csv.field_size_limit(131_072)  # Its default.
    fma.tracks(corpus(tmp_path, [row(2, artist_bio=BIO)]), fma.Options())
    assert csv.field_size_limit() == 131_072


@pytest.mark.parametrize("damage", ["header", "cut", "blank", "latin", "empty", "twice"])
def test_a_damaged_table_is_named(tmp_path: Path, damage: str) -> None:
    table = corpus(tmp_path, [row(2), row(3, artist_bio="caf\u00e9")]) / "fma_metadata" / "tracks.csv"
    text = table.read_bytes()
    table.write_bytes(
        {
            "header": text.replace(b"genre_top", b"genre_bottom"),
            "cut": text[:-80],
            "blank": text + b"\n",
            "latin": text.replace("\u00e9".encode(), b"\xe9"),
            "empty": b"",
            "twice": text + text.splitlines(keepends=True)[-1],
        }[damage]
    )
    with pytest.raises(MirlitonError, match=r"tracks\.csv"):
        fma.tracks(tmp_path, fma.Options())


def test_a_root_without_metadata_or_clips_and_an_unknown_size_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MirlitonError, match="fma_metadata"):
        fma.tracks(tmp_path, fma.Options())
    corpus(tmp_path, [row(2)], size="small")
    with pytest.raises(MirlitonError, match="fma_medium"):
        fma.tracks(tmp_path, fma.Options("medium"))
    with pytest.raises(MirlitonError, match="huge"):
        fma.tracks(tmp_path, fma.Options("huge"))
    with pytest.raises(MirlitonError, match="huge"):
        fma.downloads(fma.Options("huge"))


def test_each_size_comes_with_the_metadata(tmp_path: Path) -> None:
    names = {size: [remote.name for remote in fma.downloads(fma.Options(size))] for size in fma.SIZES}
    assert names == {size: ["fma_metadata.zip", f"fma_{size}.zip"] for size in fma.SIZES}
    for size in fma.SIZES:
        for remote in fma.downloads(fma.Options(size)):
            check_remote(remote)
