"""What artist features know of artists that they were not learnt from, beside random weights and cepstra.

The artists that have enough tracks are divided in two halves, anew by every seed. A network learns one half, together
with the artists that have too few tracks to be asked, and the other half is told apart by probes that listen to its
layers; then the halves change places. So every track is answered once per seed and probe, out of the artists of its
half, by folds; random weights and cepstra are asked about the same tracks in the same folds.

Example: ``python -m experiments.artists.unseen FOLDER --out OUT``, where FOLDER holds ``tracks.csv`` as the loader
``table`` reads it. Features and results of OUT are shared with :mod:`experiments.artists.folds`; the same command goes on
where it stopped.
"""
