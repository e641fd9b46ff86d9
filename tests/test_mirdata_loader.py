"""Datasets of mirdata, as miniature copies in their true layouts; the network is cut off."""

from __future__ import annotations

import importlib.util
import json
import logging
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from mir_models.annotations import Notes
from mir_models.errors import MirlitonError, TrackError
from storage import midi
from storage.catalogue import Registration, read_notes
from storage.corpus import TrackFiles
from storage.datasets import mirdata as loader
from storage.mirdata_offers import offer_of

Options = loader.Options
needs_mirdata = pytest.mark.skipif(
    importlib.util.find_spec("mirdata") is None, reason="mirdata is not installed: pip install 'mirliton[mirdata]'"
)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("the loader used the network")

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def lay_out(root: Path, filename: str, tracks: dict[str, dict[str, str | None]], **more: Any) -> Path:
    """mirdata's index of some tracks, and every file that it names; recordings of 0.1 s, all else empty."""
    files = {id: {kind: [path, path and "0" * 32] for kind, path in each.items()} for id, each in tracks.items()}
    write(root / filename, json.dumps({"version": "1.0", "tracks": files} | more))
    for path in (path for each in tracks.values() for path in each.values() if path):
        write(root / path)
        if path.endswith((".wav", ".flac")):
            soundfile.write(root / path, np.zeros(800), 8000)
    return root


