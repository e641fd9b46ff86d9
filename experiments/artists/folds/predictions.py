"""Predictions that follow from stored probabilities: an ensemble's, and those adjusted to even priors.

Artists are visited in training by the square root of the number of their tracks, so that some have a higher prior.
Macro F1 counts artists alike, and so do the support vector machines, whose penalties are balanced; a network's
probabilities divided by its visits [1]_ are what balanced visits would give.

.. [1] M. Saerens, P. Latinne and C. Decaestecker, "Adjusting the Outputs of a Classifier to New a Priori
   Probabilities: A Simple Procedure", Neural Computation 14(1), 2002.
"""

from __future__ import annotations

from collections.abc import Mapping

from experiments.artists.folds.systems import ADJUSTED, ENSEMBLE, MEMBERS, Probabilities, most_probable
from experiments.artists.network import MODERN, visits
from experiments.trials import Result, Results
from mir_models.inference.classification import mean_of_probabilities

Counts = Mapping[str, Mapping[str, int]]
"""By predicted track, the number of training tracks of every artist."""


def ensemble_predictions(results: Results) -> Results:
    """Results of the mean of the members' probabilities, of the seeds that all members have."""
    by_key = {(each["system"], each["seed"]): each for each in results}
    seeds = [seed for seed in sorted({seed for _, seed in by_key}) if all((name, seed) in by_key for name in MEMBERS)]
    return [_mean([by_key[name, seed] for name in MEMBERS]) for seed in seeds]


def adjust_priors(results: Results, counts: Mapping[int, Counts]) -> Results:
    """Results of the modern network and of the ensemble as if all artists had been visited alike.

    Parameters
    ----------
    results : list of results
    counts : mapping of seed to Counts
    """
    return [_adjusted(each, counts[each["seed"]]) for each in results if each["system"] in (MODERN, ENSEMBLE)]


def _mean(members: Results) -> Result:
    means = {}
    for track, first in members[0]["probabilities"].items():
        artists = list(first)
        parts = [[each["probabilities"][track][artist] for artist in artists] for each in members]
        means[track] = dict(zip(artists, mean_of_probabilities(parts).tolist(), strict=True))
    return _with_probabilities(ENSEMBLE, members[0], means)


def _adjusted(result: Result, counts: Counts) -> Result:
    divided = {
        track: {artist: p / visits(counts[track][artist]) for artist, p in probabilities.items()}
        for track, probabilities in result["probabilities"].items()
    }
    return _with_probabilities(ADJUSTED[result["system"]], result, divided)


def _with_probabilities(system: str, result: Result, probabilities: dict[str, Probabilities]) -> Result:
    predicted = {track: most_probable(each) for track, each in probabilities.items()}
    return {**result, "system": system, "answered": predicted, "probabilities": probabilities}
