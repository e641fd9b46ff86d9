"""Datasets of mirdata, as miniature copies in their true layouts; the network is cut off."""

from __future__ import annotations

import importlib.util
import json
import logging
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from mir_models.errors import MirlitonError
from storage.corpora.listing import TrackFiles
from storage.corpora.registrations import Registration
from storage.datasets import mirdata as loader
from storage.datasets._mirdata_modules import offer_of
from tests.storage.datasets.mirdata_layouts import (
    MAESTRO,
    cut_off,
    gtzan_mini,
    lay_out,
    maestro,
    needs_mirdata,
    slakh,
    vocadito,
    write,
)

Options = loader.Options


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    cut_off(monkeypatch)


@needs_mirdata
def test_genres_of_gtzan_mini(tmp_path: Path) -> None:
    root = gtzan_mini(tmp_path, "hiphop.00000", "classical.00001")
    write(root / "gtzan_mini-main/genres/hiphop/._hiphop.00000.wav")
    write(root / "__MACOSX/gtzan_mini-main/genres/._desktop.ini")
    listing = loader.tracks(root, Options("gtzan_genre", "mini"))
    folder = root / "gtzan_mini-main/genres"
    assert listing.tracks == [
        TrackFiles(id, folder / f"{name}/{id}.wav", id, classes={"genre": genre})
        for id, name, genre in (
            ("classical.00001", "classical", "classical"),
            ("hiphop.00000", "hiphop", "hip-hop"),
        )
    ]
    assert listing.promises == loader.Promises(("genre",), labels_exact=True)
    assert (listing.dropped, listing.refused) == ({}, {})


@needs_mirdata
def test_singers_and_notes_of_vocadito(tmp_path: Path) -> None:
    listing = loader.tracks(vocadito(tmp_path), Options("vocadito"))
    assert [(track.id, track.work, track.classes) for track in listing.tracks] == [
        ("1", "1", {"artist": "S1"}), ("10", "10", {"artist": "S7"}), ("2", "2", {"artist": "S2"}),
    ]  # fmt: skip
    assert listing.tracks[0].labels == {"notes": tmp_path / "Annotations/Notes/vocadito_1_notesA1.csv"}
    assert listing.promises.kinds == ("notes", "artist")
    assert not listing.promises.official_splits


@needs_mirdata
def test_composers_works_and_splits_of_maestro(tmp_path: Path) -> None:
    listing = loader.tracks(maestro(tmp_path), Options("maestro"))
    assert {track.id: (track.classes["composer"], track.work, track.split) for track in listing.tracks} == {
        id: (composer, f"{composer}: {title}", split) for id, (composer, title, split) in MAESTRO.items()
    }
    assert all(track.labels["notes"] == track.audio.with_suffix(".midi") for track in listing.tracks)
    assert listing.promises == loader.Promises(("notes", "composer"), labels_exact=True, official_splits=True)
    notes = loader.tracks(tmp_path, Options("maestro", kinds="notes"))
    assert [(track.work, track.classes) for track in notes.tracks] == [(track.work, {}) for track in listing.tracks]


@needs_mirdata
def test_a_part_of_maestro_keeps_its_splits_and_words_without_a_test_are_none(tmp_path: Path) -> None:
    root = maestro(tmp_path)
    (test,) = (id for id, (_, _, split) in MAESTRO.items() if split == "test")
    (root / f"{test}.wav").unlink()
    listing = loader.tracks(root, Options("maestro"))
    assert listing.promises.official_splits
    assert {track.split for track in listing.tracks} == {"train", "validation"}
    rows = json.loads((root / "maestro-v2.0.0.json").read_text(encoding="utf-8"))
    write(root / "maestro-v2.0.0.json", json.dumps([row | {"split": "train"} for row in rows]))
    listing = loader.tracks(root, Options("maestro"))
    assert not listing.promises.official_splits
    assert {track.split for track in listing.tracks} == {None}


