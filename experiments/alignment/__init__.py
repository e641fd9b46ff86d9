"""Alignment against known truth: exactly labelled recordings, disturbed, and how well each method undoes it.

``python -m experiments.alignment CORPUS… --out DIR`` takes recordings whose labels are exact, disturbs labels or sound
in ways that are known (:mod:`experiments.alignment.conditions`), lets every method of the registry and its peers find
the time map, and reports errors, confidence and time. One row per method, condition, track and seed goes to
``DIR/rows.jsonl``; a run with the same DIR goes on where the last one ended.

The error of a note is ``|found(label onset) - true audio onset|``, over the notes that are in the recording: not those
that were added, nor those before its start or after its end. Where label onsets are jittered, no smooth time map can
undo it, and the jitter's own mean is a floor under the error; the error against the smooth truth, ``|found(t) -
truth(t)|``, stands beside it.
"""
