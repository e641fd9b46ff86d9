"""Kill and resume: a run that was ended anywhere, and started again, gives what an undisturbed run gives.

The quick tests end a stage before each single step it takes on the disk, a preparation inside each of its stages, and a
training after an epoch. The slow one kills the real commands by SIGKILL.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from storage import progress
from storage.fingerprints import fingerprint
from storage.models.checkpoints import ModelStore, Training
from storage.objects import objects
from storage.objects.objects import INCOMPLETE, open_objects
from storage.tracks.arrays import Stored
from storage.tracks.dataset_store import DatasetStore, open_dataset
from storage.tracks.stage_update import Outcome, update_stage
from storage.tracks.track_work import Job, Refusal
from storage.workers.dask_workers import Workers
from tests.conftest import PRESETS, Prepared, files_below, prepare
from tests.storage.track_records import features_record

REPOSITORY = Path(__file__).parents[2]


class Killed(BaseException):
    """What a test raises in the place of a kill."""


def keep(item: dict[str, Any]) -> Stored | Refusal:
    """The work of a small stage; the track "bad" cannot be used."""
    if item["track"] == "bad":
        return Refusal("Expected a good track.", b"png")
    return Stored(features_record(item["track"]), {"x": np.full((600, 2), item["value"], np.float32)})


def _bring_up_to_date(dataset: DatasetStore, value: float) -> Outcome:
    jobs = [Job(track, fingerprint(track, value), {"track": track, "value": value}) for track in ("a", "bad", "c")]
    return update_stage(dataset, "features/cqt", jobs, keep, workers=Workers(n_workers=0), max_quarantined=1.0)


def _kill_at(step: int, patch: pytest.MonkeyPatch) -> None:
    """Let the process end before its `step`-th call that changes the disk."""
    calls = iter(range(step))

    def counted(call: Callable[..., Any], *args: Any, **keywords: Any) -> Any:
        if next(calls, None) is None:
            raise Killed
        return call(*args, **keywords)

    for name in ("fsync", "rename", "replace", "mkdir", "unlink", "rmdir"):
        patch.setattr(objects.os, name, partial(counted, getattr(os, name)))


@pytest.mark.parametrize("before", [None, 1.0], ids=["a new store", "a store of other settings"])
def test_a_stage_killed_before_any_step_on_the_disk_is_whole_and_ends_up_the_same(
    tmp_path: Path, before: float | None
) -> None:
    fresh = open_dataset(str(tmp_path / "fresh"), "tiny")
    _bring_up_to_date(fresh, 2.0)
    expected = files_below(tmp_path / "fresh")
    step, survived = 0, False
    while not survived:
        dataset = open_dataset(str(tmp_path / str(step)), "tiny")
        if before is not None:
            _bring_up_to_date(dataset, before)
        with pytest.MonkeyPatch.context() as patch:
            _kill_at(step, patch)
            try:
                _bring_up_to_date(dataset, 2.0)
                survived = True
            except Killed:
                pass
        store = dataset.features("cqt")
        records = [record.track for record in store.records()]
        assert len(set(records)) == len(records), f"two versions of a track after a kill at step {step}"
        for name in store.held():
            track, made_from = name[0], name.rsplit("@", 1)[1]
            assert np.ptp(store.arrays(track, made_from)["x"][...]) == 0
        assert _bring_up_to_date(dataset, 2.0).n_tracks == 2
        assert files_below(tmp_path / str(step)) == expected
        step += 1
    assert step > 40


def _leave_a_draft(store: Path) -> Path:
    """What a writer leaves that is killed while it writes."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    draft = store / INCOMPLETE / f"{socket.gethostname()}-{ended.pid}-{'0' * 32}"
    (draft / "features/c").mkdir(parents=True)
    (draft / "features/c/0").write_bytes(b"half")
    return draft


def test_a_preparation_interrupted_again_and_again_equals_an_undisturbed_one(prepared: Prepared, home: Path) -> None:
    interrupted: list[progress.Progress] = []
    while True:
        reported: list[progress.Progress] = []

        def interrupt(each: progress.Progress, reported: list[progress.Progress] = reported) -> None:
            reported.append(each)
            if len(reported) == 5:
                raise Killed

        try:
            with progress.watch(interrupt):
                assert prepare("tiny", prepared.corpus, presets=PRESETS).success
            break
        except Killed:
            interrupted.append(reported[-1])
            draft = _leave_a_draft(home / "store")
    assert {each.stage.split("/")[0] for each in interrupted} == {"raw_audio", "labels", "features", "shards"}
    assert len(interrupted) == 9
    assert not draft.exists()
    assert os.listdir(home / "store" / INCOMPLETE) == []
    assert files_below(home / "store") == files_below(prepared.store)


