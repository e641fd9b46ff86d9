"""The records of tracks, by stage: what is stored of a track apart from arrays.

They are the attributes of a track's zarr group, and rows of the table of its stage. Times are in seconds. Fields with
a default are those that records of earlier versions may lack.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import ClassVar

from storage.corpora.listing import Stamp
from storage.records import JsonObject, Record

Scalar = bool | int | float | str | None
"""A JSON value without parts: what the ``Params`` of features consist of."""


@dataclass(frozen=True)
class TrackRecord(Record):
    """Base of the records of all stages.

    Attributes
    ----------
    track : str
        Id of the track.
    """

    track: str


@dataclass(frozen=True)
class LabelFile:
    """A file with labels of one kind.

    Attributes
    ----------
    path : str
    content : str
        SHA-256 of its bytes.
    exact : bool
        Whether the corpus promises labels that need no alignment.
    pedal : str
        ``"applied"`` where offsets are those of the dampers, else ``"separate"``.
    """

    path: str
    content: str
    exact: bool
    pedal: str


@dataclass(frozen=True, kw_only=True)
class RawAudioRecord(TrackRecord):
    """A row of the track table.

    Attributes
    ----------
    track, work, split : str
    path : str
        Of the recording.
    start : float
    end : float or None
        The part of the file that is the track, in seconds.
    classes : dict of str to str
        Name by label kind, of those that are one name.
    identity : str or None
        Fingerprint of the track's files and of all metadata that its corpus has of it.
    stamp : list of Stamp
        Of the recording and of each label file.
    audio_decoding : str or None
        Fingerprint of the file and of how it was decoded: while it stays, the recording is not decoded again.
    labels : dict of str to LabelFile
        By label kind.
    content : str
        SHA-256 of the file, or of that and the part.
    file : str
        SHA-256 of the file.
    duration : float
        Seconds.
    sr, channels : int
        Sampling rate in Hz and number of channels.
    peak : float
        Largest amplitude; full scale is 1.
    mix : str
        How its channels are mixed, see `mir_models.downmix.Mix`.
    """

    KEYS: ClassVar = {"audio_decoding": "heard"}
    OPTIONAL: ClassVar = frozenset({"mix"})

    path: str
    start: float = 0.0
    end: float | None = None
    work: str
    classes: dict[str, str] = field(default_factory=dict)
    split: str
    identity: str | None = None
    stamp: list[Stamp] = field(default_factory=list)
    audio_decoding: str | None = None
    labels: dict[str, LabelFile]
    content: str
    file: str = ""
    duration: float
    sr: int
    channels: int
    peak: float
    mix: str = "mean"

    @property
    def notes(self) -> LabelFile | None:
        """The file of its notes, where it has one."""
        return self.labels.get("notes")


@dataclass(frozen=True, kw_only=True)
class VariantRecord(TrackRecord):
    """An augmented variant of a recording of the train split.

    Attributes
    ----------
    track : str
        Id of the variant.
    source : str
        Id of the recording it was made of, whose labels it has.
    source_content : str
        Content hash of that recording.
    content : str
        SHA-256 of the variant's audio and time map.
    applied : list of str
        Names of the augmentations, in order.
    duration : float
        Seconds.
    sr : int
        Hz.
    work, split : str
    classes : dict of str to str
        Those of the recording.
    """

    KEYS: ClassVar = {"source_content": "of"}

    source: str
    source_content: str
    content: str
    applied: list[str]
    duration: float
    sr: int
    work: str
    classes: dict[str, str]
    split: str


@dataclass(frozen=True)
class FeatureSettings:
    """Which feature was extracted, and how.

    Attributes
    ----------
    feature : str
        Name of the feature's file.
    version : int
    params : dict
        Its ``Params``.
    """

    feature: str
    version: int
    params: dict[str, Scalar]


@dataclass(frozen=True, kw_only=True)
class FeaturesRecord(TrackRecord):
    """The features of one track.

    Attributes
    ----------
    track : str
    audio_content : str
        Content hash of the recording or variant.
    feature : str
    version : int
    params : dict
        See `FeatureSettings`.
    n_frames : int
    not_finite : int
        Number of values that are NaN or infinite.
    """

    KEYS: ClassVar = {"audio_content": "audio"}

    audio_content: str
    feature: str
    version: int
    params: dict[str, Scalar]
    n_frames: int
    not_finite: int

    @property
    def settings(self) -> FeatureSettings:
        """Which feature was extracted, and how."""
        return FeatureSettings(self.feature, self.version, self.params)


@dataclass(frozen=True, kw_only=True)
class AlignmentMeasurements(Record):
    """How the notes of a track were read and aligned with its recording, and what was measured.

    Attributes
    ----------
    threshold : float
        What the confidence has to reach.
    exact : bool
        Whether the corpus promises labels that need no alignment.
    label_content : str
        SHA-256 of the label file.
    counts : dict of str to int
        Notes touched by each rule of `mir_models.notes.sustain_pedal` and of `storage.media.midi`; `restruck_early`:
        moved to where they were measured to sound.
    pedal : str
        Rule of the sustain pedal.
    method : str
        Of alignment.
    lag : float
        Seconds to add to label time at the first note, as applied.
    measured_lag : float or None
        The same as measured; None where nothing could be measured.
    tempo_ratio : float or None
        Median of the seconds of audio per second of the labels.
    frame_rate : float
        Of the curve of onsets, in Hz.
    confidence : float in [0, 1]
    evidence : dict of str to number
        See `mir_models.alignment.Evidence`.
    """

    KEYS: ClassVar = {"label_content": "score"}

    threshold: float
    exact: bool
    label_content: str
    counts: dict[str, int]
    pedal: str
    method: str
    lag: float
    measured_lag: float | None
    tempo_ratio: float | None
    frame_rate: float
    confidence: float
    evidence: dict[str, int | float | None]


@dataclass(frozen=True, kw_only=True)
class LabelsRecord(TrackRecord):
    """The labels of one track; what concerns notes has its defaults where it has only classes.

    Attributes
    ----------
    track : str
    audio_content : str
        Content hash of the recording.
    classes : dict of str to str
        Name by label kind.
    threshold, exact, label_content, counts, pedal, method, lag, measured_lag, tempo_ratio : see `AlignmentMeasurements`
    frame_rate, confidence, evidence : see `AlignmentMeasurements`
    seconds : float or None
        Duration of the recording.
    last_offset : float or None
        End of the last note in seconds of audio time.
    content : str
        SHA-256 of notes and time map, or a fingerprint of the classes.
    n_notes : int
    """

    KEYS: ClassVar = {"audio_content": "audio", "label_content": "score"}
    OPTIONAL: ClassVar = frozenset({"threshold", "exact", "pedal", "frame_rate", "evidence", "seconds", "last_offset"})

    audio_content: str
    classes: dict[str, str] = field(default_factory=dict)
    threshold: float | None = None
    exact: bool | None = None
    label_content: str | None = None
    counts: dict[str, int] = field(default_factory=dict)
    pedal: str | None = None
    method: str | None = None
    lag: float = 0.0
    measured_lag: float | None = None
    tempo_ratio: float | None = None
    frame_rate: float | None = None
    confidence: float | None = None
    evidence: dict[str, int | float | None] | None = None
    seconds: float | None = None
    last_offset: float | None = None
    content: str
    n_notes: int = 0

    def to_json(self) -> JsonObject:
        """See `Record.to_json`; a tempo ratio, measured or not, is written of aligned notes only."""
        values = super().to_json()
        if self.threshold is None:
            del values["tempo_ratio"]
        return values

    @property
    def alignment(self) -> AlignmentMeasurements | None:
        """How its notes were aligned; None where it has only classes, or was made by a version that kept less."""
        if self.threshold is None:
            return None
        values = {each.name: getattr(self, each.name) for each in fields(AlignmentMeasurements)}
        return AlignmentMeasurements(**values)


@dataclass(frozen=True, kw_only=True)
class ShardsRecord(TrackRecord):
    """The shards of one track.

    Attributes
    ----------
    track, work, split : str
    audio_content : str
        Content hash of the recording or variant.
    classes : dict of str to str
    notes_content : str or None
        Content hash of the notes that the rolls were drawn from.
    targets : dict of str to int
        ``mir_models.examples.shards.Params`` and the ``version`` of regressed onsets; empty without notes.
    feature : FeatureSettings
    n_frames, n_shards : int
    seconds : float
        Duration of the features.
    dtype, compression : str
        See ``mir_models.examples.shards.Params``.
    content : str
        The fingerprint of what the arrays hold, where that under which they are stored is of their compression as well.
    """

    KEYS: ClassVar = {"audio_content": "audio", "notes_content": "notes"}
    OPTIONAL: ClassVar = frozenset({"targets", "dtype", "compression", "content"})

    work: str
    split: str
    audio_content: str
    classes: dict[str, str] = field(default_factory=dict)
    notes_content: str | None
    targets: dict[str, int] = field(default_factory=dict)
    feature: FeatureSettings
    n_frames: int
    n_shards: int
    seconds: float
    dtype: str = "float32"
    compression: str = "all"
    content: str = ""

    @property
    def kinds(self) -> tuple[str, ...]:
        """The label kinds of the shards: ``"notes"`` first, then those of `classes`, sorted."""
        return (*(["notes"] if self.notes_content else []), *sorted(self.classes))
