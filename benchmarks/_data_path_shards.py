"""The ways of `benchmarks.data_path` that keep training examples in mirliton's own shards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import google_crc32c
import numpy as np
from numpy.typing import NDArray

from mir_models.examples.gathering import Arrays
from storage.examples.indexed import ShardExamples
from storage.examples.stored_fields import CRC_BYTES, StoredField
from storage.examples.track_shards import tracks
from storage.tracks.arrays import Stored
from storage.tracks.dataset_store import open_dataset
from storage.tracks.records import FeatureSettings, ShardsRecord


class Mirliton:
    """mirliton's shards: chunks read at their offsets, checksums looked at."""

    NAME: ClassVar = "mirliton; compression=targets (default)"
    COMPRESSION: ClassVar = "targets"
    DTYPE: ClassVar = "float32"

    def __init__(self, folder: Path, lengths: Sequence[int]) -> None:
        self.folder, self.dataset, self.lengths = folder, open_dataset(str(folder), "corpus"), lengths

    def write(self, corpus: Iterator[Arrays]) -> None:
        """See `benchmarks._data_path_ways.Way.write`."""
        for number, arrays in enumerate(corpus):
            kept = {**arrays, "features": arrays["features"].astype(self.DTYPE)}
            raw = {"none": set(kept), "targets": {"features"}, "all": set()}[self.COMPRESSION]
            record = ShardsRecord(
                track=f"{number:06d}",
                work="",
                split="train",
                audio_content="",
                notes_content="",
                feature=FeatureSettings("", 1, {}),
                n_frames=512 * self.lengths[number],
                n_shards=self.lengths[number],
                seconds=0.0,
            )
            stored = Stored(record, kept, by_example=True, uncompressed=frozenset(raw))
            self.dataset.shards("preset").write(record.track, "0" * 16, stored)
        self.dataset.shards("preset").update_table([])

    @cached_property
    def examples(self) -> ShardExamples:
        """All of them, with mask and start."""
        found = tracks(self.dataset, "preset")
        names = self.dataset.objects.names(found[0].key)
        return ShardExamples(found, (*(name for name in names if name != "zarr.json"), "mask", "start"))

    def gather(self, indices: NDArray[np.int64]) -> Arrays:
        """See `benchmarks._data_path_ways.Way.gather`."""
        return self.examples.gather(indices)


class MirlitonNone(Mirliton):
    """Nothing is compressed."""

    NAME = "mirliton; compression=none"
    COMPRESSION = "none"


class MirlitonAll(Mirliton):
    """Everything is compressed: the layout of 0.2."""

    NAME = "mirliton; compression=all (0.2)"
    COMPRESSION = "all"


class MirlitonHalf(Mirliton):
    """Features in 16 bits."""

    NAME = "mirliton; targets, dtype=float16"
    DTYPE = "float16"


class MirlitonQuantized(Mirliton):
    """Features in 8 bits: 256 equal steps from the least of a track to its largest."""

    NAME = "mirliton; targets, features in 256 steps (uint8)"
    DTYPE = "uint8"

    def write(self, corpus: Iterator[Arrays]) -> None:
        """See `benchmarks._data_path_ways.Way.write`."""
        scales: list[tuple[float, float]] = []

        def quantized() -> Iterator[Arrays]:
            for arrays in corpus:
                low, high = float(arrays["features"].min()), float(arrays["features"].max())
                scales.append((low, (high - low) / 255 or 1.0))
                yield {**arrays, "features": np.rint((arrays["features"] - low) / scales[-1][1])}

        super().write(quantized())
        np.save(self.folder / "scales.npy", np.array(scales, np.float32))

    @cached_property
    def scales(self) -> NDArray[np.float32]:
        """(n_tracks, 2) least feature and size of a step."""
        scales: NDArray[np.float32] = np.load(self.folder / "scales.npy")
        return scales

    def gather(self, indices: NDArray[np.int64]) -> Arrays:
        """See `benchmarks._data_path_ways.Way.gather`."""
        found = super().gather(indices)
        low, step = self.scales[self.examples.places(indices)[0]].T[:, :, None, None]
        found["features"] *= step
        found["features"] += low
        return found


class MappedChunks(MirlitonNone):
    """The chunks of mirliton's zarr shards, mapped into memory at their offsets; each checksum is looked at once."""

    NAME = "mirliton; compression=none, chunks mapped at their offsets"

    def gather(self, indices: NDArray[np.int64]) -> Arrays:
        """See `benchmarks._data_path_ways.Way.gather`; without mask and start, which are read from no chunk."""
        tracks, rows = self.examples.places(indices)
        found = {}
        for name, fields in self.examples.stored.fields.items():
            found[name] = self.examples.stored.empty(name, len(indices) * fields[0].shape[0])
            found[name] = found[name].reshape(len(indices), *fields[0].shape)
            for at, (track, row) in enumerate(zip(tracks, rows, strict=True)):
                found[name][at] = self.example(name, track, row)
        return found

    @cached_property
    def chunks(self) -> dict[tuple[str, int, int], NDArray[Any]]:
        """By field, track and row, what was mapped and found whole."""
        return {}

    @cached_property
    def files(self) -> Arrays:
        """By key, the bytes of objects, mapped."""
        return {}

    def example(self, name: str, track: int, row: int) -> NDArray[Any]:
        """A field of an example, in the mapped file; refuses a damaged chunk when it is touched first."""
        if (name, track, row) not in self.chunks:
            field = self.examples.stored.field(name, track)
            if not isinstance(field, StoredField) or field.compressed:
                raise ValueError(f"chunks without compression of {name}, received {field}")
            place = field.range(row)
            if place.key not in self.files:
                self.files[place.key] = np.asarray(np.memmap(self.folder / place.key, np.uint8, "r"))
            content = self.files[place.key][place.start : place.stop]
            body, checksum = content[:-CRC_BYTES], content[-CRC_BYTES:]
            if google_crc32c.value(body) != int.from_bytes(checksum.tobytes(), "little"):
                raise ValueError(f"a damaged chunk: example {row} in {field.key}")
            self.chunks[name, track, row] = body.view(field.dtype).reshape(field.shape)
        return self.chunks[name, track, row]
