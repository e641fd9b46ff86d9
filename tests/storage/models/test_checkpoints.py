"""Models on disk: every epoch is kept, the best one is the model, and the record comes last."""

from __future__ import annotations

import io
import json
import uuid
from contextlib import suppress
from dataclasses import FrozenInstanceError, dataclass
from pathlib import Path

import numpy as np
import pytest

from mir_models.errors import MirlitonError
from storage.models import checkpoints
from storage.models.checkpoints import ModelStore, Training
from storage.objects import locks
from storage.objects.objects import Objects, open_objects
from tests.storage.journal import Journal
from tests.stored_records import model_record

PREFIX = "models/piano_transcription/convolutional/0123456789abcdef"
HISTORY = [{"loss": 0.5, "val_f1": 0.25}, {"loss": 0.25, "val_f1": 0.75}, {"loss": 0.125, "val_f1": 0.5}]


@dataclass
class Network:
    """What a store needs of a Keras model: it saves itself; here, its weights as a text."""

    weights: str

    def save(self, path: Path) -> None:
        path.write_text(self.weights)


@pytest.fixture(autouse=True)
def _networks_are_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "from_keras_file", lambda content: Network(content.decode()))


@pytest.fixture(params=["folder", "url", "bucket"])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> Objects:
    if request.param == "bucket":
        return open_objects(request.getfixturevalue("bucket_address"))
    return open_objects(str(tmp_path) if request.param == "folder" else f"memory://{uuid.uuid4().hex}/store")


@pytest.fixture
def store(objects: Objects) -> ModelStore:
    return ModelStore(objects, "piano_transcription", "convolutional")


@pytest.fixture
def training(store: ModelStore) -> Training:
    return store.training("0123456789abcdef")


def _train(training: Training, n_epochs: int = 3) -> None:
    for epoch in range(n_epochs):
        state = {"weights": np.full((2, 3), epoch, np.float32), "step": np.array(10 * (epoch + 1))}
        training.save_epoch(
            Network(f"weights of epoch {epoch}"), state, HISTORY[: epoch + 1], {"run_id": f"run {epoch}"}
        )


def test_a_training_lies_at_its_task_architecture_and_fingerprint(store: ModelStore) -> None:
    assert store.prefix == "models/piano_transcription/convolutional"
    training = store.training("0123456789abcdef")
    assert training == Training(store.objects, PREFIX, "0123456789abcdef")


def test_stores_and_trainings_are_values(store: ModelStore) -> None:
    assert len({store, ModelStore(store.objects, store.task, store.architecture)}) == 1
    assert len({store.training("a"), store.training("a"), store.training("b")}) == 2
    with pytest.raises(FrozenInstanceError):
        store.task = "another"  # type: ignore[misc]


def test_before_the_first_epoch_there_is_no_state_and_no_record(training: Training) -> None:
    assert training.state() == (None, [], {})
    assert training.record() is None


def test_the_state_is_that_after_the_last_epoch(training: Training) -> None:
    _train(training)
    state, history, notes = training.state()
    assert state is not None
    assert state.keys() == {"weights", "step"}
    np.testing.assert_array_equal(state["weights"], np.full((2, 3), 2, np.float32))
    assert state["weights"].dtype == np.float32
    assert state["step"] == 30
    assert history == HISTORY
    assert notes == {"run_id": "run 2"}


def test_every_variable_comes_back_with_its_type_shape_and_bits(training: Training) -> None:
    state = {
        "0/kernel:0": np.array([[1 / 3, -0.0], [np.inf, 1e-45]], np.float32),
        "seed": np.array([2**32 - 1, 7], np.uint32),
        "iterations": np.array(2**40, np.int64),
        "nothing": np.zeros((0, 5), np.float16),
    }
    training.save_epoch(Network("w"), state, [{"loss": 1 / 3}], {"run_id": "é"})
    read, history, notes = training.state()
    assert read is not None
    assert list(read) == ["0/kernel:0", "seed", "iterations", "nothing"]
    for name, array in state.items():
        assert (read[name].dtype, read[name].shape) == (array.dtype, array.shape)
        assert read[name].tobytes() == array.tobytes()
    assert history == [{"loss": 1 / 3}]
    assert notes == {"run_id": "é"}


def test_every_epoch_is_kept_under_its_number_from_0(training: Training) -> None:
    _train(training)
    assert training.objects.names(f"{PREFIX}/epochs") == ["epoch-000.keras", "epoch-001.keras", "epoch-002.keras"]
    assert [training.epoch(epoch).weights for epoch in range(3)] == [f"weights of epoch {epoch}" for epoch in range(3)]
    assert training.objects.read(f"{PREFIX}/epochs/epoch-001.keras") == b"weights of epoch 1"


@pytest.mark.parametrize("best", [0, 1, 2])
def test_the_model_is_that_of_the_best_epoch(training: Training, best: int) -> None:
    _train(training)
    training.finish(best, model_record(best_epoch=best))
    assert training.model().weights == f"weights of epoch {best}"
    assert training.objects.read(f"{PREFIX}/model.keras") == f"weights of epoch {best}".encode()
    assert training.record() == model_record(best_epoch=best)


