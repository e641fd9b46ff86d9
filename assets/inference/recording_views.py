"""What a page shows of a recording: its notes or classes, its sound and the notes as sound, files to download."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assets.inference.classifier import SUFFIXES, Classifier
from assets.inference.transcriber import Transcriber, Warn
from mir_models.features import cqt
from mir_models.inference.threads import OrderedMap
from mir_models.inference.transcription import stream_features
from mir_models.notes.annotations import Notes
from mir_models.notes.semitones import pitch
from mir_models.resampling import resample_blocks
from storage import progress
from storage.media import audio
from storage.media.note_formats import FORMATS
from storage.media.sound_files import SoundFile, write_sound
from storage.media.soundfonts import SR, default_soundfont, play_notes
from storage.pages.piano_roll import RollNote, RollSpectrum, RollView, levels_png, view_json

RENDERING = "seconds of notes rendered"
"""Stage of the progress while the notes are played."""
RENDITION = "rendition.flac"
QUIETEST, LOUDEST = 0.1, 0.9
"""Between these, the peak of a rendition is that of the recording, so that neither is played louder."""
DECIMALS = 4
TOP = 3
"""Classes that a summary and a figure name."""


@dataclass(frozen=True)
class View:
    """What is found in a recording, for a page.

    Attributes
    ----------
    summary : str
    shown : mapping
        Of notes a piano roll, see `storage.pages.piano_roll.view_json`; of classes their probabilities by window.
    files : tuple of Path
        To be downloaded.
    rendition : Path or None
        The notes as sound.
    """

    summary: str
    shown: dict[str, Any]
    files: tuple[Path, ...]
    rendition: Path | None = None


def transcription_view(
    transcriber: Transcriber,
    recording: Path,
    sound: SoundFile,
    *,
    over: OrderedMap,
    warn: Warn,
    follow: Callable[[dict[str, Any]], None],
) -> View:
    """Transcribe a recording, write its notes in every format and as sound beside `sound`.

    Parameters
    ----------
    transcriber : Transcriber
    recording : Path
    sound : SoundFile
        The recording as it is played.
    over : function
        See `Transcriber.transcribe`.
    warn : callable (str)
    follow : callable
        Called with a piano roll of the notes found so far, and the seconds up to which they are, ``reached``.
    """

    def follow_roll(notes: Notes, seconds: float) -> None:
        follow(_roll(notes, sound.seconds) | {"reached": min(seconds, sound.seconds)})

    found = transcriber.transcribe(recording, warn=warn, over=over, follow=follow_roll)
    contents = {each.suffix: transcriber.encoded(found, name, recording.name) for name, each in FORMATS.items()}
    files = _write_all(sound.path.parent, recording.stem, contents)
    rendition = _render(found.notes, sound) if len(found) else None
    certainty = "" if found.certainty is None else f", certainty {found.certainty:.2f}"
    roll = _roll(found.notes, sound.seconds, _spectrum(transcriber, sound, over))
    return View(f"{len(found):,} notes{certainty}", roll, files, rendition)


def _roll(notes: Notes, seconds: float, spectrum: RollSpectrum | None = None) -> dict[str, Any]:
    """Notes as the piano roll of a page takes them."""
    rows = zip(notes.intervals.tolist(), notes.pitches.tolist(), notes.velocities.tolist(), strict=True)
    drawn = [RollNote(onset, offset, pitch, velocity=velocity) for (onset, offset), pitch, velocity in rows]
    return view_json(RollView(0.0, seconds, drawn, spectrum))


def _spectrum(transcriber: Transcriber, sound: SoundFile, over: OrderedMap) -> RollSpectrum | None:
    """The input features of the network, if their bins are semitones or parts of them."""
    params = transcriber.params
    if not isinstance(params, cqt.Params):
        return None

    def process(blocks: Iterator[np.ndarray], sr: int) -> np.ndarray:
        samples = resample_blocks(blocks, sr, params.sr)
        return np.concatenate(list(stream_features(samples, transcriber.feature, params, over=over)))

    levels = audio.process_checked(sound.path, process, lambda _: None)
    lowest = pitch(params.fmin) - 6 / params.bins_per_octave
    highest = lowest + 12 * levels.shape[1] / params.bins_per_octave
    return RollSpectrum(levels_png(levels), 0.0, len(levels) / params.grid.frame_rate, lowest, highest)


def _render(notes: Notes, sound: SoundFile) -> Path:
    """Play notes by the piano that comes with pretty_midi, about as loud as the recording."""
    total, blocks = int(notes.duration), []
    for block in play_notes(notes, default_soundfont().read_bytes()):
        blocks.append(block)
        progress.report(RENDERING, min(round(sum(map(len, blocks)) / SR), total), total)
    peak = max(float(np.abs(block).max(initial=0.0)) for block in blocks)
    gain = min(max(sound.peak, QUIETEST), LOUDEST) / peak if peak else 1.0
    path = sound.path.with_name(RENDITION)
    write_sound(path, blocks, SR, gain=gain)
    return path


def classification_view(classifier: Classifier, recording: Path, sound: SoundFile, *, warn: Warn) -> View:
    """Classify a recording, and write the probabilities of its windows as JSON and as a figure beside `sound`."""
    found = classifier.predict(recording, warn=warn)
    contents = {SUFFIXES[name]: classifier.encoded(found, name, recording.name, TOP) for name in SUFFIXES}
    summary = ", ".join(f"{name} {probability:.2f}" for name, probability in found.top(TOP))
    shown = {
        "classes": list(found.classes),
        "starts": found.starts.round(DECIMALS).tolist(),
        "seconds": found.seconds,
        "probabilities": found.probabilities.astype(np.float64).round(DECIMALS).tolist(),
        "top": [[name, round(probability, DECIMALS)] for name, probability in found.top(len(found.classes))],
    }
    return View(summary, shown, _write_all(sound.path.parent, recording.stem, contents))


def _write_all(folder: Path, stem: str, contents: dict[str, bytes]) -> tuple[Path, ...]:
    """Write files by suffix, and return their paths."""
    paths = {folder / f"{stem}{suffix}": content for suffix, content in contents.items()}
    for path, content in paths.items():
        path.write_bytes(content)
    return tuple(paths)
