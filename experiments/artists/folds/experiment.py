"""The cross-validation: predictions of every system and seed, each in a file of its own; existing ones are kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from experiments.artists.folds.predictions import Counts, adjust_priors, ensemble_predictions
from experiments.artists.folds.systems import RANDOM, SYSTEMS, Probabilities, most_probable, networks_of
from experiments.artists.music import TRACK, Music
from experiments.artists.network import class_architecture
from experiments.artists.plan import FoldsPlan
from experiments.trials import OnProgress, Result, Results, complete, read_results, trials_by_seed
from mir_models.features import feature_of
from mir_models.training.params import VERSION as TRAINING_VERSION
from mir_models.transfer import probes
from storage.fingerprints import fingerprint


def run(music: Music, plan: FoldsPlan, systems: Sequence[str], out: Path) -> None:
    """Run the missing trials."""
    path, result = partial(result_file, out, music, plan), partial(_result, music, plan)
    complete(trials_by_seed(systems, range(plan.seeds), name=str, path=path, run=result))


def results(out: Path, music: Music, plan: FoldsPlan, systems: Sequence[str]) -> Results:
    """The results that exist, and those that follow from their probabilities."""
    stored = read_results(result_file(out, music, plan, name, seed) for name in systems for seed in range(plan.seeds))
    stored += ensemble_predictions(stored)
    return stored + adjust_priors(
        stored, {seed: train_counts(music, plan, seed) for seed in {r["seed"] for r in stored}}
    )


def _result(music: Music, plan: FoldsPlan, system: str, seed: int, on_progress: OnProgress) -> Result:
    targets, artists = music.target_tracks(plan), music.artists
    probabilities: dict[str, Probabilities] = {}
    others = [track for track in artists if track not in targets]
    for number, (train, test) in enumerate(divide(music, plan, seed)):
        in_fold = partial(_report_fold, on_progress, number, plan.folds)
        predicted = SYSTEMS[system](music, train, others, test, seed, in_fold)
        probabilities |= dict(zip(test, predicted, strict=True))
    est = {track: most_probable(each) for track, each in probabilities.items()}
    ref = {track: artists[track] for track in targets}
    return {"system": system, "seed": seed, "wanted": ref, "answered": est, "probabilities": probabilities}


def divide(music: Music, plan: FoldsPlan, seed: int) -> list[tuple[list[str], list[str]]]:
    """Training and test tracks, by fold."""
    targets = music.target_tracks(plan)
    groups, classes = ([of[track] for track in targets] for of in (music.groups, music.artists))
    divided = probes.folds(classes, groups, seed, plan.folds)
    return [([targets[each] for each in train], [targets[each] for each in test]) for train, test in divided]


def train_counts(music: Music, plan: FoldsPlan, seed: int) -> Counts:
    """By predicted track, the number of training tracks of every artist."""
    divided = [(Counter(music.artists[each] for each in train), test) for train, test in divide(music, plan, seed)]
    return {track: counts for counts, test in divided for track in test}


def _report_fold(on_progress: OnProgress, number: int, n: int, text: str) -> None:
    on_progress(f"fold {number + 1} of {n}, {text}")


def result_file(out: Path, music: Music, plan: FoldsPlan, system: str, seed: int) -> Path:
    """Where the result of a system and a seed is kept; another setting of the network is another file."""
    made_of: list[Any] = [plan.VERSION, plan.at_least, plan.folds, sorted(music.artists.items())]
    made_of += [] if music.group == TRACK else [sorted(music.groups.items())]
    for network in map(class_architecture, networks_of(system)):
        feature = feature_of(network.FEATURE)
        made_of += [network.VERSION, network.Params(), network.WINDOW, feature.VERSION]
        made_of += [feature.PRESETS[network.FEATURE]]
        made_of += [] if system == RANDOM else [network.TRAINING, network.AUGMENTATION, TRAINING_VERSION]
    name = system.replace(" ", "_").replace(",", "")
    return out / "results" / f"{name}-{fingerprint(*made_of)}-seed-{seed}.json"
