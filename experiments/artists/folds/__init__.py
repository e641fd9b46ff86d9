"""Who is told apart, and by what: artist recognition by grouped folds over a small corpus, network beside baselines.

Every track of the artists that have enough is answered once per seed, by a system that learnt from the other folds; the
answers of all folds are pooled. A seed draws the folds and the initial weights; all systems of a seed have the same
folds. Networks learn for a fixed number of epochs: no fold is left for choosing one. Settings of the support vector
machines are chosen within the folds that they learn from.

The tracks of the artists that have too few are never asked; one of the systems learns from them as well: more classes.
Three networks also answer together, by the mean of their probabilities, and once more as if all artists had been
visited alike. ``--groups track album`` asks twice: with folds
that may divide an album, whose sound then gives its artist away, and with folds that do not.

Each system and seed is kept in a file; the same command goes on where it stopped.

Example: ``python -m experiments.artists.folds FOLDER --out OUT``, where FOLDER holds ``tracks.csv`` as the loader
``table`` reads it.
"""