def test_a_record_is_readable_by_people_and_sorted(training: Training) -> None:
    _train(training, 1)
    training.finish(0, model_record(history=[{"loss": 0.5}], training_audio=["a"]))
    content = training.objects.read(f"{PREFIX}/model.json")
    assert content == (
        b'{\n "architecture": "convolutional",\n'
        b' "feature": {\n  "feature": "cqt",\n  "params": {},\n  "version": 1\n },\n'
        b' "heard": [\n  "a"\n ],\n "history": [\n  {\n   "loss": 0.5\n  }\n ],\n'
        b' "network": {},\n "preset": "cqt",\n "task": "piano_transcription",\n'
        b' "training": {},\n "versions": {},\n "weights": {}\n}'
    )


def test_a_record_that_is_wrong_names_file_key_and_kinds(training: Training) -> None:
    assert (_train(training, 1), training.finish(0, model_record())) == (None, None)
    key = f"{PREFIX}/model.json"
    values = json.loads(training.objects.read(key) or b"")
    for changed, expected in (
        ({**values, "heard": 3}, r"Expected heard of type array in .*model\.json\. Received: one of type int"),
        ({"task": "x"}, r"Expected the key architecture in .*model\.json\. Received: none"),
    ):
        training.objects.write(key, json.dumps(changed).encode())
        with pytest.raises(MirlitonError, match=expected):
            training.record()


def test_an_unfinished_training_has_no_record_to_use(training: Training) -> None:
    with pytest.raises(MirlitonError, match=f"a finished training. Received: no record in {PREFIX}"):
        training.finished_record()


def test_an_epoch_is_its_model_then_its_state_and_the_record_is_last(objects: Objects) -> None:
    journal = Journal(objects)
    training = Training(journal, PREFIX, "0123456789abcdef")
    _train(training, 2)
    training.finish(0, model_record())
    assert journal.changes == [
        ("write", f"{PREFIX}/epochs/epoch-000.keras"),
        ("write", f"{PREFIX}/state.npz"),
        ("write", f"{PREFIX}/epochs/epoch-001.keras"),
        ("write", f"{PREFIX}/state.npz"),
        ("write", f"{PREFIX}/model.keras"),
        ("write", f"{PREFIX}/model.json"),
    ]


@pytest.mark.parametrize(("lives", "n_epochs"), [(0, 0), (1, 0), (2, 1), (3, 1), (4, 2), (5, 2)])
def test_a_killed_training_goes_on_after_its_last_whole_epoch(objects: Objects, lives: int, n_epochs: int) -> None:
    killed = Training(Journal(objects, lives=lives), PREFIX, "0123456789abcdef")
    with suppress(KeyboardInterrupt):
        _train(killed, 2)
        killed.finish(1, model_record(best_epoch=1))
    training = Training(objects, PREFIX, "0123456789abcdef")
    assert training.state()[1] == HISTORY[:n_epochs]
    assert training.record() is None, "complete only with its record"


def test_an_epoch_trained_again_replaces_what_a_killed_run_left(training: Training) -> None:
    training.save_epoch(Network("of the killed run"), {}, HISTORY[:1], {})
    training.save_epoch(Network("of the resumed run"), {}, HISTORY[:1], {})
    assert training.epoch(0).weights == "of the resumed run"
    assert training.objects.names(f"{PREFIX}/epochs") == ["epoch-000.keras"]


def test_what_is_not_there_is_named(training: Training) -> None:
    with pytest.raises(MirlitonError) as error:
        training.epoch(12)
    assert str(error.value) == (
        f"Expected a saved model. Received: nothing at epoch 12 in {PREFIX}. Remedy: train it again."
    )
    with pytest.raises(MirlitonError) as error:
        training.model()
    assert str(error.value) == f"Expected a saved model. Received: nothing at {PREFIX}. Remedy: train it again."


def test_a_best_epoch_that_was_never_saved_finishes_nothing(training: Training) -> None:
    _train(training, 1)
    with pytest.raises(AssertionError):
        training.finish(1, model_record())
    assert training.record() is None


def test_the_current_training_is_the_one_last_named(store: ModelStore) -> None:
    for fingerprint in ("a" * 16, "b" * 16):
        _train(store.training(fingerprint), 1)
        store.training(fingerprint).finish(0, model_record(fingerprint=fingerprint))
    store.make_current("a" * 16)
    store.make_current("b" * 16)
    store.make_current("a" * 16)
    assert store.current() == store.training("a" * 16)
    assert store.current_record() == model_record(fingerprint="a" * 16)
    content = store.objects.read("models/piano_transcription/convolutional/current.json")
    assert json.loads(content or b"") == {"fingerprint": "a" * 16}


