"""What label noise costs, as tables and a figure: ``python -m experiments.label_noise FOLDER_OF_MAPS --out DIR``.

A network is trained with labels that are wrong by up to ±0, 10, 25, 50 and 100 ms, for several kinds of target, and
tested on a piano that is not among its training recordings, with exact labels: a user sees whether an alignment is
good enough. Makes "What label noise costs" of docs/results.md.

**Noise.** The onset and the offset of every note are moved independently, each by a uniform draw from [-x, x]: the
form of the experiment of Kong et al. (IEEE/ACM TASLP 29, 2021, arXiv 2010.01815, table I), with one difference that
makes it harder: a note is drawn once per seed and stays wrong, as in a store of shards, while an error that is drawn
again in every epoch averages out. All amounts share the draws of a seed. The errors of a real alignment also have a
part that neighbouring notes share (a lag, a tempo); a shared part does not average out over the notes of a passage,
and can cost more than these figures show.

**Targets.** One network has a head for each kind, so that one training per (jitter, seed) gives all curves::

    frame          1 while the note sounds
    onset          1 in the frame nearest to the onset (Hawthorne et al. 2018), and nowhere else
    softened       the same with 0.5 in the frames next to it: the target of mirliton's own onset heads
    regressed      falls off linearly from the onset's exact time over 2 frames (46 ms, near Kong's 50 ms)
    regressed wide the same over 5 frames (116 ms; Kong's 5 frames are of 10 ms)

The heads share all layers but the last: a head is not helped or hurt by noise alone, but also by what the others make
of the shared layers.

**Protocol.** MAPS without the piano that is tested on and without its works (``leave_piano``); whole works validate. A
fixed number of epochs and a falling learning rate: no epoch is chosen. Thresholds are chosen on validation labels with
the noise of the training labels, since a user has no others; the same scores with thresholds from exact validation
labels are kept too, which separates noise in training from noise in choosing thresholds. Note onsets by mir_eval,
within 50, 25 and 10 ms (a frame is 23.2 ms); offsets do not count. Of the frame head an onset is the first frame of a
run. All onset heads are decoded by `mir_models.notes.regressed_onsets.read`, so that only their targets differ. Scores
are means over recordings; intervals draw recordings and seeds again (A. B. Owen, "The pigeonhole bootstrap", Annals of
Applied Statistics 1(2), 2007).

``evaluation``: thresholds from validation, scores of test recordings
``excerpts``: beginnings of MAPS recordings and their features
``experiment``: one training per jitter and seed, in files
``figure``: F1 by jitter
``network``: the network with a head per kind of target, and its training
``noise``: jittered labels, and the targets drawn from labels
``plan``: every number of the experiment
``table``: the tables
"""

__all__ = ["evaluation", "excerpts", "experiment", "figure", "network", "noise", "plan", "table"]