def test_a_preparation_in_other_portions_equals_one_at_once(prepared: Prepared, home: Path, tmp_path: Path) -> None:
    """The folder grows track by track, in another order, with a bad track that comes and goes."""
    splits = Path(
        "datasets/tiny/splits/work-0.json"
    )  # Another order of arrival makes other splits: they are given here.
    (home / "store" / splits.parent).mkdir(parents=True)
    shutil.copy(prepared.store / splits, home / "store" / splits)
    everything = sorted(prepared.corpus.iterdir(), reverse=True)
    aside = tmp_path / "aside"
    aside.mkdir()
    try:
        for path in everything:
            path.rename(aside / path.name)
        (prepared.corpus / "bad.wav").write_bytes(b"")
        for portion in (everything[:2], everything[2:8], everything[8:]):
            for path in portion:
                (aside / path.name).rename(path)
            prepare("tiny", prepared.corpus, presets=PRESETS, max_quarantined=1.0)
        (prepared.corpus / "bad.wav").unlink()
        prepare("tiny", prepared.corpus, presets=PRESETS)
    finally:
        for path in aside.iterdir():
            path.rename(prepared.corpus / path.name)
        (prepared.corpus / "bad.wav").unlink(missing_ok=True)
    grown, fresh = files_below(home / "store"), files_below(prepared.store)
    assert {path: grown[path] for path in grown if path != str(splits)} == {
        path: fresh[path] for path in fresh if path != str(splits)
    }


EPOCHS, N_EXAMPLES, N_BINS = 5, 6, 12
"""Of the tiny training: the validation loss never falls, so the learning rate does, in the third epoch."""


def _examples() -> list[dict[str, np.ndarray]]:
    rng = np.random.default_rng(0)
    return [
        {
            "features": rng.normal(size=(20, N_BINS)).astype(np.float32),
            "mask": np.ones(20, np.uint8),
            "frame": (rng.random((20, 88)) < 0.1).astype(np.float32),
        }
        for _ in range(N_EXAMPLES)
    ]


def _train(kept: Training, *, end_after: int | None = None, **settings: Any) -> Any:
    """Train a tiny recurrent network from wherever `kept` is, or until it is killed after an epoch."""
    from mir_models.architectures import lstm
    from mir_models.training import fit
    from mir_models.training.normalisation import Scale
    from mir_models.training.params import Params as TrainingParams
    from mir_models.training.run import Log, Run, State

    params = TrainingParams(epochs=EPOCHS, batch_size=4, plateau_patience=2, stop_patience=EPOCHS, seed=3, **settings)
    network = lstm.Params(units=5, dropout=0.3, recurrent_dropout=0.3)
    scale = Scale(np.zeros(N_BINS), np.ones(N_BINS))
    steps = fit.steps_per_epoch(N_EXAMPLES, params)
    build = partial(lstm.build, network, scale=scale)
    model = fit.prepare(build, {"frame": "binary_crossentropy"}, params, steps_per_epoch=steps)
    state, history, _ = kept.state()

    def save(model: Any, state: State, history: list[Log]) -> None:
        kept.save_epoch(model, state, history, {"run_id": "1"})
        if len(history) == end_after:
            raise Killed

    run = Run(params, "val_frame_f1", save=save, log=lambda log: None, history=history, state=state)
    fit.fit(
        model,
        _examples(),
        lambda example: {"frame": example["frame"]},
        lambda: {"val_loss": 1.0, "val_frame_f1": float(len(run.history) % 2)},
        run,
        augment=lambda example, another, rng: {**example, "features": example["features"] + rng.normal()},
    )
    return model


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Training:
    kept = ModelStore(open_objects(str(tmp_path_factory.mktemp("undisturbed"))), "task", "tiny").training("f")
    _train(kept)
    return kept


