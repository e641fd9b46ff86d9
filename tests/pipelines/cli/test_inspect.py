"""One track inspected: the picture, the page, and the sound: the recording on the left, its labels on the right."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.preparation.inspection import InspectionFiles, inspect
from assets.preparation.track_labels import stored_labels
from mir_models.errors import MirlitonError
from mir_models.figures.inspection import Scene, excerpt, middle_start, overview, select_excerpts
from mir_models.notes.annotations import NO_NOTES, Notes
from mir_models.notes.frames import FrameGrid
from mir_models.notes.sonification import sonify, stereo
from mir_models.notes.time_map import TimeMap
from storage.media import audio
from storage.pages.piano_roll import RollNote, RollView, page_script
from storage.reports.pages.inspection import ExcerptFigure, TrackReport, render
from storage.tracks.records import RawAudioRecord
from tests.conftest import LEAD_IN, SR, files_below, notes_of, sound, write_track
from tests.storage.track_records import NOTES, labels_record, raw_audio_record

MS = SR // 1000
PNG = b"\x89PNG\r\n\x1a\n"
GRID = FrameGrid(22050, 512)


def notes_at(onsets: list[float], pitch: int = 60) -> Notes:
    """Notes of a tenth of a second."""
    times = np.asarray(onsets, dtype=float)
    return Notes(np.c_[times, times + 0.1], np.full(len(times), pitch), np.full(len(times), 90))


def begins(y: np.ndarray, onset: float, sr: int = SR) -> bool:
    """Whether `y` is silent up to 1 ms before an onset, and loud within 1 ms of it."""
    at = round(onset * sr)
    return bool(np.abs(y[at - 20 * MS : at - MS]).max() < 1e-4 and np.abs(y[at - MS : at + MS]).max() > 0.1)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=1, max_size=6, unique=True), st.integers(21, 108))
def test_a_click_begins_within_a_millisecond_of_every_onset(steps: list[int], pitch: int) -> None:
    onsets = [0.1 + 0.25 * step for step in steps]
    y = sonify(notes_at(onsets, pitch), SR, 4 * SR)
    assert y.shape == (4 * SR,)
    assert y.dtype == np.float32
    assert all(begins(y, onset) for onset in onsets)


@pytest.mark.parametrize("outside", [-0.06, -5.0, 1.0, 7.5])
def test_notes_outside_are_not_sonified_and_disturb_no_other(outside: float) -> None:
    inside = notes_at([0.3, 0.99])
    assert np.array_equal(sonify(Notes.concatenate([inside, notes_at([outside])]), SR, SR), sonify(inside, SR, SR))


def test_a_click_that_the_end_cuts_off_leaves_those_after_it() -> None:
    y = sonify(notes_at([0.975, 0.985]), SR, SR, tones=0)
    assert np.abs(y[round(0.985 * SR) - 1 :]).max() > 0.4


def test_a_tone_has_the_pitch_of_its_note() -> None:
    for pitch in (33, 69, 100):
        y = sonify(Notes(np.array([[0.0, 1.0]]), np.array([pitch]), np.array([127])), SR, SR, clicks=0)
        peak = np.argmax(np.abs(np.fft.rfft(y * np.hanning(SR))))
        assert peak == pytest.approx(440 * 2 ** ((pitch - 69) / 12), abs=1.0)


def test_no_note_is_silence_and_many_at_once_do_not_clip() -> None:
    assert not sonify(NO_NOTES, SR, 100).any()
    chord = Notes(np.tile([0.0, 1.0], (88, 1)), np.arange(21, 109), np.full(88, 127))
    assert np.abs(sonify(chord, SR, SR)).max() == pytest.approx(0.9)


def test_the_recording_is_on_the_left_and_the_labels_on_the_right() -> None:
    y, labels = np.float32([0.1, 0.2]), np.float32([0.3, 0.4])
    assert np.array_equal(stereo(y, labels), np.float32([[0.1, 0.3], [0.2, 0.4]]))
    with pytest.raises(ValueError, match=r"\(2,\) and \(1,\)"):
        stereo(y, labels[:1])


def test_a_wav_file_holds_what_was_written_and_clips_what_is_too_loud(tmp_path: Path) -> None:
    audio.write_wav(tmp_path / "a.wav", np.float32([[0.5, 3.0], [-0.25, -3.0]]), SR)
    y, sr = soundfile.read(tmp_path / "a.wav")
    assert (sr, soundfile.info(tmp_path / "a.wav").subtype) == (SR, "PCM_16")
    assert y == pytest.approx(np.array([[0.5, 1.0], [-0.25, -1.0]]), abs=2**-14)
    assert os.listdir(tmp_path) == ["a.wav"]


def scene(residuals: list[tuple[float, float]], *, notes: Notes | None = None, lag: float = 2.0) -> Scene:
    """A minute of noise with a note a second, `lag` seconds late."""
    written = notes_at([float(each) for each in range(55)]) if notes is None else notes
    levels = np.random.default_rng(0).uniform(-80, 0, (GRID.n_frames(60 * SR), 88)).astype(np.float32)
    time_map, anchors = TimeMap.shift(lag), np.array(residuals).reshape(-1, 2)
    return Scene(levels, GRID, 21, 12, written, time_map, anchors, np.ones(6000, np.float16), 100.0)


def test_the_worst_residuals_are_shown_first_in_audio_time_and_no_excerpt_overlaps() -> None:
    found = select_excerpts(scene([(20.0, 0.01), (40.0, -0.2), (41.0, 0.1), (90.0, 9.0)]), 10)
    assert [place.name for place in found] == [
        "residual -200.0 ms at 42.00 s",
        "residual +10.0 ms at 22.00 s",
        "the beginning",
        "the end",
    ]
    assert [place.start for place in found] == pytest.approx([37.0, 17.0, 1.0, 47.0], abs=0.05)
    assert [place.name for place in select_excerpts(scene([]), 10)] == ["the beginning", "the middle", "the end"]
    assert len(select_excerpts(scene([]), 45)) == 1, "a short track has one"


def test_the_excerpt_lies_around_the_middle_note_and_inside_the_recording() -> None:
    assert middle_start(scene([]), 10) == pytest.approx(24.0)
    assert middle_start(scene([], notes=notes_at([57.0])), 10) == pytest.approx(50.0, abs=0.05)
    assert middle_start(scene([], notes=NO_NOTES), 10) == pytest.approx(25.0, abs=0.05)


def test_the_overview_draws_labels_before_and_after_and_the_lag() -> None:
    before, after, onsets, lags, residuals = overview(scene([(20.0, 0.01)]), 10.5, 10, "t").axes
    assert before.collections[0].get_paths()[0].get_extents().x0 == 11.0
    assert len(after.collections[0].get_paths()) == len(before.collections[0].get_paths()) == 10
    assert before.get_xlim() == after.get_xlim() == onsets.get_xlim() == (10.5, 20.5)
    assert lags.lines[0].get_ydata() == pytest.approx([2000, 2000])
    assert lags.lines[1].get_xydata()[0] == pytest.approx([20, 2010])
    assert residuals.lines[1].get_xydata()[0] == pytest.approx([20, 10])
    assert lags.patches[0].get_x() == pytest.approx(8.5), "the excerpt, in label time"


def test_after_the_map_a_note_is_drawn_where_it_sounds() -> None:
    late = scene([], notes=notes_at([12.0]))
    before, after = overview(late, 10.0, 10, "t").axes[:2]
    assert before.collections[0].get_paths()[0].get_extents().x0 == 12.0
    assert after.collections[0].get_paths()[0].get_extents().x0 == 14.0
    assert excerpt(late, 10.0, 10).axes[0].collections[0].get_paths()[0].get_extents().x0 == 14.0


@pytest.mark.parametrize("start", [-1.0, 60.5])
def test_an_excerpt_outside_the_recording_is_refused(start: float) -> None:
    with pytest.raises(MirlitonError, match=r"begins inside the 60\.0 s of the recording"):
        overview(scene([]), start, 10, "t")


def record(**changes: Any) -> RawAudioRecord:
    """A row of the track table."""
    notes = {"notes": replace(NOTES, path="/c/<x>.mid")}
    values = {"path": "/c/<x>.wav", "duration": 61.0, "sr": 44100, "channels": 2, "work": "w", "split": "test"}
    return raw_audio_record("<x>", **{**values, "labels": notes, **changes})


def test_the_page_escapes_names_and_describes_the_alignment_in_words() -> None:
    evidence = {"agreement": 0.625, "transposition": -2, "worst_part": None, "new_kind": 7}
    counts = {"read": 12, "doubled": 2, "lengthened": 0}
    figures = {"method": "drift", "lag": 0.5, "measured_lag": 0.5, "confidence": 0.876, "evidence": evidence}
    labels = labels_record("<x>", n_notes=10, counts=counts, pedal="none", threshold=0.4, **figures)
    report = TrackReport("d", record(), labels, "A line.", (1.01, 1.0, 1.02), (7, 0.002, 0.03), ("<b>",))
    roll = RollView(0.0, 61.0, [RollNote(1.0, 2.0, 60)])
    others = [ExcerptFigure("the end", PNG, 51.0, 61.04), ExcerptFigure("elsewhere", PNG, 70.0, 80.0)]
    sounds = {"Recording": b"<x>", "Labels": b"tones"}
    page = render(report, ExcerptFigure("excerpt", PNG, 1.0, 2.0), others, roll=roll, sounds=sounds)
    text = re.sub(r"\s+", " ", page)
    for text_part in (
        "&lt;x&gt;.mid, to be aligned",
        "&lt;b&gt;",
        "1:01 min, 44100 Hz, 2 channels",
        "drift: A line.",
        "500.0 ms at the first note",
        "0.88 of 1; a track below 0.40 goes to quarantine",
        "1.0100 (1.0000 to 1.0200) seconds of audio",
        "7 places, median 2.0 ms, largest 30.0 ms",
        "10 of 12 in the file (2 doubled, left out)",
        "none: a note ends when its key is released",
        "Detected onsets and onsets of the labels correlate by 0.62 (median over parts).",
        "moved by -2 semitones",
        "new kind: 7",
        'data-of="roll" data-play="1.0">Play from 1.0 s',
        'data-of="roll" data-play="51.0">Play from 51.0 s',
        'src="data:audio/ogg;base64,PHg+" data-of="roll" data-name="Recording" data-start="0.0"',
    ):
        assert text_part in text
    assert "<x>" not in page
    assert "worst part" not in page
    assert page.count("data-play") == 2 + page_script().count("data-play"), "what is not inside cannot be played"
    assert "://" not in re.sub(r"data:(image|audio)[^\"]*", "", page), "nothing is fetched"


def channels(files: InspectionFiles) -> tuple[np.ndarray, np.ndarray]:
    """Left and right of the sound."""
    assert files.sound is not None
    assert soundfile.info(files.sound).subtype == "PCM_16"
    y, sr = soundfile.read(files.sound)
    assert sr == SR
    return y[:, 0], y[:, 1]


@pytest.fixture(scope="module")
def sparse(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Notes]:
    """A home with three tracks: with few notes, with another's notes, and with no sound where the labels are wrong."""
    from storage.media import midi
    from tests.conftest import prepare, settle

    home, root = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("corpus")
    onsets = np.cumsum(np.random.default_rng(3).uniform(0.12, 0.3, 30)) + 0.1
    notes = Notes(np.c_[onsets, onsets + 0.08], np.random.default_rng(4).integers(40, 80, 30), np.full(30, 100))
    (root / "late.mid").write_bytes(midi.encode(notes))
    soundfile.write(root / "late.wav", sound(notes, lag=LEAD_IN, seconds=9.0), SR, subtype="PCM_16")
    write_track(root / "wrong", 5)
    (root / "wrong.mid").write_bytes(midi.encode(notes_of(11)))
    write_track(root / "broken", 6)
    (root / "broken.mid").write_bytes(b"MThd no")
    (root / "empty.wav").write_bytes(b"")
    shutil.copy(root / "late.mid", root / "empty.mid")
    with pytest.MonkeyPatch.context() as patch:
        settle(home, patch)
        prepare("sparse", root, max_quarantined=0.9)
    return home, notes


