"""Bad input: every bad file gets a row that names it and the remedy, and the rest of the dataset is prepared.

One folder with good recordings of every kind among everything that can be wrong with one; it is prepared once.
"""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from matplotlib.image import imread

from mir_models.errors import MirlitonError
from mir_models.notes.annotations import NO_NOTES, Notes
from storage.media import midi
from storage.tracks.dataset_store import DatasetStore, open_dataset
from tests.conftest import SR, files_below, notes_of, prepare, sound, write_track

GOOD: dict[str, dict[str, Any]] = {
    "plain": {},
    "eight bits": {"subtype": "PCM_U8"},
    "24 bits": {"subtype": "PCM_24"},
    "five.one": {"n_channels": 6},
    "8 kHz": {"sr": 8000},
    "ordner/Für Élise № 1 愛": {},
}


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])


def _text(stem: Path) -> None:
    stem.with_suffix(".wav").write_text("Dear diary, " * 2000)


def _empty(stem: Path) -> None:
    stem.with_suffix(".wav").write_bytes(b"")


def _truncated(suffix: str) -> Callable[[Path], None]:
    def harm(stem: Path) -> None:
        y, sr = soundfile.read(stem.with_suffix(".wav"))
        stem.with_suffix(".wav").unlink()
        soundfile.write(stem.with_suffix(suffix), y, sr)
        _cut(stem.with_suffix(suffix))

    return harm


def _sounding(y: np.ndarray) -> Callable[[Path], None]:
    return lambda stem: soundfile.write(stem.with_suffix(".wav"), y, SR, subtype="FLOAT")


def _written(content: Callable[[], bytes]) -> Callable[[Path], None]:
    return lambda stem: stem.with_suffix(".mid").write_bytes(content())


def _twin(stem: Path) -> None:
    y, sr = soundfile.read(stem.with_suffix(".wav"))
    soundfile.write(stem.with_suffix(".flac"), y, sr)


def _without_midi(stem: Path) -> None:
    stem.with_suffix(".mid").unlink()


def _twice_as_long(stem: Path) -> None:
    notes = midi.read(stem.with_suffix(".mid")).notes
    longer = Notes.concatenate([notes, notes_of(999).shifted(7.0)])
    stem.with_suffix(".mid").write_bytes(midi.encode(longer))


def _not_a_number() -> np.ndarray:
    y = sound(notes_of(50))
    y[70_000:70_010] = np.nan
    return y


@dataclass(frozen=True)
class Bad:
    """A bad track: how it comes about, the stage that notices, the file at fault, and words of its row."""

    harm: Callable[[Path], None]
    stage: str
    file: str
    words: tuple[str, ...]


CUT = ("complete recording", "truncated", "copy it again")
BAD = {
    "no audio": Bad(_text, "raw_audio", "no audio.wav", ("an audio file", "convert it")),
    "zero bytes": Bad(_empty, "raw_audio", "zero bytes.wav", ("zero bytes", "copy it again")),
    "cut wav": Bad(_truncated(".wav"), "raw_audio", "cut wav.wav", CUT),
    "cut aiff": Bad(_truncated(".aiff"), "raw_audio", "cut aiff.aiff", CUT),
    "cut ogg": Bad(_truncated(".ogg"), "raw_audio", "cut ogg.ogg", CUT),
    "cut mp3": Bad(_truncated(".mp3"), "raw_audio", "cut mp3.mp3", CUT),
    "cut flac": Bad(_truncated(".flac"), "raw_audio", "cut flac.flac", ("samples decode", "flac", "copy it again")),
    "silent": Bad(_sounding(np.zeros(SR)), "raw_audio", "silent.wav", ("audible", "silence", "exported")),
    "nan": Bad(_sounding(_not_a_number()), "raw_audio", "nan.wav", ("finite", "NaN", "export the recording again")),
    "one sample": Bad(_sounding(np.full(1, 0.5)), "raw_audio", "one sample.wav", ("0.5 s", "1 sample", "remove it")),
    "twins": Bad(_twin, "raw_audio", "twins.wav", ("twins.flac and twins.wav", "rename one")),
    "no midi": Bad(_without_midi, "raw_audio", "no midi.wav", ("notes", "no such file", "beside the recording")),
    "no notes": Bad(_written(lambda: midi.encode(NO_NOTES)), "labels", "no notes.mid", ("with notes", "remove")),
    "broken midi": Bad(_written(lambda: midi.encode(notes_of(0))[:99]), "labels", "broken midi.mid", ("readable",)),
    "zero midi": Bad(_written(lambda: b""), "labels", "zero midi.mid", ("readable MIDI file", "export it again")),
    "other midi": Bad(_written(lambda: midi.encode(notes_of(998))), "labels", "other midi.mid", ("confidence",)),
    "longer midi": Bad(_twice_as_long, "labels", "longer midi.mid", ("longer midi.wav", "check that the MIDI file")),
}  # fmt: skip


