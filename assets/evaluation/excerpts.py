"""Excerpts of a report: the worst, the middle and the best track as piano rolls, figures and sounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assets.training.dataset_shards import DatasetShards
from mir_models.errors import TrackError
from mir_models.evaluation.matched_notes import match_notes
from mir_models.evaluation.notes import TrackRow
from mir_models.features import FeatureParams, cqt
from mir_models.figures.transcription import Spectrum, notes_found
from mir_models.notes.annotations import Notes
from mir_models.notes.semitones import pitch
from mir_models.notes.sonification import sonify
from mir_models.resampling import resample
from storage.corpora.listing import check_unchanged
from storage.examples.track_shards import TrackShards
from storage.media import audio
from storage.media.audio import Part
from storage.media.checks import SILENCE
from storage.media.ogg import encode_ogg
from storage.media.png import png
from storage.pages.piano_roll import RollNote, RollView, spectrum_of
from storage.reports.record import ExcerptRecord

SECONDS = 20.0
"""Duration of an excerpt, at most."""
SR = 22050
"""Sampling rate of the sounds in Hz."""
PEAK = 0.9
"""Amplitude to which recording and prediction are brought, so that neither is played louder."""


@dataclass(frozen=True, eq=False)
class EstimatedNotes:
    """Notes that a network found in a track, and the probability (n,) that it gave each."""

    notes: Notes
    probabilities: NDArray[np.float32]


@dataclass(frozen=True)
class Excerpt:
    """Some seconds of a test track, as a figure and as sounds.

    Attributes
    ----------
    name : str
        Which track it is, e.g. ``"worst"``.
    track : str
    start, stop : float
        Seconds from the beginning of the track.
    picture : bytes
        PNG.
    roll : RollView
        The same for the page, to be zoomed and played.
    prediction : bytes
        The predicted notes, as sound (Ogg).
    recording : bytes or None
        The recording (Ogg); None where the file has changed or cannot be read any more.
    missing : str
        Why there is no recording.
    """

    name: str
    track: str
    start: float
    stop: float
    picture: bytes
    roll: RollView
    prediction: bytes
    recording: bytes | None
    missing: str = ""

    @property
    def figure(self) -> str:
        """Name of the picture."""
        return f"roll_{self.name}"

    @property
    def sounds(self) -> dict[str, bytes]:
        """The sounds by their paths relative to the page."""
        both = {"recording": self.recording, "prediction": self.prediction}
        return {f"audio/{self.name}-{kind}.ogg": sound for kind, sound in both.items() if sound is not None}

    def record(self) -> ExcerptRecord:
        """The excerpt as ``report.json`` has it: with the paths of its sounds, or None."""
        paths = {kind: f"audio/{self.name}-{kind}.ogg" for kind in ("recording", "prediction")}
        recording, prediction = (path if path in self.sounds else None for path in paths.values())
        return ExcerptRecord(
            self.name, self.track, self.start, self.stop, self.figure, recording, prediction, self.missing
        )


def choose_tracks(rows: Sequence[TrackRow]) -> dict[str, TrackRow]:
    """The rows of at most five tracks by rank ("worst", "middle", "best" ...); `rows` are sorted, worst first."""
    ranks = {"worst": 0, "best": len(rows) - 1, "middle": len(rows) // 2, "second_worst": 1, "third_worst": 2}
    names: dict[int, str] = {}
    for name, rank in ranks.items():
        if rank < len(rows):
            names.setdefault(rank, name)
    return {names[rank]: rows[rank] for rank in sorted(names)} if len(rows) > 1 else {"only": rows[0]}


def make_excerpt(
    name: str,
    row: TrackRow,
    track: TrackShards,
    est: EstimatedNotes,
    data: DatasetShards,
    feature_params: FeatureParams,
) -> Excerpt:
    """The excerpt around the middle note of a track.

    Parameters
    ----------
    name : str
        See `Excerpt`.
    row : TrackRow
        Scores of the track.
    track : TrackShards
    est : EstimatedNotes
        Predicted notes, in seconds of the track.
    data : DatasetShards
    feature_params : dataclass
        Settings of the features.
    """
    ref, duration = data.notes(track), float(row["duration"] or 0)
    start = _start(ref, duration)
    stop = min(start + SECONDS, duration)
    title = f"{row['track']} ({name.replace('_', ' ')} track, note F1 {float(row['note_onset_f1'] or 0):.3f})"
    spectrum = _spectrum(data, track, feature_params)
    figure = notes_found(ref, est.notes, start=start, seconds=stop - start, title=title, spectrum=spectrum)
    n_samples = round((stop - start) * SR)
    prediction = sonify(est.notes.shifted(-start), SR, n_samples, clicks=0.0, tones=1.0, peak=PEAK)
    recording, missing = read_excerpt(data, track, start, stop)
    return Excerpt(
        name,
        str(row["track"]),
        start,
        stop,
        picture=png(figure),
        roll=_roll(ref, est, start, stop, spectrum),
        prediction=encode_ogg(prediction, SR),
        recording=recording,
        missing=missing,
    )


def _roll(ref: Notes, est: EstimatedNotes, start: float, stop: float, spectrum: Spectrum | None) -> RollView:
    """The notes that sound in an excerpt, found, added and missed, over the spectrum."""
    matched = match_notes(ref, est.notes, est.probabilities)
    notes = [RollNote(**asdict(note)) for note in matched if note.onset < stop and note.last_offset > start]
    if spectrum is None:
        return RollView(start, stop, notes)
    drawn = spectrum_of(
        spectrum.levels,
        spectrum.grid,
        start,
        stop,
        lowest=spectrum.lowest,
        bins_per_octave=spectrum.bins_per_octave,
    )
    return RollView(start, stop, notes, drawn)


def _start(ref: Notes, duration: float) -> float:
    """Beginning of the excerpt whose middle is the middle note."""
    middle = float(np.median(ref.onset_times)) if len(ref) else duration / 2
    return max(0.0, min(middle - SECONDS / 2, duration - SECONDS))


def _spectrum(data: DatasetShards, track: TrackShards, feature_params: FeatureParams) -> Spectrum | None:
    """The input features of the network, if their bins are semitones or parts of them."""
    if not isinstance(feature_params, cqt.Params):
        return None
    levels = data.track_arrays(track, "features")["features"]
    return Spectrum(levels, feature_params.grid, pitch(feature_params.fmin), feature_params.bins_per_octave)


def read_excerpt(data: DatasetShards, track: TrackShards, start: float, stop: float) -> tuple[bytes | None, str]:
    """Some seconds of the recording of a track as Ogg bytes, or None and why there are none."""
    records = {record.track: record for record in data.stores[track.dataset].raw_audio.records()}
    record = records.get(track.track)
    if record is None or record.content != track.audio_content:
        return None, f"{track.track} is not the recording any more that its shards were made of."
    try:
        with check_unchanged(record.stamp):
            part = Part(record.start + start, record.start + stop)
            y, sr = audio.read_mono(Path(record.path), part)
    except TrackError as error:  # A report is worth having without the sound, too; the page gives the reason.
        return None, str(error)
    loudest = float(np.abs(y).max(initial=0.0))
    return encode_ogg(resample(y * (PEAK / max(loudest, SILENCE)), sr, SR), SR), ""