@pytest.fixture
def home_of_sparse(sparse: tuple[Path, Notes], monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment pointing at the home of `sparse`."""
    from tests.conftest import settle

    settle(sparse[0], monkeypatch)


@pytest.fixture(scope="module")
def whole(sparse: tuple[Path, Notes], tmp_path_factory: pytest.TempPathFactory) -> InspectionFiles:
    """The track "late" inspected as a whole."""
    from tests.conftest import settle

    with pytest.MonkeyPatch.context() as patch:
        settle(sparse[0], patch)
        return inspect("sparse", "late", tmp_path_factory.mktemp("whole") / "out")


def test_a_track_is_a_picture_a_page_and_a_sound(sparse: tuple[Path, Notes], whole: InspectionFiles) -> None:
    files = whole
    left, right = channels(files)
    recording, _ = soundfile.read(_recording(sparse[0]))
    assert left == pytest.approx(recording, abs=2**-15)
    onsets = sparse[1].onset_times + LEAD_IN
    lag = np.median([np.argmax(np.abs(right[round((t - 0.05) * SR) :]) > 0.1) / SR - 0.05 for t in onsets])
    assert abs(lag) < 0.006, "the lag was measured"
    assert all(begins(right, onset + lag) for onset in onsets)
    assert files.picture.read_bytes().startswith(PNG)
    page = files.page.read_text(encoding="utf-8")
    played = [
        soundfile.read(io.BytesIO(base64.b64decode(each)))
        for each in re.findall(r'src="data:audio/ogg;base64,([^"]*)"', page)
    ]
    assert [(len(y), sr) for y, sr in played] == [(len(left), SR)] * 2
    assert np.corrcoef(played[0][0], recording)[0, 1] > 0.9
    view = json.loads(re.search(r'<script type="application/json" id="roll">(.*?)</script>', page).group(1))
    assert (view["start"], view["stop"]) == (0.0, pytest.approx(9.0, abs=0.01))
    assert [row[0] for row in view["notes"]["rows"]] == pytest.approx(onsets + lag, abs=0.02)
    assert view["notes"]["columns"] == ["onset", "offset", "pitch", "velocity"]
    assert (view["spectrum"]["lowest"], view["spectrum"]["highest"]) == (20.5, 108.5)
    assert "late.mid, to be aligned" in page
    assert 'class="warning"' not in page
    assert sorted(files.page.parent.glob("[!.]*")) == sorted(files.paths)


def _recording(home: Path) -> Path:
    """The recording of "late"."""
    from storage.tracks.dataset_store import open_dataset

    return Path(
        {each.track: each.path for each in open_dataset(str(home / "store"), "sparse").raw_audio.records()}["late"]
    )


@pytest.mark.usefixtures("home_of_sparse")
def test_an_excerpt_limits_the_sound_and_keeps_it_in_step(whole: InspectionFiles, tmp_path: Path) -> None:
    whole_left, whole_right = channels(whole)
    left, right = channels(inspect("sparse", "late", tmp_path / "part", start=2.5, seconds=3))
    assert len(left) == len(right) == 3 * SR
    first = round(2.5 * SR)
    assert np.array_equal(left, whole_left[first : first + 3 * SR])
    loud, loud_whole = (np.flatnonzero(np.abs(each) > 0.2) for each in (right, whole_right[first : first + 3 * SR]))
    assert set(loud_whole) - set(loud) <= set(range(20 * MS * 10)), "only a note from before the excerpt is missing"


@pytest.mark.parametrize("measured", [TimeMap.shift(0.04), TimeMap.line(0.04, 1.01)])
def test_exact_labels_are_sonified_as_they_are_and_plotted_as_measured(measured: TimeMap) -> None:
    arrays = {"notes": np.array([[1.0, 2.0, 60, 90]]), "time_map": TimeMap.shift(0.0).knots}
    arrays |= {"residuals": np.zeros((0, 2)), "heard": np.zeros(3, np.float16)}
    found = stored_labels(arrays | {"measured": measured.knots}, labels_record("t", frame_rate=172.0))
    assert found.applied.moved(found.notes).onset_times == [1.0]
    assert np.array_equal(found.measured.knots, measured.knots)
    unmeasured = stored_labels(arrays | {"measured": np.zeros((0, 2))}, labels_record("t", frame_rate=172.0))
    assert unmeasured.measured is unmeasured.applied


@pytest.mark.usefixtures("home_of_sparse")
def test_a_track_in_quarantine_can_be_inspected_with_the_reason(tmp_path: Path) -> None:
    files = inspect("sparse", "wrong", tmp_path)
    page = files.page.read_text(encoding="utf-8")
    assert "In quarantine" in page
    assert "Expected an alignment with confidence" in page
    left, right = channels(files)
    assert left.any()
    assert right.any()


@pytest.mark.usefixtures("home_of_sparse")
def test_a_track_whose_labels_cannot_be_read_shows_its_spectrum(tmp_path: Path) -> None:
    files = inspect("sparse", "broken", tmp_path)
    assert files.sound is None
    assert "broken.mid" in files.page.read_text(encoding="utf-8")
    assert sorted(tmp_path.glob("[!.]*")) == sorted(files.paths)


@pytest.mark.usefixtures("home_of_sparse")
@pytest.mark.parametrize(
    ("track", "expected"),
    [
        ("lates", r"a track of sparse\. Received: 'lates'\. Remedy: did you mean late\?"),
        ("empty", r"a track that can be decoded\. Received: empty, in quarantine: .*zero bytes"),
    ],
)
def test_a_track_that_cannot_be_inspected_is_refused_with_the_remedy(track: str, expected: str, tmp_path: Path) -> None:
    with pytest.raises(MirlitonError, match=expected):
        inspect("sparse", track, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("home_of_sparse")
def test_another_preset_and_another_dataset_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MirlitonError, match="choose one of cqt, cqt_36, cqt_84"):
        inspect("sparse", "late", tmp_path, preset="mel")
    with pytest.raises(MirlitonError, match="a registered dataset"):
        inspect("sparsely", "late", tmp_path)


def test_a_track_without_notes_shows_its_spectrum_and_its_classes(home: Path, tmp_path: Path) -> None:
    from tests.conftest import prepare

    for genre, seed in (("blues", 0), ("rock", 1)):
        write_track(tmp_path / "corpus" / genre / f"{genre}.1", seed)
        (tmp_path / "corpus" / genre / f"{genre}.1.mid").unlink()
    prepare("genres", tmp_path / "corpus", loader="labelled_folders", raise_on_error=False)
    files = inspect("genres", _first_track(), tmp_path / "out")
    page = files.page.read_text(encoding="utf-8")
    assert files.sound is None
    assert "blues" in page
    assert "no notes to draw" in page
    assert page.count("<audio") == 1 + page_script().count("<audio"), "the recording alone"
    assert files.picture.read_bytes().startswith(PNG)


def _first_track() -> str:
    from storage import home
    from storage.tracks.dataset_store import open_dataset

    return open_dataset(home.store_address(), "genres").raw_audio.records()[0].track


@pytest.mark.usefixtures("home_of_sparse")
def test_the_command_prints_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    from pipelines.cli import progress_bars
    from pipelines.cli.main import app

    monkeypatch.setattr(progress_bars.console, "width", 300)
    text_part = CliRunner().invoke(app, ["inspect", "sparse", "late", "-o", str(tmp_path / "out"), "--seconds", "2"])
    assert text_part.exit_code == 0, text_part.output
    written = list((tmp_path / "out").glob("[!.]*"))
    assert sorted(path.suffix for path in written) == [".html", ".png", ".wav"]
    assert all(str(path) in text_part.output for path in written)


@pytest.mark.usefixtures("home_of_sparse")
def test_a_file_of_the_users_own_is_kept_and_named_before_anything_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = inspect("sparse", "late", tmp_path, seconds=2)
    inspect("sparse", "late", tmp_path, seconds=2)
    files.page.write_text("my own notes")
    before = files_below(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr("assets.preparation.inspection.audio.read_mono", None)
        with pytest.raises(MirlitonError, match=rf"{re.escape(str(files.page))}, which mirliton did not write"):
            inspect("sparse", "late", tmp_path, seconds=2)
    assert files_below(tmp_path) == before
    inspect("sparse", "late", tmp_path, seconds=2, overwrite=True)
    assert files.page.read_text(encoding="utf-8").startswith("<!")
