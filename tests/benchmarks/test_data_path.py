"""The ways that the benchmark of the data path compares all give the examples that were written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks._data_path_ways import WAYS, MirlitonHalf, Way, WholeShards
from benchmarks.data_path import FIELDS, evict, generated


@pytest.fixture(scope="module")
def corpus() -> list[dict[str, np.ndarray]]:
    return [{name: array[:3] for name, array in arrays.items()} for arrays in generated(2)]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_every_way_gives_the_examples_that_were_written(
    way: type[Way], corpus: list[dict[str, np.ndarray]], tmp_path: Path
) -> None:
    try:
        way(tmp_path / "x", [3, 3]).write(iter(corpus))
    except ModuleNotFoundError as error:
        pytest.skip(f"{error.name} is not installed")
    evict(tmp_path)
    indices = np.array([4, 0, 5, 1, 2, 3])
    found = way(tmp_path / "x", [3, 3]).gather(indices)
    for name in FIELDS:
        expected = np.concatenate([arrays[name] for arrays in corpus])[indices]
        if way is WholeShards:  # In an order of its own.
            assert sorted(found[name].sum((1, 2)).tolist()) == sorted(expected.sum((1, 2)).tolist())
            continue
        assert found[name].dtype == expected.dtype
        np.testing.assert_allclose(found[name], expected, atol=0.04 if way is MirlitonHalf else 0, rtol=0)
