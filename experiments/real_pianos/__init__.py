"""Why real pianos are harder: ``python -m experiments.real_pianos FOLDER_OF_REAL_PIANOS --out DIR``.

Excerpts of recorded pianos are transcribed by the shipped network, or by ``--model``, and every error gets one cause,
so that the causes sum up to the note onset F1 that is lost. The notes of the same excerpts, rendered by a SoundFont
(``--soundfont``), separate the piano and its recording from the music; other rendered pianos (``--aligned``,
``--maps``) stand beside them. ``--conditions`` changes one thing about the recordings at a time. Results in DIR are
kept: a run that was interrupted goes on. Makes "Why real pianos are harder" of docs/results.md.

``causes``: the cause of every error
``conditions``: level, rooms, combs, noise, bands, tuning
``contexts``: what surrounds a note
``counterfactuals``: F1 without some errors
``durations``: how long notes last that are found
``experiment``: the transcriptions
``figure``: causes, shares found, conditions
``lags``: how much later than the labels notes are found
``levels``: the levels of notes in a recording
``loudness``: levels over velocity, and their scatter
``pairing``: notes found at the right time, at the wrong one, missed, added
``power``: the mean power of recordings
``recordings``: excerpts and their notes
``spectra``: a recording with the mean spectrum of another
``strata``: shares of notes found by what they are
``table``: the tables
"""

__all__ = [
    "causes",
    "conditions",
    "contexts",
    "counterfactuals",
    "durations",
    "experiment",
    "figure",
    "lags",
    "levels",
    "loudness",
    "pairing",
    "power",
    "recordings",
    "spectra",
    "strata",
    "table",
]