@pytest.mark.parametrize("ends", [(1,), (2, 3, 4)], ids=["once", "three times"])
def test_a_training_killed_after_epochs_equals_an_undisturbed_one(
    undisturbed: Training, tmp_path: Path, ends: tuple[int, ...]
) -> None:
    kept = ModelStore(open_objects(str(tmp_path)), "task", "tiny").training("f")
    for end in ends:
        with pytest.raises(Killed):
            _train(kept, end_after=end)
        assert len(kept.state()[1]) == end
    _train(kept)
    (state, history, notes), (ref_state, ref_history, _) = kept.state(), undisturbed.state()
    assert notes == {"run_id": "1"}
    assert state is not None
    assert ref_state is not None
    assert list(state) == list(ref_state)
    for name, variable in ref_state.items():
        assert state[name].dtype == variable.dtype
        np.testing.assert_allclose(state[name], variable, atol=1e-6, rtol=0, err_msg=name)
    assert [set(log) for log in history] == [set(log) for log in ref_history]
    for log, ref_log in zip(history, ref_history, strict=True):
        assert log == pytest.approx(ref_log, abs=1e-6)


def test_a_cosine_and_averaged_weights_survive_a_kill(tmp_path: Path) -> None:
    settings = {"schedule": "cosine", "ema": 0.5, "weight_decay": 0.01, "focal_gamma": 1.0}
    whole, cut = (ModelStore(open_objects(str(tmp_path / name)), "task", "tiny").training("f") for name in ("a", "b"))
    _train(whole, **settings)
    with pytest.raises(Killed):
        _train(cut, end_after=2, **settings)
    _train(cut, **settings)
    (ref_state, ref_history, _), (state, history, _) = whole.state(), cut.state()
    assert state is not None
    assert ref_state is not None
    for name, variable in ref_state.items():
        np.testing.assert_allclose(state[name], variable, atol=1e-6, rtol=0, err_msg=name)
    rates = [log["learning_rate"] for log in history]
    assert rates == pytest.approx([log["learning_rate"] for log in ref_history])
    assert all(np.diff(rates) < 0)
    assert rates[-1] < 1e-6
    averaged = [each.numpy() for each in whole.epoch(EPOCHS - 1).trainable_variables]
    ours = [ref_state[f"variable-{index:04d}"] for index in range(len(averaged))]
    assert any(np.abs(a - b).max() > 1e-7 for a, b in zip(averaged, ours, strict=True)), "the kept model is averaged"


def test_the_tiny_training_exercises_what_a_resumption_can_lose(undisturbed: Training) -> None:
    state, history, _ = undisturbed.state()
    assert state is not None
    assert [log["learning_rate"] for log in history] == pytest.approx([1e-3, 1e-3, 1e-3, 5e-4, 5e-4])
    seeds = [variable for variable in state.values() if variable.dtype.kind in "iu" and variable.shape == (2,)]
    assert len(seeds) >= 1
    assert all(seed[1] > 0 for seed in seeds), "the seeds of dropout have not advanced"
    assert len({log["loss"] for log in history}) == EPOCHS


def test_a_finished_training_is_not_trained_further(undisturbed: Training) -> None:
    before = undisturbed.objects.read(f"{undisturbed.prefix}/state.npz")
    _train(undisturbed)
    assert undisturbed.objects.read(f"{undisturbed.prefix}/state.npz") == before


