"""Metrics: scores of frames, notes and classes against a reference, and bootstrap intervals over tracks.

frame_level: precision, recall and F1 per frame and key; the best threshold
note_level: precision, recall and F1 of notes, as mir_eval
velocity_level: notes whose velocity agrees as well
note_ends: what of a note's length was found, by how long it is
calibration: how often events of a probability are true
onset_timing: F1 over the onset tolerance, and errors of onsets in milliseconds
per_key: frame scores of each of the 88 keys
tally: all scores of one system over tracks
classes: accuracy, confusion matrix, macro F1
bootstrap: percentile bootstrap interval over tracks
seed_band: the band of scores of trainings with other seeds
seed_bootstrap: score over several seeds, with paired intervals

Conventions
-----------
* A ratio 0/0 is 0, as in mir_eval: the precision of an empty estimate, the recall of an empty reference, and the F1 of
  both. A track without reference notes therefore has F1 = 0 whatever is estimated, and pulls a mean over tracks down.
* *Micro* scores pool all frames and keys: long tracks and busy keys weigh more. *Macro* scores are the mean over the
  keys that occur in the reference, each key counting once.
* Accuracy is not reported: on a sparse piano roll silence is about 95 % accurate.
* A note is matched at most once (maximum bipartite matching, as in mir_eval; MIREX matched greedily, which gives
  slightly lower scores). Note scores are means over tracks, each track counting once.
* Intervals are percentile bootstraps over tracks: the spread by the choice of test tracks, not by the seed of the
  training.
"""

__all__ = [
    "bootstrap",
    "calibration",
    "classes",
    "frame_level",
    "note_ends",
    "note_level",
    "onset_timing",
    "per_key",
    "seed_band",
    "seed_bootstrap",
    "tally",
    "velocity_level",
]
