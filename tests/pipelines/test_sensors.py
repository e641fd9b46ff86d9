"""The sensor of changed files: what it requests, when it is quiet, and what does not stop it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.preparation import missing
from pipelines import sensors
from pipelines.sensors import changed_files
from storage.corpora.catalogue import open_catalogue
from storage.corpora.registrations import Registration
from storage.staleness.changes import Changes
from tests.conftest import PRESETS, Prepared


class Watch:
    """The sensor with its memory: every call of `tick` is one look at all registered datasets."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        self.catalogue, self.instance, self.cursor = open_catalogue(), instance, None
        self.run_keys: list[str | None] = []

    def register(self, name: str, root: Path) -> None:
        self.catalogue.add(Registration(name, "folder", str(root)))

    def tick(self) -> list[str | None]:
        """Partitions requested by one tick."""
        result = changed_files(dg.build_sensor_context(instance=self.instance, cursor=self.cursor))
        for request in result.dynamic_partitions_requests or []:
            self.instance.add_dynamic_partitions(request.partitions_def_name, list(request.partition_keys))
        self.cursor = result.cursor
        self.run_keys += [request.run_key for request in result.run_requests or []]
        return [request.partition_key for request in result.run_requests or []]


@pytest.fixture
def watch(home: Path) -> Iterator[Watch]:
    """The sensor in an empty home; it only asks files for their size and time, so a recording may be a few bytes."""
    with dg.DagsterInstance.ephemeral() as instance:
        yield Watch(instance)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A folder of two recordings with their MIDI files."""
    root = tmp_path / "corpus"
    root.mkdir()
    for name in ("a.wav", "a.mid", "b.wav", "b.mid"):
        (root / name).write_bytes(name.encode())
    return root


def test_nothing_registered_nothing_requested(watch: Watch) -> None:
    assert watch.tick() == []


def test_a_dataset_is_requested_once_and_becomes_a_partition(watch: Watch, corpus: Path) -> None:
    watch.register("mine", corpus)
    assert watch.tick() == ["mine"]
    assert watch.instance.get_dynamic_partitions("dataset") == ["mine"]
    assert watch.tick() == []
    assert watch.tick() == []


def test_what_was_prepared_before_the_sensor_was_switched_on_is_not_requested(
    at_home: Prepared, monkeypatch: Any
) -> None:
    monkeypatch.setattr(sensors, "input_presets", lambda task: list(PRESETS))
    with dg.DagsterInstance.ephemeral() as instance:
        watch = Watch(instance)
        assert watch.tick() == []
        watch.cursor = None
        monkeypatch.setattr(sensors, "input_presets", lambda task: [*PRESETS, "log_mel"])
        assert watch.tick() == ["tiny"], "shards of another preset are missing"
        assert watch.tick() == []


def test_what_changed_before_the_sensor_was_switched_on_is_requested(
    at_home: Prepared, corpus: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(sensors, "input_presets", lambda task: list(PRESETS))
    monkeypatch.setattr(missing, "changes", lambda tracks, dataset: Changes(new=["a"], changed=[], gone=[]))
    with dg.DagsterInstance.ephemeral() as instance:
        assert Watch(instance).tick() == ["tiny"]


def touch(path: Path) -> None:
    """Let a file have changed a minute later."""
    later = path.stat().st_mtime_ns + 60 * 10**9
    os.utime(path, ns=(later, later))


CHANGES = {
    "a recording added": lambda root: [(root / name).write_bytes(b"c") for name in ("c.wav", "c.mid")],
    "a recording without MIDI added": lambda root: (root / "c.wav").write_bytes(b"c"),
    "a recording longer": lambda root: (root / "a.wav").write_bytes(b"longer than before"),
    "a recording of the same size written again": lambda root: touch(root / "a.wav"),
    "MIDI written again": lambda root: touch(root / "b.mid"),
    "MIDI removed": lambda root: (root / "b.mid").unlink(),
    "a recording removed": lambda root: (root / "b.wav").unlink(),
    "a recording renamed": lambda root: (root / "b.wav").rename(root / "z.wav"),
    "a second file of the same name": lambda root: (root / "a.flac").write_bytes(b"twin"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_of_files_is_requested_once(watch: Watch, corpus: Path, change: str) -> None:
    watch.register("mine", corpus)
    watch.tick()
    CHANGES[change](corpus)
    assert watch.tick() == ["mine"]
    assert watch.tick() == []


def test_what_is_no_track_is_not_looked_at(watch: Watch, corpus: Path) -> None:
    watch.register("mine", corpus)
    watch.tick()
    (corpus / "notes.txt").write_text("of no concern")
    (corpus / ".hidden.wav").write_bytes(b"of no concern")
    assert watch.tick() == []


def test_files_that_change_back_are_requested_again(watch: Watch, corpus: Path) -> None:
    """Dagster passes over a request with the run key of an earlier run, and that run saw other files since."""
    watch.register("mine", corpus)
    watch.tick()
    for present in (True, False, True):
        (corpus / "c.wav").write_bytes(b"c") if present else (corpus / "c.wav").unlink()
        if present:
            os.utime(corpus / "c.wav", ns=(0, 0))
        assert watch.tick() == ["mine"]
    keys = [key for key in watch.run_keys if key is not None]
    assert len(keys) == len(set(keys))


def test_only_the_dataset_that_changed_is_requested(watch: Watch, corpus: Path, tmp_path: Path) -> None:
    shutil.copytree(corpus, tmp_path / "other")
    watch.register("mine", corpus)
    watch.register("other", tmp_path / "other")
    assert watch.tick() == ["mine", "other"]
    touch(tmp_path / "other" / "a.wav")
    assert watch.tick() == ["other"]


def test_a_root_that_vanished_does_not_stop_the_others(watch: Watch, corpus: Path, tmp_path: Path) -> None:
    gone, away = tmp_path / "gone", tmp_path / "away"
    shutil.copytree(corpus, gone)
    watch.register("gone", gone)
    watch.register("mine", corpus)
    watch.tick()
    gone.rename(away)
    touch(corpus / "a.wav")
    assert watch.tick() == ["mine"]
    away.rename(gone)
    assert watch.tick() == [], "a disk that was unplugged and plugged in again holds the same files"
    touch(gone / "a.wav")
    assert watch.tick() == ["gone"]


def test_a_root_that_was_never_there_is_requested_when_it_appears(watch: Watch, corpus: Path, tmp_path: Path) -> None:
    watch.register("later", tmp_path / "later")
    assert watch.tick() == []
    corpus.rename(tmp_path / "later")
    assert watch.tick() == ["later"]


def test_a_dataset_that_is_no_longer_registered_is_forgotten(watch: Watch, corpus: Path) -> None:
    watch.register("mine", corpus)
    watch.tick()
    watch.catalogue.remove("mine")
    assert watch.tick() == []
    watch.register("mine", corpus)
    assert watch.tick() == ["mine"]
