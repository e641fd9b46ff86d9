"""Identity: what was stored before the files moved has the same fingerprints today, wherever the code lies now.

``demo_0_2_0.json`` holds records and names of four tracks of the demo corpus as version 0.2.0 stored them before that.
"""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from assets.preparation import features, labels, raw_audio, shards, variants
from assets.training.recipe import Recipe
from mir_models import aligned_notes as labelling
from mir_models import alignment
from mir_models.alignment import ALIGNMENTS
from mir_models.architectures import ARCHITECTURES, default_settings
from mir_models.augmentation import spectrum
from mir_models.augmentation import variants as chains
from mir_models.augmentation.waveform import AUGMENTATIONS
from mir_models.examples import shards as sharding
from mir_models.features import FEATURES, feature_of
from mir_models.identification import landmarks, matches
from mir_models.notes import sustain_pedal
from mir_models.registry import Registry
from mir_models.tasks import TASKS
from mir_models.training import params as training_params
from mir_models.training.params import Params as TrainingParams
from mir_models.transfer import fine_tuning
from storage.corpora import listing
from storage.corpora.listing import Promises, TrackFiles
from storage.corpora.registrations import LOADERS, Registration
from storage.fingerprints import fingerprint
from storage.tracks.dataset_store import DatasetAddress, open_dataset
from storage.tracks.records import LabelsRecord, RawAudioRecord

STORED = json.loads((Path(__file__).parent / "demo_0_2_0.json").read_text())
PRESETS = ("cqt", "cqt_36", "cqt_84")
PARAMS = {
    "feature chroma": "c7c35ffa58cffd60",
    "feature cqt": "039b57a99c278ff1",
    "feature cqt_36": "2a455cdddd9184f5",
    "feature cqt_84": "6c2cda1fde247f7a",
    "feature log_mel": "022a6c2a2c1e75bf",
    "feature log_mel_1024": "091ab7a7df583ed8",
    "feature log_mel_1024_ln": "676e3caf23275c84",
    "feature mel_patch": "92bff3a721219cf4",
    "feature mfcc": "3adaaf61c5f32f0d",
    "feature stft": "412a1dfa7a91b0e2",
    "alignment auto": "0798c5868821ab50",
    "alignment correlation": "42dd639bccc284b9",
    "alignment drift": "e8aff74a999b3c61",
    "alignment dtw": "0798c5868821ab50",
    "alignment none": "b9792a4a1c6762a0",
    "augmentation detuning": "04808b19c877a690",
    "augmentation equaliser": "f8cd4ae9757d57c7",
    "augmentation noise": "b925c498ff2edf2c",
    "augmentation pitch_shift": "a4d5c114d172d190",
    "augmentation reverb": "5751168ebb017d72",
    "augmentation time_stretch": "15171c67a104f081",
    "architecture bilstm": "18810cc44a4e2704",
    "architecture crnn": "90fd1f162ad1775d",
    "architecture dense_context": "4fe1a6bd148d4376",
    "architecture dense_frame": "2a23b00ed1c96ecd",
    "architecture genre_ensemble": "7ab721e68b7ea874",
    "architecture lstm": "185a3c8adb55b3a4",
    "architecture lstm_fast": "ddb317bec47a7c49",
    "architecture onsets_frames": "9dadc98079de9331",
    "architecture parallel_cnn_rnn": "440e2db39626c9e9",
    "architecture patch_cnn": "2b1ea6bbe557a72e",
    "architecture x_vector": "daa568f471aad281",
    "architecture x_vector_genre": "daa568f471aad281",
    "labels": "283a84d54893175a",
    "performances": "9955743b05a8cf19",
    "variants": "b6d9b8d13caa377a",
    "shards": "087ec16f8b995d71",
    "landmarks": "86b1acf145564da1",
}
"""Fingerprints of the default settings of everything that is registered, before the files moved.

Of alignments and labels since their settings say which notes are of restruck keys.
"""


