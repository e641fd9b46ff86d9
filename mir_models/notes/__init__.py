"""Notes: what is played, on which frames, at which times of a recording, and how network outputs become notes.

* `annotations`: `Notes`, the notes of one track (intervals, pitches, velocities), and the keys of the piano
* `note_pairing`: which note-off ends which note
* `sustain_pedal`: notes that sound, from keys pressed and the sustain pedal (also overlaps, doubled and short notes)
* `frames`: `FrameGrid`, seconds to frames and samples and back
* `piano_roll`: notes drawn on frames
* `regressed_onsets`: onset targets that keep the time within a frame, and their inverse
* `decoding`: from activations of a network to notes
* `likeliest_ends`: ends of notes by the frame head and the offset head together
* `peak_picking`: local maxima, and their positions between frames
* `time_map`: `TimeMap`, from label time to audio time
* `semitones`: the semitones of a constant-Q transform
* `sonification`: notes as sound, to check labels by ear
* `renditions`: transposed and excerpted performances, and single notes, to be rendered
* `works`: recordings of one work under different names, found by their notes
"""

__all__ = [
    "annotations",
    "decoding",
    "frames",
    "likeliest_ends",
    "note_pairing",
    "peak_picking",
    "piano_roll",
    "regressed_onsets",
    "renditions",
    "semitones",
    "sonification",
    "sustain_pedal",
    "time_map",
    "works",
]
