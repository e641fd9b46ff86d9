"""The answers of every system and seed, each kept in a file of its own: what is there is not done again."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.artist_folds.music import TRACK, Music
from benchmarks.artist_folds.network import Tell
from benchmarks.artist_folds.plan import VERSION, Plan
from benchmarks.artist_folds.systems import MEMBERS, RANDOM, SYSTEMS, TOGETHER, Answer, networks_of
from benchmarks.trials import Results, Trial, complete, read
from mir_models import probing, training
from mir_models.architectures import ARCHITECTURES
from mir_models.features import preset
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
    """The results that are there, those of the networks that answer together among them."""
    found = read(_file(out, music, plan, system, seed) for system in systems for seed in range(plan.seeds))
    return [*found, *together(found)]


def together(found: Results) -> Results:
    """The answers of the mean of the members' probabilities, of the seeds that all members have."""
    of = {(each["system"], each["seed"]): each for each in found}
    seeds = [seed for seed in sorted({seed for _, seed in of}) if all((name, seed) in of for name in MEMBERS)]
    return [_averaged([of[name, seed] for name in MEMBERS]) for seed in seeds]


def _averaged(members: Results) -> dict[str, Any]:
    answered = {}
    for track in members[0]["wanted"]:
        said = [each["probabilities"][track] for each in members]
        answered[track] = max(said[0], key=lambda artist, said=said: sum(each[artist] for each in said))
    return {"system": TOGETHER, "seed": members[0]["seed"], "wanted": members[0]["wanted"], "answered": answered}


def _result(music: Music, plan: Plan, system: str, seed: int, tell: Tell) -> dict[str, Any]:
    asked, artists = music.asked(plan), music.artists
    said: dict[str, Answer] = {}
    others = [track for track in artists if track not in asked]
    groups = [music.groups[track] for track in asked]
    divided = probing.folds([artists[track] for track in asked], groups, seed, plan.folds)
    for number, (learnt, answered) in enumerate(divided):
        names = [asked[each] for each in answered]
        told = partial(_in_fold, tell, number, plan.folds)
        found = SYSTEMS[system](music, [asked[each] for each in learnt], others, names, seed, told)
        said |= dict(zip(names, found, strict=True))
    answered = {track: max(each, key=lambda artist, each=each: each[artist]) for track, each in said.items()}
    wanted = {track: artists[track] for track in asked}
    return {"system": system, "seed": seed, "wanted": wanted, "answered": answered, "probabilities": said}


def _in_fold(tell: Tell, number: int, n: int, said: str) -> None:
    tell(f"fold {number + 1} of {n}, {said}")


def _file(out: Path, music: Music, plan: Plan, system: str, seed: int) -> Path:
    """Where the result of a system and a seed is kept; another setting of the network is another file."""
    made_of: list[Any] = [VERSION, plan.at_least, plan.folds, sorted(music.artists.items())]
    made_of += [] if music.group == TRACK else [sorted(music.groups.items())]
    for network in map(ARCHITECTURES.get, networks_of(system)):
        heard = preset(network.FEATURE)
        made_of += [network.VERSION, network.Params(), network.WINDOW, heard.VERSION, heard.PRESETS[network.FEATURE]]
        made_of += [] if system == RANDOM else [network.TRAINING, network.AUGMENTATION, training.VERSION]
    name = system.replace(" ", "_").replace(",", "")
    return out / "results" / f"{name}-{fingerprint(*made_of)}-seed-{seed}.json"
