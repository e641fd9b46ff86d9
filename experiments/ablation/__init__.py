"""What would improve the result: ``python -m experiments.ablation maps:FOLDER [renderings:FOLDER] --out DIR``.

The seed system asks whether isolated notes, more frequency bins, longer segments, more data or another network would
help. Each question is a row: the network ``onsets_frames`` as it is shipped, with one thing changed, trained by
mirliton's own code and compared with the unchanged one on the same recordings and seeds.

**Budget.** Every row hears as many frames as the base does in `--epochs` epochs over an hour of music: more music is
heard less often, less music more often, and shorter segments are more of them in a batch. So no row wins by training
longer. It also means that no row trains until it would stop by itself: a row that learns slowly, or has more to learn
from, may gain with a larger budget. A network with larger batches takes fewer steps for the same frames; the results
say how many.

**Rows.** Segments of 1024 frames are two shards of a recording joined here, since the product's shards have 512. The
transforms with 12 and 24 bins are not detuned by augmentation, which moves a spectrum by a third of a semitone and
needs three bins for it. Isolated notes and performances are added to the base's hour: every key at three velocities,
and as many minutes of performances as of MAPS, played by the SoundFonts that are given. The networks ``bilstm``,
``lstm`` and ``lstm_fast`` hear the features and are trained with the settings that are their own.

**Protocol.** MAPS without the piano that is tested on and without its works (``leave_piano``); whole works validate.
Renderings only train; performances of works that are tested on or validate are found by their notes and left out
(:mod:`mir_models.notes.works`). The epoch and all thresholds are chosen on validation excerpts. Scores are those of
`mir_models.evaluation.notes` on the first minute of each test recording; notes that last longer end there. Intervals draw
recordings and seeds again (A. B. Owen, "The pigeonhole bootstrap", Annals of Applied Statistics 1(2), 2007).

**What is kept.** In `--out` lie the features of each recording and transform (3 MB per minute at 36 bins per octave),
the renderings, and a result per row, seed and backend with all that it was made of. An interrupted run goes on with the
training that was running, from its beginning; another setting has results of its own.

**Backends.** The backend is that of ``KERAS_BACKEND``. Results of the base on other backends become rows of the table.
"""
