"""Media files: audio, MIDI and other note formats, Ogg, PNG, recordings from standard input.

* `audio`: decoding with checks, durations, WAV and FLAC
* `midi`: notes and sustain pedal of a MIDI file
* `note_formats`: notes as MIDI, CSV or JSON
* `ogg`: Ogg Vorbis for pages
* `png`: figures as PNG
* `stdin`: a recording from a pipe as a file
"""

__all__ = ["audio", "midi", "note_formats", "ogg", "png", "stdin"]
