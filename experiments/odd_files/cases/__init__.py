"""The cases, by kind of fault; each file has its `CASES`.

``mp3_lengths``, ``wav_lengths``, ``container_lengths``: lengths that are estimated, or stand in a header
``mixes``: channels that cancel
``levels``: sampling rates and samples that cannot be
``note_ends``: notes without an end, with several, or without duration
``midi_guards``: what a library refuses though notes and times are there
``transcription``: what is overwritten, pipes, names
``ghosts``: notes of what is no piano
``training``: a training without success
``datasets``: recordings that are left out, tables, what the store keeps
"""

from experiments.odd_files.case import Case
from experiments.odd_files.cases import (
    container_lengths,
    datasets,
    ghosts,
    levels,
    midi_guards,
    mixes,
    mp3_lengths,
    note_ends,
    training,
    transcription,
    wav_lengths,
)

__all__ = [
    "all_cases",
    "container_lengths",
    "datasets",
    "file_cases",
    "ghosts",
    "levels",
    "midi_guards",
    "mixes",
    "mp3_lengths",
    "note_ends",
    "training",
    "transcription",
    "wav_lengths",
]

_READ = (mp3_lengths, wav_lengths, container_lengths, mixes, levels, midi_guards, note_ends)
_COMMANDS = (training, transcription, ghosts, datasets)


def file_cases() -> tuple[Case, ...]:
    """Cases of one recording or MIDI file, which is read: seconds for all of them."""
    return tuple(case for each in _READ for case in each.CASES)


def all_cases() -> tuple[Case, ...]:
    """All cases, by kind: also those of whole commands, which take minutes."""
    return file_cases() + tuple(case for each in _COMMANDS for case in each.CASES)
