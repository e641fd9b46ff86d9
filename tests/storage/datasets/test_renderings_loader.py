"""Renderings: recordings of MIDI performances with exact labels, made once and made again when anything changes."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mir_models.alignment import correlation
from mir_models.errors import MirlitonError, ParameterError
from mir_models.notes import sustain_pedal
from mir_models.notes.annotations import Notes
from storage import home as home_of_stores
from storage.datasets import _takes, renderings
from storage.datasets.renderings import Options, tracks
from storage.media import audio, midi, rendered_audio, soundfonts
from storage.tracks.dataset_store import open_dataset
from tests.synthetic_piano import piece

SOUNDFONT = soundfonts.default_soundfont()
PEDAL = np.array([[0.5, 2.0], [3.0, 4.0]])


def put(folder: Path, name: str, notes: Notes, pedal: np.ndarray = PEDAL) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.mid").write_bytes(rendered_audio.midi_file(notes, pedal))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two pieces of some seconds."""
    for seed, name in enumerate(("etude", "late/waltz")):
        put(tmp_path / Path(name).parent, Path(name).name, piece(seed, n=40, last=6.0))
    return tmp_path


@pytest.fixture
def fonts(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One SoundFont under two names."""
    folder = tmp_path_factory.mktemp("fonts")
    for name in ("one", "two"):
        shutil.copy(SOUNDFONT, folder / f"{name}.sf2")
    return ",".join(str(folder / f"{name}.sf2") for name in ("one", "two"))


def test_recordings_beside_the_midi_files_are_named_as_not_used(root: Path) -> None:
    assert tracks(root, Options()).notices == ()
    for name in ("etude.wav", "late/waltz.m4a"):
        (root / name).touch()
    (notice,) = tracks(root, Options()).notices
    assert notice.startswith("2 recordings not used: etude.wav, late/waltz.m4a. Remedy: take the loader folder")


def test_renderings_of_another_dataset_are_no_performances(root: Path) -> None:
    tracks(root, Options())
    (root / "renderings" / "own.mid").write_bytes((root / "etude.mid").read_bytes())
    listing = tracks(root, Options(recordings="others", seconds=3.0))
    assert [track.id for track in listing.tracks] == ["etude~1", "late/waltz~1", "renderings/own~1"]
    assert listing.notices == ()


def test_a_listing_has_the_pieces_their_recordings_and_exact_labels(root: Path) -> None:
    listing = tracks(root, Options())
    assert [(track.id, track.work, track.classes) for track in listing.tracks] == [
        ("etude~1", "etude", {"instrument": "TimGM6mb"}),
        ("late/waltz~1", "late/waltz", {"instrument": "TimGM6mb"}),
    ]
    assert (listing.promises.labels_exact, listing.promises.pedal) == (True, "separate")
    for track in listing.tracks:
        y, sr = audio.read_mono(track.audio)
        played = midi.read(track.labels["notes"])
        sounding, _ = sustain_pedal.sounding_notes(played.notes, played.pedal, sustain_pedal.Params())
        assert sr == rendered_audio.SR
        assert len(y) / sr == pytest.approx(max(played.notes.duration, 4.0) + rendered_audio.TAIL, abs=0.4)
        assert np.abs(y).max() == pytest.approx(_takes.PEAK, abs=0.08)
        found = correlation.align(y, sounding, correlation.Params())
        assert found.confidence > 0.5
        assert abs(found.lag) < 0.01


def test_what_is_current_is_kept_and_what_is_not_is_rendered_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    played: list[int] = []
    play = soundfonts.play
    monkeypatch.setattr(soundfonts, "play", lambda *given: (played.append(1), play(*given))[1])

    def renderings_of(options: Options) -> int:
        played.clear()
        tracks(root, options)
        return len(played)

    assert renderings_of(Options()) == 2
    before = {path: path.read_bytes() for path in (root / "renderings").rglob("*.*")}
    assert renderings_of(Options()) == 0
    assert renderings_of(Options(seconds=3.0)) == 2
    assert renderings_of(Options()) == 2
    assert {path: path.read_bytes() for path in (root / "renderings").rglob("*.*")} == before
    put(root, "etude", piece(9, n=30, last=6.0))
    assert renderings_of(Options()) == 1
    monkeypatch.setattr(_takes, "RENDERING", _takes.RENDERING + 1)
    assert renderings_of(Options()) == 2
    next((root / "renderings").glob("*.mid")).unlink()
    assert renderings_of(Options()) == 1


@pytest.mark.parametrize("killed_at", [".ogg", ".mid"])
def test_labels_are_those_of_the_recording_whenever_a_run_is_killed(
    root: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, killed_at: str
) -> None:
    fresh = tmp_path_factory.mktemp("fresh")
    shutil.copytree(root, fresh, dirs_exist_ok=True)
    tracks(root, Options())
    write = _takes.write_atomic

    def killed(path: Path, content: bytes, **how: bool) -> None:
        if path.suffix == killed_at:
            raise KeyboardInterrupt
        write(path, content, **how)

    monkeypatch.setattr(_takes, "write_atomic", killed)
    with pytest.raises(KeyboardInterrupt):
        tracks(root, Options(seconds=3.0))
    monkeypatch.undo()
    for made, expected in zip(*(tracks(each, Options(seconds=3.0)).tracks for each in (root, fresh)), strict=True):
        assert made.labels["notes"].read_bytes() == expected.labels["notes"].read_bytes()
        assert made.audio.read_bytes() == expected.audio.read_bytes()


@pytest.mark.parametrize("suffix", [".ogg", ".mid"])
def test_a_file_that_was_not_rendered_is_kept_and_its_piece_refused(root: Path, suffix: str) -> None:
    own = root / "renderings" / f"etude~1{suffix}"
    own.parent.mkdir()
    own.write_bytes(b"my own")
    listing = tracks(root, Options())
    assert [track.id for track in listing.tracks] == ["late/waltz~1"]
    assert f"Received: {own}, not rendered here." in listing.refused["etude~1"]
    assert own.read_bytes() == b"my own"


def test_a_piece_whose_renditions_cannot_be_named_is_refused(root: Path) -> None:
    (root / "etude.mid").rename(root / f"{'e' * 251}.mid")
    listing = tracks(root, Options())
    assert [track.id for track in listing.tracks] == ["late/waltz~1"]
    assert "names of 255 bytes at most. Received: 257 in eee" in listing.refused[f"{'e' * 251}~1"]


def test_each_variant_is_played_by_the_next_soundfont_and_stays_with_its_piece(root: Path, fonts: str) -> None:
    listing = tracks(root, Options(soundfonts=fonts, variants=2, velocity_curve=0.5, test_share=0.5))
    by_work: dict[str, list[Any]] = {}
    for track in listing.tracks:
        by_work.setdefault(track.work, []).append(track)
    assert set(by_work) == {"etude", "late/waltz"}
    for variants in by_work.values():
        assert {track.classes["instrument"] for track in variants} == {"one", "two"}
        assert len({track.split for track in variants}) == 1
        one, two = (midi.read(track.labels["notes"]).notes for track in variants)
        np.testing.assert_array_equal(one.pitches, two.pitches)
        assert (one.velocities != two.velocities).any()


def test_single_notes_only_train_and_are_all_there(root: Path) -> None:
    options = Options(velocities="40,100", durations="0.1", validation_share=0.4, test_share=0.5)
    (track,) = (each for each in tracks(root, options).tracks if each.work == renderings.SINGLE_NOTES)
    assert (track.id, track.split) == ("single notes~TimGM6mb", "train")
    notes = midi.read(track.labels["notes"]).notes
    assert len(notes) == 2 * 88
    assert set(zip(notes.pitches.tolist(), notes.velocities.tolist(), strict=True)) == {
        (key, velocity) for key in range(21, 109) for velocity in (40, 100)
    }
    assert (notes.onset_times[1:] >= notes.offset_times[:-1]).all()


def test_a_broken_file_is_refused_and_the_others_are_played(root: Path) -> None:
    (root / "broken.mid").write_bytes(b"MThd and no more")
    (root / "twin.mid").write_bytes((root / "etude.mid").read_bytes())
    (root / "twin.midi").write_bytes((root / "etude.mid").read_bytes())
    listing = tracks(root, Options())
    assert [track.id for track in listing.tracks] == ["etude~1", "late/waltz~1"]
    assert sorted(listing.refused) == ["broken~1", "twin"]
    assert "broken.mid" in listing.refused["broken~1"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"soundfonts": "/no/such.sf2"}, "such.sf2"),
        ({"midi": "elsewhere"}, "elsewhere"),
        ({"recordings": ""}, "in which the MIDI files to render are not. Received: ''"),
        ({"midi": "late", "recordings": "."}, "in which the MIDI files to render are not. Received: '.'"),
        ({"velocities": "loud"}, "loud"),
    ],
)
def test_what_cannot_be_is_refused_by_name(root: Path, options: dict[str, Any], words: str) -> None:
    with pytest.raises(MirlitonError, match=words):
        tracks(root, Options(**options))


@pytest.mark.parametrize(
    ("wrong", "received"),
    [
        ({"variants": 0}, "0.12, 0.12 and 0"),
        ({"validation_share": 0.6, "test_share": 0.5}, "0.6, 0.5 and 1"),
        ({"test_share": -0.1}, "0.12, -0.1 and 1"),
        ({"seconds": -1.0}, "option seconds >= 0. Received: -1.0"),
        ({"transposition": -1}, "option transposition >= 0, at most 87. Received: -1"),
        ({"velocity_curve": float("nan")}, "option velocity_curve >= 0, at most 3. Received: nan"),
        ({"velocities": "0,64"}, "option velocities: whole numbers from 1 to 127, with commas. Received: '0,64'"),
        ({"velocities": "64,128"}, "'64,128'"),
        ({"velocities": "64", "durations": "1,0"}, "option durations: seconds above 0, with commas. Received: '1,0'"),
        ({"velocities": "64", "durations": "inf"}, "'inf'"),
    ],
)
def test_options_out_of_range_are_refused(wrong: dict[str, Any], received: str) -> None:
    with pytest.raises(ParameterError, match=re.escape(received)):
        Options(**wrong)


def test_a_soundfont_that_is_none_is_refused(root: Path, tmp_path: Path) -> None:
    (tmp_path / "fake.sf2").write_bytes(b"RIFF and no more")
    listing = tracks(root, Options(soundfonts=str(tmp_path / "fake.sf2")))
    assert not listing.tracks
    assert "SoundFont" in listing.refused["etude~1"]


def test_renderings_go_through_the_chain(tmp_path: Path, home: Path, preparing: Callable[..., Any]) -> None:
    for seed in range(5):
        put(tmp_path / "midi", f"piece {seed}", piece(seed, n=30, last=4.0))
    result = preparing("rendered", tmp_path / "midi", loader="renderings", options={"validation_share": 0.3})
    assert result.success
    dataset = open_dataset(home_of_stores.store_address(), "rendered")
    works = [f"piece {seed}~1" for seed in range(5)]
    assert sorted(record.track for record in dataset.raw_audio.records()) == works
    assert sorted(record.track for record in dataset.shards("cqt").records()) == works
    assert [record.n_notes for record in dataset.labels.records()] == [30] * 5
    assert all(abs(record.lag) < 0.01 for record in dataset.labels.records())
    assert dataset.quarantine.rows() == []
