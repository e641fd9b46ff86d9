"""The ways to keep training examples that `benchmarks.data_path` compares: each writes tracks and gathers examples.

tensorstore and zarrs are no dependencies of mirliton, in none of its extras: ``pip install tensorstore zarrs``. Rows of
what is not installed say so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
import zarr
from numpy.typing import NDArray
from zarr.codecs import Crc32cCodec, ZstdCodec

from benchmarks._data_path_shards import (
    MappedChunks,
    Mirliton,
    MirlitonAll,
    MirlitonHalf,
    MirlitonNone,
    MirlitonQuantized,
)
from mir_models.examples.gathering import Arrays
from storage.tracks.arrays import EXAMPLES_PER_ZARR_SHARD

ZSTD, CRC32C = ZstdCodec(level=3, checksum=True), Crc32cCodec()


class Way(Protocol):
    """A way to keep examples: one object writes, another of the same folder reads, in a process of its own."""

    NAME: ClassVar[str]
    """Text of its row."""

    def __init__(self, folder: Path, lengths: Sequence[int]) -> None: ...

    def write(self, corpus: Iterator[Arrays]) -> None:
        """Write the examples of tracks, of which `lengths` has the numbers, one after the other."""

    def gather(self, indices: NDArray[np.int64]) -> Arrays:
        """The examples with these indices over all tracks, stacked by field, features as float32."""


class ZarrWay:
    """A zarr group per track, an array per field, up to 64 examples of one chunk each in a shard; read by zarr."""

    NAME: ClassVar = "zarr; all zstd (0.2)"
    FEATURES: ClassVar[Any] = ZSTD
    """Codec of the features."""

    def __init__(self, folder: Path, lengths: Sequence[int]) -> None:
        self.folder, self.ends = folder, np.cumsum(lengths)
        self.arrays: dict[tuple[int, str], Any] = {}

    def write(self, corpus: Iterator[Arrays]) -> None:
        """See `Way.write`."""
        for number, arrays in enumerate(corpus):
            group = zarr.create_group(self.folder / str(number))
            for name, array in arrays.items():
                options: dict[str, Any] = {
                    "chunks": (1, *array.shape[1:]),
                    "shards": (EXAMPLES_PER_ZARR_SHARD, *array.shape[1:]),
                    "compressors": self.FEATURES if name == "features" else ZSTD,
                    "config": {"write_empty_chunks": True},
                }
                group.create_array(name, shape=array.shape, dtype=array.dtype, **options)[...] = array

    def places(self, indices: NDArray[np.int64]) -> list[tuple[int, int]]:
        """Track and row of each example."""
        found = np.searchsorted(self.ends, indices, side="right")
        return list(zip(found.tolist(), (indices - np.append(0, self.ends)[found]).tolist(), strict=True))

    @cached_property
    def fields(self) -> list[str]:
        """Names of the arrays."""
        return sorted(each.name for each in (self.folder / "0").iterdir() if each.is_dir())

    def array(self, track: int, name: str) -> Any:
        """An array, opened once."""
        if (track, name) not in self.arrays:
            self.arrays[track, name] = self.open_array(self.folder / str(track) / name)
        return self.arrays[track, name]

    def open_array(self, path: Path) -> Any:
        """The array at a path."""
        return zarr.open_array(path, mode="r")

    def gather(self, indices: NDArray[np.int64]) -> Arrays:
        """See `Way.gather`."""
        places = self.places(indices)
        return {name: np.stack([self.array(track, name)[row] for track, row in places]) for name in self.fields}


class ZarrUncompressed(ZarrWay):
    """zarr on mirliton's own layout."""

    NAME = "zarr; features uncompressed"
    FEATURES = CRC32C


class Zarrs(ZarrWay):
    """zarr with the codec pipeline of zarrs."""

    NAME = "zarrs under zarr; all zstd"

    def __init__(self, folder: Path, lengths: Sequence[int]) -> None:
        import zarrs  # noqa: F401

        super().__init__(folder, lengths)

    def open_array(self, path: Path) -> Any:
        """The array at a path."""
        with zarr.config.set({"codec_pipeline.path": "zarrs.ZarrsCodecPipeline"}):
            return super().open_array(path)


class TensorStore(ZarrWay):
    """tensorstore, all reads of a batch at once."""

    NAME = "tensorstore; all zstd"

    def __init__(self, folder: Path, lengths: Sequence[int]) -> None:
        import tensorstore

        super().__init__(folder, lengths)
        self.library, self.context = tensorstore, tensorstore.Context({"cache_pool": {"total_bytes_limit": 1 << 26}})

    def open_array(self, path: Path) -> Any:
        """The array at a path."""
        spec: dict[str, Any] = {"driver": "zarr3", "kvstore": {"driver": "file", "path": str(path)}}
        spec |= {"recheck_cached_data": False, "recheck_cached_metadata": False}
        return self.library.open(spec, context=self.context).result()

    def gather(self, indices: NDArray[np.int64]) -> Arrays:
        """See `Way.gather`."""
        places = self.places(indices)
        reads = {name: [self.array(track, name)[row].read() for track, row in places] for name in self.fields}
        return {name: np.stack([each.result() for each in found]) for name, found in reads.items()}


