"""report.json: the records of an evaluation report and of a table of transfer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypedDict

from storage.models.record import ChanceRecord, Settings
from storage.records import Record, check_typed_dict

if TYPE_CHECKING:
    from mir_models.evaluation.classes import ClassEvaluation, ClassTrackRow
    from mir_models.evaluation.notes import NoteEvaluation
    from mir_models.transfer.comparison import ComparisonRow

    Evaluation = NoteEvaluation | ClassEvaluation

    class Mistake(ClassTrackRow):
        """A row of ``tracks`` of a classification, with the path of its recording, or None and why it is missing."""

        recording: str | None
        missing: str

else:  # msgspec converts no union of TypedDicts; `check_typed_dict` checks them, and imports only where one is read.
    Evaluation = ComparisonRow = Mistake = dict[str, Any]


class QuarantinedTrack(TypedDict):
    """A track that was left out: its dataset and name, the stage that refused it, and why."""

    track: str
    stage: str
    reason: str


class TrackLineage(TypedDict):
    """What a track was made of.

    Attributes
    ----------
    track, split : str
    file : str
        Name of the recording's file; of a variant, that of its recording.
    audio : str
        Content hash of the recording or variant.
    labels : str
        Content hash of its aligned notes; else its classes.
    shards : str
        Fingerprint of what its shards hold.
    """

    track: str
    split: str
    file: str
    audio: str
    labels: str
    shards: str


class DatasetLineage(TypedDict):
    """A dataset of a report, its licence, loader and split in words (``protocol``), and its tracks of all splits."""

    dataset: str
    licence: str
    protocol: str
    tracks: list[TrackLineage]


@dataclass(frozen=True)
class ExcerptRecord:
    """Some seconds of a test track that are shown and played.

    Attributes
    ----------
    name : str
        Which track it is, e.g. ``"worst"`` or ``"second_worst"``.
    track : str
    start, stop : float
        Seconds from the beginning of the track.
    figure : str
        Name of its picture.
    recording, prediction : str or None
        Paths of the sounds, relative to the page; None where there is none.
    missing : str
        Why there is no recording.
    """

    name: str
    track: str
    start: float
    stop: float
    figure: str
    recording: str | None
    prediction: str | None
    missing: str


@dataclass(frozen=True)
class ReportRecord(Record):
    """The numbers of an evaluation report.

    Attributes
    ----------
    task, architecture : str
    date : str
        ISO 8601, UTC.
    fingerprint : str
        Of all ingredients of the report.
    model : str
        Fingerprint of the model with its decoding: `storage.models.record.ModelRecord.decoded_fingerprint`.
    labels : str
        Label kind, e.g. ``"notes"``.
    preset : str
        Of the input features.
    shards : dict of str to str
        By dataset, a digest of its shards: `storage.examples.track_shards.digests`.
    evaluation : NoteEvaluation or ClassEvaluation
        See `mir_models.evaluation.notes` and `mir_models.evaluation.classes`.
    quarantine : list of QuarantinedTrack
    parameters : mapping
        Settings of the model by the fields of its `storage.models.record.ModelRecord`.
    links : dict of str to str
        By name, a URL, a path relative to the page, or plain text such as a run id.
    chance : ChanceRecord or None
        The model beside a constant prediction, on validation; None of models that earlier versions trained.
    midis : dict of str to str or None
        Of transcriptions: by track, the path of the predicted MIDI file relative to the page.
    excerpts : list of ExcerptRecord or None
        Of transcriptions.
    mistakes : list of Mistake or None
        Of classifications.
    lineage : list of DatasetLineage
        Empty in reports of earlier versions.
    """

    OPTIONAL: ClassVar = frozenset({"lineage", "chance", "midis", "excerpts", "mistakes"})

    task: str
    architecture: str
    date: str
    fingerprint: str
    model: str
    labels: str = ""
    preset: str = ""
    shards: dict[str, str] = field(default_factory=dict)
    evaluation: Evaluation = field(default_factory=dict)  # type: ignore[assignment]  # none in the oldest reports
    quarantine: list[QuarantinedTrack] = field(default_factory=list)
    parameters: Settings = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    chance: ChanceRecord | None = None
    midis: dict[str, str] | None = None
    excerpts: list[ExcerptRecord] | None = None
    mistakes: list[Mistake] | None = None
    lineage: list[DatasetLineage] = field(default_factory=list)

    @classmethod
    def from_json(cls, values: object, *, where: str, remedy: str = "make it again") -> Self:
        """See `Record.from_json`; `evaluation` and `mistakes` may lack keys that earlier versions did not write."""
        from mir_models.evaluation.classes import ClassEvaluation, ClassTrackRow
        from mir_models.evaluation.notes import NoteEvaluation

        record = super().from_json(values, where=where, remedy=remedy)
        kind = ClassEvaluation if "accuracy" in record.evaluation else NoteEvaluation
        check_typed_dict(record.evaluation, kind, key="evaluation", where=where, remedy=remedy)
        check_typed_dict(record.mistakes or [], list[ClassTrackRow], key="mistakes", where=where, remedy=remedy)
        return record


class ProbedModel(TypedDict):
    """Which model was probed: its task and architecture, fingerprint, and the datasets it was trained on."""

    task: str
    architecture: str
    fingerprint: str
    datasets: list[str]


@dataclass(frozen=True)
class TransferRecord(Record):
    """Scores of probes that predict another label from the activations of a trained network.

    Attributes
    ----------
    fingerprint : str
        Of all ingredients of the table.
    date : str
        ISO 8601, UTC.
    model : ProbedModel
    layer : str
        Name of a layer, or ``"all"``.
    layers : list of str
        The layers that have an embedding.
    label : str
        Label kind that is predicted.
    datasets : list of str
    classes : dict of str to int
        Number of tracks of each class.
    left_out : dict of str to int
        Number of groups of the classes with fewer groups than folds.
    group : str
        What no fold divides, e.g. ``"work"``.
    n_groups : int
    seeds : int
        Number of draws of folds and of random weights.
    rows : list of ComparisonRow
        See `mir_models.transfer.comparison.compare`.
    """

    fingerprint: str
    date: str
    model: ProbedModel
    layer: str
    layers: list[str]
    label: str
    datasets: list[str]
    classes: dict[str, int]
    left_out: dict[str, int]
    group: str
    n_groups: int
    seeds: int
    rows: list[ComparisonRow]

    @classmethod
    def from_json(cls, values: object, *, where: str, remedy: str = "make it again") -> Self:
        """See `Record.from_json`."""
        from mir_models.transfer.comparison import ComparisonRow

        record = super().from_json(values, where=where, remedy=remedy)
        check_typed_dict(record.rows, list[ComparisonRow], key="rows", where=where, remedy=remedy)
        return record