def test_an_epoch_is_kept_with_its_state_or_not_at_all(
    undisturbed: Training, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, history, _ = undisturbed.state()
    model = undisturbed.epoch(0)
    kept = ModelStore(open_objects(str(tmp_path)), "task", "tiny").training("f")
    kept.save_epoch(model, state, history[:1], {})
    for step in range(4):  # Flush, rename and flush of the model; flush of the state.
        with monkeypatch.context() as patch:
            _kill_at(step, patch)
            with pytest.raises(Killed):
                kept.save_epoch(model, state, history[:2], {})
        assert kept.state()[1] == history[:1]
    kept.save_epoch(model, state, history[:2], {})
    assert kept.state()[1] == history[:2]


def _mirliton(home: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """The command in a process group of its own, with deterministic operations."""
    without = ("MIRLITON_STORE", "MIRLITON_DASK_ADDRESS", "MLFLOW_TRACKING_URI", "DAGSTER_HOME")
    environment = {name: value for name, value in os.environ.items() if name not in without}
    environment |= {"MIRLITON_HOME": str(home), "OMP_NUM_THREADS": "1", "TF_DETERMINISTIC_OPS": "1"}
    command = [sys.executable, "-m", "pipelines.cli.main", *arguments]
    log = open(home.with_suffix(".log"), "ab")  # noqa: SIM115 (belongs to the process)
    return subprocess.Popen(command, cwd=REPOSITORY, env=environment, stdout=log, stderr=log, start_new_session=True)


def _finished(home: Path, *arguments: str) -> None:
    with _mirliton(home, *arguments) as process:
        assert process.wait(600) == 0, home.with_suffix(".log").read_text(errors="replace")[-2000:]


def _killed(home: Path, *arguments: str, when: Callable[[], bool], group: bool = True) -> None:
    """Start the command and kill it, with or without its workers, as soon as `when` holds."""
    with _mirliton(home, *arguments) as process:
        while not when():
            assert process.poll() is None, home.with_suffix(".log").read_text(errors="replace")[-2000:]
            time.sleep(0.002)
        os.killpg(process.pid, signal.SIGKILL) if group else process.kill()
        assert process.wait(60) == -signal.SIGKILL, "it had ended before it was killed"


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_backfill_killed_at_many_points_equals_an_undisturbed_one(prepared: Prepared, tmp_path: Path) -> None:
    """6 tracks through 6 stages: 36 groups; every other kill spares the workers, which must end by themselves."""
    home = tmp_path / "home"
    _finished(home, "add", "tiny", "--loader", "folder", "--root", str(prepared.corpus))
    root = home / "store/datasets/tiny"

    def n_groups() -> int:
        return len([path for path in root.rglob("*@*") if path.is_dir()])

    for kill, n in enumerate((1, 4, 9, 12, 16, 21, 26, 31)):
        _killed(home, "backfill", "tiny", when=lambda n=n: n_groups() >= n, group=kill % 2 == 0)
    _finished(home, "backfill", "tiny")
    assert n_groups() == 36
    assert files_below(home / "store") == files_below(prepared.store)
    assert os.listdir(home / "store" / INCOMPLETE) == []


TRAIN = (
    "train", "piano_transcription", "--model", "lstm", "--dataset", "tiny", "--set", "network.units=6",
    "--set", "training.epochs=4", "--set", "training.batch_size=1", "--set", "training.plateau_patience=1",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_training_command_killed_at_many_points_equals_an_undisturbed_one(
    prepared: Prepared, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    homes = [tmp_path / "undisturbed", tmp_path / "killed"]
    for home in homes:
        shutil.copytree(prepared.home, home)
    _finished(homes[0], *TRAIN)
    (reference,) = (homes[0] / "store/models/piano_transcription/lstm").glob("*/model.json")
    kept = homes[1] / reference.parent.relative_to(homes[0])

    def epochs_in_state() -> int:
        content = (kept / "state.npz").read_bytes() if (kept / "state.npz").exists() else None
        return 0 if content is None else len(_json_of_state(content)["history"])

    points = {
        "before the first epoch": lambda: (homes[1] / "locks" / f"{kept.name}.lock").exists(),
        "between an epoch's model and its state": (kept / "epochs/epoch-000.keras").exists,
        "after the second epoch": lambda: epochs_in_state() >= 2,
        "between the last epoch and the end": lambda: epochs_in_state() == 4,
        "between the best model and its record": (kept / "model.keras").exists,
    }
    for when in points.values():
        assert not (kept / "model.json").exists()
        _killed(homes[1], *TRAIN, when=when)
    _finished(homes[1], *TRAIN)
    difference = _largest_difference(reference.parent, kept)
    with capsys.disabled():
        print(f"\n{len(points)} kills; largest difference of any variable: {difference:.1e}")
    assert difference <= 1e-6
    records = [json.loads((folder / "model.json").read_text()) for folder in (reference.parent, kept)]
    assert records[1]["run_id"] == _json_of_state((kept / "state.npz").read_bytes())["notes"]["run_id"]
    assert records[0]["best_epoch"] == records[1]["best_epoch"]
    assert records[0]["decoding"] == records[1]["decoding"]
    for log, ref_log in zip(records[1]["history"], records[0]["history"], strict=True):
        assert log == pytest.approx(ref_log, abs=1e-6)


def _json_of_state(state: bytes) -> dict[str, Any]:
    with np.load(io.BytesIO(state)) as arrays:
        return json.loads(str(arrays["told"]))


def _largest_difference(one: Path, other: Path) -> float:
    """Between the last states of two trainings, and between the models of every epoch and the best."""
    import keras

    with np.load(one / "state.npz") as a, np.load(other / "state.npz") as b:
        assert a.files == b.files
        differences = [
            np.abs(a[name].astype(float) - b[name].astype(float)).max() for name in a.files if name != "told"
        ]
    for path in [one / "model.keras", *sorted(one.glob("epochs/*.keras"))]:
        models = [keras.models.load_model(folder / path.relative_to(one)) for folder in (one, other)]
        weights = [model.get_weights() for model in models]
        differences += [np.abs(x - y).max() for x, y in zip(*weights, strict=True)]
    return float(max(differences))