@needs_mirdata
def test_stems_of_slakh_are_of_the_work_of_their_mix(tmp_path: Path) -> None:
    listing = loader.tracks(slakh(tmp_path), Options("slakh"))
    assert [(track.id, track.work, track.split, track.classes["instrument"]) for track in listing.tracks] == [
        ("Track00001-S00", "Track00001", "train", "Piano"),
        ("Track00001-S01", "Track00001", "train", "Bass"),
        ("Track01501-S00", "Track01501", "validation", "Piano"),
        ("Track01876-S00", "Track01876", "test", "Piano"),
        ("Track01876-S01", "Track01876", "test", "Bass"),
    ]
    assert sorted(listing.dropped) == ["Track00049-S00", "Track00049-S01", "Track01501-S01"]
    assert "omitted" in listing.dropped["Track00049-S00"]
    assert "audio_path" in listing.dropped["Track01501-S01"]


@needs_mirdata
def test_mixes_of_slakh(tmp_path: Path) -> None:
    root = slakh(tmp_path)
    (root / "slakh2100_flac_redux/omitted/Track00049/mix.flac").unlink()  # It is not needed.
    listing = loader.tracks(root, Options("slakh", multitracks=True))
    folder = tmp_path / "slakh2100_flac_redux/train/Track00001"
    assert listing.tracks[0] == TrackFiles(
        "Track00001", folder / "mix.flac", "Track00001", {"notes": folder / "all_src.mid"}, "train"
    )
    assert [track.split for track in listing.tracks] == ["train", "validation", "test"]
    assert (list(listing.dropped), listing.refused) == (["Track00049"], {})


@needs_mirdata
def test_works_of_train_validate_where_the_corpus_has_no_validation(tmp_path: Path) -> None:
    train = {f"{n:04d}__1": f"IRMAS-TrainingData/cla/[cla][cou_fol]{n:04d}__1.wav" for n in range(40)}
    test = {"1": "IRMAS-TestingData-Part1/Part1/02 - And The Body Will Die-8.wav"}
    lay_out(
        tmp_path,
        "irmas_index_1.0.json",
        {id: {"audio": path, "annotation": path} for id, path in train.items()}
        | {id: {"audio": path, "annotation": path.replace(".wav", ".txt")} for id, path in test.items()},
    )
    write(tmp_path / test["1"].replace(".wav", ".txt"), "gel\nvoi\n")
    options = Options("irmas", validation_share=0.25)
    listing = loader.tracks(tmp_path, options)
    splits = {track.id: track.split for track in listing.tracks}
    assert {id for id, split in splits.items() if split == "test"} == {"1"}
    assert 4 <= sum(split == "validation" for split in splits.values()) <= 16
    assert loader.tracks(tmp_path, options) == listing
    assert listing.promises.kinds == ("instrument",)  # Of the test's tracks no genre is known.
    assert listing.tracks[0].classes == {"genre": "cou_fol", "instrument": "cla"}
    assert listing.tracks[-1].classes == {"instrument": "gel"}


@needs_mirdata
def test_the_splits_that_a_dataset_keeps_in_files(tmp_path: Path) -> None:
    ids = {"track_0000948": "train", "track_0003346": "validation", "track_0003524": "test"}
    lay_out(
        tmp_path,
        "mtg_jamendo_autotagging_moodtheme_index_1.0.json",
        {id: {"audio": f"audios/{id[-2:]}/{int(id[6:])}.mp3"} for id in ids},
    )
    head = "TRACK_ID\tARTIST_ID\tALBUM_ID\tPATH\tDURATION\tTAGS\n"
    rows = {id: f"{id}\tartist_{id[-3:]}\talbum_7\t{id[-2:]}/x.mp3\t212.7\tmood/theme---film\n" for id in ids}
    write(tmp_path / "data/autotagging_moodtheme.tsv", head + "".join(rows.values()))
    for number in range(5):
        for id, split in ids.items():
            path = tmp_path / f"data/splits/split-{number}/autotagging_moodtheme-{split}.tsv"
            write(path, head + rows[id])
    listing = loader.tracks(tmp_path, Options("mtg_jamendo_autotagging_moodtheme"))
    assert {track.id: track.split for track in listing.tracks} == ids
    assert listing.tracks[0].classes == {"artist": "artist_948", "album": "album_7"}
    assert loader.licence(Options("mtg_jamendo_autotagging_moodtheme")).startswith("Creative Commons Attribution NonC")


