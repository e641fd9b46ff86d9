"""Renderings by sampled pianos: beside SoundFonts, in several tunings, formats and processes, behind a lead-in."""

from __future__ import annotations

import hashlib
import re
import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from mir_models.alignment import correlation
from mir_models.errors import MirlitonError, ParameterError
from mir_models.notes import sustain_pedal
from mir_models.synthesis import performance
from storage.datasets import _instruments, _takes, renderings
from storage.datasets.renderings import Options, tracks
from storage.media import audio, midi, rendered_audio, sampled_pianos, soundfonts
from tests import small_piano
from tests.synthetic_piano import piece

PEDAL = np.array([[0.5, 2.0], [3.0, 4.0]])
N_PIECES = 2


@pytest.fixture(scope="module")
def piano(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_piano.write(tmp_path_factory.mktemp("pianos") / "small")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Pieces of some seconds."""
    for seed in range(N_PIECES):
        content = rendered_audio.midi_file(piece(seed, n=40, last=6.0), PEDAL)
        (tmp_path / f"piece {seed}.mid").write_bytes(content)
    return tmp_path


def contents(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (root / "renderings").iterdir()}


def test_a_sampled_piano_plays_what_its_labels_say(root: Path, piano: Path) -> None:
    listing = tracks(root, Options(pianos=str(piano), tuning=0.0))
    assert [(each.id, each.classes) for each in listing.tracks] == [
        (f"piece {seed}~1", {"instrument": "small"}) for seed in range(N_PIECES)
    ]
    assert listing.promises.labels_exact
    for track in listing.tracks:
        y, sr = audio.read_mono(track.audio)
        played = midi.read(track.labels["notes"])
        sounding, _ = sustain_pedal.sounding_notes(played.notes, played.pedal, sustain_pedal.Params())
        assert sr == rendered_audio.SR
        assert len(y) / sr == pytest.approx(
            max(played.notes.duration, played.pedal.max()) + rendered_audio.TAIL, abs=0.01
        )
        assert np.abs(y).max() == pytest.approx(_takes.PEAK, abs=0.08)
        assert abs(correlation.align(y, sounding, correlation.Params()).lag) < 0.01


def test_current_recordings_are_kept_and_others_rendered_again(
    root: Path, piano: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered: list[str] = []
    render = _takes.performance.render
    monkeypatch.setattr(_takes.performance, "render", lambda *a, **k: (rendered.append(""), render(*a, **k))[1])

    def n_rendered(**changed: Any) -> int:
        rendered.clear()
        tracks(root, Options(pianos=str(piano), **changed))
        return len(rendered)

    assert n_rendered() == N_PIECES
    before = contents(root)
    assert n_rendered(processes=2) == 0
    assert n_rendered(tuning=5) == 0  # As 5.0 is.
    assert n_rendered(scatter=2.0) == N_PIECES
    assert n_rendered(unison=3.0) == N_PIECES
    assert n_rendered() == N_PIECES
    assert contents(root) == before
    table = piano / "samples.csv"
    written = table.read_text()
    try:
        table.write_text(written.replace(",-6.0,", ",-5.0,"))
        assert n_rendered() == N_PIECES
    finally:
        table.write_text(written)


def test_a_recording_by_a_soundfont_has_the_digest_of_earlier_versions(root: Path) -> None:
    (track, *_) = tracks(root, Options()).tracks
    source, font = root / "piece 0.mid", soundfonts.default_soundfont()
    made_of = [1, 1, "piece 0~1", hashlib.sha256(source.read_bytes()).hexdigest(), [font.name, font.stat().st_size], 0]
    text = f"{repr(made_of)[:-1]}, Params(seconds=0.0, transposition=0, velocity_curve=0.0)]"
    assert rendered_audio.comment_of(track.audio) == hashlib.sha256(text.encode()).hexdigest()


def test_single_notes_have_the_digest_of_earlier_versions() -> None:
    font = soundfonts.default_soundfont()
    take = _takes.Take("single notes~TimGM6mb", "single notes", "train", None, _instruments.soundfont(font))
    recipe = renderings._recipe(Options(velocities="40,75", durations="0.5,1.0", seed=3))
    made_of = [1, 1, take.id, "", [font.name, font.stat().st_size], 3, "40,75", "0.5,1.0"]
    assert _takes._digest(take, recipe) == hashlib.sha256(repr(made_of).encode()).hexdigest()


def digest_of_earlier_versions(take: _takes.Take, recipe: _takes.Recipe) -> str:
    """Of a recording by a sampled piano, as 0.2 has it."""
    folder, table = take.instrument.path, (take.instrument.path / "samples.csv").read_bytes()
    known = [folder.name, sampled_pianos.size(folder), hashlib.sha256(table).hexdigest()]
    played = asdict(recipe.performance)
    names = ("tuning", "dynamics", "scatter", "voicing", "release", "resonance", "noise")
    settings = f"Params({', '.join(f'{name}={played[name]!r}' for name in names)})"
    made_of = repr([1, 1, take.id, "", known, recipe.seed, "40", "1.0"])[:-1]
    text = f"{made_of}, [1, {settings}, {recipe.tuning!r}, {take.tuning}]]"
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_later_option_of_pianos_leaves_recordings_current(piano: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    instrument = _instruments.sampled_piano(piano)
    take = _takes.Take("single notes~small", "single notes", "train", None, instrument, 2)
    recipe = renderings._recipe(Options(velocities="40", pianos=str(piano), scatter=0.0, unison=0.0))
    assert _takes._digest(take, recipe) == digest_of_earlier_versions(take, recipe)

    @dataclass(frozen=True)
    class Later(performance.Params):
        lid: float = 0.0

    monkeypatch.setitem(_takes.FIRST_SETTINGS, Later, _takes.FIRST_SETTINGS[performance.Params])
    as_before = replace(recipe, performance=Later(**asdict(recipe.performance)))
    assert _takes._digest(take, as_before) == _takes._digest(take, recipe)
    open_lid = replace(recipe, performance=Later(**asdict(recipe.performance), lid=0.5))
    assert _takes._digest(take, open_lid) != _takes._digest(take, recipe)


def test_a_listing_reads_the_table_of_a_piano_once(root: Path, piano: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tracks(root, Options(pianos=str(piano)))
    n_read: list[Path] = []
    read_table = sampled_pianos.read_table
    monkeypatch.setattr(sampled_pianos, "read_table", lambda each: (n_read.append(each), read_table(each))[1])
    tracks(root, Options(pianos=str(piano)))
    assert n_read == [piano]


def test_a_recording_in_another_format_replaces_the_first(root: Path, piano: Path) -> None:
    tracks(root, Options(pianos=str(piano), softer=6.0))
    (root / "renderings" / "own.ogg").write_bytes(b"my own")
    listing = tracks(root, Options(pianos=str(piano), format="flac"))
    assert [track.audio.name for track in listing.tracks] == [f"piece {seed}~1.flac" for seed in range(N_PIECES)]
    assert {each.suffix for each in (root / "renderings").glob("piece*")} == {".flac", ".mid"}
    assert (root / "renderings" / "own.ogg").read_bytes() == b"my own"
    with soundfile.SoundFile(listing.tracks[0].audio) as sound:
        assert (sound.format, sound.subtype, sound.samplerate, sound.title) == (
            "FLAC",
            "PCM_16",
            rendered_audio.SR,
            "piece 0",
        )
    again = tracks(root, Options(pianos=str(piano), softer=6.0))
    labels = [midi.read(track.labels["notes"]).notes.velocities.tolist() for track in again.tracks]
    assert labels != [midi.read(root / f"piece {seed}.mid").notes.velocities.tolist() for seed in range(N_PIECES)]


def test_labels_do_not_know_of_a_lead_in(root: Path, piano: Path) -> None:
    exact, late = (
        Options(pianos=str(piano), tuning=0.0, format="flac"),
        Options(pianos=str(piano), tuning=0.0, format="flac", lead_in=3.0),
    )
    without = {track.id: audio.read_mono(track.audio)[0] for track in tracks(root, exact).tracks}
    labels = {name: content for name, content in contents(root).items() if name.endswith(".mid")}
    listing = tracks(root, late)
    assert not listing.promises.labels_exact
    lags = []
    for track in listing.tracks:
        y, sr = audio.read_mono(track.audio)
        lag = renderings.lead_in(track.id, late)
        assert not y[: round(lag * sr)].any()
        np.testing.assert_array_equal(y[round(lag * sr) :], without[track.id])
        lags.append(lag)
    assert len(set(lags)) == N_PIECES
    assert 0 < min(lags) <= max(lags) < 3
    assert {name: content for name, content in contents(root).items() if name.endswith(".mid")} == labels


def test_instruments_take_turns_and_pianos_change_their_tuning(root: Path, piano: Path) -> None:
    options = Options(pianos=str(piano), soundfonts=str(soundfonts.default_soundfont()), variants=4, tunings=2)
    takes, _ = renderings._all_takes(root, options)
    by_piece: dict[str, list[_takes.Take]] = {}
    for take in sorted(takes, key=lambda take: take.id):
        by_piece.setdefault(take.work, []).append(take)
    for variants in by_piece.values():
        sampled = [take.instrument.is_sampled for take in variants]
        assert sampled in ([True, False] * 2, [False, True] * 2)
        assert sorted(take.tuning for take in variants if take.instrument.is_sampled) == [0, 1]


def test_several_processes_render_the_same(root: Path, piano: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "broken.mid").write_bytes(b"MThd and no more")
    listing = tracks(root, Options(pianos=str(piano), format="flac"))
    one = contents(root)
    for path in (root / "renderings").iterdir():
        path.unlink()
    again = tracks(root, Options(pianos=str(piano), format="flac", processes=2))
    assert contents(root) == one
    assert again == listing
    assert sorted(again.refused) == ["broken~1"]


@pytest.mark.parametrize(
    ("wrong", "received"),
    [
        ({"detuning": 2.0}, "option detuning with option pianos. Received: detuning=2.0 and no pianos"),
        ({"resonance": 0.5}, "option resonance with option pianos"),
        ({"pianos": "a", "tunings": 0}, "option tunings >= 1. Received: 0"),
        ({"pianos": "a", "stretch": -1.0}, "option stretch >= 0, at most 50. Received: -1.0"),
        ({"pianos": "a", "tuning": 51.0}, "option tuning >= 0, at most 50. Received: 51.0"),
        ({"pianos": "a", "detuning": 30.0}, "option detuning >= 0, at most 25. Received: 30.0"),
        ({"tempo": 4.0}, "option tempo >= 0, at most 3. Received: 4.0"),
        ({"lead_in": 601.0}, "option lead_in >= 0, at most 600. Received: 601.0"),
        ({"durations": "0.5"}, "option durations with option velocities"),
        ({"pianos": "a", "noise": float("nan")}, "option noise >= 0, at most 1. Received: nan"),
        ({"softer": 40.0}, "option softer >= 0, at most 24. Received: 40.0"),
        ({"lead_in": float("inf")}, "option lead_in >= 0, at most 600. Received: inf"),
        ({"processes": -1}, "at most 1024. Received: -1. Remedy: give 0 for one per core"),
        ({"format": "mp3"}, "option format: one of ogg, flac. Received: 'mp3'"),
    ],
)
def test_options_out_of_range_are_refused(wrong: dict[str, Any], received: str) -> None:
    with pytest.raises(ParameterError, match=re.escape(received)):
        Options(**wrong)


def test_a_folder_that_is_no_piano_is_refused(root: Path, tmp_path: Path, piano: Path) -> None:
    with pytest.raises(ParameterError, match=r"a folder with samples.csv. Received: .*nowhere, in which there is none"):
        tracks(root, Options(pianos=str(tmp_path / "nowhere")))
    for wrong in ({"pianos": ","}, {"soundfonts": " "}):
        with pytest.raises(ParameterError, match=f"option {next(iter(wrong))} with a path"):
            tracks(root, Options(**wrong))
    with pytest.raises(ParameterError, match="of different names"):
        tracks(root, Options(pianos=f"{piano},{piano}"))


@pytest.fixture
def broken(piano: Path, tmp_path: Path) -> Path:
    """A piano to be broken."""
    return shutil.copytree(piano, tmp_path / "pianos" / "broken")


def test_a_piano_that_lacks_keys_is_refused_before_anything_is_rendered(root: Path, broken: Path, piano: Path) -> None:
    lines = (broken / "samples.csv").read_text().splitlines()
    (broken / "samples.csv").write_text("\n".join(line for line in lines if not line.startswith("24-64")))
    words = "none for key 21 at velocities 64 to 127, and gaps at 5 other keys in .*line 2: keys 21 to 26"
    with pytest.raises(MirlitonError, match=words):
        tracks(root, Options(pianos=f"{piano},{broken}"))
    assert not (root / "renderings").exists()


@pytest.mark.parametrize("content", [None, b"", b"RIFF and no more"], ids=["none", "empty", "no sound"])
def test_a_sample_that_is_no_sound_is_refused_before_anything_is_rendered(
    root: Path, broken: Path, piano: Path, content: bytes | None
) -> None:
    sample = broken / "108-64.wav"
    sample.unlink() if content is None else sample.write_bytes(content)
    with pytest.raises(MirlitonError, match=r"108-64.wav.* Remedy: .*copy the piano again"):
        tracks(root, Options(pianos=f"{piano},{broken}", variants=2))
    assert not (root / "renderings").exists()


def test_recordings_that_are_current_need_no_samples(root: Path, broken: Path) -> None:
    options = Options(pianos=str(broken))
    listing = tracks(root, options)
    for sample in broken.glob("*.wav"):
        sample.write_bytes(bytes(sample.stat().st_size))
    assert tracks(root, options) == listing
