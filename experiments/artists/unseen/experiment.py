"""The probes: predictions of every system and seed, each in a file of its own; existing ones are kept."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from experiments.artists.folds.systems import MFCC
from experiments.artists.music import Music
from experiments.artists.network import class_architecture
from experiments.artists.plan import UnseenPlan
from experiments.artists.unseen.halves import halves
from experiments.artists.unseen.systems import SYSTEMS, network_of
from experiments.trials import OnProgress, Result, Results, complete, read_results, trials_by_seed
from mir_models.evaluation.class_baselines import majority_class
from mir_models.features import feature_of
from mir_models.training.params import VERSION as TRAINING_VERSION
from mir_models.transfer import probes
from storage.fingerprints import fingerprint

MAJORITY = "majority"
"""Beside the probes: the artist of most tracks of a half."""


def run(music: Music, plan: UnseenPlan, systems: Sequence[str], out: Path) -> None:
    """Run the missing trials."""
    path, result = partial(result_file, out, music, plan), partial(_result, music, plan)
    complete(trials_by_seed(systems, range(plan.seeds), name=str, path=path, run=result))


def results(out: Path, music: Music, plan: UnseenPlan, systems: Sequence[str]) -> Results:
    """The results that exist."""
    return read_results(result_file(out, music, plan, name, seed) for name in systems for seed in range(plan.seeds))


def _result(music: Music, plan: UnseenPlan, system: str, seed: int, on_progress: OnProgress) -> Result:
    """Predictions of every probe for the tracks of both halves."""
    artists = music.artists
    by_probe: dict[str, dict[str, str]] = {probe: {} for probe in probes.PROBES}
    majority: dict[str, str] = {}
    for number, half in enumerate(halves(artists, plan, seed), start=1):
        rows = SYSTEMS[system](music, half, seed, partial(_report_half, on_progress, number))
        classes = [artists[track] for track in half.probed]
        majority |= dict.fromkeys(half.probed, majority_class(classes))
        for probe, predictions in by_probe.items():
            predicted = probes.cross_val_predict(probe, rows, classes, half.probed, seed, plan.folds)
            predictions |= dict(zip(half.probed, map(str, predicted), strict=True))
    ref = {track: artists[track] for track in majority}
    return {"system": system, "seed": seed, "wanted": ref, "answered": {**by_probe, MAJORITY: majority}}


def _report_half(on_progress: OnProgress, number: int, text: str) -> None:
    on_progress(f"half {number} of 2, {text}")


def result_file(out: Path, music: Music, plan: UnseenPlan, system: str, seed: int) -> Path:
    """Where the result of a system and a seed is kept; another setting of the network is another file."""
    made_of: list[Any] = [plan.VERSION, plan.at_least, plan.folds, sorted(music.artists.items())]
    network = network_of(system)
    preset = class_architecture(network).FEATURE if network else MFCC
    made_of += [preset, feature_of(preset).VERSION, feature_of(preset).PRESETS[preset]]
    if network:
        of = class_architecture(network)
        made_of += [of.VERSION, of.Params(), of.WINDOW, of.TRAINING, of.AUGMENTATION, TRAINING_VERSION]
    name = system.replace(" ", "_").replace(",", "")
    return out / "unseen" / f"{name}-{fingerprint(*made_of)}-seed-{seed}.json"
