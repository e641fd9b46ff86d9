"""Regressed onsets: what is drawn is read back to a fraction of a frame; shards hold it where set so."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets import shards as shards_assets
from assets.config_forms import filled
from assets.preparation import shards as shard_preparation
from assets.training.dataset_shards import DatasetShards
from mir_models.errors import MirlitonError
from mir_models.examples import shards
from mir_models.features import feature_of
from mir_models.notes.annotations import LOWEST_PITCH, N_KEYS, NO_NOTES, Notes
from mir_models.notes.decoding import Decoding, NoteDecoder, decode
from mir_models.notes.frames import FrameGrid
from mir_models.notes.piano_roll import draw as draw_rolls
from mir_models.notes.regressed_onsets import LEVELS, dequantize, draw, quantize, read
from mir_models.tasks import piano_transcription
from pipelines.cli.backfill import backfill, preparation_config
from pipelines.instance import add_partition
from storage.examples import track_shards as examples
from storage.objects.objects import Objects
from storage.objects.ranges import Range
from storage.objects.scratch import OverlayObjects
from storage.tracks import note_arrays
from storage.tracks.dataset_store import DatasetStore, open_dataset
from storage.workers.dask_workers import Workers
from tests.conftest import Prepared

GRID = FrameGrid(22050, 512)
HOP = 512 / 22050
N_FRAMES = 400
reaches = st.integers(2, 8)


def notes_at(*positions: float, pitch: int = 60) -> Notes:
    """Short notes of one key; positions in frames."""
    onsets = np.array(positions) * HOP
    return Notes(np.column_stack([onsets, onsets + 0.1]), np.full(len(onsets), pitch), np.full(len(onsets), 64))


@st.composite
def far_apart(draw: st.DrawFn) -> tuple[Notes, int]:
    """Notes whose onsets in a key are more than two reaches apart, a frame or more from either end; and the reach."""
    reach, parts = draw(reaches), []
    for pitch in draw(st.lists(st.integers(21, 108), unique=True, min_size=1, max_size=4)):
        gaps = draw(st.lists(st.floats(2 * reach + 0.001, 60), min_size=1, max_size=6))
        positions = 1 + draw(st.floats(0, 40)) + np.cumsum([0, *gaps[1:]])
        parts.append(notes_at(*positions, pitch=pitch))
    return Notes.concatenate(parts), reach


def by_pitch(times: np.ndarray, pitches: np.ndarray) -> np.ndarray:
    return times[np.lexsort((times, pitches))]


@given(far_apart())
@settings(max_examples=60, deadline=None)
def test_onsets_are_read_back_exactly(drawn: tuple[Notes, int]) -> None:
    played, reach = drawn
    found = read(draw(played, GRID, N_FRAMES, reach=reach), GRID)
    assert sorted(found.pitches) == sorted(played.pitches)
    errors = by_pitch(found.times, found.pitches) - by_pitch(played.onset_times, played.pitches)
    assert np.abs(errors).max() < 1e-5
    assert (np.diff(found.times) >= 0).all()


@given(far_apart())
@settings(max_examples=60, deadline=None)
def test_a_stored_roll_keeps_the_time_to_a_small_part_of_a_frame(drawn: tuple[Notes, int]) -> None:
    played, reach = drawn
    roll = quantize(draw(played, GRID, N_FRAMES, reach=reach))
    assert roll.dtype == np.uint8
    found = read(dequantize(roll), GRID)
    errors = by_pitch(found.times, found.pitches) - by_pitch(played.onset_times, played.pitches)
    assert np.abs(errors).max() <= reach / LEVELS * HOP


@given(far_apart())
@settings(max_examples=60, deadline=None)
def test_a_plain_roll_knows_an_onset_to_half_a_frame_only(drawn: tuple[Notes, int]) -> None:
    played, _ = drawn
    found = read(draw_rolls(played, GRID, N_FRAMES).onset.astype(np.float32), GRID)
    errors = by_pitch(found.times, found.pitches) - by_pitch(played.onset_times, played.pitches)
    centres = played.onset_times - GRID.times(GRID.frames(played.onset_times))
    np.testing.assert_allclose(np.sort(np.abs(errors)), np.sort(np.abs(centres)), atol=1e-9)
    assert np.abs(errors).max() <= HOP / 2 + 1e-9


@given(
    st.lists(st.floats(-3, N_FRAMES + 3), max_size=12).map(lambda positions: notes_at(*positions)),
    reaches,
)
@settings(max_examples=50, deadline=None)
def test_every_frame_is_told_its_distance_to_the_nearest_onset(played: Notes, reach: int) -> None:
    roll = draw(played, GRID, N_FRAMES, reach=reach)
    centres = np.arange(N_FRAMES) * HOP
    distances = np.abs(centres[:, None] - played.onset_times).min(axis=1, initial=np.inf)
    np.testing.assert_allclose(roll[:, 60 - LOWEST_PITCH], np.maximum(0, 1 - distances / (reach * HOP)), atol=1e-6)
    assert not np.delete(roll, 60 - LOWEST_PITCH, axis=1).any()


def test_a_textbook_onset_a_quarter_of_a_frame_late() -> None:
    roll = draw(notes_at(10.25), GRID, 20, reach=2)
    assert roll[8:14, 39] == pytest.approx([0, 0.375, 0.875, 0.625, 0.125, 0], abs=1e-6)
    assert read(roll, GRID).times == pytest.approx([10.25 * HOP])


def test_nothing_is_read_below_the_threshold_or_of_silence() -> None:
    roll = draw(notes_at(10.5), GRID, 20, reach=2)
    assert len(read(roll, GRID, threshold=0.75).times) == 1, "at the bound, between two frames"
    assert len(read(roll, GRID, threshold=0.76).times) == 0
    assert len(read(draw(NO_NOTES, GRID, 20, reach=2), GRID).times) == 0
    assert len(read(np.zeros((0, N_KEYS), dtype=np.float32), GRID).times) == 0


def test_a_reach_that_cannot_be_read_back_raises() -> None:
    with pytest.raises(MirlitonError, match=r"reach of at least 2 frames\. Received: 1"):
        draw(NO_NOTES, GRID, 20, reach=1)
    with pytest.raises(MirlitonError, match=r"regressed_onsets of 0, or of 2 frames or more\. Received: 1"):
        shards.Params(regressed_onsets=1)


def test_targets_of_the_head_are_those_of_the_shards() -> None:
    roll = draw(notes_at(10.25), GRID, 20, reach=5)
    example = {"frame": np.zeros((20, N_KEYS), np.uint8), "onset_regressed": quantize(roll)}
    targets = piano_transcription.targets(example, ["frame", "onset_regressed"])
    assert targets["onset_regressed"].dtype == np.float32
    np.testing.assert_allclose(targets["onset_regressed"], roll, atol=0.5 / LEVELS + 1e-6)
    assert piano_transcription.losses(["onset_regressed"]) == {"onset_regressed": "binary_crossentropy"}
    assert piano_transcription.monitor(["frame", "onset_regressed"]) == "val_note_f1"
    assert piano_transcription.monitor(["frame"]) == "val_frame_f1"


@given(far_apart())
@settings(max_examples=30, deadline=None)
def test_a_regressed_head_is_decoded_to_notes_at_its_exact_time(drawn: tuple[Notes, int]) -> None:
    played, reach = drawn
    rolls = draw_rolls(played, GRID, N_FRAMES)
    heads = {
        "frame": rolls.frame.astype(np.float32),
        "onset_regressed": draw(played, GRID, N_FRAMES, reach=reach),
    }
    found = decode(heads, GRID, Decoding(frame_threshold=0.5))
    errors = by_pitch(found.onset_times, found.pitches) - by_pitch(played.onset_times, played.pitches)
    assert np.abs(errors).max() < 1e-5
    decoder = NoteDecoder(GRID, Decoding(frame_threshold=0.5))
    blocks = [decoder.push({head: values[n : n + 7] for head, values in heads.items()}) for n in range(0, N_FRAMES, 7)]
    np.testing.assert_allclose(Notes.concatenate([*blocks, decoder.finish()]).intervals, found.intervals)


def _dataset(prepared: Prepared) -> DatasetStore:
    return open_dataset(str(prepared.store), "tiny")


def test_shards_hold_regressed_onsets_unless_set_otherwise(prepared: Prepared) -> None:
    dataset = _dataset(prepared)
    plain, two, five = (
        shard_preparation.jobs(dataset, "cqt", shards.Params(regressed_onsets=reach)) for reach in (0, 2, 5)
    )
    assert len({jobs[0].fingerprint for jobs in (plain, two, five)}) == 3
    assert {job.fingerprint for job in two} == set(dataset.shards("cqt").fingerprints().values()), "2 is the default"
    before, after = shard_preparation.draw(plain[0].item), shard_preparation.draw(two[0].item)
    assert set(after.arrays) - set(before.arrays) == {"onset_regressed"}
    for name, array in before.arrays.items():
        np.testing.assert_array_equal(after.arrays[name], array)
    roll = shards.join(dequantize(after.arrays["onset_regressed"]), after.arrays["mask"])
    played, _ = note_arrays.read(dataset.labels, two[0].track, two[0].item.labels)
    grid = feature_of("cqt").PRESETS["cqt"].grid
    np.testing.assert_allclose(roll, draw(played, grid, len(roll), reach=2), atol=0.5 / LEVELS + 1e-6)


def test_a_track_without_notes_does_not_depend_on_the_setting(
    prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = _dataset(prepared)
    rows = [replace(record, n_notes=0) for record in dataset.labels.records()]
    silent = SimpleNamespace(records=lambda: rows, fingerprints=dataset.labels.fingerprints)
    held = SimpleNamespace(
        **{name: getattr(dataset, name) for name in ("features", "audio_tracks", "address")}, labels=silent
    )
    (with_setting, *_), (without, *_) = (
        shard_preparation.jobs(held, "cqt", params) for params in (shards.Params(2), shards.Params(0))
    )
    assert with_setting == without


ROLLS = ("features", "frame", "mask", "offset", "onset", "start", "velocity")


def without(ranges: Sequence[Range], objects: Objects) -> Iterator[bytes | None]:
    """Ranges of objects of a store that has no regressed onsets."""
    for each in ranges:
        yield None if "onset_regressed" in each.key else next(objects.read_ranges([each]))


def test_a_network_whose_targets_the_shards_lack_raises_with_the_remedy(
    prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    (held,) = examples.tracks(_dataset(prepared), "cqt", "train")[:1]
    objects = OverlayObjects(held.store.objects)
    lacking = replace(held, store=replace(held.store, objects=objects))
    monkeypatch.setattr(objects, "read_ranges", lambda ranges: without(ranges, held.store.objects))
    monkeypatch.setattr(objects, "names", lambda key: [*sorted(ROLLS), "zarr.json"])
    data = DatasetShards({"tiny": _dataset(prepared)}, [lacking], {}, {})
    assert len(data.examples("train", ("frame", "onset")))
    with pytest.raises(MirlitonError) as caught:
        data.examples("train", ("frame", "onset_regressed"))
    assert "Expected shards of tiny with onset_regressed" in str(caught.value)
    assert "features, frame, mask, offset, onset, start, velocity" in caught.value.received
    assert "mirliton backfill tiny --set shards.regressed_onsets=2" in caught.value.remedy


def test_regressed_onsets_of_two_reaches_are_not_trained_on_together(prepared: Prepared) -> None:
    held = examples.tracks(_dataset(prepared), "cqt", "train")[0]

    def of_reach(name: str, reach: int) -> examples.TrackShards:
        record = SimpleNamespace(targets={"regressed_onsets": reach})
        store = SimpleNamespace(record=lambda *_: record, objects=held.store.objects, key=held.store.key)
        return replace(held, dataset=name, store=store)  # type: ignore[arg-type]

    for reaches, fits in (((2, 2), True), ((2, 5), False)):
        tracks = [of_reach(name, reach) for name, reach in zip("ab", reaches, strict=True)]
        data = DatasetShards({}, tracks, {}, {})
        if fits:
            data.examples("train", ("onset_regressed",))
            continue
        with pytest.raises(MirlitonError, match=r"of one reach. Received: \{'a': 2, 'b': 5\}"):
            data.examples("train", ("onset_regressed",))


def test_the_setting_has_a_form_and_an_option() -> None:
    assert filled({"regressed_onsets": 3}, shards_assets.DEFAULTS) == shards.Params(3)
    assert filled({}, shards_assets.DEFAULTS) == shards.Params()
    assert preparation_config(["cqt"], ["shards.regressed_onsets=2"]) == {"shards/cqt": {"regressed_onsets": 2}}
    several = preparation_config(["cqt", "cqt_84"], ["shards.regressed_onsets=2"])
    assert set(several) == {"shards/cqt", "shards/cqt_84"}
    assert preparation_config(["cqt"], []) == {}
    assert preparation_config(["cqt"], ["labels.method=drift"]) == {"labels": {"method": "drift"}}
    layout = preparation_config(["cqt"], ["shards.compression=all", "shards.dtype=float16"])
    assert layout == {"shards/cqt": {"compression": "all", "dtype": "float16"}}
    with pytest.raises(MirlitonError, match=r"compression one of none, targets, all\. Received: compression=zip"):
        preparation_config(["cqt"], ["shards.compression=zip"])
    with pytest.raises(MirlitonError, match=r"choose among labels\.dtw\.stiff\.stiffness, "):
        preparation_config([], ["labels.dtw.stif.stiffness=2"])
    with pytest.raises(MirlitonError, match=r"a setting of a backfill. .*choose among .*shards.regressed_onsets"):
        preparation_config([], ["regressed_onsets=2"])


def test_a_backfill_with_the_setting_makes_shards_that_have_it(
    prepared: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines.instance import prepare_instance

    home = tmp_path / "home"
    shutil.copytree(prepared.home, home)
    monkeypatch.setenv("MIRLITON_HOME", str(home))
    monkeypatch.setenv("DAGSTER_HOME", str(home / "dagster"))
    monkeypatch.setattr(Workers, "_on_cluster", Workers._in_process)
    prepare_instance()
    add_partition("tiny")
    backfill(["tiny"], feature=["cqt"], set=["shards.regressed_onsets=3"])
    dataset = open_dataset(str(home / "store"), "tiny")
    data = DatasetShards({"tiny": dataset}, examples.tracks(dataset, "cqt"), {}, {})
    example = data.examples("train", ("frame", "onset_regressed"))[0]
    assert 0 < example["onset_regressed"].max() <= LEVELS
    assert {record.targets["regressed_onsets"] for record in dataset.shards("cqt").records()} == {3}
    assert {record.targets["regressed_onsets"] for record in dataset.shards("cqt_84").records()} == {2}
