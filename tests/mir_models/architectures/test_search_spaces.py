"""Search spaces: every range is of a setting that the network has, holds its default, and has ends that are allowed."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import pytest

from mir_models.architectures import ARCHITECTURES, members, training_settings
from mir_models.training.search_space import Choices

NETWORKS = [name for name, each in ARCHITECTURES.entries().items() if not members(each)]


def settings_of(name: str) -> dict[str, Any]:
    return dict(training_settings(ARCHITECTURES.get(name)))


@pytest.mark.parametrize("name", NETWORKS)
def test_ranges_are_of_settings_and_hold_their_defaults(name: str) -> None:
    settings = settings_of(name)
    space = ARCHITECTURES.get(name).SEARCH_SPACE
    assert len(space.ranges) >= 2
    for key, found in space.ranges.items():
        part, _, field = key.partition(".")
        default = asdict(settings[part])[field]
        values = found.values if isinstance(found, Choices) else (found.low, found.high)
        assert min(values) <= default <= max(values), key  # type: ignore[type-var]
        assert {type(value) for value in values} == {type(default)}, key
        for value in values:
            replace(settings[part], **{field: value})  # Refuses what a network cannot have.


@pytest.mark.parametrize("name", NETWORKS)
def test_the_first_trial_is_within_the_ranges(name: str) -> None:
    space = ARCHITECTURES.get(name).SEARCH_SPACE
    assert set(space.first) <= set(space.ranges)
    for key, value in space.first.items():
        found = space.ranges[key]
        assert not isinstance(found, Choices)
        assert found.low <= value <= found.high  # type: ignore[operator]


def test_an_ensemble_has_none() -> None:
    assert ARCHITECTURES.get("genre_ensemble").SEARCH_SPACE.ranges == {}


def test_the_seeds_transcriber_begins_with_two_thirds_of_its_inputs_and_outputs() -> None:
    n_bins, n_keys = 84, 88
    assert ARCHITECTURES.get("lstm").SEARCH_SPACE.first == {"network.units": round(2 / 3 * (n_bins + n_keys))}
