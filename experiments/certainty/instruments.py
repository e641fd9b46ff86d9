"""The same notes on other instruments: MIDI performances of pianists, played by programs of a SoundFont."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mir_models.notes.annotations import Notes
from storage.media.rendered_audio import midi_file
from storage.media.soundfonts import play

DRUM_CHANNEL = 9
LOWEST_DRUM, N_DRUMS = 35, 47
"""Keys 35 to 81 of the drum channel are drums (General MIDI, level 1)."""


@dataclass(frozen=True)
class Instrument:
    """An instrument of General MIDI.

    Attributes
    ----------
    name : str
    program : int
        0 to 127; of drums 0.
    drums : bool
        Whether it is the set of drums, on which every note becomes one.
    """

    name: str
    program: int = 0
    drums: bool = False


CHOICE = (
    Instrument("violin", 40),
    Instrument("church organ", 19),
    Instrument("flute", 73),
    Instrument("choir", 52),
    Instrument("nylon guitar", 24),
    Instrument("drums", drums=True),
)
"""The threshold is chosen with these, and reported for them as well."""
UNSEEN = (
    Instrument("steel guitar", 25),
    Instrument("string ensemble", 48),
    Instrument("trumpet", 56),
    Instrument("clarinet", 71),
    Instrument("reed organ", 20),
    Instrument("vibraphone", 11),
    Instrument("sawtooth lead", 81),
    Instrument("distorted guitar", 30),
)
"""Only reported."""
RELATIVES = (
    Instrument("grand piano of General MIDI", 0),
    Instrument("honky-tonk piano", 3),
    Instrument("electric piano", 4),
    Instrument("harpsichord", 6),
    Instrument("harp", 46),
)
"""Struck or plucked strings and their imitations: reported, and counted as neither piano nor other."""


def rendered(
    notes: Notes, pedal: NDArray[np.float64], instrument: Instrument, soundfont: bytes
) -> tuple[NDArray[np.float32], int]:
    """Notes played by an instrument, (n_samples,) mono, and the sampling rate in Hz."""
    if instrument.drums:
        notes = replace(notes, pitches=LOWEST_DRUM + notes.pitches % N_DRUMS)
    return play(_programmed(midi_file(notes, pedal), instrument), soundfont)


def _programmed(content: bytes, instrument: Instrument) -> bytes:
    """A MIDI file with another program, or on the channel of the drums."""
    import mido

    file, changed = mido.MidiFile(file=io.BytesIO(content)), io.BytesIO()
    for track in file.tracks:
        for message in track:
            if message.type == "program_change":
                message.program = instrument.program
            if instrument.drums and not message.is_meta:
                message.channel = DRUM_CHANNEL
    file.save(file=changed)
    return changed.getvalue()
