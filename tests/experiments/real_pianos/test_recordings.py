"""Recordings as they are, the same notes rendered, controls, and acoustic conditions."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from experiments.real_pianos import recordings
from experiments.real_pianos.conditions import CONDITIONS, UNCHANGED
from experiments.real_pianos.recordings import RENDERED_SR, equal, excerpt_of, scattered
from experiments.real_pianos.spectra import band_levels, equalised
from mir_models.errors import ParameterError
from mir_models.notes.annotations import Notes
from storage.media.midi import encode
from storage.media.soundfonts import default_soundfont

SR = 16000
NOTES = Notes([[0.2, 0.6], [1.0, 1.3]], [60, 67], [80, 40])
PEDAL = np.array([[0.5, 0.9]])


def noise(seconds: float = 2.0, level: float = 0.1) -> NDArray[np.float32]:
    return np.random.default_rng(0).normal(0, level, round(seconds * SR)).astype(np.float32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A real piano with one recording."""
    (tmp_path / "ENSTDkX" / "MUS").mkdir(parents=True)
    path = tmp_path / "ENSTDkX" / "MUS" / "MAPS_MUS-a_ENSTDkX.flac"
    soundfile.write(path, noise(), SR)
    path.with_suffix(".mid").write_bytes(encode(NOTES, PEDAL))
    return tmp_path


def test_notes_sound_with_the_pedal_and_their_keys_are_released_without() -> None:
    found = excerpt_of(noise(), SR, NOTES, PEDAL)
    np.testing.assert_allclose(found.notes.offset_times, [0.9, 1.3])
    np.testing.assert_allclose(found.released, [0.6, 1.3])
    early = excerpt_of(noise(0.9), SR, NOTES.shifted(-0.3), PEDAL - 0.3)
    np.testing.assert_allclose(early.notes.onset_times, [0.7])
    np.testing.assert_allclose(early.released, [1.0])