def by_track(table: dict[str, Any]) -> dict[str, str]:
    """Fingerprint by track, of a table of records by name."""
    return {record["track"]: name.rpartition("@")[2] for name, record in table.items()}


def named(stage: str) -> dict[str, str]:
    """Fingerprint by track, of the names of a stage."""
    return {name.partition("~")[0]: name.rpartition("@")[2] for name in STORED["names"][stage]}


@pytest.fixture
def store(tmp_path: Path) -> Any:
    """A dataset store with the tables of version 0.2.0, and the folders of its tracks."""
    folder = tmp_path / "datasets" / "demo"
    names = {**STORED["names"], "raw_audio": list(STORED["raw_audio"]), "labels": list(STORED["labels"])}
    for stage, tracks in names.items():
        for name in tracks:
            (folder / stage / name).mkdir(parents=True)
            (folder / stage / name / "zarr.json").write_text("{}")
    for stage in ("raw_audio", "labels"):
        (folder / f"{stage}.records.json").write_text(json.dumps(STORED[stage]))
    return open_dataset(str(tmp_path), "demo")


def test_a_dataset_store_reads_the_tables_of_0_2_0(store: Any) -> None:
    assert [record.track for record in store.labels.records()] == [
        "bach-invention-bwv772",
        "bach-prelude-bwv846",
        "mozart-sonata-k545",
        "study-scales",
    ]


@pytest.mark.parametrize(("stage", "kind"), [("raw_audio", RawAudioRecord), ("labels", LabelsRecord)])
def test_records_of_0_2_0_are_read_and_written_back_the_same(stage: str, kind: type[RawAudioRecord]) -> None:
    for name, values in STORED[stage].items():
        written = json.dumps(kind.from_json(values, where=name).to_json(), sort_keys=True)
        assert written == json.dumps(values, sort_keys=True)


@pytest.mark.parametrize("name", PRESETS)
def test_features_of_0_2_0_are_kept(store: Any, name: str) -> None:
    jobs = features.jobs(store.audio_tracks(), name, feature_of(name).PRESETS[name], store.address)
    assert {job.track: job.fingerprint for job in jobs} == named(f"features/{name}")


def _labels(store: Any) -> dict[str, str]:
    jobs = labels.jobs(store.raw_audio.records(), Registration("demo", "demo", "/corpora/demo"), labels.DEFAULTS)
    return {job.track: job.fingerprint for job in jobs}


def test_labels_of_0_2_0_are_made_anew_since_they_are_read_and_aligned_otherwise(store: Any) -> None:
    """Notes without note-off, overlapping or of length 0 were left out or cut; early restrikes bent the map."""
    of_0_2_0 = by_track(STORED["labels"])
    found = _labels(store)
    assert (labels.VERSION, alignment.VERSION) == (4, 4)
    assert found.keys() == of_0_2_0.keys()
    assert not set(found.values()) & set(of_0_2_0.values())


@pytest.mark.parametrize("name", PRESETS)
def test_shards_of_0_2_0_are_kept(store: Any, name: str) -> None:
    jobs = shards.jobs(store, name, sharding.Params(compression="all"))
    assert {job.track: job.fingerprint for job in jobs} == named(f"shards/{name}")


@pytest.mark.parametrize("name", PRESETS)
def test_what_shards_hold_has_the_fingerprint_of_0_2_0(store: Any, name: str) -> None:
    """Only their compression is another, so that models and reports of 0.2.0 are not out of date."""
    jobs = shards.jobs(store, name)
    assert {job.track: shards.content(job.item) for job in jobs} == named(f"shards/{name}")
    assert not {job.fingerprint for job in jobs} & set(named(f"shards/{name}").values())


def test_variants_of_0_2_0_are_kept(store: Any) -> None:
    jobs = variants.jobs(store, Registration("demo", "demo", "/corpora/demo", variants=2))
    assert {job.track: job.fingerprint for job in jobs} == STORED["variants"]


