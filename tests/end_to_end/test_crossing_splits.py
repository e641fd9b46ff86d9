"""Recordings and works in two splits, of one dataset and of several: they are named, and not trained on together."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import soundfile

from assets import checks
from mir_models.errors import MirlitonError
from storage.media import midi
from tests.conftest import Prepared, notes_of, prepare, sound, write_track
from tests.storage.track_records import raw_audio_record
from tests.synthetic_piano import SR, performed


def test_the_same_recording_under_two_names_in_two_splits_blocks(home: Path, tmp_path: Path) -> None:
    for track in range(8):
        write_track(tmp_path / "corpus" / f"piece {track}", track)
    y, sr = soundfile.read(tmp_path / "corpus" / "piece 0.wav")
    for track in range(4):
        soundfile.write(tmp_path / "corpus" / f"copy {track}.wav", y * 0.5, sr)
        shutil.copy(tmp_path / "corpus" / "piece 0.mid", tmp_path / "corpus" / f"copy {track}.mid")
    result = prepare("twins", tmp_path / "corpus", raise_on_error=False)
    assert not result.success
    failed = [each.check_name for each in result.get_asset_check_evaluations() if not each.passed]
    assert failed == ["no_duplicate_crosses_splits"]


def test_datasets_that_hold_one_recording_in_two_splits_are_not_trained_on_together(
    prepared: Prepared, home: Path, tmp_path: Path
) -> None:
    from assets.resources import StoreResource
    from assets.training.dataset_shards import open_dataset_shards

    shutil.copytree(prepared.home, home, dirs_exist_ok=True)
    copies = tmp_path / "copies"
    copies.mkdir()
    for path in prepared.corpus.glob("*.wav"):  # The same sound at another level: other bytes.
        y, sr = soundfile.read(path)
        soundfile.write(copies / f"second {path.name}", 0.5 * y, sr)
        shutil.copy(path.with_suffix(".mid"), copies / f"second {path.stem}.mid")
    prepare("copies", copies)
    assert open_dataset_shards(StoreResource(), ["tiny"], "notes", "cqt").tracks
    with pytest.raises(MirlitonError, match=r"every recording in one split over copies, tiny.*second "):
        open_dataset_shards(StoreResource(), [], "notes", "cqt")


def test_datasets_that_perform_one_work_in_two_splits_are_not_trained_on_together(home: Path, tmp_path: Path) -> None:
    """Another performance, as another recording and under another name, of a piece that is tested on."""
    from assets.resources import StoreResource
    from assets.training.dataset_shards import open_dataset_shards
    from assets.training.leakage import check_leakage

    theme = notes_of(5)
    for name, notes in {"ours": [theme, notes_of(6)], "theirs": [performed(theme, 1, 3), notes_of(7)]}.items():
        (tmp_path / name).mkdir()
        for number, each in enumerate(notes):
            soundfile.write(tmp_path / name / f"{name} {number}.wav", sound(each, lag=0.0, seconds=25.0), SR)
            (tmp_path / name / f"{name} {number}.mid").write_bytes(midi.encode(each))
        prepare(name, tmp_path / name, options={"labels_exact": True})
    data = open_dataset_shards(StoreResource(), ["ours", "theirs"], "notes", "cqt")
    first, again = (next(track for track in data.tracks if track.track == id) for id in ("ours 0", "theirs 0"))
    apart = [replace(first, split="test"), replace(again, split="train")]
    with pytest.raises(MirlitonError, match=r"every work in one split over ours, theirs.*theirs: theirs 0 \(train\)"):
        check_leakage(data.stores, apart)
    check_leakage(data.stores, [replace(each, split="train") for each in apart])


def test_the_sentence_of_a_crossing_names_the_group_the_splits_and_the_way_out() -> None:
    records = [raw_audio_record(f"t{each}", work="Sonata", split=split) for each, split in enumerate(("train", "test"))]
    of_work, *_ = checks.of_raw_audio(records, "official", [])
    assert not of_work.passed
    assert str(of_work.metadata["description"].value) == (
        "Expected every work in one split. Received: 1 in several under the rule official, the first Sonata (2 tracks) "
        "in test, train. Remedy: where it matters, add the dataset again with --split work, or leave tracks out with "
        "--exclude TRACK and add the dataset again."
    )
