"""Ways to decode the activations of one network: note F1 by decoding, of rendered and of real pianos.

Each recording is transcribed once, and its activations are decoded by the network's own decoding and by others that
differ in one respect. Makes "Decoding" of docs/results.md::

    python -m experiments.decodings --out DIR --maps FOLDER --real FOLDER --aligned FOLDER [--model FOLDER]

MAPS gives its validation recordings, by which thresholds may be chosen, and those of the piano that tests; `--real` is
a folder of recorded Disklaviers in MAPS' layout; `--aligned` holds recordings with ``truth.json``. F1 is the mean over
recordings. A corpus whose folder is not given is left out.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

import experiments.decodings
from assets.inference.loaded_model import LoadedModel, load_from_folder
from experiments import command_line
from experiments.tables import markdown_table
from mir_models.evaluation.metrics import frame_level
from mir_models.evaluation.metrics.note_level import note_scores
from mir_models.evaluation.metrics.velocity_level import velocity_counts
from mir_models.inference.activations import predict_track
from mir_models.notes.annotations import Notes
from mir_models.notes.decoding import Activations, Decoding, decode
from mir_models.notes.frames import FrameGrid
from mir_models.notes.sustain_pedal import Params, sounding_notes
from mir_models.resampling import resample
from storage.datasets import maps
from storage.media import audio, midi
from storage.models.exported import ModelFolder
from storage.models.shipped import shipped

FRAME_THRESHOLDS = (0.25, 0.35)
ONSET_THRESHOLDS = (0.35, 0.55)
END_THRESHOLDS = (0.4, 0.5, 0.6, 0.7)
Scores = tuple[float, float, float]
"""Note F1 by onset, by onset and offset, and by both and velocity."""


@dataclass(frozen=True)
class Recording:
    """A recording of a group; `lag` and `stretch` bring the times of its MIDI file to those of the audio."""

    group: str
    path: Path
    lag: float = 0.0
    stretch: float = 1.0

    def notes(self) -> Notes:
        """Its notes as they sound, in audio time; without those that begin before the audio or after it."""
        performance = midi.read(self.path.with_suffix(".mid"))
        notes, _ = sounding_notes(performance.notes, performance.pedal, Params())
        moved = replace(notes, intervals=notes.intervals / self.stretch + self.lag)
        return moved.where((moved.onset_times >= 0) & (moved.onset_times < audio.duration(self.path)))


def of_maps(folder: Path) -> Iterator[Recording]:
    """The validation and test recordings of MAPS' split ``leave_piano``."""
    groups = {"validation": "MAPS, validation", "test": "MAPS, unseen piano"}
    for track in maps.tracks(folder, maps.Options(split="leave_piano")).tracks:
        if track.split in groups:
            yield Recording(groups[track.split], track.audio)


def of_real_pianos(folder: Path) -> Iterator[Recording]:
    """Recorded Disklaviers."""
    return (Recording("real pianos", path) for path in sorted(folder.glob("*/MUS/*.flac")))


def of_aligned(folder: Path) -> Iterator[Recording]:
    """Recordings with the true lag and stretch of their MIDI files."""
    for work, truth in sorted(json.loads((folder / "truth.json").read_text(encoding="utf-8")).items()):
        yield Recording("Salamander", folder / f"{work}.ogg", truth["lag_s"], truth["midi_time_stretch"])


def decodings(own: Decoding) -> dict[str, Decoding]:
    """The decodings that are compared, by name: a network's own, but with ends by the frame threshold, and others."""
    plain = replace(own, end_threshold=None, velocity_radius=0)
    return {
        "its own, ends by the frame threshold": plain,
        **{f"frame threshold {each}": replace(plain, frame_threshold=each) for each in FRAME_THRESHOLDS},
        **{f"onset threshold {each}": replace(plain, onset_threshold=each) for each in ONSET_THRESHOLDS},
        "notes of one frame": replace(plain, min_frames=1),
        "strokes 1 frame apart": replace(plain, onset_radius=1),
        "velocity of 3 frames": replace(plain, velocity_radius=1),
        **{f"likeliest end, {each}": replace(plain, end_threshold=each, velocity_radius=1) for each in END_THRESHOLDS},
    }


def activations_of(recording: Recording, model: LoadedModel) -> Activations:
    """Activations of a network over a recording."""
    y, sr = audio.read_mono(recording.path)
    features = model.feature.extract(resample(np.ascontiguousarray(y), sr, model.params.sr), model.params)
    return predict_track(model.network, features, silence=model.params.silence)


def scores(activations: Activations, ref: Notes, grid: FrameGrid, decoding: Decoding) -> Scores:
    """Note F1 of a recording by one decoding."""
    est = decode(activations, grid, decoding)
    found = note_scores(ref, est)
    return found["onset"]["f1"], found["onset_offset"]["f1"], float(frame_level.scores(*velocity_counts(ref, est)).f1)


def rows(recordings: Iterable[Recording], model: LoadedModel) -> dict[str, dict[str, list[Scores]]]:
    """Scores of every recording by decoding and group."""
    compared = decodings(model.decoding(Decoding))
    found: dict[str, dict[str, list[Scores]]] = {name: {} for name in compared}
    for recording in recordings:
        activations, ref = activations_of(recording, model), recording.notes()
        for name, decoding in compared.items():
            scored = scores(activations, ref, model.params.grid, decoding)
            found[name].setdefault(recording.group, []).append(scored)
    return found


def table(found: Mapping[str, Mapping[str, Sequence[Scores]]]) -> str:
    """Markdown: a row per decoding, a column per group, F1 by onset / and offset / and velocity."""
    groups = list(next(iter(found.values())))
    heads = ["decoding", *(f"{group} ({len(next(iter(found.values()))[group])})" for group in groups)]
    return markdown_table(
        heads, [[name, *(_mean(by_group[group]) for group in groups)] for name, by_group in found.items()]
    )


def _mean(every: Sequence[Scores]) -> str:
    return " / ".join(f"{value:.4f}" for value in np.mean(every, axis=0))


def main(words: Sequence[str] | None = None) -> None:
    """Print the table and write it."""
    parser = command_line.module_parser(experiments.decodings)
    parser.add_argument("--model", type=Path, help="folder of an exported network; default: the one that is included")
    corpora = {"maps": of_maps, "real": of_real_pianos, "aligned": of_aligned}
    for name in corpora:
        parser.add_argument(f"--{name}", type=Path, help="folder of recordings")
    command_line.add_table_options(parser, "decodings.md")
    options = parser.parse_args(words)
    recordings = [each for name, read in corpora.items() if (folder := getattr(options, name)) for each in read(folder)]
    if not recordings:
        parser.error("name a folder of recordings")
    command_line.publish(table(rows(recordings, _model(options))), options)


def _model(options: argparse.Namespace) -> LoadedModel:
    return load_from_folder(ModelFolder(options.model) if options.model else shipped("piano_transcription"))


if __name__ == "__main__":
    command_line.call(main)
