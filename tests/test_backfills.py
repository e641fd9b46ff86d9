"""Backfills of several datasets in one run, and of one more track: what is made, what is stale, and who says so."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
import soundfile
from conftest import Prepared, files_below, prepare, write_track

from mir_models.errors import MirlitonError
from storage.catalogue import Catalogue, Registration
from storage.changes import Changes, changes, stale_tracks
from storage.dataset_store import DatasetStore, open_dataset
from storage.reports import WARNING, ReportStore
from storage.staleness import Use, mark_reports, uses

STAGES = ("raw_audio", "labels", "features/cqt", "features/cqt_84", "shards/cqt", "shards/cqt_84")
QUIET = {
    "resources": {"workers": {"config": {"n_workers": 0}}},
    "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
}


class House:
    """Datasets of one home, whose partitions one run can go through."""

    def __init__(self, home: Path, instance: dg.DagsterInstance) -> None:
        from pipelines.definitions import definitions

        self.home, self.instance, self.job = home, instance, definitions.resolve_job_def("prepare")

    def register(self, name: str, root: Path) -> None:
        Catalogue(self.home).add(Registration(name, "folder", str(root), {"labels_exact": False}))
        self.instance.add_dynamic_partitions("dataset", [name])

    def backfill(self, first: str, last: str) -> dg.ExecuteInProcessResult:
        """One run over the datasets from `first` to `last`, as a backfill in the UI starts it."""
        tags = {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}
        return self.job.execute_in_process(instance=self.instance, tags=tags, run_config=QUIET, raise_on_error=False)

    def latest(self, asset: str, name: str) -> dg.AssetMaterialization:
        filter = dg.AssetRecordsFilter(asset_key=dg.AssetKey(asset.split("/")), asset_partitions=[name])
        (record,) = self.instance.fetch_materializations(filter, limit=1).records
        return record.asset_materialization

    def version(self, asset: str, name: str) -> str:
        return self.latest(asset, name).tags["dagster/data_version"]

    def store(self, name: str) -> DatasetStore:
        return open_dataset(str(self.home / "store"), name)


@pytest.fixture
def house(home: Path) -> Iterator[House]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield House(home, instance)


@pytest.fixture
def trio(house: House, tmp_path: Path) -> House:
    """Three registered datasets of four recordings each."""
    for number, name in enumerate(("dawn", "noon", "dusk")):
        for track in range(4):
            write_track(tmp_path / name / f"piece {track}", 10 * number + track)
        house.register(name, tmp_path / name)
    return house


def test_a_run_over_several_datasets_makes_each_and_tells_of_each(trio: House) -> None:
    result = trio.backfill("dawn", "dusk")
    assert result.success
    assert len(trio.instance.get_runs()) == 1
    for name in ("dawn", "noon", "dusk"):
        for stage in STAGES:
            assert trio.latest(stage, name).metadata["tracks"].value == 4, (stage, name)
            assert len(trio.store(name).stage(stage).held()) == 4
    check = next(each for each in result.get_asset_check_evaluations() if each.check_name == "no_work_crosses_splits")
    assert check.passed
    assert {key.split(": ")[0] for key in check.metadata} >= {"dawn", "noon", "dusk"}


def test_a_dataset_has_its_own_version_whoever_shares_its_run(trio: House, tmp_path: Path) -> None:
    trio.backfill("dawn", "dusk")
    before = {(stage, name): trio.version(stage, name) for stage in STAGES for name in ("dawn", "noon", "dusk")}
    assert len({trio.version("shards/cqt", name) for name in ("dawn", "noon", "dusk")}) == 3
    write_track(tmp_path / "dusk" / "one more", 99)
    trio.backfill("noon", "dusk")
    changed = {key for key, version in before.items() if trio.version(*key) != version}
    assert changed == {(stage, "dusk") for stage in STAGES}


def test_a_dataset_that_fails_is_named_and_the_others_are_made(trio: House, tmp_path: Path) -> None:
    for path in (tmp_path / "noon").glob("*.wav"):
        path.write_bytes(b"")
    result = trio.backfill("dawn", "dusk")
    assert not result.success
    (failure,) = (event for event in result.all_events if event.is_step_failure and event.step_key == "raw_audio")
    message = str(failure.event_specific_data.error.cause or failure.event_specific_data.error)
    assert "1 that cannot be: noon: Expected at most 20% of the tracks in quarantine" in message
    assert len(trio.store("dusk").raw_audio.held()) == 4
    assert trio.latest("raw_audio", "dusk").metadata["made"].value == 4
    assert "noon" not in trio.instance.get_materialized_partitions(dg.AssetKey("raw_audio"))


@pytest.fixture
def grown(prepared: Prepared, home: Path, tmp_path: Path) -> Iterator[tuple[Path, DatasetStore]]:
    """The prepared dataset in a home and a folder of this test's own; the folder keeps its path in the records."""
    shutil.copytree(prepared.home, home, dirs_exist_ok=True)
    kept = tmp_path / "kept"
    shutil.copytree(prepared.corpus, kept, copy_function=shutil.copy2)
    yield prepared.corpus, open_dataset(str(home / "store"), "tiny")
    shutil.rmtree(prepared.corpus)
    shutil.copytree(kept, prepared.corpus, copy_function=shutil.copy2)


