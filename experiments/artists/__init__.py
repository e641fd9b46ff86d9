"""Artist recognition on small corpora, in two tables: ``python -m experiments.artists TABLE FOLDER --out OUT``.

``folds`` makes "Artist classification by cross-validation" of docs/results.md: networks and baselines,
cross-validated over all artists.
``unseen`` makes "Transfer of artist features to other artists": probes on the layers of networks that were trained on
other artists.

FOLDER holds ``tracks.csv`` as the loader ``table`` reads it. Each system and seed has a result file of its own below
OUT; the same command goes on where it stopped, and both tables share the features.

``music``: tracks with their artists, and their features
``network``: training of a network of the product without validation; embeddings of a network with random weights
``plan``: number of folds and seeds of either table
``scores``: accuracy and macro F1 with intervals, paired differences
``folds``: systems, predictions and table of the cross-validation
``unseen``: halves, systems and table of the probes
"""

__all__ = ["folds", "music", "network", "plan", "scores", "unseen"]