class TensorStoreUncompressed(TensorStore):
    """tensorstore on mirliton's own layout."""

    NAME = "tensorstore; features uncompressed"
    FEATURES = CRC32C


class OneChunk(ZarrWay):
    """All fields of an example in one chunk of bytes, read by zarr."""

    NAME = "zarr; all fields in one chunk, zstd"

    def write(self, corpus: Iterator[Arrays]) -> None:
        """See `Way.write`."""

        def packed() -> Iterator[Arrays]:
            for arrays in corpus:
                self.kinds = {name: (each.dtype, each.shape[1:]) for name, each in arrays.items()}
                rows = [each.reshape(len(each), -1).view(np.uint8) for each in arrays.values()]
                yield {"packed": np.concatenate(rows, axis=1)}

        super().write(packed())
        np.save(self.folder / "kinds.npy", np.array(self.kinds, dtype=object), allow_pickle=True)

    def gather(self, indices: NDArray[np.int64]) -> Arrays:
        """See `Way.gather`."""
        packed, found, at = super().gather(indices)["packed"], {}, 0
        for name, (dtype, shape) in np.load(self.folder / "kinds.npy", allow_pickle=True).item().items():
            size = int(np.prod(shape)) * dtype.itemsize
            found[name] = np.ascontiguousarray(packed[:, at : at + size]).view(dtype).reshape(len(packed), *shape)
            at += size
        return found


class WholeShards(ZarrWay):
    """Whole zarr shards in random order, their examples shuffled within a window: not those that are asked for."""

    NAME = "zarr; whole shards, shuffled within 8 tracks"
    TRACKS = 8
    left = 0

    def gather(self, indices: NDArray[np.int64]) -> Arrays:
        """The next examples, whichever those are."""
        while self.left < len(indices):
            self._fill()
        self.left -= len(indices)
        return {name: rows[self.order[self.left : self.left + len(indices)]] for name, rows in self.window.items()}

    @cached_property
    def rng(self) -> np.random.Generator:
        """Of the order."""
        return np.random.default_rng(0)

    def _fill(self) -> None:
        n = len(self.ends)
        chosen = self.rng.choice(n, min(self.TRACKS, n), replace=False).tolist()
        self.window = {
            name: np.concatenate([np.asarray(self.array(track, name)[...]) for track in chosen]) for name in self.fields
        }
        self.left = len(self.window["features"])
        self.order = self.rng.permutation(self.left)


class Mapped(ZarrWay):
    """npy files per track and field, mapped into memory, without checksums."""

    NAME = "mapped; uncompressed, by track, no checksums"

    def write(self, corpus: Iterator[Arrays]) -> None:
        """See `Way.write`."""
        for number, arrays in enumerate(corpus):
            for name, array in arrays.items():
                (self.folder / str(number) / name).mkdir(parents=True)
                np.save(self.folder / str(number) / name / "rows.npy", array)

    def open_array(self, path: Path) -> Any:
        """The array at a path."""
        return np.load(path / "rows.npy", mmap_mode="r")


class Limit(ZarrWay):
    """One npy file per field for all tracks, mapped."""

    NAME = "one npy file per field, mapped (limit)"

    def write(self, corpus: Iterator[Arrays]) -> None:
        """See `Way.write`."""
        self.folder.mkdir(parents=True)
        held = list(corpus)
        for name in held[0]:
            np.save(self.folder / f"{name}.npy", np.concatenate([each[name] for each in held]))

    @cached_property
    def maps(self) -> Arrays:
        """The mapped files."""
        return {path.stem: np.load(path, mmap_mode="r") for path in sorted(self.folder.glob("*.npy"))}

    def gather(self, indices: NDArray[np.int64]) -> Arrays:
        """See `Way.gather`."""
        return {name: rows[indices] for name, rows in self.maps.items()}


PEER, OWN = ZarrWay, Mirliton
WAYS: list[type[Way]] = [
    PEER,
    ZarrUncompressed,
    Zarrs,
    TensorStore,
    TensorStoreUncompressed,
    OneChunk,
    WholeShards,
    MirlitonAll,
    OWN,
    MirlitonHalf,
    MirlitonQuantized,
    MirlitonNone,
    MappedChunks,
    Mapped,
    Limit,
]