def listed(store: DatasetStore) -> Changes:
    home = Path(store.objects.address).parent
    return changes(Catalogue(home).get("tiny").listing().tracks, store)


def test_what_changed_on_disk_is_named_and_what_was_made_of_it_is_stale(grown: tuple[Path, DatasetStore]) -> None:
    root, store = grown
    assert not listed(store)
    write_track(root / "new", 70)
    write_track(root / "waltz", 71)
    (root / "gigue.wav").unlink()
    (root / "gigue.mid").unlink()
    assert listed(store) == Changes(new=["new"], changed=["waltz"], gone=["gigue"])
    prepare("tiny", root)
    assert not listed(store)
    for stage in STAGES[1:]:
        assert stale_tracks(store, stage) == [], stage
        assert {each["track"] for each in store.stage(stage).records()} >= {"new", "waltz"}
        assert "gigue" not in {each["track"] for each in store.stage(stage).records()}


def test_what_was_made_of_other_audio_is_stale_until_it_is_made_anew(grown: tuple[Path, DatasetStore]) -> None:
    root, store = grown
    write_track(root / "waltz", 71)
    (root / "gigue.wav").unlink()
    (root / "gigue.mid").unlink()
    before = {
        path: content for path, content in files_below(Path(store.objects.address)).items() if "raw_audio" not in path
    }
    prepare("tiny", root)
    raw = {path: content for path, content in files_below(Path(store.objects.address)).items() if "raw_audio" in path}
    shutil.rmtree(store.objects.address)
    for path, content in (before | raw).items():
        (Path(store.objects.address) / path).parent.mkdir(parents=True, exist_ok=True)
        (Path(store.objects.address) / path).write_bytes(content)
    for stage in STAGES[1:]:
        assert stale_tracks(store, stage) == ["gigue", "waltz"], stage


def wrote(store: DatasetStore, shards: dict[str, str], name: str = "lstm") -> ReportStore:
    """A report that used these shards."""
    report = ReportStore(store.objects, "piano_transcription", name)
    page = f"<html><header></header>{WARNING}{WARNING}<main></main>"
    written = {"shards": shards, "preset": "cqt_84", "labels": "notes"}
    report.write(page, written, {}, {})
    return report


def test_a_report_says_on_its_page_that_its_shards_have_changed(grown: tuple[Path, DatasetStore]) -> None:
    from storage import examples

    root, store = grown
    current = examples.digests(examples.tracks(store, "cqt_84"))
    fresh, stale = wrote(store, current), wrote(store, current | {"gone": "0123"}, "bilstm")
    page = Path(fresh.page)
    assert uses(store) == [
        Use("reports/piano_transcription/bilstm", ("gone",)),
        Use("reports/piano_transcription/lstm", ()),
    ]
    assert mark_reports(store) == ["reports/piano_transcription/bilstm"]
    assert "Stale: the shards of gone have changed" in Path(stale.page).read_text()
    assert "Stale" not in page.read_text()
    write_track(root / "new", 70)
    prepare("tiny", root)
    assert "Stale: the shards of tiny have changed" in page.read_text()
    assert "Stale: the shards of gone, tiny have changed" in Path(stale.page).read_text()
    for suffix in (".wav", ".mid"):
        (root / f"new{suffix}").unlink()
    prepare("tiny", root)
    assert "Stale" not in page.read_text(), "the shards are again what they were"
    assert json.loads(store.objects.read(f"{fresh.prefix}/report.json") or b"")["preset"] == "cqt_84"


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


def test_a_failing_dataset_by_itself_says_its_own_sentence(house: House, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(MirlitonError, match="audio files"):
        prepare("empty", tmp_path / "empty")
