"""Media files: audio, MIDI and other note formats, Ogg, PNG, recordings from pipes.

* `audio`: recordings in mono with checks, durations; writing of WAV and FLAC
* `checks`: levels, finite samples, damage
* `decoding`: which decoder reads a file
* `libsndfile`, `ffmpeg`: the decoders
* `windows_media`: the delay of Windows Media Audio by ffmpeg's encoder
* `containers`: what headers promise, compared with the bytes of a file
* `file_view`: a file as some of its bytes
* `unreadable`: the error of decoders
* `midi`: notes and sustain pedal of a MIDI file
* `midi_events`: events of a MIDI file, whatever else it holds
* `note_formats`: notes as MIDI, CSV or JSON
* `ogg`: Ogg Vorbis for pages
* `pipes`: recordings from standard input, FIFOs and shells' ``<(command)``, as files
* `png`: figures as PNG
* `rendered_audio`: MIDI files to be played here, and their sound as reproducible recordings
* `sampled_pianos`: samples of a piano, with their table
* `sound_files`: recordings and streams of samples as FLAC files for pages
* `soundfonts`: MIDI files and notes as sound
"""

__all__ = [
    "audio",
    "checks",
    "containers",
    "decoding",
    "ffmpeg",
    "file_view",
    "libsndfile",
    "midi",
    "midi_events",
    "note_formats",
    "ogg",
    "pipes",
    "png",
    "rendered_audio",
    "sampled_pianos",
    "sound_files",
    "soundfonts",
    "unreadable",
    "windows_media",
]
