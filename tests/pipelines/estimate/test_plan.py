"""A plan: the sample stands for the whole, the figures are near what a backfill takes, nothing is left behind."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from mir_models.errors import MirlitonError, TrackError
from pipelines.cli.main import app
from pipelines.cli.plan import format_duration, format_size
from pipelines.estimate.dry_run import dry_run
from pipelines.estimate.plan import Plan, _divided, _scaled, plan
from pipelines.estimate.sample_backfill import SampleRun
from storage.corpora import sample as sampling
from storage.corpora.catalogue import open_catalogue
from storage.corpora.listing import TrackFiles
from storage.corpora.registrations import Registration
from storage.objects.disk_usage import Size, stored_size
from storage.objects.objects import open_objects
from storage.objects.scratch import OverlayObjects, scratch
from storage.tracks.dataset_store import open_dataset
from storage.workers.dask_workers import Workers
from storage.workers.timed_workers import TimedWorkers, WorkInterval, mean_idle_seconds
from tests.conftest import WORKS, Prepared, files_below, write_track

HERE = Workers(n_workers=0)


@given(st.integers(1, 400), st.data())
def test_any_run_of_the_order_is_spread_over_the_durations(n_tracks: int, data: Any) -> None:
    """The k-th shortest of n tracks lies within three n-ths of its place, as multiples of the golden ratio do.

    It grows with log n (Niederreiter, "Random Number Generation and Quasi-Monte Carlo Methods", 1992, ch. 3).
    """
    order = sampling.systematic_order({f"{place:04d}": 0.5 + place for place in range(n_tracks)})
    assert len(order) == len(set(order)) == n_tracks
    first, length = data.draw(st.integers(0, n_tracks - 1)), data.draw(st.sampled_from([4, 16, 64]))
    run = sorted(int(track) for track in order[first : first + length])
    for rank, place in enumerate(run):
        assert abs((rank + 0.5) / len(run) - (place + 0.5) / n_tracks) <= 3 / len(run)


@given(st.lists(st.floats(1.0, 600.0), min_size=40, max_size=300), st.floats(0.0, 50.0), st.floats(0.01, 1.0))
def test_the_cost_of_the_whole_follows_from_twelve_tracks(values: list[float], each: float, rate: float) -> None:
    """Where a track costs a + b × duration, whatever a and b."""
    seconds = {f"{place}": value for place, value in enumerate(values)}
    sample = sampling.systematic_order(seconds)[4:16]
    cost = {track: each + rate * value for track, value in seconds.items()}
    sampled = sum(seconds[track] for track in sample)
    estimate = sum(cost[track] for track in sample) * sum(values) / sampled
    assert 1 / 1.9 < estimate / sum(cost.values()) < 1.9


def test_headers_of_some_give_the_durations_of_all(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"{number}.wav").write_bytes(bytes(100 * (number + 1)))
        (tmp_path / f"{number}.mp3").write_bytes(bytes(100 * (number + 1)))
    rates = {".wav": 0.01, ".mp3": 0.1}
    read: list[Path] = []

    def read_duration(path: Path) -> float:
        read.append(path)
        if path.name in {"7.wav", "nowhere.wav"}:
            raise TrackError("a recording", received="noise", remedy="none")
        return rates[path.suffix] * path.stat().st_size

    tracks = [TrackFiles(path.name, path, "w") for path in sorted(tmp_path.iterdir())]
    found = sampling.durations(tracks, read_duration=read_duration, at_most=15)
    assert len(read) == 15
    assert found == pytest.approx({path.name: rates[path.suffix] * path.stat().st_size for path in tmp_path.iterdir()})
    part = TrackFiles("part", tmp_path / "19.wav", "w", start=5.0, end=12.0)
    assert sampling.durations([part], read_duration=read_duration) == {"part": pytest.approx(7.0)}
    gone = TrackFiles("gone", tmp_path / "nowhere.wav", "w")
    assert sampling.durations([gone, *tracks], read_duration=read_duration)["gone"] == 0.0


def test_what_does_not_grow_is_not_scaled() -> None:
    """3 s whatever the tracks, 0.5 s per second of audio, 7 s to start: 100 s of audio are 3 + 50 s, and 7 apart."""
    seconds = {"a": 10.0, "b": 20.0, "c": 30.0, "d": 40.0}

    def run_on(*tracks: str, start: float = 0.0) -> SampleRun:
        duration = sum(seconds[track] for track in tracks)
        sizes = {"labels": Size(round(100 * duration), round(200 * duration))}
        took = {"labels": 3 + 0.5 * duration + start}
        return SampleRun(list(tracks), took, {"labels": 0.25}, {"labels": 9}, sizes, 0.0, [])

    runs = run_on("d", start=7.0), run_on(), [run_on("b", "c"), run_on("a")]
    (found,) = _scaled({"labels": set(seconds)}, seconds, *runs)
    assert (found.seconds, found.start) == (pytest.approx(53.25), pytest.approx(7.0))
    assert (found.tracks, found.size, found.peak) == (4, Size(10000, 20000), 9)
    (none,) = _scaled({"labels": set()}, seconds, *runs)
    assert (none.tracks, none.size, none.seconds) == (0, Size(), 3.0)


def test_workers_that_wait_for_the_last_are_idle() -> None:
    tasks = [WorkInterval("1", 0, 4), WorkInterval("2", 0, 6), WorkInterval("1", 4, 10)]
    assert mean_idle_seconds(tasks, 2) == 2.0
    assert mean_idle_seconds(tasks, 4) == pytest.approx((4 + 10 + 10) / 4)
    assert mean_idle_seconds([], 2) == mean_idle_seconds(tasks[:1], 1) == 0.0


def _lengths(items: Sequence[Any]) -> list[int]:
    return [len(item) for item in items]


def test_timed_workers_hand_on_results_and_errors() -> None:
    workers = TimedWorkers(inner=HERE)
    found = {key: (result, type(error)) for key, result, error in workers.map(_lengths, {"a": "xyz", "b": 3})}
    assert found == {"a": (3, type(None)), "b": (None, TypeError)}
    assert len(workers.intervals) == 1


def test_an_overlay_store_reads_what_was_written_and_stays(tmp_path: Path) -> None:
    real = open_objects(str(tmp_path))
    real.write("a/b", b"1")
    objects = OverlayObjects(real)
    objects.write("a/b", b"2")
    objects.write_tree("t", {"zarr.json": b"{}"})
    objects.delete("a")
    objects.sweep()
    assert (objects.read("a/b"), real.read("a/b"), objects.names("a")) == (b"2", b"1", ["b"])
    assert set(files_below(tmp_path)) == {"a/b"}


@pytest.mark.parametrize("exists", [True, False])
def test_a_scratch_store_is_gone_afterwards(tmp_path: Path, exists: bool) -> None:
    store = tmp_path / "deep" / "store"
    if exists:
        open_objects(str(store)).write("kept", b"1")
    before = sorted(tmp_path.rglob("*"))
    with suppress(KeyboardInterrupt), scratch(str(store)) as temporary:
        open_objects(temporary).write("x/y", bytes(5000))
        assert stored_size(temporary, "x").bytes == 5000
        assert stored_size(temporary, "nothing") == Size()
        open_objects(str(store)).sweep()
        assert stored_size(temporary, "x").on_disk >= 5000, "no sweep takes the temporary of a process that lives"
        raise KeyboardInterrupt
    assert sorted(tmp_path.rglob("*")) == before


def test_sizes_and_durations_have_units_that_fit() -> None:
    assert [format_size(Size(each)) for each in (2**19, 3 * 2**30)] == ["0.5 MiB", "3.0 GiB"]
    assert [format_duration(each) for each in (0.26, 42.4, 150, 9000)] == ["0.3 s", "42 s", "2.5 min", "2.5 h"]


def registered(root: Path, **more: Any) -> Registration:
    """The folder as the dataset "tiny" of this home."""
    registration = Registration("tiny", "folder", str(root), **more)
    open_catalogue().add(registration)
    return registration


def remains() -> set[Path]:
    """Folders of plans that lie about."""
    return set(Path(tempfile.gettempdir()).glob("mirliton-plan-*"))


def test_a_plan_of_the_tiny_corpus_is_what_was_made_of_it(home: Path, tiny_corpus: Path, prepared: Prepared) -> None:
    registration, before, children = registered(tiny_corpus), remains(), psutil.Process().children()
    found = plan(registration, ["cqt"], sample=len(WORKS), workers=HERE)
    keys = ["raw_audio", "features/cqt", "labels", "shards/cqt"]
    assert [(each.asset, each.tracks) for each in found.assets] == [(key, len(WORKS)) for key in keys]
    for each in found.assets:
        made = stored_size(str(prepared.store), f"datasets/tiny/{each.asset}").bytes
        assert made / 1.5 < each.size.bytes < 1.5 * made, each
        assert 0 < each.seconds < 60
    assert found.peak > 50 * 2**20
    assert found.seconds > found.starting > 0
    assert {path.name for path in (home / "store").iterdir()} <= {"registrations", ".incomplete"}
    assert {path.relative_to(home).parts[0] for path in home.rglob("*")} <= {"datasets", "dagster", "locks", "store"}
    assert remains() <= before
    assert set(psutil.Process().children()) <= set(children)


def test_nothing_is_to_do_where_all_is_made(at_home: Prepared) -> None:
    before = files_below(at_home.home)
    found = plan(open_catalogue().get("tiny"), ["cqt", "cqt_84"], workers=HERE)
    assert found == Plan([], listed=len(WORKS))
    result = CliRunner().invoke(app, ["plan", "tiny"])
    assert (result.exit_code, result.output) == (0, "tiny is up to date: nothing to do.\n")
    assert {path: content for path, content in files_below(at_home.home).items() if "dagster/" not in path} == {
        path: content for path, content in before.items() if "dagster/" not in path
    }


def test_only_what_is_missing_is_planned(home: Path, prepared: Prepared, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    shutil.copytree(prepared.corpus, corpus)
    dataset = open_dataset(str(prepared.store), "tiny")
    moved = dry_run(registered(corpus), dataset, ["cqt"])
    assert moved.missing["raw_audio"] == set(WORKS), "other files"
    write_new = registered(prepared.corpus, split="song")
    seen = dry_run(write_new, dataset, ["cqt"])
    changed = seen.missing["raw_audio"]
    assert seen.missing == {"raw_audio": changed, "features/cqt": set(), "labels": set(), "shards/cqt": changed}
    assert seen.splits is not None


def test_a_new_track_is_planned_alone(preparing: Any, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    for seed in range(2):
        write_track(corpus / f"{seed}", seed)
    (corpus / "broken.wav").write_bytes(b"RIFF")
    shutil.copy(corpus / "0.mid", corpus / "broken.mid")
    preparing("tiny", corpus, max_quarantined=0.5)
    registration = registered(corpus, max_quarantined=0.5)
    assert plan(registration, ["cqt"], workers=HERE) == Plan([], listed=3, retried=1)
    write_track(corpus / "new", 3)
    dataset = open_dataset(str(Path(os.environ["MIRLITON_HOME"]) / "store"), "tiny")
    assert set(map(frozenset, dry_run(registration, dataset, ["cqt"]).missing.values())) == {frozenset({"new"})}


def test_a_broken_file_in_the_sample_is_listed_and_all_broken_is_an_error(home: Path, tmp_path: Path) -> None:
    write_track(tmp_path / "whole", 1)
    for name in ("b", "c"):
        (tmp_path / f"{name}.wav").write_bytes(b"RIFF, nothing else")
        shutil.copy(tmp_path / "whole.mid", tmp_path / f"{name}.mid")
    found = plan(registered(tmp_path), ["cqt"], sample=3, workers=HERE)
    assert [row.track for row in found.refused] == ["b", "c"]
    assert found.size.bytes > 0
    (tmp_path / "whole.wav").write_bytes(b"RIFF")
    with pytest.raises(
        MirlitonError, match=r"a track that can be used\. Received: 3 that cannot, the first b: Expected"
    ):
        plan(registered(tmp_path), ["cqt"], sample=3, workers=HERE)
    assert {path.name for path in (home / "store").iterdir()} <= {"registrations", ".incomplete"}


def test_an_unknown_dataset_or_preset_is_refused(home: Path) -> None:
    result = CliRunner().invoke(app, ["plan", "nope"])
    assert isinstance(result.exception, MirlitonError)
    assert "Received: 'nope'" in str(result.exception)
    registered(home)
    result = CliRunner().invoke(app, ["plan", "tiny", "--feature", "mel"])
    assert "Expected a preset. Received: mel" in str(result.exception)


def test_the_seconds_of_features_are_divided_among_their_presets() -> None:
    seconds = {"raw_audio": 2.0, "features/cqt": 5.0, "features/cqt_36": 1.0, "shards/cqt": 4.0}
    assert _divided(seconds) == {"raw_audio": 2.0, "features/cqt": 3.0, "features/cqt_36": 3.0, "shards/cqt": 4.0}
    assert _divided({"raw_audio": 2.0}) == {"raw_audio": 2.0}
