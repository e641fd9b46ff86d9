"""report.json: the records of an evaluation report and of a table of transfer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypedDict, get_type_hints

import msgspec

from mir_models.errors import MirlitonError
from storage.models.record import Settings
from storage.records import Record

if TYPE_CHECKING:
    from mir_models.evaluation.classes import ClassEvaluation
    from mir_models.evaluation.notes import NoteEvaluation

    Evaluation = NoteEvaluation | ClassEvaluation
else:
    Evaluation = dict[str, Any]  # msgspec converts no union of TypedDicts: `_check_evaluation` does.
Row = Mapping[str, Any]
"""Row of a table of scores, by column."""


class QuarantinedTrack(TypedDict):
    """A track that was left out: its dataset and name, the stage that refused it, and why."""

    track: str
    stage: str
    reason: str


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
        Fingerprint of the model.
    labels : str
        Label kind, e.g. ``"notes"``.
    preset : str
        Of the input features.
    shards : dict of str to str
        By dataset, a digest of its shards: `storage.examples.track_shards.digests`.
    evaluation : Evaluation
    quarantine : list of QuarantinedTrack
    parameters : mapping
        Settings of the model by the fields of its `storage.models.record.ModelRecord`.
    links : dict of str to str
        By name, a URL, a path relative to the page, or plain text such as a run id.
    midis : dict of str to str or None
        Of transcriptions: by track, the path of the predicted MIDI file relative to the page.
    excerpts : list of ExcerptRecord or None
        Of transcriptions.
    mistakes : list of Row or None
        Of classifications: rows of ``evaluation["tracks"]`` with the path of their ``recording``, or None and why it
        is ``missing``.
    """

    OPTIONAL: ClassVar = frozenset({"midis", "excerpts", "mistakes"})

    task: str
    architecture: str
    date: str
    fingerprint: str
    model: str
    labels: str = ""
    preset: str = ""
    shards: dict[str, str] = field(default_factory=dict)
    evaluation: Evaluation = field(default_factory=dict)
    quarantine: list[QuarantinedTrack] = field(default_factory=list)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    midis: dict[str, str] | None = None
    excerpts: list[ExcerptRecord] | None = None
    mistakes: Sequence[Row] | None = None


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
    rows : list of Row
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
    rows: Sequence[Row]
