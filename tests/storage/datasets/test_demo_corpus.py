"""The demo corpus as files: what a user would have on disk, and a truth to test alignment by."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
import pytest

from mir_models.demo_music import works
from mir_models.demo_music.performer import Performance
from mir_models.errors import MirlitonError
from mir_models.notes.annotations import Notes
from storage.datasets import demo, folder
from storage.media.ogg import with_serial

pretty_midi = pytest.importorskip("pretty_midi", reason="pretty_midi is not installed")
soundfile = pytest.importorskip("soundfile", reason="soundfile is not installed")
pytest.importorskip("midirenderer", reason="midirenderer is not installed")

WORKS = works()
EACH = pytest.mark.parametrize("work", WORKS, ids=[work.name for work in WORKS])


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("demo") / "not" / "there yet"
    calls: list[tuple[int, int]] = []
    demo.generate(root, on_done=lambda done, total: calls.append((done, total)))
    assert calls == [(done, len(WORKS)) for done in range(1, len(WORKS) + 1)]
    return root


def _rms(y: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(y))))


@EACH
def test_midi_holds_the_performance_within_a_millisecond(root: Path, work: Performance) -> None:
    midi = pretty_midi.PrettyMIDI(str(root / f"{work.name}.mid"))
    (piano,) = midi.instruments
    assert piano.program == 0
    read = Notes(
        np.array([(note.start, note.end) for note in piano.notes]),
        np.array([note.pitch for note in piano.notes]),
        np.array([note.velocity for note in piano.notes]),
    )
    order, ref_order = (np.lexsort((notes.onset_times, notes.pitches)) for notes in (read, work.notes))
    np.testing.assert_array_equal(read.pitches[order], work.notes.pitches[ref_order])
    np.testing.assert_array_equal(read.velocities[order], work.notes.velocities[ref_order])
    np.testing.assert_allclose(read.intervals[order], work.notes.intervals[ref_order], atol=1e-3)
    pedal = [change for change in piano.control_changes if change.number == 64]
    assert [change.value for change in pedal] == [127, 0] * len(work.pedal)
    np.testing.assert_allclose([change.time for change in pedal], work.pedal.ravel(), atol=1e-3)


@EACH
def test_the_recording_starts_to_sound_at_its_lead_in(root: Path, work: Performance) -> None:
    y, sr = soundfile.read(root / f"{work.name}.ogg", dtype="float32")
    hop = round(0.005 * sr)
    energy = np.sqrt(np.mean(y[: len(y) // hop * hop].reshape(-1, hop) ** 2, axis=1))
    assert 0.2 <= demo.lead_in(work.name) <= 3.0
    assert np.argmax(energy > 0.003) * 0.005 == pytest.approx(demo.lead_in(work.name), abs=0.03)
    assert 0.0001 < _rms(y[: round((demo.lead_in(work.name) - 0.05) * sr)]) < 0.001
    assert 0.6 < np.abs(y).max() < 0.9
    after = len(y) / sr - demo.lead_in(work.name) - max(work.notes.duration, work.pedal.max(initial=0.0))
    assert after == pytest.approx(demo.TAIL, abs=0.01)


def test_lead_ins_differ() -> None:
    assert len({round(demo.lead_in(work.name), 2) for work in WORKS}) > len(WORKS) - 3


def test_the_listing_has_the_works_their_splits_and_existing_files(root: Path) -> None:
    listing = demo.tracks(root, demo.Options())
    assert [(track.id, track.work, track.split) for track in listing.tracks] == [
        (work.name, work.name, work.split) for work in WORKS
    ]
    assert all(track.audio.is_file() and track.labels["notes"].is_file() for track in listing.tracks)
    assert listing.dropped == {}


def test_the_corpus_is_laid_out_as_a_folder_of_ones_own(root: Path) -> None:
    own = folder.tracks(root, folder.Options())
    assert [(track.id, track.labels) for track in own.tracks] == [
        (track.id, track.labels) for track in demo.tracks(root, demo.Options()).tracks
    ]


def test_what_is_missing_broken_or_outdated_is_made_again_byte_for_byte_and_nothing_else(root: Path) -> None:
    missing, broken = (root / f"{work.name}.ogg" for work in WORKS[:2])
    relabelled = root / f"{WORKS[2].name}.mid"
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in root.iterdir()}
    missing.unlink()
    broken.write_bytes(broken.read_bytes()[:50])
    relabelled.write_bytes(b"MThd")
    demo.generate(root)
    assert {path: path.read_bytes() for path in root.iterdir()} == {path: data for path, (data, _) in before.items()}
    kept = {work.name for work in WORKS[3:]}
    assert all(path.stat().st_mtime_ns == before[path][1] for path in root.iterdir() if path.stem in kept)


def test_another_version_of_the_rendering_is_rendered_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "works", lambda: WORKS[:1])
    demo.generate(tmp_path)
    old = (tmp_path / f"{WORKS[0].name}.ogg").read_bytes()
    monkeypatch.setattr(demo, "RENDERING", demo.RENDERING + 1)
    demo.generate(tmp_path)
    assert (tmp_path / f"{WORKS[0].name}.ogg").read_bytes() != old


def test_a_killed_generation_leaves_no_half_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(draft: Path, path: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "works", lambda: WORKS[:1])
    with monkeypatch.context() as patched:
        patched.setattr("os.replace", killed)
        with pytest.raises(KeyboardInterrupt):
            demo.generate(tmp_path)
    assert not [path for path in tmp_path.iterdir() if not path.name.startswith(".")]
    assert len(demo.tracks(tmp_path, demo.Options()).tracks) == 1
    assert len(folder.tracks(tmp_path, folder.Options()).tracks) == 1


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MirlitonError, match="file"):
        demo.generate(tmp_path / "file" / "demo")


def test_without_the_renderer_the_remedy_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "midirenderer", None)
    with pytest.raises(MirlitonError, match="pip install"):
        demo.generate(tmp_path)


def _played(notes: list[tuple[float, float, int, int]], pedal: list[tuple[float, float]]) -> tuple[np.ndarray, int]:
    onsets, offsets, pitches, velocities = np.array(notes).T
    all_notes = Notes(np.column_stack([onsets, offsets]), pitches.astype(int), velocities.astype(int))
    work = Performance("x", "x", "x", "train", all_notes, np.array(pedal).reshape(-1, 2))
    y, sr = demo._record(work)
    return y[round(demo.lead_in("x") * sr) :], sr


@pytest.mark.parametrize("pitch", [24, 60, 96])
def test_velocity_is_loudness(pitch: int) -> None:
    y, sr = _played([(0, 0.4, pitch, 40), (1, 1.4, pitch, 70), (2, 2.4, pitch, 110)], [])
    soft, medium, loud = (_rms(y[at * sr : at * sr + sr // 3]) for at in range(3))
    assert medium > 1.7 * soft
    assert loud > 1.7 * medium


def test_the_pedal_sustains() -> None:
    y, sr = _played([(0, 0.3, 60, 80), (2, 2.3, 60, 80)], [(2.1, 3.2)])
    dry, held, lifted = (_rms(y[round(at * sr) : round((at + 0.2) * sr)]) for at in (0.7, 2.7, 3.6))
    assert held > 5 * dry
    assert held > 5 * lifted


def test_an_ogg_page_has_the_checksum_libogg_gave_it() -> None:
    """Rewriting a stream with the serial number it has must change nothing."""
    file = io.BytesIO()
    soundfile.write(file, np.zeros(4800), 48000, format="OGG", subtype="VORBIS")
    ogg = file.getvalue()
    assert with_serial(ogg, int.from_bytes(ogg[14:18], "little")) == ogg
