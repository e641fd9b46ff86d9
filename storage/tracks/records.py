"""The records of tracks, by stage: what is kept beside the arrays of each track.

They are the attributes of a track's zarr group, and rows of the table of its stage. Times are in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from storage.records import Record

Stamp = tuple[str, int | None, int | None]
"""Path, size in bytes and time of change in ns of a file; size and time are None where there is no file."""


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


@dataclass(frozen=True)
class RawAudioRecord(Record):
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
    identity : str
        Fingerprint of the track's files and of all that its corpus says of it.
    stamp : list of Stamp
        Of the recording and of each label file.
    decoding : str
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
    """

    KEYS: ClassVar = {"decoding": "heard"}

    track: str
    work: str | None
    split: str
    path: str
    start: float
    end: float | None
    classes: dict[str, str]
    identity: str
    stamp: list[Stamp]
    decoding: str
    labels: dict[str, LabelFile]
    content: str
    file: str
    duration: float
    sr: int
    channels: int
    peak: float


@dataclass(frozen=True)
class VariantRecord(Record):
    """An augmented variant of a recording of the train split.

    Attributes
    ----------
    track : str
        Id of the variant.
    source : str
        Id of the recording it was made of, whose labels it has.
    of : str
        Content hash of that recording.
    content : str
        SHA-256 of the variant's audio and time map.
    applied : list of str
        Names of the augmentations, in order.
    duration : float
        Seconds.
    sr : int
        Hz.
    work : str or None
    classes : dict of str to str
    split : str
    """

    track: str
    source: str
    of: str
    content: str
    applied: list[str]
    duration: float
    sr: int
    work: str | None
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
    params: dict[str, Any]


@dataclass(frozen=True)
class FeaturesRecord(Record):
    """The features of one track.

    Attributes
    ----------
    track : str
    audio : str
        Content hash of the recording or variant.
    feature : str
    version : int
    params : dict
        See `FeatureSettings`.
    n_frames : int
    not_finite : int
        Number of values that are NaN or infinite.
    """

    track: str
    audio: str
    feature: str
    version: int
    params: dict[str, Any]
    n_frames: int
    not_finite: int

    @property
    def settings(self) -> FeatureSettings:
        """Which feature was extracted, and how."""
        return FeatureSettings(self.feature, self.version, self.params)


@dataclass(frozen=True)
class LabelsRecord(Record):
    """The labels of one track; fields of notes have their defaults where it has only classes.

    Attributes
    ----------
    track : str
    audio : str
        Content hash of the recording.
    classes : dict of str to str
        Name by label kind.
    content : str
        SHA-256 of notes and time map, or a fingerprint of the classes.
    n_notes : int
    method : str or None
        Of alignment.
    score : str or None
        SHA-256 of the label file.
    lag, measured_lag : float
        Seconds to add to label time; the measured one is None where nothing could be measured.
    confidence : float or None
    threshold : float
        What the confidence had to reach.
    tempo_ratio : float or None
    frame_rate : float
        Of the curves of onsets, in Hz.
    evidence : dict
        See `mir_models.alignment.Evidence`.
    exact : bool
        Whether the corpus promises exact labels.
    pedal : str
        Rule of the sustain pedal.
    counts : dict of str to int
        Notes touched by each rule of `mir_models.notes.performances`.
    seconds : float
        Duration of the recording.
    last_offset : float
        Seconds, in audio time.
    """

    OPTIONAL: ClassVar = frozenset(
        {"threshold", "tempo_ratio", "frame_rate", "evidence", "exact", "pedal", "seconds", "last_offset"}
    )

    track: str
    audio: str
    classes: dict[str, str]
    content: str
    n_notes: int = 0
    method: str | None = None
    score: str | None = None
    lag: float = 0.0
    measured_lag: float | None = None
    confidence: float | None = None
    counts: dict[str, int] = field(default_factory=dict)
    threshold: float | None = None
    tempo_ratio: float | None = None
    frame_rate: float | None = None
    evidence: dict[str, Any] | None = None
    exact: bool | None = None
    pedal: str | None = None
    seconds: float | None = None
    last_offset: float | None = None

    @property
    def aligned(self) -> bool:
        """Whether the track has notes, which an alignment has placed in its recording."""
        return self.threshold is not None


@dataclass(frozen=True)
class ShardsRecord(Record):
    """The shards of one track.

    Attributes
    ----------
    track, split : str
    work : str or None
    audio : str
        Content hash of the recording or variant.
    classes : dict of str to str
    notes : str or None
        Content hash of the notes that the rolls were drawn from.
    targets : dict
        ``mir_models.examples.shards.Params`` and the ``version`` of regressed onsets; empty without notes.
    feature : FeatureSettings
    n_frames, n_shards : int
    seconds : float
        Duration of the features.
    """

    OPTIONAL: ClassVar = frozenset({"targets"})

    track: str
    work: str | None
    split: str
    audio: str
    classes: dict[str, str]
    notes: str | None
    feature: FeatureSettings
    n_frames: int
    n_shards: int
    seconds: float
    targets: dict[str, int] = field(default_factory=dict)
