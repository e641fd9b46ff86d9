"""GTZAN: the true fault-filtered lists, the layouts in circulation, and the one file that is broken in one of them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from mir_models.errors import MirlitonError
from storage.datasets import gtzan
from storage.datasets._gtzan_fault_filtered import GENRES, splits
from storage.downloads.download import check_remote


def corpus(
    root: Path,
    genres: tuple[str, ...] = GENRES,
    *,
    below: str = "genres",
    suffix: str = ".wav",
    head: bytes = b"RIFF\0\0\0\0WAVE",
) -> Path:
    for genre in genres:
        folder = root / below / genre
        folder.mkdir(parents=True)
        for number in range(100):
            (folder / f"{genre}.{number:05d}{suffix}").touch()
    if "jazz" in genres:
        (root / below / "jazz" / f"jazz.00054{suffix}").write_bytes(head)
    return root


def test_the_lists_have_the_published_lengths_and_share_nothing() -> None:
    assert Counter(splits().values()) == {"train": 443, "validation": 197, "test": 290}
    assert len(splits()) == 930
    assert set(splits()) <= set(gtzan.EXCERPTS)


@pytest.mark.parametrize(
    ("id", "split"),
    [
        ("blues.00012", "test"), ("blues.00029", "train"), ("blues.00000", "validation"), ("rock.00099", "train"),
        ("hiphop.00027", "test"), ("hiphop.00001", None), ("jazz.00054", "train"), ("reggae.00005", None),
        ("pop.00010", "validation"), ("rock.00038", "validation"), ("metal.00058", None), ("disco.00099", "test"),
    ],
)  # fmt: skip
def test_excerpts_lie_where_torchaudio_has_them(id: str, split: str | None) -> None:
    assert splits().get(id) == split


def test_the_default_takes_930_and_drops_70_with_the_reason(tmp_path: Path) -> None:
    listing = gtzan.tracks(corpus(tmp_path), gtzan.Options())
    assert [track.id for track in listing.tracks] == sorted(splits())
    assert {track.id: track.split for track in listing.tracks} == splits()
    assert {track.classes["genre"] for track in listing.tracks} == set(GENRES)
    assert len(listing.dropped) == 70
    assert "Kereliuk" in listing.dropped["hiphop.00001"]
    assert listing.promises.official_splits
    assert not listing.refused


def test_full_takes_all_and_names_no_split(tmp_path: Path) -> None:
    listing = gtzan.tracks(corpus(tmp_path), gtzan.Options("full"))
    assert [track.id for track in listing.tracks] == list(gtzan.EXCERPTS)
    assert {track.split for track in listing.tracks} == {None}
    assert not listing.promises.official_splits
    assert (listing.dropped, listing.refused) == ({}, {})


@pytest.mark.parametrize("below", ["", "genres", "genres_original", "gtzan_genre/genres", "Data/genres_original"])
def test_the_root_may_lie_above_the_genres(tmp_path: Path, below: str) -> None:
    root = corpus(tmp_path, ("blues",), below=below)
    (root / below / "bextract_single.mf").touch()
    (root / below / "blues" / "._blues.00000.wav").touch()
    (root / below / "blues" / "blues.00000 (1).wav").touch()
    tracks = gtzan.tracks(root, gtzan.Options("full")).tracks
    assert tracks[0].audio == root / below / "blues" / "blues.00000.wav"
    assert len(tracks) == 100


@pytest.mark.parametrize("suffix", [".au", ".WAV"])
def test_other_extensions_have_the_same_ids(tmp_path: Path, suffix: str) -> None:
    listing = gtzan.tracks(corpus(tmp_path, ("blues",), suffix=suffix), gtzan.Options())
    assert listing.tracks[0].audio.suffix == suffix
    assert listing.tracks[0].id == "blues.00000"


def test_of_two_formats_the_wav_counts(tmp_path: Path) -> None:
    corpus(tmp_path, ("blues",), suffix=".au")
    (tmp_path / "genres" / "blues" / "blues.00000.wav").touch()
    tracks = gtzan.tracks(tmp_path, gtzan.Options()).tracks
    assert [track.audio.suffix for track in tracks[:2]] == [".wav", ".au"]


@pytest.mark.parametrize("split", gtzan.SPLITS)
def test_the_broken_copy_of_jazz_54_is_refused_and_the_sound_one_is_not(tmp_path: Path, split: str) -> None:
    listing = gtzan.tracks(corpus(tmp_path, ("jazz",), head=b"\0\0\0\0"), gtzan.Options(split))
    assert [id for id in listing.refused if id.startswith("jazz")] == ["jazz.00054"]
    assert "RIFF" in listing.refused["jazz.00054"]
    assert "jazz.00054" not in {track.id for track in listing.tracks}


def test_jazz_54_as_sun_audio_is_taken_as_it_is(tmp_path: Path) -> None:
    root = corpus(tmp_path, ("jazz",), suffix=".au", head=b".snd")
    assert "jazz.00054" not in gtzan.tracks(root, gtzan.Options()).refused


def test_an_excerpt_that_is_missing_is_refused_by_name_and_a_dropped_one_is_not_missed(tmp_path: Path) -> None:
    corpus(tmp_path, ("hiphop", "jazz"))
    for name in ("jazz/jazz.00054.wav", "hiphop/hiphop.00001.wav"):
        (tmp_path / "genres" / name).unlink()
    refused = gtzan.tracks(tmp_path, gtzan.Options()).refused
    assert [id for id in refused if id[0] in "hj"] == ["jazz.00054"]
    assert "jazz.00054.wav" in refused["jazz.00054"]


def test_a_root_without_genres_and_an_unknown_split_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MirlitonError, match="blues"):
        gtzan.tracks(tmp_path, gtzan.Options())
    with pytest.raises(MirlitonError, match="fault_filtered or full"):
        gtzan.tracks(corpus(tmp_path, ("blues",)), gtzan.Options("random"))


def test_the_archive_is_declared_well() -> None:
    (archive,) = gtzan.DOWNLOADS
    check_remote(archive)
    assert (archive.name, archive.size) == ("genres.tar.gz", 1_225_571_541)
    assert archive.checksum.startswith("sha256:24347e02")
