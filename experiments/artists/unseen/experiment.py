"""The answers of every system and seed, each kept in a file of its own: what is there is not done again."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from experiments.artists.folds.music import Music
from experiments.artists.unseen.halves import halves
from experiments.artists.unseen.plan import VERSION, Plan
from experiments.artists.unseen.systems import SYSTEMS, TIMBRE, network_of
from experiments.trials import Results, Tell, Trial, complete, read
from mir_models.architectures import ARCHITECTURES
from mir_models.evaluation.class_baselines import majority
from mir_models.features import preset
from mir_models.training import fit
from mir_models.transfer import probes
from storage.fingerprints import fingerprint

MAJORITY = "majority"
"""Beside the probes: the artist of most tracks of a half."""


def run(music: Music, plan: Plan, systems: Sequence[str], out: Path) -> None:
    """Do what is missing: seed by seed, so that every system has a result early."""
    complete(
        [
            Trial(
                f"{system}, seed {seed}",
                _file(out, music, plan, system, seed),
                partial(_result, music, plan, system, seed),
            )
            for seed in range(plan.seeds)
            for system in systems
        ]
    )


def results(out: Path, music: Music, plan: Plan, systems: Sequence[str]) -> Results:
    """The results that are there."""
    return read(_file(out, music, plan, system, seed) for system in systems for seed in range(plan.seeds))


def _result(music: Music, plan: Plan, system: str, seed: int, tell: Tell) -> dict[str, Any]:
    """What every probe answers, of both halves."""
    artists = music.artists
    answered: dict[str, dict[str, str]] = {probe: {} for probe in probes.PROBES}
    most: dict[str, str] = {}
    for number, half in enumerate(halves(artists, plan, seed), start=1):
        rows = SYSTEMS[system](music, half, seed, partial(_in_half, tell, number))
        classes = [artists[track] for track in half.asked]
        most |= dict.fromkeys(half.asked, majority(classes))
        for probe, said in answered.items():
            found = probes.answers(probe, rows, classes, half.asked, seed, plan.folds)
            said |= dict(zip(half.asked, map(str, found), strict=True))
    wanted = {track: artists[track] for track in most}
    return {"system": system, "seed": seed, "wanted": wanted, "answered": {**answered, MAJORITY: most}}


def _in_half(tell: Tell, number: int, said: str) -> None:
    tell(f"half {number} of 2, {said}")


def _file(out: Path, music: Music, plan: Plan, system: str, seed: int) -> Path:
    """Where the result of a system and a seed is kept; another setting of the network is another file."""
    made_of: list[Any] = [VERSION, plan.at_least, plan.folds, sorted(music.artists.items())]
    network = network_of(system)
    heard = ARCHITECTURES.get(network).FEATURE if network else TIMBRE
    made_of += [heard, preset(heard).VERSION, preset(heard).PRESETS[heard]]
    if network:
        of = ARCHITECTURES.get(network)
        made_of += [of.VERSION, of.Params(), of.WINDOW, of.TRAINING, of.AUGMENTATION, fit.VERSION]
    called = system.replace(" ", "_").replace(",", "")
    return out / "unseen" / f"{called}-{fingerprint(*made_of)}-seed-{seed}.json"
