"""Recordings, notes and pictures as files: audio, MIDI and other note formats, Ogg, PNG, standard input."""
