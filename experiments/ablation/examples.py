"""Excerpts as training examples and as validation tracks: features, and the piano rolls of their targets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from experiments.ablation.recipe import Recipe
from experiments.label_noise.excerpts import Excerpt
from mir_models.examples import shards
from mir_models.examples.gathering import START
from mir_models.notes import piano_roll, regressed_onsets

Example = dict[str, Any]
REACH = shards.Params().regressed_onsets


def tracks(excerpts: Sequence[Excerpt], recipe: Recipe) -> list[Example]:
    """``features`` and the rolls of each excerpt, (n_frames, …), without padding."""
    return [{"features": each.features, **_rolls(each, recipe)} for each in excerpts]


def examples(excerpts: Sequence[Excerpt], recipe: Recipe) -> list[Example]:
    """The shards of all excerpts; longer segments are consecutive shards, joined."""
    return [each for excerpt in excerpts for each in _cut(excerpt, recipe)]


def _cut(excerpt: Excerpt, recipe: Recipe) -> list[Example]:
    arrays = {"features": shards.cut(excerpt.features, fill=recipe.features.silence)}
    arrays["mask"] = shards.mask(len(excerpt.features))
    arrays |= {name: shards.cut(roll) for name, roll in _rolls(excerpt, recipe).items()}
    fills = {"features": recipe.features.silence}
    n = recipe.example_frames // shards.SHARD_FRAMES
    joined = {name: join(array, n, fill=fills.get(name, 0)) for name, array in arrays.items()}
    starts = np.arange(len(joined["mask"])) * recipe.example_frames
    return [{START: start, **{name: joined[name][k] for name in joined}} for k, start in enumerate(starts)]


def join(pieces: np.ndarray, n: int, *, fill: float) -> np.ndarray:
    """(n_shards, 512, …) to (ceil(n_shards / n), n * 512, …): every `n` shards as one, the last filled up."""
    padding = [(0, -len(pieces) % n)] + [(0, 0)] * (pieces.ndim - 1)
    padded = np.pad(pieces, padding, constant_values=fill)
    return padded.reshape(-1, n * pieces.shape[1], *pieces.shape[2:])


def _rolls(excerpt: Excerpt, recipe: Recipe) -> dict[str, np.ndarray]:
    """The piano rolls of the targets, as shards hold them."""
    grid, n_frames = recipe.features.grid, len(excerpt.features)
    drawn = dict(vars(piano_roll.draw(excerpt.notes, grid, n_frames)))
    fields = recipe.task.fields(recipe.heads)
    if "onset_regressed" in fields:
        roll = regressed_onsets.draw(excerpt.notes, grid, n_frames, reach=REACH)
        drawn["onset_regressed"] = regressed_onsets.quantize(roll)
    return {field: drawn[field] for field in fields}