def test_before_a_training_there_is_no_current_one(store: ModelStore) -> None:
    assert store.current_record() is None
    with pytest.raises(MirlitonError) as error:
        store.current()
    assert str(error.value) == (
        "Expected a trained convolutional. Received: none in the store. "
        "Remedy: mirliton train piano_transcription --model convolutional first."
    )


def test_one_architecture_has_nothing_of_another(store: ModelStore, objects: Objects) -> None:
    store.make_current("a" * 16)
    assert ModelStore(objects, "piano_transcription", "bilstm").current_record() is None
    assert ModelStore(objects, "genre_recognition", "convolutional").current_record() is None


def test_a_training_is_locked_by_its_fingerprint_and_names_what_holds_it(training: Training, tmp_path: Path) -> None:
    home = tmp_path / "home"
    with training.locked(home):
        with locks.hold(home, "0123456789abcdef", wait=False) as ours:
            assert not ours
        with pytest.raises(MirlitonError) as error, training.locked(home):
            pytest.fail("two runs of one training")
        with Training(training.objects, "models/x", "fedcba9876543210").locked(home):
            pass
    assert str(error.value) == (
        f"Expected to be the only run of this training. Received: another run that is training {PREFIX}. "
        "Remedy: wait for it, or end it; a run started afterwards resumes from its last epoch."
    )
    with pytest.raises(ZeroDivisionError), training.locked(home):
        raise ZeroDivisionError
    with training.locked(home):
        pass


def test_the_record_of_a_finished_training_is_read_and_an_unfinished_one_has_none(training: Training) -> None:
    with pytest.raises(MirlitonError, match=f"no record in {PREFIX}") as error:
        training.finished_record()
    assert error.value.remedy == "train it again"
    _train(training)
    record = model_record(fingerprint="0123456789abcdef", run_id="run 1")
    training.finish(1, record)
    assert training.finished_record() == record


def test_a_damaged_record_names_file_key_and_remedy(training: Training) -> None:
    values = {**model_record().to_json(), "task": 5}
    training.objects.write(f"{PREFIX}/model.json", json.dumps(values).encode())
    with pytest.raises(MirlitonError) as error:
        training.record()
    assert error.value.expected == f"task of type str in {training.objects.address}/{PREFIX}/model.json"
    assert (error.value.received, error.value.remedy) == ("one of type int", "delete the file and train again")


def test_a_cut_record_names_file_fault_and_remedy(training: Training) -> None:
    training.objects.write(f"{PREFIX}/model.json", b'{"task": "piano')
    with pytest.raises(MirlitonError) as error:
        training.record()
    assert str(error.value) == (
        f"Expected JSON in {training.objects.address}/{PREFIX}/model.json. "
        "Received: Unterminated string starting at: line 1 column 10 (char 9). Remedy: delete the file and train again."
    )


@pytest.mark.parametrize(
    ("content", "expected", "received"),
    [
        (b'{"fingerprint": ', "JSON in", "Expecting value: line 1 column 17 (char 16)"),
        (b"{}", "the key fingerprint in", "none"),
    ],
)
def test_a_damaged_current_record_is_named(store: ModelStore, content: bytes, expected: str, received: str) -> None:
    store.objects.write(f"{store.prefix}/current.json", content)
    with pytest.raises(MirlitonError) as error:
        store.current()
    assert error.value.expected == f"{expected} {store.objects.address}/{store.prefix}/current.json"
    assert str(error.value.received) == received
    assert "mirliton train piano_transcription --model convolutional" in error.value.remedy


@pytest.mark.parametrize(
    ("metadata", "expected", "received"),
    [
        ('{"history": [', "JSON in told in", "Expecting value: line 1 column 14 (char 13)"),
        ('{"notes": {}}', "the key history in told in", "none"),
    ],
)
def test_damaged_metadata_of_a_state_is_named(training: Training, metadata: str, expected: str, received: str) -> None:
    buffer = io.BytesIO()
    np.savez(buffer, told=np.array(metadata))
    training.objects.write(f"{PREFIX}/state.npz", buffer.getvalue())
    with pytest.raises(MirlitonError) as error:
        training.state()
    assert error.value.expected == f"{expected} {training.objects.address}/{PREFIX}/state.npz"
    assert str(error.value.received) == received
    assert error.value.remedy == "delete the file: the training begins again"


def test_current_record_and_metadata_of_a_state_have_the_bytes_that_they_always_had(training: Training) -> None:
    ModelStore(training.objects, "piano_transcription", "convolutional").make_current("0123456789abcdef")
    folder = "models/piano_transcription/convolutional"
    assert training.objects.read(f"{folder}/current.json") == b'{"fingerprint": "0123456789abcdef"}'
    training.save_epoch(Network("w"), {}, [{"loss": 0.5}], {"run_id": "a"})
    with np.load(io.BytesIO(training.objects.read(f"{PREFIX}/state.npz") or b"")) as arrays:
        assert str(arrays["told"]) == '{"history": [{"loss": 0.5}], "notes": {"run_id": "a"}}'
