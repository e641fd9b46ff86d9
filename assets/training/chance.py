"""A trained network beside chance: its validation scores and those of a constant prediction, steps, and the remedy."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from assets.training.task_data import ClassData, NoteData
from mir_models.training.diagnosis import LEVEL, Evidence
from mir_models.training.run import Run
from storage.examples.track_shards import TrackShards
from storage.models.checkpoints import Training
from storage.models.record import ChanceRecord

TRAIN_TRACKS = 20
"""Tracks of the train split, at most, on which it is measured how far a network fits them."""


def compare(task_data: NoteData | ClassData, training: Training, run: Run, model: Any, frozen: int = 0) -> ChanceRecord:
    """Compare a network with chance.

    Parameters
    ----------
    task_data : NoteData or ClassData
    training : Training
        With the models of all epochs.
    run : Run
        That is over.
    model : keras.Model
        Of the best epoch.
    frozen : int
        Layers that were not trained.
    """
    found = _evidence(task_data, training, run, model, frozen)
    return ChanceRecord(
        verdict=found.verdict,
        description=found.description,
        n_steps=found.n_steps,
        n_examples=len(task_data.examples),
        val_loss=found.val_loss,
        chance_loss=found.chance_loss,
        p_value=found.p_value,
        train_gain=found.train_gain,
    )


def _evidence(task_data: NoteData | ClassData, training: Training, run: Run, model: Any, frozen: int) -> Evidence:
    history, p_value = run.history, task_data.p_value(model)
    gains: list[float] | list[None] = [None, None]
    if p_value > LEVEL or not task_data.P_VALUE_DECIDES:
        gains = [_train_gain(task_data, each) for each in (model, training.epoch(len(history) - 1))]
    return Evidence(
        run.params,
        n_steps=_n_steps(history[-1]),
        n_epochs=len(history),
        val_loss=history[run.best_epoch()]["val_loss"],
        chance_loss=task_data.chance["val_loss"],
        p_value=p_value,
        n_tracks=len(task_data.validation_tracks),
        smallest_p_value=task_data.smallest_p_value,
        train_gain=gains[0],
        last_train_gain=gains[1],
        loss_rose=history[-1].get("loss", math.nan) > history[0].get("loss", math.nan),
        frozen=frozen,
    )


def _n_steps(last: Mapping[str, float]) -> int | None:
    """Steps up to the last epoch: 0 of an ensemble, which has no loss; None of an epoch of version 0.2.0."""
    if "loss" not in last:
        return 0
    return int(last["steps"]) if "steps" in last else None


def _train_gain(task_data: Any, model: Any) -> float:
    """Share of the constant prediction's loss on train tracks that a network is rid of."""
    tracks = _some_tracks(task_data.data.visited_tracks())
    own = task_data.scores(task_data.predictor(model), tracks)
    constant = task_data.scores(task_data.constant_predictor(), tracks)
    return float(1 - own["val_loss"] / constant["val_loss"])


def _some_tracks(tracks: list[TrackShards]) -> list[TrackShards]:
    """At most `TRAIN_TRACKS`, spread evenly over all."""
    chosen = np.linspace(0, len(tracks) - 1, min(len(tracks), TRAIN_TRACKS)).round().astype(int)
    return [tracks[index] for index in chosen]
