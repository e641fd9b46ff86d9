"""The recordings that are decoded, with their notes in audio time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from mir_models.notes.annotations import Notes
from mir_models.notes.sustain_pedal import Params, sounding_notes
from storage.datasets import maps
from storage.media import audio, midi


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
