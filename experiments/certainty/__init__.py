"""How sure a transcription is, and where a warning is due: ``python -m experiments.certainty --out DIR --maps FOLDER``.

Recordings of pianos, of other instruments with the same notes, of game music, of noises and tones, and of pianos made
worse are transcribed. Measures that cost next to nothing beside the transcription are compared: how well they separate
pianos from the rest (AUC), and how well they order recordings whose notes are known by note onset F1 (Spearman). The
threshold of :mod:`mir_models.inference.certainty` is the highest at which, of the recordings below it whose notes are
known, 95 % have an F1 below 0.7. Makes "How sure a transcription is" of docs/results.md.

Measure and threshold are chosen on the half ``choice`` of the recordings, the figures are of the half ``report``: a
hash of the work or the artist divides them, so that neither is in both. The MAPS recordings of the model's test split
and half of the instruments are in ``report`` only; what the model was trained on is in neither. A corpus whose folder
is not given is left out. Results are kept: a run that was interrupted goes on.

``degradations``: codecs, tuning, noise, rooms, excerpts
``experiment``: the transcriptions
``figure``: certainty and F1
``instruments``: other instruments, by a SoundFont
``measures``: the measures that are compared
``recordings``: groups, halves, sounds and notes
``signals``: noises, tones, clicks
``table``: the tables, and the choice of the threshold
"""

__all__ = ["degradations", "experiment", "figure", "instruments", "measures", "recordings", "signals", "table"]
