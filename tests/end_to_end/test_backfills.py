"""Backfills of several datasets in one run, and of one more track: what is made, stale and reported."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from assets import checks
from assets.preparation import features, labels
from mir_models.errors import MirlitonError, TrackError
from mir_models.features import feature_of
from storage import progress
from storage.corpora.catalogue import Catalogue, open_catalogue
from storage.corpora.registrations import Registration
from storage.models.checkpoints import ModelStore
from storage.objects.objects import open_objects
from storage.reports.evaluations import WARNING, ReportStore
from storage.staleness.changes import Changes, changes, stale_tracks
from storage.staleness.outdated_models import Use, mark_reports, uses
from storage.tracks.arrays import Stored
from storage.tracks.dataset_store import DatasetStore, open_dataset
from storage.tracks.records import RawAudioRecord
from tests.conftest import Prepared, corpus_assets, files_below, prepare, write_track
from tests.storage.track_records import labels_record
from tests.stored_records import model_record, report_record

PARAMS = feature_of("cqt").PRESETS["cqt"]
BOTH = ("cqt", "cqt_84")
STAGES = ("raw_audio", "labels", *(f"{stage}/{each}" for stage in ("features", "shards") for each in BOTH))
QUIET = {
    "resources": {"workers": {"config": {"n_workers": 0}}},
    "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
}


class House:
    """Datasets of one home, whose partitions one run can go through."""

    def __init__(self, home: Path, instance: dg.DagsterInstance) -> None:
        from pipelines.definitions import definitions

        self.home, self.instance, self.job = home, instance, definitions.resolve_job_def("prepare_piano_transcription")

    def register(self, name: str, root: Path) -> None:
        store = open_objects(str(self.home / "store"))
        Catalogue(store, self.home).add(Registration(name, "folder", str(root), {"labels_exact": False}))
        self.instance.add_dynamic_partitions("dataset", [name])

    def backfill(self, first: str, last: str) -> dg.ExecuteInProcessResult:
        """One run over the datasets from `first` to `last`, as a backfill in the UI starts it."""
        tags = {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}
        return self.job.execute_in_process(
            instance=self.instance,
            tags=tags,
            run_config=QUIET,
            asset_selection=corpus_assets(BOTH),
            raise_on_error=False,
        )

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
    """Three registered datasets of three recordings each."""
    for number, name in enumerate(("dawn", "noon", "dusk")):
        for track in range(3):
            write_track(tmp_path / name / f"piece {track}", 10 * number + track)
        house.register(name, tmp_path / name)
    return house


def test_a_run_over_several_datasets_makes_each_with_a_version_of_its_own(trio: House, tmp_path: Path) -> None:
    result = trio.backfill("dawn", "dusk")
    assert result.success
    assert len(trio.instance.get_runs()) == 1
    for name in ("dawn", "noon", "dusk"):
        for stage in STAGES:
            assert trio.latest(stage, name).metadata["tracks"].value == 3, (stage, name)
            assert len(trio.store(name).stage(stage).held()) == 3
    check = next(each for each in result.get_asset_check_evaluations() if each.check_name == "no_work_crosses_splits")
    assert check.passed
    assert {key.split(": ")[0] for key in check.metadata} >= {"dawn", "noon", "dusk"}
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
    assert len(trio.store("dusk").raw_audio.held()) == 3
    assert trio.latest("raw_audio", "dusk").metadata["made"].value == 3
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
    return changes(registered(store).listing().tracks, store)


def test_what_changed_on_disk_is_named_and_what_was_made_of_it_is_stale(grown: tuple[Path, DatasetStore]) -> None:
    root, store = grown
    assert not listed(store)
    write_track(root / "new", 70)
    write_track(root / "waltz", 71)
    (root / "gigue.wav").unlink()
    (root / "gigue.mid").unlink()
    assert listed(store) == Changes(new=["new"], changed=["waltz"], gone=["gigue"])
    prepare("tiny", root, presets=BOTH)
    assert not listed(store)
    for stage in STAGES[1:]:
        assert stale_tracks(store, stage) == [], stage
        assert {each.track for each in store.stage(stage).records()} >= {"new", "waltz"}
        assert "gigue" not in {each.track for each in store.stage(stage).records()}


def test_what_was_made_of_other_audio_is_stale_until_it_is_made_anew(grown: tuple[Path, DatasetStore]) -> None:
    root, store = grown
    write_track(root / "waltz", 71)
    (root / "gigue.wav").unlink()
    (root / "gigue.mid").unlink()
    before = {
        path: content for path, content in files_below(Path(store.objects.address)).items() if "raw_audio" not in path
    }
    prepare("tiny", root, presets=BOTH)
    raw = {path: content for path, content in files_below(Path(store.objects.address)).items() if "raw_audio" in path}
    shutil.rmtree(store.objects.address)
    for path, content in (before | raw).items():
        (Path(store.objects.address) / path).parent.mkdir(parents=True, exist_ok=True)
        (Path(store.objects.address) / path).write_bytes(content)
    for stage in STAGES[1:]:
        assert stale_tracks(store, stage) == ["gigue", "waltz"], stage


def test_the_digest_of_shards_does_not_depend_on_the_order_of_tracks(at_home: Prepared) -> None:
    from storage.examples import track_shards as examples

    tracks = examples.tracks(open_dataset(str(at_home.store), "tiny"), "cqt")
    by_split = sorted(tracks, key=lambda track: track.split)
    assert [each.track for each in by_split] != [each.track for each in tracks]
    assert examples.digests(by_split) == examples.digests(tracks)
    assert examples.digests(tracks[1:]) != examples.digests(tracks)


def wrote(store: DatasetStore, shards: dict[str, str], name: str = "lstm") -> ReportStore:
    """A report that used these shards, on the current model."""
    model = ModelStore(store.objects, "piano_transcription", name)
    trained = model_record(architecture=name, fingerprint="m")
    store.objects.write(f"{model.prefix}/m/model.json", json.dumps(trained.to_json()).encode())
    model.make_current("m")
    report = ReportStore(store.objects, "piano_transcription", name)
    page = f"<html><header></header>{WARNING}{WARNING}<main></main>"
    record = report_record(architecture=name, shards=shards, preset="cqt_84", labels="notes")
    report.write(page, record, midis={}, figures={}, sounds={})
    return report


def test_the_page_of_a_report_warns_that_its_shards_have_changed(grown: tuple[Path, DatasetStore]) -> None:
    from storage.examples import track_shards as examples

    root, store = grown
    current = examples.digests(examples.tracks(store, "cqt_84"))
    fresh, stale = wrote(store, current), wrote(store, current | {"gone": "0123"}, "bilstm")
    page = Path(fresh.page)
    assert uses(store) == [
        Use("reports/piano_transcription/bilstm", ("the shards of gone",)),
        Use("reports/piano_transcription/lstm", ()),
    ]
    assert mark_reports(store) == ["reports/piano_transcription/bilstm"]
    assert "Stale: the shards of gone changed since" in Path(stale.page).read_text()
    assert "Stale" not in page.read_text()
    write_track(root / "new", 70)
    prepare("tiny", root, presets=BOTH)
    assert "Stale: the shards of tiny changed since" in page.read_text()
    assert "Stale: the shards of gone and the shards of tiny changed since" in Path(stale.page).read_text()
    for suffix in (".wav", ".mid"):
        (root / f"new{suffix}").unlink()
    prepare("tiny", root, presets=BOTH)
    assert "Stale" not in page.read_text(), "the shards are again what they were"
    assert json.loads(store.objects.read(f"{fresh.prefix}/report.json") or b"")["preset"] == "cqt_84"


def test_a_failing_dataset_by_itself_raises_its_own_reason(house: House, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(MirlitonError, match="audio files"):
        prepare("empty", tmp_path / "empty")


def test_files_that_change_under_a_run_are_not_kept_under_the_name_of_others(grown: tuple[Path, DatasetStore]) -> None:
    """The track table has a recording; another one lies there when features and labels are made."""
    root, store = grown
    (record,) = [each for each in store.raw_audio.records() if each.track == "waltz"]
    kept = {suffix: (root / f"waltz{suffix}").read_bytes() for suffix in (".wav", ".mid")}
    times = {suffix: (root / f"waltz{suffix}").stat() for suffix in kept}
    write_track(root / "waltz", 71)
    (waltz,) = [each for each in store.audio_tracks() if each.track == "waltz"]
    (to_extract,) = features.jobs([waltz], "cqt", PARAMS, store.address)
    (to_label,) = labels.jobs([record], registered(store), labels.DEFAULTS)
    with pytest.raises(TrackError, match=r"waltz\.(wav|mid), changed since"):
        features.extract(to_extract.item)
    with pytest.raises(TrackError, match=r"waltz\.(wav|mid), changed since"):
        labels.label(to_label.item)
    for suffix, content in kept.items():
        (root / f"waltz{suffix}").write_bytes(content)
        os.utime(root / f"waltz{suffix}", ns=(times[suffix].st_atime_ns, times[suffix].st_mtime_ns))
    assert isinstance(features.extract(to_extract.item), Stored)


def test_a_disk_that_is_unplugged_deletes_nothing(grown: tuple[Path, DatasetStore]) -> None:
    root, store = grown
    before = files_below(Path(store.objects.address))
    for path in sorted(root.iterdir())[:4]:  # Two of six tracks.
        path.unlink()
    with pytest.raises(MirlitonError, match=r"at most 20% of the known tracks gone .* 2 of 6, the first aria"):
        prepare("tiny", root, presets=BOTH)
    assert files_below(Path(store.objects.address)) == before


def test_recordings_that_became_unreadable_at_once_delete_nothing(grown: tuple[Path, DatasetStore]) -> None:
    root, store = grown
    for path in root.glob("*.wav"):
        path.write_bytes(b"")
    with pytest.raises(MirlitonError, match="6 of 6"):
        prepare("tiny", root, presets=BOTH)
    assert len(store.raw_audio.held()) == 6


def test_changed_metadata_of_a_track_count_as_a_change(home: Path, tmp_path: Path) -> None:
    for track in range(4):
        write_track(tmp_path / "corpus" / f"piece {track}", track)

    def write_genre(genre: str) -> None:
        rows = [f"piece {track}.wav,{genre if track == 2 else 'waltz'}" for track in range(4)]
        (tmp_path / "corpus" / "tracks.csv").write_text("\n".join(["audio,genre", *rows]))

    write_genre("polka")
    prepare("genres", tmp_path / "corpus", loader="table")
    store = open_dataset(str(home / "store"), "genres")
    assert not changes(open_catalogue().get("genres").listing().tracks, store)
    write_genre("march")
    assert changes(open_catalogue().get("genres").listing().tracks, store).changed == ["piece 2"]
    prepare("genres", tmp_path / "corpus", loader="table")
    assert {each.classes["genre"] for each in store.shards("cqt").records()} == {"waltz", "march"}
    assert [stale_tracks(store, stage) for stage in STAGES[1:]] == [[]] * 5


@pytest.mark.parametrize(
    ("n_notes", "last_offset", "why"),
    [
        (100, 58.0, ""),
        (0, 0.0, "there is no note"),
        (100, 70.0, "the notes end 10.0 s after the recording"),
        (100, 40.0, "the last 20.0 s of 60.0 s have no note"),
        (3, 58.0, "0.05 notes per second, not 0.1 to 60.0"),
        (6000, 58.0, "100.00 notes per second, not 0.1 to 60.0"),
    ],
)
def test_notes_that_do_not_fit_their_recording_are_named(n_notes: int, last_offset: float, why: str) -> None:
    record = labels_record(
        "t", method="none", exact=True, measured_lag=0.0, seconds=60.0, n_notes=n_notes, last_offset=last_offset
    )
    *_, check = checks.of_labels([record])
    assert check.check_name == "labels_agree_with_audio"
    assert check.passed == (not why)
    assert str(check.metadata["description"].value).endswith(f", the first t: {why}" if why else "fit their recordings")


def registered(store: DatasetStore) -> Registration:
    return Catalogue(store.objects, Path(store.objects.address).parent).get("tiny")


def test_a_recording_is_not_decoded_again_when_its_metadata_change(
    grown: tuple[Path, DatasetStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    root, store = grown
    before = {record.track: record for record in store.raw_audio.records()}
    monkeypatch.setattr("storage.media.audio.read_checked", lambda *_: pytest.fail("decoded again"))
    prepare("tiny", root, presets=BOTH, split_seed=5)
    after = {record.track: record for record in store.raw_audio.records()}
    assert {track for track in after if after[track].split != before[track].split}
    kept = ("content", "file", "duration", "sr", "channels", "peak", "labels")
    for track in after:
        assert [getattr(after[track], key) for key in kept] == [getattr(before[track], key) for key in kept]
    assert all(
        store.raw_audio.arrays(each.track, name)["landmarks"].shape[0] > 100 for name, each in named(store).items()
    )
    assert registered(store).split_seed == 5


def named(store: DatasetStore) -> dict[str, RawAudioRecord]:
    """Records by fingerprint."""
    return {name.rsplit("@", 1)[1]: each for name, each in store.raw_audio.named_records().items()}


def test_a_run_waits_its_turn_at_a_dataset(home: Path) -> None:
    from assets.resources import StoreResource

    order: list[str] = []
    inside, reported = threading.Event(), threading.Event()

    def later() -> None:
        inside.wait(10)
        with progress.watch(lambda _: reported.set()), StoreResource().turn("tiny"):
            order.append("second")

    thread = threading.Thread(target=later)
    thread.start()
    with StoreResource().turn("tiny"):
        inside.set()
        assert reported.wait(10), "a run that waits reports it"
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]
    with StoreResource().turn("tiny"), StoreResource().turn("other"):
        pass
