"""model.json: the record of a trained model, in the store and in the folder of an export."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, NotRequired, TypedDict

from storage.records import Record
from storage.tracks.records import FeatureSettings

Settings = Mapping[str, Any]
"""Values of a ``Params`` dataclass by the names of its fields."""


class Identity(TypedDict):
    """Which training a model is of: its fingerprint, its MLflow run, and the SHA-256 of the weights."""

    fingerprint: str
    run_id: str
    sha256: str


class StartRecord(TypedDict, total=False):
    """The model whose weights a training begins with; `model` is empty where they are random.

    ``model`` is TASK/NETWORK or the id of an MLflow run, ``frozen`` the number of layers that are not trained; the
    other keys are the `Identity` of the training that the name stood for.
    """

    model: str
    frozen: int
    fingerprint: str
    run_id: str
    sha256: str


class TeacherRecord(TypedDict, total=False):
    """The model whose activations are a `share` of the targets; empty where labels are all of them.

    ``model`` and the keys of its `Identity` as in `StartRecord`.
    """

    model: str
    share: float
    fingerprint: str
    run_id: str
    sha256: str


class MemberRecord(Identity):
    """A trained model that is part of an ensemble, with the settings of its training."""

    training: Settings
    start: StartRecord


class ChanceRecord(TypedDict):
    """A trained network beside a constant prediction; losses are cross-entropies on validation.

    ``verdict`` and ``description`` are those of `mir_models.training.diagnosis.Evidence`, as are the figures;
    ``n_steps`` counts those of the optimizer, as far as they are known, ``n_examples`` those of the train split.
    """

    verdict: str
    description: str
    n_steps: int | None
    n_examples: int
    val_loss: float
    chance_loss: float
    p_value: float
    train_gain: float | None


@dataclass(frozen=True, kw_only=True)
class ModelRecord(Record):
    """The record of a training, from which everything that the model needs is built again.

    Attributes
    ----------
    task, architecture : str
    versions : dict of str to int
        ``VERSION`` of the code, by part: architecture, task, training, augmentation, decoding.
    datasets : list of str
        Whose shards were read.
    licences, protocols : dict of str to str
        Of these datasets and of those that earlier models were trained on: licence; loader and split, in words.
    preset : str
        Of the input features.
    feature : FeatureSettings
    network, training, augmentation : mapping
        The ``Params`` of each; an ensemble has no augmentation, and of the training only a seed.
    members : dict of MemberRecord
        By architecture, the models that an ensemble is made of.
    weights : dict of str to float
        How often an epoch visits the examples of a dataset, where that is not 1.
    data : str
        Fingerprint of the shards of the train and validation splits.
    labels : str
        Label kind, e.g. ``"notes"``.
    training_audio : list of str
        Content hashes of all recordings of train and validation, those of earlier models included.
    start : StartRecord
    teacher : TeacherRecord
    training_datasets : list of str
        All datasets trained on, those of earlier models included.
    shards : dict of str to str
        By dataset, a digest of the shards: `storage.examples.track_shards.digests`.
    classes : list of str or None
        In the order of the outputs; None for tasks without classes.
    train_hours, validation_hours : float or None
        Hours of recordings in the split.
    fingerprint : str
        Of all ingredients of the model.
    run_id : str
        Of MLflow.
    parameters : int
        Number of weights of the network.
    best_epoch : int or None
        The one that was kept, counted from 0.
    history : list of dict of str to float
        Metrics of each epoch by name.
    chance : ChanceRecord or None
        None of models that earlier versions trained.
    decoding : mapping
        Fields of `mir_models.notes.decoding.Decoding` or `mir_models.inference.classification.Voting`.
    certainty_threshold : float or None
        Below it the notes of a recording are probably wrong (`mir_models.inference.certainty`); chosen by
        `experiments.certainty`. None, as after every training: nothing is known.
    seconds_of_last_run : float or None
        Wall-clock time.
    peak_memory_mib : float or None
    """

    KEYS: ClassVar = {"training_audio": "heard", "training_datasets": "heard_datasets"}
    OPTIONAL: ClassVar = frozenset(
        {
            *("datasets", "licences", "protocols", "augmentation", "members", "data", "labels", "training_audio"),
            *("start", "teacher", "training_datasets", "shards", "classes", "train_hours", "validation_hours"),
            *("fingerprint", "run_id", "parameters", "best_epoch", "history", "chance", "decoding"),
            *("certainty_threshold", "seconds_of_last_run", "peak_memory_mib"),
        }
    )

    task: str
    architecture: str
    versions: dict[str, int] = field(default_factory=dict)
    datasets: list[str] = field(default_factory=list)
    licences: dict[str, str] = field(default_factory=dict)
    protocols: dict[str, str] = field(default_factory=dict)
    preset: str
    feature: FeatureSettings
    network: Settings = field(default_factory=dict)
    training: Settings = field(default_factory=dict)
    augmentation: Settings | None = None
    members: dict[str, MemberRecord] = field(default_factory=dict)
    weights: dict[str, float] = field(default_factory=dict)
    data: str = ""
    labels: str = ""
    training_audio: list[str] = field(default_factory=list)
    start: StartRecord = field(default_factory=StartRecord)
    teacher: TeacherRecord = field(default_factory=TeacherRecord)
    training_datasets: list[str] = field(default_factory=list)
    shards: dict[str, str] = field(default_factory=dict)
    classes: list[str] | None = None
    train_hours: float | None = None
    validation_hours: float | None = None
    fingerprint: str = ""
    run_id: str = ""
    parameters: int = 0
    best_epoch: int | None = None
    history: list[dict[str, float]] = field(default_factory=list)
    chance: ChanceRecord | None = None
    decoding: Settings = field(default_factory=dict)
    certainty_threshold: float | None = None
    seconds_of_last_run: float | None = None
    peak_memory_mib: float | None = None

    @property
    def decoding_version(self) -> int:
        """Of how its `decoding` was chosen; 1 where the record does not name it."""
        return self.versions.get("decoding", 1)

    @property
    def decoded_fingerprint(self) -> str:
        """Of the network with its decoding: `fingerprint`, and the version of how that was chosen where it is not 1."""
        return self.fingerprint if self.decoding_version == 1 else f"{self.fingerprint}-{self.decoding_version}"


class Score(TypedDict):
    """A score of a system on the test split with its bootstrap interval (low, high), if there is one."""

    score: float
    interval: list[float] | None


class Scores(TypedDict):
    """Test scores of an exported model.

    ``convention`` is that of `mir_models.evaluation`, ``systems`` the scores of ``"model"`` and of the baselines by
    kind, ``worst_track`` the row of the track with the lowest note onset F1.
    """

    convention: Mapping[str, object]
    systems: dict[str, dict[str, Score | None]]
    worst_track: NotRequired[Mapping[str, object]]


@dataclass(frozen=True, kw_only=True)
class ExportedModelRecord(ModelRecord):
    """The record of an exported model, which needs neither the store nor the recordings.

    Attributes
    ----------
    heads : list of str
        Outputs of the network.
    licence : str
        Of the weights.
    measured : str
        Date of the scores, ISO 8601.
    scores : Scores or None
    files : dict of str to str
        SHA-256 of the files of weights, by name.
    """

    OPTIONAL: ClassVar = ModelRecord.OPTIONAL | {"heads", "measured", "scores"}

    licence: str
    heads: list[str] = field(default_factory=list)
    measured: str = ""
    scores: Scores | None = None
    files: dict[str, str] = field(default_factory=dict)