def _table_of_tracks(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    promises = Promises(kinds=("notes",), labels_exact=False, pedal="separate")
    found = {}
    for record in STORED["raw_audio"].values():
        stamps = record["stamp"]
        for module in (raw_audio, listing):
            monkeypatch.setattr(module, "file_stamps", lambda _, stamps=stamps: stamps)
        notes = Path(record["labels"]["notes"]["path"])
        files = TrackFiles(id=record["track"], audio=Path(record["path"]), labels={"notes": notes}, work=record["work"])
        job = raw_audio._job(files, record["split"], promises, {}, DatasetAddress("", ""), LOADERS.get("demo").VERSION)
        found[job.track] = job.fingerprint
    return found


def test_recordings_of_0_2_0_are_decoded_once_more_since_some_were_not_read_to_their_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """MP3 files without a tag, headers of streams; channels that cancel each other are mixed otherwise now."""
    of_0_2_0 = by_track(STORED["raw_audio"])
    found = _table_of_tracks(monkeypatch)
    assert found.keys() == of_0_2_0.keys()
    assert not set(found.values()) & set(of_0_2_0.values())


def test_of_what_the_table_of_tracks_is_made_nothing_else_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw_audio, "_DECODING", fingerprint(1, landmarks.VERSION, raw_audio.LANDMARKS))
    assert _table_of_tracks(monkeypatch) == by_track(STORED["raw_audio"])


def test_a_model_of_0_2_0_is_trained_anew_since_batches_are_drawn_otherwise() -> None:
    """The same settings give another training: what is drawn is a function of the batch, not of the example."""
    assert _recipe(STORED["model"]).fingerprint != STORED["model"]["fingerprint"]


def test_of_what_a_model_is_made_nothing_else_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_params, "VERSION", 3)
    monkeypatch.setattr(spectrum, "VERSION", 3)
    assert _recipe(STORED["model"]).fingerprint == STORED["model"]["fingerprint"]


def _recipe(record: dict[str, Any]) -> Recipe:
    """The recipe of which a record was made, with its data as they were."""
    network = ARCHITECTURES.get(record["architecture"])
    data = SimpleNamespace(fingerprint=lambda *splits: record["data"], weights=record["weights"])
    return Recipe(
        record["architecture"],
        network,
        network.Params(**record["network"]),
        TrainingParams(**record["training"]),
        spectrum.Params(**record["augmentation"]),
        data,  # type: ignore[arg-type]
        fine_tuning.Params(),
    )


def settings() -> dict[str, str]:
    """Fingerprints of the default settings of everything that is registered."""
    networks = ARCHITECTURES.entries().items()
    return {
        **{
            f"feature {name}": fingerprint(each)
            for entry in FEATURES.entries().values()
            for name, each in entry.PRESETS.items()
        },
        **{f"alignment {name}": fingerprint(each.Params()) for name, each in ALIGNMENTS.entries().items()},
        **{f"augmentation {name}": fingerprint(each.Params()) for name, each in AUGMENTATIONS.entries().items()},
        **{f"architecture {name}": fingerprint(*_of_network(each)) for name, each in networks},
        "labels": fingerprint(labelling.Params()),
        "performances": fingerprint(sustain_pedal.Params()),
        "variants": fingerprint(chains.Params().ingredients),
        "shards": fingerprint({"is": "Params", "regressed_onsets": sharding.Params().regressed_onsets}),
        "landmarks": fingerprint(landmarks.Params(), matches.Search()),
    }


def _of_network(network: Any) -> list[Any]:
    parts = default_settings(network)
    return [parts[part] for part in ("network", "training", "augmentation", "start", "window") if part in parts]


def test_default_settings_have_the_fingerprints_of_0_2_0() -> None:
    assert PARAMS.items() <= settings().items()


@pytest.mark.parametrize("registry", [LOADERS, FEATURES, ALIGNMENTS, AUGMENTATIONS, ARCHITECTURES, TASKS])
def test_what_is_registered_has_its_own_name_and_version(registry: Registry) -> None:
    found = {name: (entry.NAME, type(entry.VERSION)) for name, entry in registry.entries().items()}
    assert found == {name: (name, int) for name in registry.names()}
