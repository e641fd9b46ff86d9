"""The second half of the chain on seconds of audio: a training, its MLflow run, its report, a transcription."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import mlflow
import numpy as np
import pytest
import soundfile

from assets.evaluation.excerpts import PEAK, choose_tracks, read_excerpt
from assets.inference.loaded_model import load_current
from assets.inference.transcriber import load_transcriber
from assets.training.dataset_shards import DatasetShards
from mir_models.features import feature_of
from mir_models.inference import transcription
from mir_models.resampling import resample, resample_blocks
from mir_models.training.distillation import MixedTargets
from pipelines.runs import RunResult, materialise
from storage.examples.track_shards import tracks
from storage.media import audio, midi
from storage.models.mlflow_registry import versions
from storage.models.mlflow_runs import directed, tracking_uri
from storage.pages.data_urls import data_url
from storage.tracks.dataset_store import open_dataset
from tests.conftest import Prepared

MODEL, REPORT = "models/piano_transcription/lstm", "reports/piano_transcription/lstm"
TINY = {"datasets": ["tiny"], "network": {"units": 6}, "training": {"epochs": 2, "batch_size": 2}}


@pytest.fixture(scope="module")
def trained(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A home in which a tiny LSTM was trained for two epochs and reported on."""
    home = tmp_path_factory.mktemp("trained") / "home"
    shutil.copytree(prepared.home, home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIRLITON_HOME", str(home))
        patch.delenv("MIRLITON_STORE", raising=False)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        yield home, materialise("train_piano_transcription", assets=[MODEL, REPORT], config={MODEL: TINY})


def test_the_training_is_one_finished_mlflow_run(trained: tuple[Path, RunResult]) -> None:
    home, finished = trained
    client = mlflow.MlflowClient(tracking_uri(home))
    run = client.get_run(finished.metadata[MODEL]["mlflow_run"])
    assert run.info.status == "FINISHED"
    assert [each.step for each in client.get_metric_history(run.info.run_id, "val_frame_f1")] == [0, 1]
    chance = {each.value for each in client.get_metric_history(run.info.run_id, "chance_loss")}
    assert len(chance) == 1
    assert 0 < chance.pop() < 1
    steps = [each.value for each in client.get_metric_history(run.info.run_id, "steps")]
    assert steps == [steps[0], 2 * steps[0]]
    assert run.data.params["network.units"] == "6"
    assert run.data.params["data"]
    assert {"git.commit", "device", "machine", "version.keras", "fingerprint"} <= run.data.tags.keys()
    assert [each.path for each in client.list_artifacts(run.info.run_id, "figures")] == ["figures/loss_curves.png"]
    logged = {each.name: each for each in client.search_logged_models([run.info.experiment_id])}
    assert logged.keys() == {"model", "recordings"}
    signature = mlflow.models.Model.load(url2pathname(urlsplit(logged["model"].artifact_location).path)).signature
    assert "84" in str(signature.inputs)


def test_the_run_names_its_data_and_the_run_in_dagster(trained: tuple[Path, RunResult]) -> None:
    home, finished = trained
    run = mlflow.MlflowClient(tracking_uri(home)).get_run(finished.metadata[MODEL]["mlflow_run"])
    splits = {each.tags[0].value: each.dataset for each in run.inputs.dataset_inputs}
    assert splits.keys() == {"train", "validation", "test"}
    assert {each.name for each in splits.values()} == {"tiny"}
    assert len({each.digest for each in splits.values()}) == 3, "a digest of each split"
    assert [json.loads(splits[name].profile)["n_tracks"] for name in ("train", "validation", "test")] == [4, 1, 1]
    assert json.loads(splits["train"].source) == {"uri": str(home / "store/datasets/tiny/shards/cqt_84")}
    assert run.data.tags["dagster.run_id"] == finished.run_id
    assert "mlflow.note.content" not in run.data.tags, "no address of Dagster is known here"


def test_the_run_has_the_scores_of_its_report_and_the_page(trained: tuple[Path, RunResult]) -> None:
    home, finished = trained
    client = mlflow.MlflowClient(tracking_uri(home))
    run = client.get_run(finished.metadata[MODEL]["mlflow_run"])
    report = json.loads((home / "store" / REPORT / "report.json").read_text())
    assert run.data.metrics["test_note_onset_f1"] == report["evaluation"]["note_onset"]["f1"]
    assert run.data.metrics["test_frame_f1"] == report["evaluation"]["micro"]["f1"]
    assert "test_frame_f1_low" not in run.data.metrics, "one track has no interval"
    assert run.data.tags["report"] == report["fingerprint"]
    page = mlflow.artifacts.load_text(f"{run.info.artifact_uri}/report/report.html")
    assert page == (home / "store" / REPORT / "report.html").read_text(encoding="utf-8")


def test_the_registered_model_takes_recordings(trained: tuple[Path, RunResult], prepared: Prepared) -> None:
    home, finished = trained
    (version,) = versions(home, "piano_transcription")
    assert version.run_id == finished.metadata[MODEL]["mlflow_run"]
    assert version.aliases == ("challenger",)
    assert version.tags["architecture"] == "lstm"
    recording = prepared.corpus / "prelude.wav"
    with directed(tracking_uri(home)):
        model = mlflow.pyfunc.load_model("models:/mirliton-piano_transcription@challenger")
    found = model.predict(str(recording))
    expected = load_transcriber("piano_transcription", "lstm").transcribe(recording, warn=pytest.fail).notes
    assert len(expected) > 0
    np.testing.assert_array_equal(found["pitch"], expected.pitches)
    np.testing.assert_array_equal(found[["onset", "offset"]], expected.intervals)
    assert set(found["recording"]) == {str(recording)}
    y, sr = soundfile.read(recording, dtype="float32")
    of_samples = model.predict({"samples": y, "sr": sr})
    np.testing.assert_array_equal(of_samples[["onset", "offset"]], expected.intervals)


def test_a_command_captures_no_output(trained: tuple[Path, RunResult]) -> None:
    """Dagster would start processes to do so, which print a traceback when Ctrl-C ends the command."""
    assert not [path for path in (trained[0] / "dagster").rglob("*") if path.suffix in (".err", ".out", ".complete")]


def test_every_epoch_and_the_best_are_kept(trained: tuple[Path, RunResult]) -> None:
    (folder,) = (trained[0] / "store" / MODEL).glob("*/")
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert names == {"epochs/epoch-000.keras", "epochs/epoch-001.keras", "state.npz", "model.keras", "model.json"}
    record = json.loads((folder / "model.json").read_text())
    best = folder / "epochs" / f"epoch-{record['best_epoch']:03d}.keras"
    assert (folder / "model.keras").read_bytes() == best.read_bytes()
    assert set(record["versions"]) == {"architecture", "task", "training", "augmentation", "decoding"}


def test_a_training_of_a_few_steps_is_reported_as_one_that_has_not_learnt(trained: tuple[Path, RunResult]) -> None:
    home, finished = trained
    (record,) = (json.loads(path.read_text()) for path in (home / "store" / MODEL).glob("*/model.json"))
    chance = record["chance"]
    assert chance["verdict"] == "underfit"
    assert chance["val_loss"] > chance["chance_loss"] > 0, "the mean of each key over the train split is a better guess"
    (line,) = [each for each in finished.failed_checks if "above_chance" in each]
    assert f"it has not learnt ({chance['n_steps']} steps; validation loss " in line
    assert "remedy: more training.epochs than 2, or a training.batch_size below 2" in line
    assert chance["description"] in (home / "store" / REPORT / "report.html").read_text()


def test_the_report_stands_beside_its_baselines(trained: tuple[Path, RunResult]) -> None:
    folder = trained[0] / "store" / REPORT
    evaluation = json.loads((folder / "report.json").read_text())["evaluation"]
    assert set(evaluation["baselines"]) == {"silence", "energy"}
    assert evaluation["convention"]["pedal"] == "applied"
    assert evaluation["convention"]["thresholds_from"] == "validation"
    page = (folder / "report.html").read_text()
    assert f"{evaluation['frame']['f1']:.3f}" in page
    assert len(list(folder.glob("midi/*.mid"))) == len(evaluation["tracks"]) > 0
    assert evaluation["note_onset_offset_velocity"] is None, "the network has no velocity head"
    assert [each["tolerance"] for each in evaluation["tolerance_sweep"]] == [n / 100 for n in range(1, 11)]


def test_the_report_plays_the_recording_and_its_transcription(
    trained: tuple[Path, RunResult], prepared: Prepared
) -> None:
    folder = trained[0] / "store" / REPORT
    (excerpt,) = json.loads((folder / "report.json").read_text())["excerpts"]
    assert (excerpt["name"], excerpt["start"], excerpt["missing"]) == ("only", 0, "")
    assert (folder / "figures" / f"{excerpt['figure']}.png").is_file()
    played, sr = audio.read_mono(folder / excerpt["recording"])
    sonified, _ = audio.read_mono(folder / excerpt["prediction"])
    assert len(sonified) == round(excerpt["stop"] * sr)
    assert len(played) == pytest.approx(len(sonified), abs=512), "the last frame may reach beyond the recording"
    recording, _ = audio.read_mono(prepared.corpus / f"{excerpt['track']}.wav")
    n = min(len(played), len(recording))
    assert np.corrcoef(played[:n], recording[:n])[0, 1] > 0.98
    assert np.abs(played).max() == pytest.approx(PEAK, abs=0.05)
    page = (folder / "report.html").read_text()
    for kind in ("recording", "prediction"):
        assert f'src="{data_url((folder / excerpt[kind]).read_bytes(), "audio/ogg")}"' in page
    for path in (folder / "midi").iterdir():
        assert data_url(path.read_bytes(), "audio/midi") in page


def test_the_report_has_its_notes_and_its_lineage_inside(trained: tuple[Path, RunResult], prepared: Prepared) -> None:
    folder = trained[0] / "store" / REPORT
    record = json.loads((folder / "report.json").read_text())
    page = (folder / "report.html").read_text()
    view = json.loads(re.search(r'id="roll-only">(.*?)</script>', page).group(1))
    rows = [dict(zip(view["notes"]["columns"], row, strict=True)) for row in view["notes"]["rows"]]
    (track,) = record["evaluation"]["tracks"]
    counts = Counter(row["kind"] for row in rows)
    assert counts["found"] + counts["missed"] == track["n_ref_notes"]
    assert counts["found"] + counts["added"] == track["n_est_notes"]
    assert record["evaluation"]["note_ends"]["n"] == counts["found"]
    assert all(row["probability"] is not None for row in rows if row["kind"] != "missed")
    (lineage,) = record["lineage"]
    tested = next(row for row in lineage["tracks"] if row["track"] == track["track"])
    content = (prepared.corpus / f"{track['track']}.wav").read_bytes()
    assert (tested["file"], tested["audio"]) == (f"{track['track']}.wav", hashlib.sha256(content).hexdigest())
    assert {row["split"] for row in lineage["tracks"]} == {"train", "validation", "test"}


def test_a_recording_that_changed_is_named_instead_of_played(prepared: Prepared, tmp_path: Path) -> None:
    store = open_dataset(str(prepared.store), "tiny")
    track = next(each for each in tracks(store, "cqt", "test"))
    data = DatasetShards({"tiny": store}, [track], {}, {})
    assert read_excerpt(data, track, 1.0, 2.0)[0] is not None
    other, why = read_excerpt(data, replace(track, audio_content="another"), 1.0, 2.0)
    assert other is None
    assert track.track in why


@pytest.mark.parametrize(
    ("n", "names"),
    [
        (1, ["only"]),
        (2, ["worst", "best"]),
        (3, ["worst", "middle", "best"]),
        (4, ["worst", "second_worst", "middle", "best"]),
        (9, ["worst", "second_worst", "third_worst", "middle", "best"]),
    ],
)
def test_no_track_is_shown_twice(n: int, names: list[str]) -> None:
    shown = choose_tracks([{"track": rank} for rank in range(n)])
    assert list(shown) == names
    ranks = [row["track"] for row in shown.values()]
    assert ranks == sorted(set(ranks))
    assert (ranks[0], ranks[-1]) == (0, n - 1)


def test_what_is_up_to_date_is_not_trained_again(trained: tuple[Path, RunResult]) -> None:
    again = materialise("train_piano_transcription", assets=[MODEL, REPORT], config={MODEL: TINY})
    assert not again.metadata[MODEL]["trained_now"]
    assert again.metadata[MODEL]["mlflow_run"] == trained[1].metadata[MODEL]["mlflow_run"]


def test_a_recording_becomes_a_midi_file(trained: tuple[Path, RunResult], prepared: Prepared, tmp_path: Path) -> None:
    from assets.inference.transcriber import load_transcriber

    recording = next(prepared.corpus.glob("*.wav"))
    transcriber = load_transcriber("piano_transcription", "lstm")
    found = transcriber.transcribe(recording, warn=print)
    (tmp_path / "out.mid").write_bytes(transcriber.encoded(found, "midi", recording.name))
    if len(found):
        assert len(midi.read(tmp_path / "out.mid").notes) == len(found)


def test_a_trained_network_gives_the_targets_of_another(
    trained: tuple[Path, RunResult], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(trained[0], tmp_path / "home")
    monkeypatch.setenv("MIRLITON_HOME", str(tmp_path / "home"))
    batches, mix = [], MixedTargets.__call__

    def kept(self: MixedTargets, examples: Any) -> Any:
        batches.append((np.array(examples["features"]), mix(self, examples)["frame"]))
        return mix(self, examples)

    monkeypatch.setattr(MixedTargets, "__call__", kept)
    student = "models/piano_transcription/lstm_fast"
    distillation = {"teacher": "piano_transcription/lstm", "share": 1.0}
    settings = {**TINY, "training": {"epochs": 1, "batch_size": 2}, "distillation": distillation}
    materialise("train_piano_transcription", assets=[student], config={student: settings})
    teacher = load_current("piano_transcription", "lstm")
    for features, targets in batches:
        np.testing.assert_allclose(targets, teacher.network.predict_on_batch(features)["frame"], atol=1e-5)
    assert batches
    assert float(np.ptp(batches[0][1])) > 0.01, "activations, neither constants nor labels"
    assert not set(np.unique(batches[0][1])) <= {0.0, 1.0}
    record = load_current("piano_transcription", "lstm_fast").record
    assert (record.teacher["fingerprint"], record.teacher["share"]) == (teacher.record.fingerprint, 1.0)
    assert record.training_audio == teacher.record.training_audio


@pytest.mark.parametrize("name", ["cqt", "cqt_84"])
@pytest.mark.parametrize("sr", [8000, 22050, 44100])
def test_features_of_a_stream_are_those_of_the_whole(name: str, sr: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcription, "BLOCK_FRAMES", 150)
    feature, params = feature_of(name), feature_of(name).PRESETS[name]
    y = np.random.default_rng(0).normal(0, 0.1, 12 * sr + 77).astype(np.float32)
    whole = feature.extract(resample(y, sr, params.sr), params)
    blocks = np.array_split(y, [1, 5000, 5001, sr * 4, sr * 4 + 333])
    streamed = np.concatenate(
        list(transcription.stream_features(resample_blocks(blocks, sr, params.sr), feature, params))
    )
    assert abs(len(streamed) - len(whole)) <= 1
    together = min(len(streamed), len(whole)) - 2
    np.testing.assert_allclose(streamed[:together], whole[:together], atol=0.1)