@dataclass(frozen=True)
class Mixed:
    """The folder, the home in which it was prepared, the result of the run, and what it left."""

    corpus: Path
    home: Path
    made: dict[str, int]
    quarantined: dict[str, int]

    @property
    def dataset(self) -> DatasetStore:
        return open_dataset(str(self.home / "store"), "mixed")


def _counts(result: Any, key: str) -> dict[str, int]:
    events = [event.materialization for event in result.get_asset_materialization_events()]
    return {event.asset_key.to_user_string(): event.metadata[key].value for event in events}


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mixed]:
    corpus, home = tmp_path_factory.mktemp("mixed"), tmp_path_factory.mktemp("mixed-home")
    for seed, (name, kind) in enumerate(GOOD.items(), start=100):
        write_track(corpus / name, seed, **kind)
    for seed, (name, bad) in enumerate(BAD.items(), start=200):
        write_track(corpus / name, seed)
        bad.harm(corpus / name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIRLITON_HOME", str(home))
        patch.delenv("MIRLITON_STORE", raising=False)
        result = prepare("mixed", corpus, max_quarantined=1.0)
        assert result.success
        yield Mixed(corpus, home, _counts(result, "made"), _counts(result, "quarantined"))


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_has_one_row_that_names_it_and_the_remedy(mixed: Mixed, name: str) -> None:
    (row,) = [row for row in mixed.dataset.quarantine.rows() if row.track == name]
    bad = BAD[name]
    assert row.stage == bad.stage
    assert bad.file in row.reason
    assert all(word in row.reason for word in ("Expected ", " Received: ", " Remedy: ", *bad.words)), row.reason
    assert "Error" not in row.reason.split("Received: ")[0]


def test_nothing_else_is_in_quarantine_and_the_run_reports_how_many(mixed: Mixed) -> None:
    assert {row.track for row in mixed.dataset.quarantine.rows()} == set(BAD)
    stages = [bad.stage for bad in BAD.values()]
    assert mixed.quarantined["raw_audio"] == stages.count("raw_audio")
    assert mixed.quarantined["labels"] == stages.count("labels")
    assert mixed.made["raw_audio"] == len(GOOD) + stages.count("labels")
    assert mixed.made["labels"] == mixed.made["shards/cqt"] == len(GOOD)


@pytest.mark.parametrize("name", GOOD)
def test_a_good_recording_of_any_kind_is_in_the_shards(mixed: Mixed, name: str) -> None:
    records = {record.track: record for record in mixed.dataset.shards("cqt").records()}
    fingerprints = mixed.dataset.shards("cqt").fingerprints()
    assert set(records) == set(GOOD)
    (fingerprint,) = [value for slug, value in fingerprints.items() if slug == _slug(name)]
    arrays = mixed.dataset.shards("cqt").arrays(name, fingerprint)
    features, mask, onset = (np.asarray(arrays[key][...]) for key in ("features", "mask", "onset"))
    assert mask.sum() == records[name].n_frames == 1 + 7 * SR // 512
    assert np.isfinite(features).all()
    assert np.ptp(features[mask.astype(bool)]) > 40
    assert onset.sum() >= 50
    lag = mixed.dataset.labels.record(name, mixed.dataset.labels.fingerprints()[_slug(name)]).lag
    assert lag == pytest.approx(0.75, abs=0.005)


def test_a_doubtful_alignment_has_a_picture(mixed: Mixed) -> None:
    picture = mixed.dataset.quarantine.picture("labels", "other midi")
    assert picture is not None
    pixels = imread(io.BytesIO(picture))
    assert pixels.shape[1] == 12 * 110, "the width of an overlay"
    assert (pixels[..., 0] - pixels[..., 2] > 0.5).mean() > 1e-3, "onsets written are drawn, in vermillion"
    assert mixed.dataset.quarantine.picture("raw_audio", "silent") is None


def _slug(track: str) -> str:
    from storage.fingerprints import slug

    return slug(track)


def _times(mixed: Mixed) -> dict[str, int]:
    root = mixed.home / "store"
    kept = (path for path in root.rglob("*") if path.is_file() and "quarantine" not in str(path))
    times = {str(path.relative_to(root)): path.stat().st_mtime_ns for path in kept}
    return {name: time for name, time in times.items() if not name.startswith("registrations/")}


@pytest.fixture
def copied(mixed: Mixed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mixed:
    """The folder and its home as they were after the first run, for a test to change; the folder keeps its path."""
    kept = tmp_path / "kept"
    shutil.copytree(mixed.corpus, kept, copy_function=shutil.copy2)
    home = tmp_path / "home"
    shutil.copytree(mixed.home, home)
    monkeypatch.setenv("MIRLITON_HOME", str(home))
    yield Mixed(mixed.corpus, home, mixed.made, mixed.quarantined)
    shutil.rmtree(mixed.corpus)
    shutil.copytree(kept, mixed.corpus, copy_function=shutil.copy2)


def test_a_second_run_makes_nothing_and_reports_the_same(copied: Mixed) -> None:
    before, rows = files_below(copied.home / "store"), copied.dataset.quarantine.rows()
    times = _times(copied)
    result = prepare("mixed", copied.corpus, max_quarantined=1.0)
    assert set(_counts(result, "made").values()) == {0}
    assert _counts(result, "quarantined") == copied.quarantined
    assert files_below(copied.home / "store") == before
    assert _times(copied) == times
    assert copied.dataset.quarantine.rows() == rows


def test_a_new_track_and_a_mended_one_are_made_and_no_other(copied: Mixed) -> None:
    before = _times(copied)
    write_track(copied.corpus / "new", 300)
    write_track(copied.corpus / "cut wav", 301)
    write_track(copied.corpus / "other midi", 302)
    result = prepare("mixed", copied.corpus, max_quarantined=1.0)
    made = _counts(result, "made")
    assert made == {**dict.fromkeys(made, 3), "variants": 0}
    assert {row.track for row in copied.dataset.quarantine.rows()} == set(BAD) - {"cut wav", "other midi"}
    assert copied.dataset.quarantine.picture("labels", "other midi") is None
    after = _times(copied)
    tables = {
        path
        for path in before
        if path.endswith(
            ("splits/work-0.json", ".records.json", ".duplicates.json", ".landmarks.npz", "alignment.html")
        )
    }
    untouched = {path: time for path, time in before.items() if "other_midi" not in path and path not in tables}
    assert untouched.items() <= after.items()


def test_a_track_that_is_taken_away_is_forgotten_everywhere(copied: Mixed) -> None:
    for name in ("plain", "no notes"):
        for suffix in (".wav", ".mid"):
            (copied.corpus / f"{name}{suffix}").unlink()
    prepare("mixed", copied.corpus, max_quarantined=1.0)
    assert {row.track for row in copied.dataset.quarantine.rows()} == set(BAD) - {"no notes"}
    below = files_below(copied.home / "store")
    assert not [path for path in below if "/plain~" in path or "no_notes" in path]


def test_too_many_bad_tracks_fail_the_run_by_a_sentence_and_lose_nothing(copied: Mixed) -> None:
    before = _without_registrations(copied.home / "store")
    with pytest.raises(MirlitonError) as error:
        prepare("mixed", copied.corpus, max_quarantined=0.2)
    message = str(error.value)
    n_bad, n = copied.quarantined["raw_audio"], len(GOOD) + len(BAD)
    assert message.startswith(
        f"Expected at most 20% of the tracks in quarantine after raw_audio. Received: {n_bad} of {n}, "
    )
    assert "the first cut aiff: Expected a complete recording" in message
    assert "cut aiff.aiff" in message
    assert "--max-quarantined" in message
    assert _without_registrations(copied.home / "store") == before


def _without_registrations(store: Path) -> dict[str, Any]:
    return {name: content for name, content in files_below(store).items() if not name.startswith("registrations/")}


def test_a_folder_of_nothing_but_bad_tracks_fails_with_the_first(
    home: Path, tmp_path: Path, preparing: Callable[..., Any]
) -> None:
    for name in ("b", "a"):
        write_track(tmp_path / "corpus" / name, 0)
        _empty(tmp_path / "corpus" / name)
    with pytest.raises(MirlitonError, match=r"2 of 2, the first a: .*zero bytes in a\.wav"):
        preparing("bad", tmp_path / "corpus", max_quarantined=0.9)
    assert len(open_dataset(str(home / "store"), "bad").quarantine.rows()) == 2
    assert sorted(os.listdir(home / "store" / "datasets" / "bad")) == ["quarantine", "splits"]
