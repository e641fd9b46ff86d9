"""artist20: albums that stay together, songs in shares, the owners' lists, and folders as they lie on disk."""

from __future__ import annotations

import errno
import os
from collections import Counter, defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mir_models.errors import MirlitonError
from storage.corpora.listing import TrackFiles
from storage.datasets import artist20

ARTISTS = ("aerosmith", "beatles", "u2")
ALBUMS = tuple(f"Album_{number}" for number in range(1, 7))
IDS = [f"{artist}/{album}/{n:02d}-Song_{n}" for artist in ARTISTS for album in ALBUMS for n in range(1, 11)]


def corpus(root: Path, ids: list[str] = IDS, *, below: str = "mp3s-32k", suffix: str = ".mp3") -> Path:
    for id in ids:
        path = root / below / f"{id}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


def lists(folder: Path, parts: dict[str, list[str]]) -> None:
    folder.mkdir(parents=True)
    for split, name in artist20.LISTS.items():
        end = {"train": "\n", "validation": ".mp3\r\n", "test": " \n"}[split]
        (folder / name).write_text("".join(f"{id}{end}" for id in parts[split]) + "\n")


def deny(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Let a folder be one that cannot be listed."""

    def guarded(path: str, list_it: Callable[[str], Any]) -> Any:
        if str(path) == str(folder):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return list_it(path)

    for name in ("scandir", "listdir"):
        monkeypatch.setattr(os, name, partial(guarded, list_it=getattr(os, name)))


def albums(tracks: list[TrackFiles]) -> dict[str, set[str]]:
    """The splits in which each album occurs."""
    found = defaultdict(set)
    for track in tracks:
        found[track.id.rpartition("/")[0]].add(track.split)
    return found


def test_a_track_has_its_artist_and_album(tmp_path: Path) -> None:
    listing = artist20.tracks(corpus(tmp_path), artist20.Options())
    assert [track.id for track in listing.tracks] == IDS
    assert listing.tracks[0].classes == {"artist": "aerosmith", "album": "Album_1"}
    assert listing.tracks[0].audio == tmp_path / "mp3s-32k" / f"{IDS[0]}.mp3"
    assert listing.promises.kinds == ("artist", "album")
    assert (listing.dropped, listing.refused) == ({}, {})


@given(st.integers())
def test_of_six_albums_of_each_artist_four_train_one_validates_and_one_tests(seed: int) -> None:
    parts = artist20._by_album(IDS, seed)
    assert set(parts) == set(IDS)
    for artist in ARTISTS:
        of_albums = {album: {parts[f"{artist}/{album}/{n:02d}-Song_{n}"] for n in range(1, 11)} for album in ALBUMS}
        assert all(len(each) == 1 for each in of_albums.values())
        assert Counter(each for found in of_albums.values() for each in found) == {
            "train": 4, "validation": 1, "test": 1,
        }  # fmt: skip


@given(st.integers(), st.lists(st.integers(1, 300), min_size=1, max_size=4))
def test_songs_are_split_in_shares_of_each_artist(seed: int, counts: list[int]) -> None:
    ids = [f"artist {a}/album/{n}" for a, count in enumerate(counts) for n in range(count)]
    parts = artist20._by_song(ids, seed)
    assert set(parts) == set(ids)
    for a, count in enumerate(counts):
        got = Counter(parts[f"artist {a}/album/{n}"] for n in range(count))
        assert abs(got["test"] - 0.1 * count) <= 0.5
        assert abs(got["validation"] - 0.1 * (count - got["test"])) <= 0.5


def test_the_choice_is_the_seeds_and_not_the_disks() -> None:
    forth = [artist20._by_album(IDS, seed) for seed in range(5)]
    assert forth[0] == artist20._by_album(IDS[::-1], 0)
    assert artist20._by_song(IDS, 0) == artist20._by_song(IDS[::-1], 0)
    assert len({tuple(sorted(each.items())) for each in forth}) == 5


def test_another_artist_leaves_the_others_where_they_are() -> None:
    assert (
        artist20._by_album(IDS, 0).items()
        <= artist20._by_album([*IDS, "queen/A/1", "queen/B/1", "queen/C/1"], 0).items()
    )


def test_songs_of_one_album_may_part(tmp_path: Path) -> None:
    tracks = artist20.tracks(corpus(tmp_path), artist20.Options("song")).tracks
    assert any(len(each) > 1 for each in albums(tracks).values())
    assert all(len(each) == 1 for each in albums(artist20.tracks(tmp_path, artist20.Options()).tracks).values())


@pytest.mark.parametrize("root", ["", "artist20", "artist20/mp3s-32k"])
def test_the_root_may_lie_above_and_the_owners_lists_are_found(tmp_path: Path, root: str) -> None:
    corpus(tmp_path, below="artist20/mp3s-32k")
    lists(
        tmp_path / "artist20" / "lists",
        {"train": IDS[:20], "validation": IDS[20:30], "test": [*IDS[30:40], "u2/X/01-Y"]},
    )
    listing = artist20.tracks(tmp_path / root, artist20.Options("canonical"))
    assert Counter(track.split for track in listing.tracks) == {"train": 20, "validation": 10, "test": 10}
    assert set(listing.dropped) == set(IDS[40:])
    assert "01-Y.mp3" in listing.refused["u2/X/01-Y"]


def test_canonical_needs_the_lists(tmp_path: Path) -> None:
    with pytest.raises(MirlitonError, match=r"a20-trn-tracks\.list"):
        artist20.tracks(corpus(tmp_path), artist20.Options("canonical"))


def test_a_list_that_is_no_utf_8_is_named_with_its_line(tmp_path: Path) -> None:
    corpus(tmp_path)
    lists(tmp_path / "lists", {"train": IDS[:3], "validation": IDS[3:4], "test": IDS[4:5]})
    with (tmp_path / "lists" / artist20.LISTS["test"]).open("ab") as file:
        file.write("beyoncé/A/01-x\n".encode("latin-1"))
    with pytest.raises(MirlitonError, match=r"UTF-8 in a20-tst-tracks\.list line 3"):
        artist20.tracks(tmp_path, artist20.Options("canonical"))


def test_lists_with_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    corpus(tmp_path)
    lists(tmp_path / "lists", {"train": IDS[:3], "validation": IDS[3:4], "test": IDS[4:5]})
    path = tmp_path / "lists" / artist20.LISTS["test"]
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert artist20.tracks(tmp_path, artist20.Options("canonical")).refused == {}


def test_an_album_that_cannot_be_listed_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deny(monkeypatch, corpus(tmp_path) / "mp3s-32k/beatles/Album_2")
    with pytest.raises(MirlitonError, match=r"folders below .* that can be listed.*Album_2"):
        artist20.tracks(tmp_path, artist20.Options())


def test_an_artist_with_two_albums_cannot_be_split_by_album(tmp_path: Path) -> None:
    few = ["prince/A/01-x", "prince/B/01-x"]
    corpus(tmp_path, [*IDS, *few])
    listing = artist20.tracks(tmp_path, artist20.Options())
    assert list(listing.refused) == few
    assert not artist20.tracks(tmp_path, artist20.Options("song")).refused


def test_names_as_they_lie_on_disk(tmp_path: Path) -> None:
    ids = ["beyonce\u0301/A b/01-\u00e9tude, no. 1", *IDS]
    corpus(tmp_path, ids, suffix=".MP3")
    for name in ("beatles/Album_1/._01-Song_1.mp3", "beatles/Album_1/cover.jpg", "beatles/Album_1/01-Song_1.wav",
                 "__MACOSX/beatles/Album_1/01-Song_1.mp3", "beatles/loose.mp3", "desktop.ini"):  # fmt: skip
        path = tmp_path / "mp3s-32k" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    tracks = artist20.tracks(tmp_path, artist20.Options("song")).tracks
    assert {track.id for track in tracks} == {"beyonc\u00e9/A b/01-\u00e9tude, no. 1", *IDS}


def test_an_empty_root_and_an_unknown_split_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MirlitonError, match=r"<artist>/<album>"):
        artist20.tracks(tmp_path, artist20.Options())
    with pytest.raises(MirlitonError, match="canonical"):
        artist20.tracks(corpus(tmp_path), artist20.Options("fold"))
