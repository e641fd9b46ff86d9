"""Odd recordings and MIDI files, before and after: ``python -m experiments.odd_files --out DIR [--before CHECKOUT]``.

Every input is made in a few lines, by numpy, libsndfile, byte by byte, or by ffmpeg, sox and lame where they are
installed, and is tried on this checkout and on an earlier one, in whose folder its own code is imported: recordings and
MIDI files by the functions that ``transcribe`` and the track table read them with, whole commands in a subprocess. The
table has what is right beside what came of it. Makes the tables of docs/robustness.md, those
of formats by ``python -m experiments.odd_files.formats_table``.

``case``: a case, and how it is tried
``cases``: the cases, by kind of fault
``checkout``: this code or an earlier one, as a command and as a reader of files
``encoders``: ffmpeg, sox, lame
``format_list``, ``formats``, ``formats_table``: containers and codecs, how they are read, and their table
``held_by``: the test of each case
``midi_files``: small MIDI files, each with one peculiarity
``music``: tones, and a recording whose notes are known
``note_files``, ``sounds``, ``transcriptions``: cases of one MIDI file, of one recording, of one transcribed
``reader``: the program that reads files inside a checkout
``table``: the tables
``wav_bytes``, ``midi_bytes``: files with whatever in their headers
"""

__all__ = [
    "case",
    "cases",
    "checkout",
    "encoders",
    "format_list",
    "formats",
    "formats_table",
    "held_by",
    "midi_bytes",
    "midi_files",
    "music",
    "note_files",
    "reader",
    "sounds",
    "table",
    "transcriptions",
    "wav_bytes",
]
