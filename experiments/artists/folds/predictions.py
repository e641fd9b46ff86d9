"""Other answers from the same probabilities: of networks together, and as if all artists had been visited alike.

A network is visited by an artist as often as the root of the number of its tracks says, and learns that some are the
likelier answer before it hears anything. Macro F1 counts artists alike, and so do the machines, whose penalties are
balanced; a network's probabilities divided by its visits [1]_ are what balanced visits would have given.

.. [1] M. Saerens, P. Latinne and C. Decaestecker, "Adjusting the Outputs of a Classifier to New a Priori
   Probabilities: A Simple Procedure", Neural Computation 14(1), 2002.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from experiments.artists.folds.network import visits
from experiments.artists.folds.systems import EVENED, MEMBERS, MODERN, TOGETHER
from experiments.trials import Results

Counts = Mapping[str, Mapping[str, int]]
"""By track that is answered, the number of tracks of every artist that were learnt from."""


def together(found: Results) -> Results:
    """The answers of the mean of the members' probabilities, of the seeds that all members have."""
    of = {(each["system"], each["seed"]): each for each in found}
    seeds = [seed for seed in sorted({seed for _, seed in of}) if all((name, seed) in of for name in MEMBERS)]
    return [_averaged([of[name, seed] for name in MEMBERS]) for seed in seeds]


def evened(found: Results, learnt: Mapping[int, Counts]) -> Results:
    """The answers of the modern network and of the networks together as if artists had been visited alike.

    Parameters
    ----------
    found : list of results
    learnt : mapping of seed to Counts
    """
    return [_evened(each, learnt[each["seed"]]) for each in found if each["system"] in (MODERN, TOGETHER)]


def _averaged(members: Results) -> dict[str, Any]:
    means = {
        track: {artist: sum(each["probabilities"][track][artist] for each in members) / len(members) for artist in said}
        for track, said in members[0]["probabilities"].items()
    }
    return _answering(TOGETHER, members[0], means)


def _evened(result: dict[str, Any], learnt: Counts) -> dict[str, Any]:
    divided = {
        track: {artist: p / visits(learnt[track][artist]) for artist, p in said.items()}
        for track, said in result["probabilities"].items()
    }
    return _answering(EVENED[result["system"]], result, divided)


def _answering(system: str, result: dict[str, Any], said: dict[str, dict[str, float]]) -> dict[str, Any]:
    answered = {track: max(each, key=lambda artist, each=each: each[artist]) for track, each in said.items()}
    return {**result, "system": system, "answered": answered, "probabilities": said}
