"""MIDI files by several readers, as tables: ``python -m experiments.midi_readers FOLDER…``.

Every MIDI file below the folders is read by mirliton and by those of pretty_midi, miditoolkit, partitura and symusic
that are installed. A file is read equally when its notes are those of mirliton: as many, with the same keys, and times
within 1 ms (symusic keeps seconds in 32 bits). Then the same for small files, each with one peculiarity. Makes "MIDI
files" of docs/results.md.

``cases``: the small files
``readers``: the readers
"""

__all__ = ["cases", "readers"]