def test_a_real_piano_and_the_same_notes_as_loud(folder: Path) -> None:
    (real,) = recordings.real_pianos(folder)
    (rendered,) = recordings.same_notes(folder, default_soundfont())
    assert (real.piano, real.name, real.is_control) == ("ENSTDkX", "MAPS_MUS-a_ENSTDkX", False)
    assert rendered.piano == "same notes, TimGM6mb"
    found, made = real.read(), rendered.read()
    np.testing.assert_allclose(found.notes.onset_times, [0.2, 1.0], atol=1e-3)
    np.testing.assert_array_equal(made.notes.intervals, found.notes.intervals)
    assert len(made.y) / made.sr == len(found.y) / found.sr == 2.0
    assert np.mean(made.y**2) == pytest.approx(np.mean(found.y**2), rel=1e-3)
    loudness = [np.abs(made.y[int(t * RENDERED_SR) :][: RENDERED_SR // 5]).max() for t in (0.0, 0.2, 1.0)]
    assert loudness[0] < 0.05 * loudness[1]
    assert loudness[2] < 0.7 * loudness[1]


def test_controls_change_loudness_or_spectrum_and_keep_the_labels(folder: Path) -> None:
    controls = list(recordings.controls(folder, default_soundfont()))
    names = ["equally loud, {}", "scattered loudness, {}", "real, spectrum of {}", "{}, spectrum of real"]
    assert [each.piano for each in controls] == [name.format("TimGM6mb") for name in names]
    assert all(each.is_control for each in controls)
    read = [each.read() for each in controls]
    for each in read:
        np.testing.assert_array_equal(each.notes.velocities, [80, 40])
        assert np.mean(each.y**2) == pytest.approx(np.mean(noise() ** 2), rel=1e-2)
    assert len({each.y.tobytes() for each in read}) == 4
    (same,) = recordings.same_notes(folder, default_soundfont())
    assert second_over_first(read[0].y) > 1.3 * second_over_first(same.read().y)


def test_recordings_are_made_of_contents_whatever_the_names(folder: Path, tmp_path: Path) -> None:
    """Two SoundFonts of one name have results of their own, and so has another recording by the same name."""
    copy, other = tmp_path / "copy" / "TimGM6mb.sf2", tmp_path / "other" / "TimGM6mb.sf2"
    for path, content in ((copy, default_soundfont().read_bytes()), (other, b"another")):
        path.parent.mkdir()
        path.write_bytes(content)
    own, same, another = (
        next(recordings.same_notes(folder, each)).made_of for each in (default_soundfont(), copy, other)
    )
    assert own == same != another
    (real,) = recordings.real_pianos(folder)
    moved = folder.parent / "moved"
    shutil.copytree(folder, moved)
    assert next(recordings.real_pianos(moved)).made_of == real.made_of
    (path,) = moved.glob("*/MUS/*.mid")
    path.write_bytes(encode(NOTES.shifted(0.1), PEDAL))
    recordings._content.cache_clear()
    assert next(recordings.real_pianos(moved)).made_of != real.made_of
    every = [real, *recordings.same_notes(folder, copy), *recordings.controls(folder, copy)]
    assert len({str(each.made_of) for each in every}) == len(every) == 6


def test_soundfonts_whose_columns_would_have_one_name_are_refused() -> None:
    recordings.check_names([Path("a/x.sf2"), Path("a/y.sf2")])
    with pytest.raises(ParameterError, match=r"different names. Received: x\. .*a copy by another name"):
        recordings.check_names([Path("a/x.sf2"), Path("b/x.sf2"), Path("y.sf2")])


def second_over_first(y: NDArray[np.float32]) -> float:
    """The peak of the softer note over that of the louder one."""
    first, second = (np.abs(y[int(t * RENDERED_SR) :][: RENDERED_SR // 5]).max() for t in (0.2, 1.0))
    return float(second / first)


def test_changes_of_velocities() -> None:
    velocities = np.full(2000, 60)
    np.testing.assert_array_equal(equal(np.array([1, 100])), [64, 64])
    assert np.std(scattered(velocities)) == pytest.approx(7, rel=0.1)
    assert np.mean(scattered(velocities)) == pytest.approx(60, abs=1)
    assert scattered(np.array([1, 127, 2])).min() >= 1
    np.testing.assert_array_equal(scattered(velocities), scattered(velocities))


def test_aligned_recordings_have_notes_in_audio_time(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.ogg", noise(), SR, format="OGG", subtype="VORBIS")
    (tmp_path / "a.mid").write_bytes(encode(NOTES, PEDAL))
    (tmp_path / "truth.json").write_text(json.dumps({"a": {"lag_s": 0.5, "midi_time_stretch": 2.0}}))
    (found,) = recordings.aligned(tmp_path)
    excerpt = found.read()
    np.testing.assert_allclose(excerpt.notes.onset_times, [0.6, 1.0], atol=1e-3)
    np.testing.assert_allclose(excerpt.notes.offset_times, [0.95, 1.15], atol=1e-3)
    np.testing.assert_allclose(excerpt.released, [0.8, 1.15], atol=1e-3)


def test_a_recording_has_the_mean_spectrum_of_another_and_its_own_power() -> None:
    from scipy.signal import butter, sosfilt

    y = noise(8.0)
    like = sosfilt(butter(1, 1000, fs=SR, output="sos"), 3 * y).astype(np.float32)
    found = equalised(y, like, SR)
    _, expected = band_levels(like, SR)
    centres, levels = band_levels(found, SR)
    middle = (centres > 100) & (centres < 5000)
    difference = (levels - expected)[middle]
    np.testing.assert_allclose(difference - difference.mean(), 0, atol=1.0)
    assert np.mean(found**2) == pytest.approx(np.mean(y**2), rel=1e-3)


@pytest.mark.parametrize("name", list(CONDITIONS))
def test_a_condition_changes_the_sound_and_no_onset(name: str) -> None:
    y = noise()
    changed, times = CONDITIONS[name](np.random.default_rng(0), y, SR)
    ratio = {"10": 2 ** (-10 / 1200), "20": 2 ** (-20 / 1200), "30": 2 ** (-30 / 1200)}.get(name[:2], 1.0)
    assert times(1.0) == pytest.approx(ratio, abs=0.03 if name.startswith("drawn") else 1e-6)
    assert len(changed) == pytest.approx(float(times(1.0)) * len(y), abs=2)
    assert changed.dtype == np.float32
    assert (name == UNCHANGED) == (len(changed) == len(y) and bool((changed == y).all()))


def test_conditions_do_what_their_names_promise() -> None:
    def condition(name: str, y: NDArray[np.float32]) -> NDArray[np.float32]:
        return CONDITIONS[name](np.random.default_rng(0), y, SR)[0]

    def power(y: NDArray[np.float32]) -> float:
        return float(np.mean(np.square(y, dtype=np.float64)))

    y = noise(4.0)
    times = np.arange(4 * SR) / SR
    tones = {hertz: np.sin(2 * np.pi * hertz * times).astype(np.float32) for hertz in (40, 250, 500, 1000, 7000)}
    assert power(condition("-20 dB", y)) == pytest.approx(power(y) / 100, rel=1e-3)
    assert power(condition("white noise, 20 dB below", y) - y) == pytest.approx(power(y) / 100, rel=0.05)
    assert power(condition("low cut at 160 Hz", tones[40])) < 0.02 * power(tones[40])
    assert power(condition("band limit at 4 kHz", tones[7000])) < 0.02 * power(tones[7000])
    mixed = tones[250] + tones[500]
    spectrum = np.abs(np.fft.rfft(condition("comb of 2 ms", mixed)[SR:]))
    assert spectrum[250 * 3] < 1e-3 * spectrum[500 * 3], "250 Hz and its copy 2 ms later cancel"
    click = np.zeros(2 * SR, dtype=np.float32)
    click[SR // 2] = 1.0
    room = condition("room 0.8 s, direct sound 6 dB below", click)
    assert np.abs(room[: SR // 2]).max() < 1e-6
    assert np.square(room[SR // 2 + 1 :]).sum() / room[SR // 2] ** 2 == pytest.approx(10**0.6, rel=0.01)