@needs_mirdata
def test_of_several_genres_and_artists_the_first_counts(tmp_path: Path) -> None:
    names = ["100066 Lindstrom - Monsteer (Original Mix)", "2 Élan - Δ (Original Mix)"]
    files = {
        str(n): {"audio": f"audio/{name}.mp3", "meta": f"meta/{name}.json", "key": f"keys/{name}.txt"}
        for n, name in enumerate(names, start=1)
    }
    lay_out(tmp_path, "beatport_key_index_1.0.0.json", files)
    metadata = {
        "genres": [{"name": "Indie Dance"}, {"name": "House"}],
        "sub_genres": [],
        "artists": [{"name": "Lindstrøm"}],
    }
    write(tmp_path / f"meta/{names[0]}.json", json.dumps(metadata))
    write(tmp_path / f"meta/{names[1]}.json", "")
    listing = loader.tracks(tmp_path, Options("beatport_key"))
    assert [track.classes for track in listing.tracks] == [{"genre": "Indie Dance", "artist": "Lindstrøm"}]
    assert listing.tracks[0].work == f"Lindstrøm: {names[0]}"
    assert "JSONDecodeError" in listing.refused["2"]


@needs_mirdata
def test_files_that_are_not_there_are_refused_by_name(tmp_path: Path) -> None:
    root = vocadito(tmp_path)
    (root / "Audio/vocadito_1.wav").unlink()
    (root / "Annotations/Notes/vocadito_2_notesA1.csv").unlink()
    listing = loader.tracks(root, Options("vocadito"))
    assert [track.id for track in listing.tracks] == ["10"]
    assert "vocadito_1.wav" in listing.refused["1"]
    assert "vocadito_2_notesA1.csv" in listing.refused["2"]
    without_notes = loader.tracks(root, Options("vocadito", kinds="artist"))
    assert [track.id for track in without_notes.tracks] == ["10", "2"]
    assert without_notes.promises.kinds == ("artist",)
    assert not any(track.labels for track in without_notes.tracks)


@needs_mirdata
def test_a_corpus_without_any_audio_is_an_error(tmp_path: Path) -> None:
    root = gtzan_mini(tmp_path, "blues.00000")
    (root / "gtzan_mini-main/genres/blues/blues.00000.wav").unlink()
    with pytest.raises(MirlitonError, match=r"audio of gtzan_genre below .*blues\.00000\.wav.*\.download\(\)"):
        loader.tracks(root, Options("gtzan_genre", "mini"))


@needs_mirdata
def test_metadata_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    (vocadito(tmp_path) / "vocadito_metadata.csv").unlink()
    with pytest.raises(MirlitonError, match=r"Metadata not found.*mirdata\.initialize\('vocadito'"):
        loader.tracks(tmp_path, Options("vocadito"))


@needs_mirdata
def test_a_missing_index_names_its_address(tmp_path: Path) -> None:
    with pytest.raises(MirlitonError, match=r"index of vocadito.*https://zenodo\.org/\S*vocadito_index_1\.0\.json"):
        loader.tracks(tmp_path, Options("vocadito"))
    with pytest.raises(MirlitonError, match=r"index of vocadito.*tests/indexes of mirdata's repository"):
        loader.tracks(tmp_path, Options("vocadito", "sample"))


@needs_mirdata
def test_the_index_in_mirdatas_package_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mirdata.datasets import vocadito as module

    root, package = vocadito(tmp_path / "corpus"), tmp_path / "package"
    package.mkdir()
    (root / "vocadito_index_1.0.json").rename(package / "vocadito_index_1.0.json")
    monkeypatch.setattr(module.INDEXES["1.0"], "indexes_dir", str(package))
    found = loader.tracks(root, Options("vocadito"))
    assert sorted(track.id for track in found.tracks) == ["1", "10", "2"]
    assert found.refused == {}


@needs_mirdata
@pytest.mark.parametrize("name", ["", "beatles", "no_such"])
def test_other_datasets_are_refused_and_the_usable_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(MirlitonError) as error:
        loader.tracks(tmp_path, Options(name))
    for known in ("gtzan_genre (genre)", "maestro (notes, composer)", "guitarset (notes, genre, artist)"):
        assert known in str(error.value)
    for unusable in ("beatles (", "filosax (", "phenicx_anechoic (", "acousticbrainz_genre ("):
        assert unusable not in str(error.value)


