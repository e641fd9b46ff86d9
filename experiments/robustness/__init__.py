"""What makes a transcriber robust: ``python -m experiments.robustness HOME --out DIR``.

Which data, rooms, networks and training make a network better on recordings of real pianos? Each question is a row: the
base with one thing changed, trained on the prepared data of a long run (`experiments.long_runs`), whose home is HOME.

**Budget.** Every row is trained on the same number of frames, half an hour of the base's on one core; a row of a
smaller network is therefore quicker, and none wins by training longer. The learning rate falls to nothing at the end,
and the averaged weights of the end count: nothing is chosen by a score, but the thresholds.

**Protocol.** Judged on `maps_real_dev` (12 excerpts of recorded Disklaviers, works that occur nowhere else) and on the
first 45 s of the 24 recordings of the MAPS piano that no row is trained on, whose works are left out as well.
Thresholds are chosen on the first 45 s of the 13 MAPS recordings that validate, as those of a product's training are;
"at the best threshold" is what the best onset threshold of the judged set itself would give. `maps_real_dev` is there
to choose by: its figures are those of a validation set. Scores within 150 ms beside those within 50 ms show what is
found, whatever the Disklavier's delay. The network that mirliton comes with is scored beside the rows, and those of
``--weights``, which are finished long runs.

**What is kept.** A result per row and seed in `--out`, with all that it was made of, and its weights; an interrupted
run goes on with the training that was running, from its beginning.

``data``: the prepared shards of a row, and the recordings that it is judged by
``evaluation``: scores of a trained network
``finished``: networks that are scored, but not trained here
``plan``: every number of the experiment
``rows``: the questions
``table``: the table
``training``: one training
"""

__all__ = ["data", "evaluation", "finished", "plan", "rows", "table", "training"]