def write(path: Path, text: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def gtzan_mini(root: Path, *ids: str) -> Path:
    folder, notes = "gtzan_mini-main/genres", "gtzan_tempo_beat-main"
    tracks: dict[str, dict[str, str | None]] = {
        id: {
            "audio": f"{folder}/{id.split('.')[0]}/{id}.wav",
            "beats": f"{notes}/beats/gtzan_{id.replace('.', '_')}.beats",
            "tempo": f"{notes}/tempo/gtzan_{id.replace('.', '_')}.bpm",
        }
        for id in ids
    }
    return lay_out(root, "gtzan_genre_1.0_mini_index.json", tracks)


def vocadito(root: Path, notes: str = "0.661768707,143.742,0.290249433\n") -> Path:
    tracks: dict[str, dict[str, str | None]] = {
        id: {
            "audio": f"Audio/vocadito_{id}.wav",
            "f0": f"Annotations/F0/vocadito_{id}_f0.csv",
            "notesA1": f"Annotations/Notes/vocadito_{id}_notesA1.csv",
            "notesA2": f"Annotations/Notes/vocadito_{id}_notesA2.csv",
            "lyrics": f"Annotations/Lyrics/vocadito_{id}_lyrics.txt",
        }
        for id in ("1", "2", "10")
    }
    lay_out(root, "vocadito_index_1.0.json", tracks)
    write(
        root / "vocadito_metadata.csv",
        "track_id,singer_id,average_pitch,language\n1,S1,50,Tagalog\n2,S2,65,Spanish\n10,S7,49,English\n",
    )
    write(root / "Annotations/Notes/vocadito_1_notesA1.csv", notes)
    return root


MAESTRO = {  # Ids as in MAESTRO 2.0.0: the file's path up to the first dot.
    "2018/MIDI-Unprocessed_Chamber3_MID--AUDIO_10_R3_2018_wav--1": ("Alban Berg", "Sonata Op. 1", "train"),
    "2004/MIDI-Unprocessed_SMF_02_R1_2004_01-05_ORIG_MID--AUDIO_02_R1_2004_05_Track05_wav": (
        "Frédéric Chopin", "Étude, Op. 10 No. 1", "validation",
    ),
    "2004/MIDI-Unprocessed_XP_01_R1_2004_01-02_ORIG_MID--AUDIO_01_R1_2004_02_Track02_wav": (
        "Frédéric Chopin", "Étude, Op. 10 No. 1", "test",
    ),
}  # fmt: skip


def maestro(root: Path) -> Path:
    tracks: dict[str, dict[str, str | None]] = {id: {"midi": f"{id}.midi", "audio": f"{id}.wav"} for id in MAESTRO}
    lay_out(root, "maestro_index_2.0.0.json", tracks)
    rows = [
        {"canonical_composer": composer, "canonical_title": title, "split": split, "midi_filename": f"{id}.midi"}
        for id, (composer, title, split) in MAESTRO.items()
    ]
    write(root / "maestro-v2.0.0.json", json.dumps(rows))
    return root


def slakh(root: Path) -> Path:
    """Slakh2100-redux: one mix in each split, one that redux omits as a duplicate; a stem without audio."""
    tracks: dict[str, dict[str, str | None]] = {}
    mixes = {}
    for name, split in {"00001": "train", "01501": "validation", "01876": "test", "00049": "omitted"}.items():
        mix, folder = f"Track{name}", f"slakh2100_flac_redux/{split}/Track{name}"
        stems = {f"{mix}-S0{n}": f"S0{n}" for n in range(2)}
        for id, stem in stems.items():
            audio = None if id == "Track01501-S01" else f"{folder}/stems/{stem}.flac"
            tracks[id] = {"audio": audio, "midi": f"{folder}/MIDI/{stem}.mid", "metadata": f"{folder}/metadata.yaml"}
        of_mix = {"midi": "all_src.mid", "mix": "mix.flac", "metadata": "metadata.yaml"}
        mixes[mix] = {"tracks": list(stems)} | {key: [f"{folder}/{file}", "0"] for key, file in of_mix.items()}
        write(root / folder / "all_src.mid")
        write(root / folder / "mix.flac")
    lay_out(root, "slakh_index_2100-redux.json", tracks, version="2100-redux", multitracks=mixes)
    for path in root.glob("**/metadata.yaml"):
        write(path, "UUID: 0\nstems:\n  S00: {inst_class: Piano}\n  S01: {inst_class: Bass}\n")
    return root


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
    said = {
        "genres": [{"name": "Indie Dance"}, {"name": "House"}],
        "sub_genres": [],
        "artists": [{"name": "Lindstrøm"}],
    }
    write(tmp_path / f"meta/{names[0]}.json", json.dumps(said))
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
    assert len(loader.tracks(root, Options("vocadito")).tracks) == 3


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
    ("said", "work"),
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
def test_a_title_is_a_work_only_with_whose_it_is(said: dict[str, Any], work: str) -> None:
    assert loader._work(SimpleNamespace(**said)) == work


@needs_mirdata
def test_what_a_dataset_offers_is_asked_of_its_classes() -> None:
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
def test_notes_in_hz_become_the_nearest_keys(tmp_path: Path) -> None:
    rows = "0.5,440.0,0.25\n1.0,0,0.5\n2.0,143.742,0.29\n"
    path = vocadito(tmp_path, rows) / "Annotations/Notes/vocadito_1_notesA1.csv"
    read = read_notes(path, "mirdata", {"dataset": "vocadito"})
    np.testing.assert_allclose(read.notes.intervals, [(0.5, 0.75), (2.0, 2.29)])
    assert read.notes.pitches.tolist() == [69, 50]  # 143.742 Hz is D3, 146.83 Hz, less 37 cents.
    assert read.notes.velocities.tolist() == [64, 64]
    assert read.pedal.shape == (0, 2)


@needs_mirdata
@given(st.lists(st.tuples(st.floats(0, 600), st.integers(21, 108), st.floats(-45, 45)), min_size=2, max_size=20))
def test_a_key_out_of_tune_by_less_than_half_a_semitone_is_still_that_key(
    tmp_path_factory: pytest.TempPathFactory, played: list[tuple[float, int, float]]
) -> None:
    path = tmp_path_factory.mktemp("notes") / "sung.csv"
    rows = {(round(onset, 2), pitch): 440 * 2 ** ((pitch - 69 + cents / 100) / 12) for onset, pitch, cents in played}
    text = "".join(f"{onset},{hz},0.5\n" for (onset, _), hz in rows.items())
    write(path, text + "700,440,0.5\n")
    expected = Notes(
        *map(np.array, zip(*(((on, on + 0.5), pitch, 64) for on, pitch in (*rows, (700, 69))), strict=True))
    )
    read = loader.read_notes(path, Options("vocadito")).notes
    np.testing.assert_allclose(read.intervals, expected.intervals, atol=1e-6)
    np.testing.assert_array_equal(read.pitches, expected.pitches)


@needs_mirdata
def test_notes_of_six_strings_in_jams(tmp_path: Path) -> None:
    strings = [
        {
            "namespace": "note_midi",
            "annotation_metadata": {"data_source": str(string)},
            "data": [{"time": float(string), "duration": 0.5, "value": 40.2 + 5 * string}] if string != 3 else [],
        }
        for string in range(6)
    ]
    path = tmp_path / "03_BN3-119-G_solo.jams"
    write(path, json.dumps({"annotations": strings}))
    read = loader.read_notes(path, Options("guitarset")).notes
    assert read.pitches.tolist() == [40, 45, 50, 60, 65]
    assert read.onset_times.tolist() == [0, 1, 2, 4, 5]


@needs_mirdata
def test_midi_files_are_read_with_their_velocities(tmp_path: Path) -> None:
    played = Notes(np.array([(0.5, 1.0), (1.0, 2.0)]), np.array([60, 64]), np.array([33, 99]))
    path = tmp_path / "x.MIDI"
    path.write_bytes(midi.write(played))
    read = loader.read_notes(path, Options("maestro")).notes
    assert (read.pitches.tolist(), read.velocities.tolist()) == ([60, 64], [33, 99])


@needs_mirdata
@pytest.mark.filterwarnings("ignore:genfromtxt")
@pytest.mark.parametrize("text", ["", "one,two,three\n0,1,2\n", "1.0,440.0,0.5\n2.0,1e9,1\n", "0,0,1\n1,0,1\n"])
def test_broken_label_files_are_errors_of_their_track(tmp_path: Path, text: str) -> None:
    write(tmp_path / "sung.csv", text)
    with pytest.raises(TrackError, match=r"sung\.csv"):
        loader.read_notes(tmp_path / "sung.csv", Options("vocadito"))


def annotation(**changed: Any) -> SimpleNamespace:
    """What mirdata's NoteData has."""
    given = {
        "intervals": np.array([(100.0, 200.0), (300.0, 400.0)]), "interval_unit": "s",
        "pitches": np.array([60.4, 0.0]), "pitch_unit": "midi", "confidence": None, "confidence_unit": None,
    }  # fmt: skip
    return SimpleNamespace(**(given | changed))


def test_units_of_time_pitch_and_velocity() -> None:
    notes = loader._notes(
        annotation(interval_unit="ms", confidence=np.array([0.0, 90.6]), confidence_unit="velocity"), "x"
    )
    assert notes.intervals.tolist() == [[0.1, 0.2], [0.3, 0.4]]
    assert notes.pitches.tolist() == [60, 0]
    assert notes.velocities.tolist() == [1, 91]
    assert loader._notes(annotation(confidence=np.ones(2), confidence_unit="binary"), "x").velocities.tolist() == [
        64,
        64,
    ]


@pytest.mark.parametrize("unit", [{"interval_unit": "ticks"}, {"pitch_unit": "note_name"}])
def test_other_units_are_refused(unit: dict[str, str]) -> None:
    with pytest.raises(TrackError, match=next(iter(unit.values()))):
        loader._notes(annotation(**unit), "x")


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
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=Path(__file__).parents[1])
    assert (done.stdout, done.stderr) == (f"[] {logging.WARNING} 0\n", "")
