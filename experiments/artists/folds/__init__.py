"""Artist recognition by grouped folds over a small corpus: networks and baselines.

Every track of the artists that have enough is predicted once per seed, by a system that was trained on the other folds;
the predictions of all folds are pooled. A seed draws the folds and the initial weights; all systems of a seed have the
same folds. Networks are trained for a fixed number of epochs: no fold is left for choosing one. Hyperparameters of the
support vector machines are chosen within their training folds.

The tracks of the artists that have too few are never predicted; one of the systems is trained on them as well: more
classes. Three networks also predict as an ensemble, by the mean of their probabilities, and once more with
probabilities adjusted to even priors. ``--groups track album`` makes two tables: with folds that may divide an album,
whose sound then gives its artist away, and with folds that do not.

``experiment``: predictions of every system and seed, in files
``predictions``: the ensemble, and probabilities adjusted to even priors
``systems``: baselines and networks
``table``: scores of every system, and how far the best networks are above
"""

__all__ = ["experiment", "predictions", "systems", "table"]
