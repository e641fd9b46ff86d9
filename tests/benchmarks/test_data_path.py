"""The ways that the benchmark of the data path compares all give the examples that were written."""

from __future__ import annotations

from pathlib import Path

import google_crc32c
import numpy as np
import pytest
import zarr

from benchmarks import _data_path_shards
from benchmarks._data_path_shards import MappedChunks, MirlitonHalf, MirlitonQuantized
from benchmarks._data_path_ways import WAYS, Way, WholeShards
from benchmarks.data_path import FIELDS, evict, generated

TOLERANCES: dict[type[Way], float] = {MirlitonHalf: 0.04, MirlitonQuantized: 0.25}
"""Of features, where they are rounded."""


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
        np.testing.assert_allclose(
            found[name], expected, atol=TOLERANCES.get(way, 0) if name == "features" else 0, rtol=0
        )


def test_mapped_chunks_are_those_of_zarr_shards_and_each_checksum_is_looked_at_once(
    corpus: list[dict[str, np.ndarray]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    MappedChunks(tmp_path, [3, 3]).write(iter(corpus))
    reader, sizes = MappedChunks(tmp_path, [3, 3]), []
    reader.examples.stored  # noqa: B018 - opened before checksums are counted

    class Counting:
        @staticmethod
        def value(content: np.ndarray) -> int:
            sizes.append(len(content))
            return google_crc32c.value(content)

    monkeypatch.setattr(_data_path_shards, "google_crc32c", Counting)
    for indices in ([4, 0], [0, 4, 4]):
        found = reader.gather(np.array(indices))
    assert len(sizes) == 2 * len(FIELDS)
    assert any(np.shares_memory(reader.chunks["features", 1, 1], each) for each in reader.files.values())
    (path,) = tmp_path.rglob("000001*@*/features")
    np.testing.assert_array_equal(found["features"][1], zarr.open_array(path, mode="r")[1])


def test_a_damaged_chunk_is_refused_when_it_is_touched_first(
    corpus: list[dict[str, np.ndarray]], tmp_path: Path
) -> None:
    MappedChunks(tmp_path, [3, 3]).write(iter(corpus))
    (path,) = tmp_path.rglob("000001*@*/features/c.0.0.0")
    content = bytearray(path.read_bytes())
    content[corpus[1]["features"][0].nbytes + 100] ^= 1
    path.write_bytes(content)
    reader = MappedChunks(tmp_path, [3, 3])
    reader.gather(np.array([0, 3, 5]))
    with pytest.raises(ValueError, match=r"damaged chunk: example 1 in .*000001.*/features"):
        reader.gather(np.array([4]))
