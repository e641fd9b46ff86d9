"""The answers of every system and seed, each kept in a file of its own: what is there is not done again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from experiments.artists.folds import answering
from experiments.artists.folds.answering import Counts
from experiments.artists.folds.music import TRACK, Music
from experiments.artists.folds.plan import VERSION, Plan
from experiments.artists.folds.systems import RANDOM, SYSTEMS, Answer, networks_of
from experiments.trials import Results, Tell, Trial, complete, read
from mir_models.architectures import ARCHITECTURES
from mir_models.features import preset
from mir_models.training import fit
from mir_models.transfer import probes
from storage.fingerprints import fingerprint


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
    """The results that are there, and the answers that are made of their probabilities."""
    found = read(_file(out, music, plan, system, seed) for system in systems for seed in range(plan.seeds))
    found += answering.together(found)
    return found + answering.evened(
        found, {seed: _learnt(music, plan, seed) for seed in {each["seed"] for each in found}}
    )


def _result(music: Music, plan: Plan, system: str, seed: int, tell: Tell) -> dict[str, Any]:
    asked, artists = music.asked(plan), music.artists
    said: dict[str, Answer] = {}
    others = [track for track in artists if track not in asked]
    for number, (learnt, answered) in enumerate(_divided(music, plan, seed)):
        told = partial(_in_fold, tell, number, plan.folds)
        found = SYSTEMS[system](music, learnt, others, answered, seed, told)
        said |= dict(zip(answered, found, strict=True))
    answers = {track: max(each, key=lambda artist, each=each: each[artist]) for track, each in said.items()}
    wanted = {track: artists[track] for track in asked}
    return {"system": system, "seed": seed, "wanted": wanted, "answered": answers, "probabilities": said}


def _divided(music: Music, plan: Plan, seed: int) -> list[tuple[list[str], list[str]]]:
    """The tracks that are learnt from and those that are answered, by fold."""
    asked = music.asked(plan)
    groups, classes = ([of[track] for track in asked] for of in (music.groups, music.artists))
    divided = probes.folds(classes, groups, seed, plan.folds)
    return [([asked[each] for each in learnt], [asked[each] for each in answered]) for learnt, answered in divided]


def _learnt(music: Music, plan: Plan, seed: int) -> Counts:
    divided = [(Counter(music.artists[each] for each in fold), asked) for fold, asked in _divided(music, plan, seed)]
    return {track: counts for counts, asked in divided for track in asked}


def _in_fold(tell: Tell, number: int, n: int, said: str) -> None:
    tell(f"fold {number + 1} of {n}, {said}")


def _file(out: Path, music: Music, plan: Plan, system: str, seed: int) -> Path:
    """Where the result of a system and a seed is kept; another setting of the network is another file."""
    made_of: list[Any] = [VERSION, plan.at_least, plan.folds, sorted(music.artists.items())]
    made_of += [] if music.group == TRACK else [sorted(music.groups.items())]
    for network in map(ARCHITECTURES.get, networks_of(system)):
        heard = preset(network.FEATURE)
        made_of += [network.VERSION, network.Params(), network.WINDOW, heard.VERSION, heard.PRESETS[network.FEATURE]]
        made_of += [] if system == RANDOM else [network.TRAINING, network.AUGMENTATION, fit.VERSION]
    name = system.replace(" ", "_").replace(",", "")
    return out / "results" / f"{name}-{fingerprint(*made_of)}-seed-{seed}.json"