@needs_mirdata
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (Options("vocadito", "9"), r"version of vocadito.*among 1\.0, sample"),
        (Options("vocadito", kinds="notes,genre"), r"option kinds.*'genre'.*notes, artist"),
        (Options("vocadito", audio="mix_path"), r"option audio.*audio_path"),
        (Options("vocadito", notes="notes_a3"), r"option notes.*notes_a1, notes_a2"),
        (Options("vocadito", multitracks=True), "MultiTrack"),
    ],
)
def test_options_that_the_dataset_does_not_have(tmp_path: Path, options: Options, message: str) -> None:
    with pytest.raises(MirlitonError, match=message):
        loader.tracks(vocadito(tmp_path), options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pedal": "up"}, "applied or separate"),
        *(({"validation_share": share}, f"Received: {share}") for share in (5.0, 1.0, -1.0, np.nan)),
    ],
)
def test_options_that_cannot_be_are_refused_when_they_are_given(options: dict[str, Any], message: str) -> None:
    with pytest.raises(MirlitonError, match=message):
        Options("vocadito", **options)


@pytest.mark.parametrize(
    ("metadata", "work"),
    [
        ({"title": "Intro"}, ""),
        ({"title": "Intro", "artist": ""}, ""),
        ({"title": "Intro", "artists": ["A", "B"]}, "A: Intro"),
        ({"canonical_title": "Intro", "canonical_composer": "C", "artist": "A"}, "C: Intro"),
        ({"artist": "A"}, ""),
        ({"song_id": "7", "singer_id": "A"}, "7"),
        ({"song_id": 7, "title": "Intro"}, "7"),
    ],
)
def test_a_title_is_a_work_only_with_whose_it_is(metadata: dict[str, Any], work: str) -> None:
    assert loader._work(SimpleNamespace(**metadata)) == work


@needs_mirdata
def test_what_a_dataset_offers_is_read_from_its_classes() -> None:
    def offer(name: str, kind: str = "Track") -> Any:
        return offer_of(getattr(importlib.import_module(f"mirdata.datasets.{name}"), kind))

    assert offer("guitarset").notes == {"notes_all": "jams_path"}
    assert offer("guitarset").audio[0] == "audio_mix_path"
    assert offer("orchset").audio == ("audio_path_mono", "audio_path_stereo")
    assert offer("dagstuhl_choirset").notes == {"score": "score_path"}
    assert offer("dagstuhl_choirset", "MultiTrack").notes == {}
    assert offer("groove_midi").classes == {"genre": "style", "artist": "drummer"}
    assert offer("medleydb_pitch").kinds == ("notes", "genre", "artist", "instrument")


@needs_mirdata
def test_the_licence_is_the_datasets() -> None:
    assert (
        Registration("v", "mirdata", "/", {"dataset": "vocadito"}).licence
        == "Creative Commons Attribution 4.0 International"
    )
    assert loader.licence(Options("slakh")) == "Creative Commons Attribution 4.0 International"  # Without line breaks.
    assert loader.licence(Options()) == loader.LICENCE


def test_without_the_package_the_remedy_is_its_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mirdata", None)
    with pytest.raises(MirlitonError, match=r"pip install 'mirliton\[mirdata\]'"):
        loader.tracks(tmp_path, Options("vocadito"))
    with pytest.raises(MirlitonError, match="nowhere"):
        loader.tracks(tmp_path / "nowhere", Options())


@needs_mirdata
def test_the_packages_of_a_dataset_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mirdata.datasets.cipi", None)
    with pytest.raises(MirlitonError, match=r"packages that mirdata's cipi needs.*pip install 'mirdata\[cipi\]'"):
        loader.tracks(tmp_path, Options("cipi"))


@needs_mirdata
def test_mirdata_leaves_the_logging_of_the_process_alone(tmp_path: Path) -> None:
    script = (
        "import logging, sys, pathlib; from storage.datasets import mirdata as loader\n"
        "assert not {'mirdata', 'pandas', 'librosa'} & set(sys.modules), 'imported with the loader'\n"
        f"loader.tracks(pathlib.Path({str(tmp_path)!r}), loader.Options('gtzan_genre', 'mini'))\n"
        "print(logging.root.handlers, logging.root.level, logging.root.manager.disable)"
    )
    gtzan_mini(tmp_path, "blues.00000")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=Path(__file__).parents[3])
    assert (done.stdout, done.stderr) == (f"[] {logging.WARNING} 0\n", "")
