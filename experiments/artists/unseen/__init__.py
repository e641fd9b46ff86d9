"""Probes on artist features of artists that a network was not trained on, compared with random weights and cepstra.

The artists that have enough tracks are divided in two halves, anew by every seed. A network is trained on one half,
together with the artists that have too few tracks, and probes classify the other half by its layers; then the halves
change places. So every track is predicted once per seed and probe, out of the artists of its half, by folds; probes of
random weights and of cepstra have the same tracks in the same folds.

``experiment``: predictions of every system, probe and seed, in files
``halves``: which artists a network is trained on, and which the probes classify
``systems``: embeddings of trained networks and of random weights, and MFCC statistics
``table``: scores of every system by probe
"""

__all__ = ["experiment", "halves", "systems", "table"]
