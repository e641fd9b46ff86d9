"""Datasets as inputs of a run in MLflow: which tracks of which split it read, by a digest of their shards."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlflow.entities import DatasetInput


@dataclass(frozen=True)
class SplitInput:
    """The tracks of one split of a dataset.

    Attributes
    ----------
    dataset, split : str
    digest : str
        Of what their shards hold: `storage.examples.track_shards.digests`.
    address : str
        Folder or URL of the shards.
    n_tracks : int
    hours : float
    licence : str
    """

    dataset: str
    split: str
    digest: str
    address: str
    n_tracks: int
    hours: float
    licence: str


def to_mlflow(inputs: Iterable[SplitInput]) -> list[DatasetInput]:
    """The inputs as MLflow has them, with the split as their context."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    return [
        DatasetInput(
            Dataset(
                name=each.dataset,
                digest=each.digest,
                source_type=each.address.partition("://")[0] if "://" in each.address else "local",
                source=json.dumps({"uri": each.address}),
                profile=json.dumps({"n_tracks": each.n_tracks, "hours": each.hours, "licence": each.licence}),
            ),
            [InputTag("mlflow.data.context", each.split)],
        )
        for each in inputs
    ]
