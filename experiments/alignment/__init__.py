"""Alignment methods against known truth: errors on exactly labelled recordings that were disturbed in known ways.

``python -m experiments.alignment CORPUS… --out DIR`` takes recordings whose labels are exact, disturbs labels or sound
in ways that are known (:mod:`experiments.alignment.conditions`), lets every method of the registry and its peers find
the time map, and reports errors, confidence and time: the tables of "Alignment" in docs/results.md. One row per
method, condition, track and seed goes to ``DIR/rows.jsonl``; a run with the same DIR goes on where the last one ended.

The error of a note is ``|found(label onset) - true audio onset|``, over the notes that are in the recording: not those
that were added, nor those before its start or after its end. Where label onsets are jittered, no smooth time map can
undo it, and the jitter's own mean is a floor under the error; the error against the smooth truth, ``|found(t) -
truth(t)|``, is reported too.

``acoustics``: noise and reverberation added to recordings
``conditions``: the disturbances, each by its name
``corpora``: recordings with exact labels
``disturbances``: changes of labels with their true time map
``experiment``: the run over recordings, conditions and methods
``figures``: the two figures
``leads``: the table of restruck keys
``measures``: statistics of errors, Kendall's tau, limits of shares
``methods``: the methods of the registry
``network_onsets``: labels beside the onsets that a network found; a command of its own
``peers``: dynamic time warping by other packages
``rows``: results as JSON lines
``tables``: the tables
"""

__all__ = [
    "acoustics",
    "conditions",
    "corpora",
    "disturbances",
    "experiment",
    "figures",
    "leads",
    "measures",
    "methods",
    "network_onsets",
    "peers",
    "rows",
    "tables",
]
