"""Alignment: one contract for all methods, and figures of it."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.alignment import acoustics, disturbances
from mir_models.alignment import ALIGNMENTS, OnsetFeatures, OnsetParams, correlation, extract_onsets, none
from mir_models.alignment._fits import STEEPEST
from mir_models.errors import TrackError
from mir_models.figures.alignment import lag_histogram, overlay
from mir_models.notes.annotations import NO_NOTES, Notes
from mir_models.notes.frames import FrameGrid
from mir_models.notes.time_map import TimeMap
from tests.mir_models.alignment.matches import EXACT, accepted, matched, warped
from tests.synthetic_piano import ONSET_PARAMS, SECONDS, SR, errors, onset_features, piece, play, recording

METHODS = ALIGNMENTS.names()
ALIGNING = [name for name in METHODS if name != "none"]
CORPUS = Path(__file__).parents[4] / "shared" / "corpora" / "aligned_dev"


@cache
def disturbed_features(how: str) -> OnsetFeatures:
    rng, y = np.random.default_rng(0), recording()
    worse = {"noise": partial(acoustics.with_noise, snr=10.0), "reverb": partial(acoustics.with_reverb, sr=SR)}[how]
    return extract_onsets(worse(rng, y), ONSET_PARAMS)


# The contract: every method, whatever it can follow


@pytest.mark.parametrize("name", METHODS)
def test_methods_share_one_interface(name: str) -> None:
    method = ALIGNMENTS.get(name)
    params = method.Params()
    found = method.align(recording(), piece(1), params)
    assert isinstance(method.VERSION, int)
    assert isinstance(params, OnsetParams)
    assert found.method in ([name] if name != "auto" else ALIGNING)
    assert 0 <= params.confidence_threshold <= found.confidence <= 1
    assert found.n_notes == len(found.onset_times) == len(piece(1))
    assert found.residuals.shape[1:] == (2,)
    assert (np.diff(found.residuals[:, 0]) > 0).all()
    assert len(found.audio_curve) == FrameGrid(SR, 128).n_frames(len(recording()))
    assert found.frame_rate == SR / 128


@pytest.mark.parametrize("name", METHODS)
def test_the_correlation_is_highest_where_the_map_is(name: str) -> None:
    found = matched(name, onset_features(2, lag=0.402), piece(2))
    assert found.correlation.shape == found.lags.shape
    assert (np.diff(found.lags) > 0).all()
    assert found.lags[np.argmax(found.correlation)] == pytest.approx(0, abs=0.024)


@pytest.mark.parametrize("name", METHODS)
def test_the_same_result_twice_and_from_samples(name: str) -> None:
    method = ALIGNMENTS.get(name)
    labels, _ = warped(3, share=0.02)
    first, *others = (
        method.match(onset_features(), labels, method.Params()),
        method.match(onset_features(), labels, method.Params()),
        method.align(recording(), labels, method.Params()),
    )
    for other in others:
        assert (other.confidence, other.lag, other.evidence) == (first.confidence, first.lag, first.evidence)
        np.testing.assert_array_equal(other.measured.knots, first.measured.knots)
        np.testing.assert_array_equal(other.residuals, first.residuals)


@pytest.mark.parametrize("name", ALIGNING)
@pytest.mark.parametrize("lag", [-3.7, -0.331, -0.0041, 0.0, 0.0113, 0.402, 4.25, 11.0])
def test_known_lags_are_found(name: str, lag: float) -> None:
    found = matched(name, onset_features(2, lag=lag), piece(2))
    assert errors(found.time_map, TimeMap.shift(lag), piece(2)).mean() < 0.002
    assert found.lag == found.measured_lag == found.time_map.lags(piece(2).onset_times[0])
    assert accepted(name, found)


@given(shift=st.integers(-2 * SR, 4 * SR))
@settings(max_examples=8, deadline=None)
def test_delaying_the_audio_delays_the_lag(shift: int) -> None:
    y = recording()
    moved = y[-shift:] if shift < 0 else np.concatenate([np.zeros(shift, np.float32), y])
    delayed = extract_onsets(moved, ONSET_PARAMS)
    both = piece(1).onset_times[piece(1).onset_times > max(-shift / SR, 0)]
    for name in METHODS:
        before, after = (matched(name, sound, piece(1)).measured for sound in (onset_features(), delayed))
        assert np.median(after(both) - before(both)) == pytest.approx(shift / SR, abs=0.0015), name


@given(shift=st.floats(0, 25))
@settings(max_examples=8, deadline=None)
def test_later_labels_advance_the_lag(shift: float) -> None:
    for name in ALIGNING:
        found = matched(name, onset_features(), piece(1).shifted(shift))
        assert errors(found.time_map, TimeMap.shift(-shift), piece(1).shifted(shift)).mean() < 0.002, name
        assert accepted(name, found), name


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("gain", [1e-3, 30.0])
def test_loudness_does_not_matter(name: str, gain: float) -> None:
    loud, soft = (matched(name, sound, piece(1)) for sound in (onset_features(), features_at(gain)))
    times = piece(1).onset_times
    np.testing.assert_allclose(soft.measured(times), loud.measured(times), atol=2e-4)
    assert soft.confidence == pytest.approx(loud.confidence, abs=0.01)


@cache
def features_at(gain: float) -> OnsetFeatures:
    return extract_onsets((gain * recording()).astype(np.float32), ONSET_PARAMS)


@pytest.mark.parametrize("name", ALIGNING)
@pytest.mark.parametrize("cut", [(0, 10), (10, 20)])
def test_labels_may_be_twice_as_long_as_the_audio(name: str, cut: tuple[int, int]) -> None:
    first, last = cut
    found = matched(name, onset_features(first=first, last=last), piece(1))
    assert errors(found.time_map, TimeMap.shift(-first), piece(1), seconds=last - first).mean() < 0.002
    assert accepted(name, found)
    assert found.n_notes < len(piece(1))


@pytest.mark.parametrize("name", ALIGNING)
def test_audio_and_labels_may_overlap_by_a_half(name: str) -> None:
    late = piece(1).where(piece(1).onset_times > 7).shifted(-6.5)
    found = matched(name, onset_features(last=13), late)
    assert errors(found.time_map, TimeMap.shift(6.5), late, seconds=13).mean() < 0.002
    assert accepted(name, found)


@pytest.mark.parametrize("name", ALIGNING)
@pytest.mark.parametrize("how", ["noise", "reverb"])
def test_noise_and_reverberation_are_withstood(name: str, how: str) -> None:
    """White noise 10 dB below the music; a hall that rings for a second."""
    found = matched(name, disturbed_features(how), piece(1))
    assert errors(found.time_map, EXACT, piece(1)).mean() < 0.003
    assert accepted(name, found)


@pytest.mark.parametrize("name", ALIGNING)
@pytest.mark.parametrize("seed", [0, 1])
def test_missing_and_added_notes_are_withstood(name: str, seed: int) -> None:
    """A tenth of the notes missing, and as many that nobody plays."""
    rng, exact = np.random.default_rng(seed), disturbances.exact(piece(1), duration=SECONDS)
    labels = disturbances.added(rng, disturbances.dropped(rng, exact, share=0.1), share=0.1).notes
    found = matched(name, onset_features(), labels)
    assert errors(found.time_map, EXACT, labels).mean() < 0.003
    assert accepted(name, found)


@given(
    seed=st.integers(0, 1000),
    n=st.integers(1, 60),
    slower=st.floats(0.3, 3),
    first=st.floats(0, 10),
)
@settings(max_examples=15, deadline=None)
def test_no_map_disturbs_order_or_durations(seed: int, n: int, slower: float, first: float) -> None:
    """Whatever the labels are, a right piece or a wrong one, few notes or many."""
    notes = piece(seed, n=n)
    notes = replace(notes, intervals=slower * notes.intervals + first)
    for name in ("drift", "dtw"):
        time_map = matched(name, onset_features(), notes).time_map
        moved = time_map.moved(notes)
        np.testing.assert_array_equal(moved.pitches, notes.pitches)
        stretched = (moved.offset_times - moved.onset_times) / (notes.offset_times - notes.onset_times)
        for ratios in (time_map.ratios(), stretched):
            assert ratios.min() > STEEPEST * (1 - 1e-9), name
            assert ratios.max() < 2, name


# The contract: what is not to be trusted


@pytest.mark.parametrize("name", ALIGNING)
def test_another_piece_is_not_trusted(name: str) -> None:
    others = [piece(seed, n=n) for seed in (*range(20, 26), 107, 315) for n in (30, 120)]
    trusted = [other for other in others if accepted(name, matched(name, onset_features(), other))]
    assert not trusted


@pytest.mark.parametrize("name", ALIGNING)
@pytest.mark.parametrize("semitones", [-2, -1, 1, 2, 12])
def test_transposed_labels_are_recognised(name: str, semitones: int) -> None:
    found = matched(name, onset_features(), replace(piece(1), pitches=piece(1).pitches + semitones))
    assert found.evidence.transposition == -semitones
    assert found.confidence == 0


@pytest.mark.parametrize("name", ALIGNING)
def test_labels_an_octave_too_low_are_not_trusted(name: str) -> None:
    """No onset is detected an octave below a note: there is no evidence where these belong."""
    assert not accepted(name, matched(name, onset_features(), replace(piece(1), pitches=piece(1).pitches - 12)))


@pytest.mark.parametrize("name", ALIGNING)
@pytest.mark.parametrize("start", [6, 7, 8])
def test_a_missing_repeat_is_not_trusted(name: str, start: int) -> None:
    """A quarter of the labels cut out, the rest moved up: no continuous map is right."""
    notes, stop = piece(1), start + SECONDS // 4
    kept = notes.where((notes.onset_times < start) | (notes.onset_times >= stop))
    moved_up = np.where(kept.onset_times >= stop, stop - start, 0)
    labels = replace(kept, intervals=kept.intervals - moved_up[:, None])
    assert not accepted(name, matched(name, onset_features(), labels))


@pytest.mark.parametrize("name", ALIGNING)
def test_audio_that_goes_on_after_the_labels_end_is_not_trusted(name: str) -> None:
    assert not accepted(name, matched(name, onset_features(), piece(1).where(piece(1).onset_times < SECONDS / 2)))


@pytest.mark.parametrize("name", ALIGNING)
def test_one_note_repeated_periodically_is_ambiguous(name: str) -> None:
    """Any path from repetition to repetition would do."""
    onsets = np.arange(0.5, SECONDS - 1, 0.5)
    notes = Notes(np.c_[onsets, onsets + 0.3], np.full(len(onsets), 60), np.full(len(onsets), 80))
    assert not accepted(name, matched(name, extract_onsets(play(notes), ONSET_PARAMS), notes))


@pytest.mark.parametrize("name", ALIGNING)
@pytest.mark.parametrize("n", [1, 2, 7, correlation.Params().judging.min_notes - 1])
def test_very_few_notes_have_no_confidence(name: str, n: int) -> None:
    assert matched(name, features_of_few(n), piece(3, n=n)).confidence == 0


@cache
def features_of_few(n: int) -> OnsetFeatures:
    return extract_onsets(play(piece(3, n=n)), ONSET_PARAMS)


@pytest.mark.parametrize("name", ALIGNING)
@pytest.mark.parametrize("n_samples", [1, 100, 3000])
def test_a_recording_shorter_than_any_filter_has_no_confidence(name: str, n_samples: int) -> None:
    sound = extract_onsets(recording()[SR : SR + n_samples], ONSET_PARAMS)
    assert matched(name, sound, piece(1)).confidence == 0


@pytest.mark.parametrize("name", ALIGNING)
@pytest.mark.parametrize(
    "y", [np.zeros(3 * SR), np.full(SR, 1e-6), np.full(SR, np.nan), np.zeros(0)], ids=["zero", "faint", "nan", "empty"]
)
def test_silence_is_refused(name: str, y: np.ndarray) -> None:
    method = ALIGNMENTS.get(name)
    with pytest.raises(TrackError, match="a recording with sound in it"):
        method.align(y.astype(np.float32), piece(1), method.Params())


UNALIGNABLE = {
    "none": NO_NOTES,
    "beyond the keys": Notes(np.array([[1.0, 2.0]]), np.array([120]), np.array([64])),
    "beyond any lag": piece(1).shifted(500),
    "before all labels": piece(1).shifted(-500),
}


@pytest.mark.parametrize("name", ALIGNING)
@pytest.mark.parametrize("notes", UNALIGNABLE.values(), ids=UNALIGNABLE.keys())
def test_notes_that_cannot_be_aligned_raise(name: str, notes: Notes) -> None:
    with pytest.raises(TrackError, match="notes from A0 to C8"):
        matched(name, onset_features(), notes)


# Figures, and recordings of a sampled piano


def test_figures_of_every_outcome() -> None:
    unmeasured = none.align(np.zeros(SR, np.float32), NO_NOTES, none.Params())
    for alignment in (*(matched(name, onset_features(), piece(1)) for name in METHODS), unmeasured):
        figure = overlay(alignment, "a/track_$1$")
        figure.canvas.draw()
        assert figure.get_suptitle() == r"a/track_\$1\$"
        assert len(figure.axes) == 2 + bool(len(alignment.residuals)) + bool(len(alignment.lags))
        before, after = figure.axes[:2]
        assert (before.get_ylabel(), after.get_ylabel()) == ("as labelled", "aligned")
        assert before.get_xlim() == after.get_xlim()
        if alignment.measured is not None:
            assert before.get_title(loc="left").startswith(
                f"{alignment.method}: lag {1e3 * alignment.measured_lag:.1f} ms"
            )
    assert before.get_title(loc="left") == "no lag could be measured", "the last"


@pytest.mark.parametrize(
    ("lags", "title", "unit"),
    [
        ([], "no lag was measured", "ms"),
        ([0.004], "1 track: median 4 ms, 4 to 4 ms", "ms"),
        ([0.1, 0.1], "2 tracks: median 100 ms, 100 to 100 ms", "ms"),
        ([-3.0, 0.5, 12.0], "3 tracks: median 0.5 s, -3 to 12 s", "s"),
    ],
)
def test_the_histogram_of_lags_counts_every_track(lags: list[float], title: str, unit: str) -> None:
    (axes,) = lag_histogram(lags).axes
    assert axes.get_title(loc="left") == title
    assert axes.get_xlabel() == f"lag of the audio behind its labels ({unit})"
    scale = {"ms": 1e3, "s": 1.0}[unit]
    bars = [(bar.get_x(), bar.get_x() + bar.get_width(), bar.get_height()) for bar in axes.patches]
    assert sum(height for *_, height in bars) == len(lags)
    for lag in lags:
        assert any(left <= scale * lag <= right and height for left, right, height in bars)


@pytest.mark.skipif(not (CORPUS / "truth.json").exists(), reason=f"needs the development corpus in {CORPUS}")
@pytest.mark.parametrize(
    "track",
    ["Scriabin_Etudes_op_8_11", "Beethoven_Piano_Sonatas_7-4", "Schumann_Arabeske", "Debussy_Pour_le_Piano_1"],
)
def test_recordings_of_a_sampled_piano(track: str) -> None:
    from mir_models.resampling import resample
    from storage.media import audio, midi

    truths = json.loads((CORPUS / "truth.json").read_text(encoding="utf-8"))[track]
    truth = TimeMap.line(truths["lag_s"], 1 / truths["midi_time_stretch"])
    y = resample(*audio.read_mono(CORPUS / f"{track}.ogg"), SR)
    sound, notes = extract_onsets(y, ONSET_PARAMS), midi.read(CORPUS / f"{track}.mid").notes
    found = {name: matched(name, sound, notes) for name in ("correlation", "auto")}
    assert accepted("correlation", found["correlation"]) == (truths["midi_time_stretch"] == 1)
    assert accepted("auto", found["auto"])
    assert errors(found["auto"].time_map, truth, notes, seconds=sound.duration).mean() < 0.005
