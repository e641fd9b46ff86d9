"""Networks beside chance: ``python -m experiments.chance FOLDER --out OUT``.

FOLDER holds ``tracks.csv`` with columns audio, artist and album. Of each of the ten artists with most tracks six train,
two validate, all others test. A genre network is trained on them by every seed: as it is by default; on artists drawn
anew among the tracks, from which nothing can be learnt; and with a rate at which its weights hardly move. The table has
the verdicts of `mir_models.training.diagnosis` after some epochs, and accuracy on the test tracks, which took no part.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import experiments.chance
from experiments import command_line
from experiments.artists import music
from experiments.artists.network import class_architecture, params_of
from experiments.tables import markdown_table
from mir_models.evaluation.metrics.classes import accuracy
from mir_models.inference import classification
from mir_models.inference.classification import HEAD, MONITOR, mean_of_probabilities
from mir_models.training import chance, fit, normalisation
from mir_models.training.diagnosis import Evidence
from mir_models.training.params import Params
from mir_models.training.run import Log, Run
from storage import progress

NETWORK, N_CLASSES, N_TRAIN, N_VALIDATION = "crnn", 10, 6, 2
EPOCHS = (1, 3, 5, 10, 20, 30)
CONDITIONS: dict[str, tuple[dict[str, Any], bool]] = {
    "as by default": ({}, False),
    "batches of 8": ({"batch_size": 8}, False),
    "artists drawn anew": ({}, True),
    "artists drawn anew, batches of 8": ({"batch_size": 8}, True),
    "learning rate 1e-5": ({"learning_rate": 1e-5}, False),
}
"""By condition, changes of the settings, and whether classes are drawn anew among train and validation tracks."""
HEADS = (
    "condition",
    "epochs",
    "steps",
    "trainings",
    "above chance",
    "underfit",
    "overfit",
    "undecided",
    "test accuracy",
)


@dataclass(frozen=True)
class Tracks:
    """Features of some tracks, each (n_frames, n_bins), and their classes."""

    features: list[NDArray[np.float32]]
    classes: list[int]


@dataclass(frozen=True)
class Epoch:
    """A training up to an epoch: the verdict on it, steps, and accuracy of the epoch that is kept on test tracks."""

    verdict: str
    n_steps: int
    accuracy: float


def divided(every: music.Music, seed: int, *, redrawn: bool) -> dict[str, Tracks]:
    """The tracks of the artists with most tracks, by split."""
    features = every.features(class_architecture(NETWORK).FEATURE)
    artists = sorted(name for name, _ in Counter(every.artists.values()).most_common(N_CLASSES))
    rng = np.random.default_rng(seed)
    splits: dict[str, Tracks] = {name: Tracks([], []) for name in ("train", "validation", "test")}
    for index, artist in enumerate(artists):
        order = rng.permutation(sorted(track for track, name in every.artists.items() if name == artist))
        for place, track in enumerate(order):
            late = place >= N_TRAIN + N_VALIDATION
            split = splits["test" if late else "train" if place < N_TRAIN else "validation"]
            split.features.append(features[track])
            split.classes.append(index)
    for name in ("train", "validation") if redrawn else ():
        splits[name] = replace(splits[name], classes=rng.permutation(splits[name].classes).tolist())
    return splits


def trained(splits: dict[str, Tracks], params: Params) -> list[Epoch]:
    """Train, and look at it after every one of `EPOCHS`."""
    architecture = class_architecture(NETWORK)
    silence, window = params_of(architecture).silence, architecture.WINDOW
    windows = {name: [window.cut(each, fill=silence) for each in split.features] for name, split in splits.items()}
    labels = np.eye(N_CLASSES, dtype=np.float32)
    examples = [
        {"features": each, "label": labels[index]}
        for rows, index in zip(windows["train"], splits["train"].classes, strict=True)
        for each in rows
    ]
    build = partial(
        architecture.build,
        architecture.Params(),
        scale=normalisation.fit(splits["train"].features),
        n_frames=window.frames,
        n_classes=N_CLASSES,
    )
    model = fit.prepare(build, classification.losses([HEAD]), params)
    predicted: list[dict[str, list[NDArray[Any]]]] = []

    def validate() -> Log:
        predicted.append({name: _predict(model, rows) for name, rows in windows.items()})
        return _scores(predicted[-1]["validation"], splits["validation"])

    run = Run(params, MONITOR, save=lambda *_: None, log=lambda _: None)
    fit.fit(model, examples, partial(classification.targets, heads=[HEAD]), validate, run, silence=silence)
    return [_epoch(replace(run, history=run.history[:n]), predicted, splits) for n in EPOCHS]


def _predict(model: Any, tracks: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
    """(n_windows, n_classes) probabilities of the windows of each track."""
    return [np.asarray(model.predict_on_batch(rows)[HEAD]) for rows in tracks]


def _scores(probabilities: Iterable[NDArray[Any]], tracks: Tracks) -> Log:
    return classification.validate(zip(probabilities, tracks.classes, strict=True))


def _epoch(run: Run, predicted: list[dict[str, list[NDArray[Any]]]], splits: dict[str, Tracks]) -> Epoch:
    best, last, n = run.best_epoch(), run.history[-1], len(run.history)
    constant = np.bincount(splits["train"].classes, minlength=N_CLASSES) / len(splits["train"].classes)
    chances = {name: _scores([constant[None]] * len(split.classes), split) for name, split in splits.items()}
    means = {name: np.array([mean_of_probabilities(each) for each in rows]) for name, rows in predicted[best].items()}
    ref = splits["validation"].classes
    losses = [_scores(predicted[each]["train"], splits["train"])["val_loss"] for each in (best, n - 1)]
    gains = [1 - each / chances["train"]["val_loss"] for each in losses]
    evidence = Evidence(
        run.params,
        n_steps=int(last["steps"]),
        n_epochs=n,
        val_loss=run.history[best]["val_loss"],
        chance_loss=chances["validation"]["val_loss"],
        p_value=chance.permutation_p_value(means["validation"], ref),
        n_tracks=len(ref),
        smallest_p_value=chance.smallest_p_value(ref),
        train_gain=gains[0],
        last_train_gain=gains[1],
    )
    right = accuracy(splits["test"].classes, means["test"].argmax(axis=1).tolist())
    return Epoch(evidence.verdict, int(last["steps"]), right)


def rows_of(condition: str, trainings: Sequence[Sequence[Epoch]]) -> list[list[str]]:
    """The rows of a condition, one for each of `EPOCHS`."""
    rows = []
    for epochs, found in zip(EPOCHS, zip(*trainings, strict=True), strict=True):
        verdicts = Counter(each.verdict for each in found)
        counts = [str(verdicts[name]) for name in HEADS[4:-1]]
        mean = f"{np.mean([each.accuracy for each in found]):.2f}"
        rows.append([condition, str(epochs), str(found[0].n_steps), str(len(found)), *counts, mean])
    return rows


def main() -> None:
    """Train by every condition and seed, and print the table."""
    parser = command_line.module_parser(experiments.chance)
    parser.add_argument("folder", type=Path, help="folder with tracks.csv")
    parser.add_argument("--out", type=Path, required=True, help="folder for the features and the table")
    parser.add_argument("--seeds", type=int, default=4)
    arguments: argparse.Namespace = parser.parse_args()
    every, base = music.load(arguments.folder, arguments.out), class_architecture(NETWORK).TRAINING
    table = []
    for done, (condition, (changes, redrawn)) in enumerate(CONDITIONS.items()):
        trainings = []
        for seed in range(arguments.seeds):
            progress.report("conditions", done, len(CONDITIONS), f"{condition}, seed {seed}")
            params = replace(base, epochs=EPOCHS[-1], seed=seed, **changes)
            trainings.append(trained(divided(every, seed, redrawn=redrawn), params))
        table += rows_of(condition, trainings)
    text = markdown_table(HEADS, table)
    print(text)
    (arguments.out / "chance.md").write_text(f"{text}\n")


if __name__ == "__main__":
    command_line.call(main)
