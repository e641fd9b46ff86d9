"""Ablation of the transcriber: ``python -m experiments.ablation maps:FOLDER [renderings:FOLDER] --out DIR``.

Do isolated notes, more frequency bins, longer segments, more data or another network help? Each question is a row of
"What would improve the transcriber" of docs/results.md: the network ``onsets_frames`` as it is shipped, with one thing
changed, trained by mirliton's own code and compared with the unchanged one on the same recordings and seeds.

**Budget.** Every row is trained on as many frames as the base in `--epochs` epochs over an hour of music: more music is
repeated less often, less music more often, and a batch has more of shorter segments. So no row wins by training longer.
Nor does any row train until early stopping: one that converges slowly, or has more training music, may gain with a
larger budget. A network with larger batches takes fewer steps for the same frames; the results hold their number.

**Rows.** Segments of 1024 frames are two shards of a recording joined here, since the product's shards have 512. The
transforms with 12 and 24 bins are not detuned by augmentation, which moves a spectrum by a third of a semitone and
needs three bins for it. Isolated notes and performances are added to the base's hour: every key at three velocities,
and as many minutes of performances as of MAPS, played by the SoundFonts that are given. The networks ``bilstm``,
``lstm`` and ``lstm_fast`` have their own features and are trained with their own settings.

**Protocol.** MAPS without the piano that is tested on and without its works (``leave_piano``); whole works validate.
Renderings only train; performances of works that are tested on or validate are found by their notes and left out
(:mod:`mir_models.notes.works`). The epoch and all thresholds are chosen on validation excerpts. Scores are those of
`mir_models.evaluation.notes` on the first minute of each test recording; notes that last longer end there. Intervals
draw recordings and seeds again (A. B. Owen, "The pigeonhole bootstrap", Annals of Applied Statistics 1(2), 2007).

**What is kept.** In `--out` lie the features of each recording and transform (3 MB per minute at 36 bins per octave),
the renderings, and a result per row, seed and backend with all that it was made of. An interrupted run goes on with the
training that was running, from its beginning; another setting has results of its own.

**Backends.** The backend is that of ``KERAS_BACKEND``. Results of the base on other backends become rows of the table.

``evaluation``: scores of a trained network on the test excerpts
``examples``: excerpts as training examples and validation tracks
``experiment``: one training per row and seed, in files
``music``: excerpts of MAPS and of renderings
``network``: one training, with the product's own functions
``plan``: every number of the experiment
``recipe``: a row as settings of network, features and training
``rows``: the questions
``table``: the table
"""

__all__ = ["evaluation", "examples", "experiment", "music", "network", "plan", "recipe", "rows", "table"]
