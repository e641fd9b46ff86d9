"""Excerpts of a report: the worst, the middle and the best track as pictures, and as sound beside the page."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assets.training.corpora import Corpora
from mir_models.errors import TrackError
from mir_models.figures.transcription import Spectrum, notes_found
from mir_models.notes.annotations import Notes
from mir_models.notes.semitones import pitch
from mir_models.notes.sonification import sonify
from mir_models.resampling import resample
from storage.corpora.listing import steady
from storage.examples.shards import TrackShards
from storage.media import audio
from storage.media.audio import Part
from storage.media.ogg import ogg
from storage.media.png import png

SECONDS = 20.0
SR = 22050
"""Sampling rate of the sounds in Hz."""
PEAK = 0.9
"""Amplitude to which recording and prediction are brought, so that neither is played louder."""


@dataclass(frozen=True)
class Excerpt:
    """Some seconds of a track.

    Attributes
    ----------
    name : str
        Which track it is, e.g. ``"worst"``.
    track : str
    start, stop : float
        Seconds from the beginning of the track.
    picture : bytes
        PNG.
    prediction : bytes
        The notes that were heard, as sound (Ogg).
    recording : bytes or None
        What was played; None where the file is not to be had any more.
    missing : str
        Why it is not.
    """

    name: str
    track: str
    start: float
    stop: float
    picture: bytes
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

    def told(self) -> dict[str, Any]:
        """The excerpt as ``report.json`` has it: the paths of its sounds, or None, in place of them."""
        paths = {kind: f"audio/{self.name}-{kind}.ogg" for kind in ("recording", "prediction")}
        known = {kind: path if path in self.sounds else None for kind, path in paths.items()}
        where = {"name": self.name, "track": self.track, "start": self.start, "stop": self.stop}
        return where | {"figure": self.figure, **known, "missing": self.missing}


def chosen(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The tracks worth a look among rows that are sorted, worst first: at most five, by what they are."""
    ranks = {"worst": 0, "best": len(rows) - 1, "middle": len(rows) // 2, "second_worst": 1, "third_worst": 2}
    names: dict[int, str] = {}
    for name, rank in ranks.items():
        if rank < len(rows):
            names.setdefault(rank, name)
    return {names[rank]: rows[rank] for rank in sorted(names)} if len(rows) > 1 else {"only": rows[0]}


def excerpt(
    name: str, row: Mapping[str, Any], track: TrackShards, est: Notes, corpora: Corpora, feature: Any
) -> Excerpt:
    """An excerpt around the middle note of a track; `feature` are the parameters of the features."""
    ref = corpora.notes(track)
    start = _start(ref, row["duration"])
    stop = min(start + SECONDS, row["duration"])
    title = f"{row['track']} ({name.replace('_', ' ')} track, note F1 {row['note_onset_f1']:.3f})"
    spectrum = _spectrum(corpora, track, feature)
    figure = notes_found(ref, est, start=start, seconds=stop - start, title=title, spectrum=spectrum)
    n_samples = round((stop - start) * SR)
    prediction = sonify(est.shifted(-start), SR, n_samples, clicks=0.0, tones=1.0, peak=PEAK)
    recording, missing = recording_of(corpora, track, start, stop)
    return Excerpt(name, row["track"], start, stop, png(figure), ogg(prediction, SR), recording, missing)


def _start(ref: Notes, duration: float) -> float:
    """Where an excerpt begins that has the middle note in its middle."""
    middle = float(np.median(ref.onset_times)) if len(ref) else duration / 2
    return max(0.0, min(middle - SECONDS / 2, duration - SECONDS))


def _spectrum(corpora: Corpora, track: TrackShards, feature: Any) -> Spectrum | None:
    """What the network heard, if its bins are semitones or parts of them."""
    if not hasattr(feature, "bins_per_octave"):
        return None
    levels = corpora.whole(track, "features")["features"]
    return Spectrum(levels, feature.grid, pitch(feature.fmin), feature.bins_per_octave)


def recording_of(corpora: Corpora, track: TrackShards, start: float, stop: float) -> tuple[bytes | None, str]:
    """Some seconds of the recording of a track as Ogg bytes, or None and why there are none."""
    records = {record["track"]: record for record in corpora.stores[track.dataset].raw_audio.records()}
    record = records.get(track.track, {"content": None})
    if record["content"] != track.audio:
        return None, f"{track.track} is not the recording any more that its shards were made of."
    try:
        with steady(record["stamp"]):
            part = Part(record["start"] + start, record["start"] + stop)
            y, sr = audio.read_mono(Path(record["path"]), part)
    except TrackError as error:  # A report is worth having without the sound, too; the page says why it has none.
        return None, str(error)
    loudest = float(np.abs(y).max(initial=0.0))
    return ogg(resample(y * (PEAK / max(loudest, audio.SILENCE)), sr, SR), SR), ""
