"""Metrics of transcription: per frame, per note, and how sure a mean over tracks is.

Conventions
-----------
* A ratio 0/0 is 0, as in mir_eval: the precision of an empty estimate, the recall of an empty reference, and the F1 of
  both. A track without reference notes therefore has F1 = 0 whatever is estimated, and pulls a mean over tracks down.
* *Micro* scores pool all frames and keys: long tracks and busy keys weigh more. *Macro* scores are the mean over the
  keys that occur in the reference, each key counting once.
* Accuracy is not reported: on a sparse piano roll silence is about 95 % accurate.
* A note is matched at most once (maximum bipartite matching, as in mir_eval; MIREX matched greedily, which gives
  slightly lower scores). Note scores are means over tracks, each track counting once.
* Intervals are percentile bootstraps over tracks: they say how much the choice of test tracks matters, nothing about
  another seed of the training.
"""
