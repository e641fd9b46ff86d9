"""What MLflow has of a training beside its metrics: the run it is nested in, its data, and its model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from assets.training.dataset_shards import DatasetShards
from mir_models.training.run import Log
from storage.examples.track_shards import digests
from storage.models.addresses import dagster_run_address
from storage.models.mlflow_inputs import SplitInput
from storage.models.mlflow_runs import DESCRIPTION


@dataclass(frozen=True)
class Tracking:
    """How a training is tracked.

    Attributes
    ----------
    name : str
        Of its run; empty: that of the network.
    parent : str or None
        The run in which it is nested.
    tags : dict of str to str
        Further tags of its run.
    after_epoch : callable (history) or None
        Called after an epoch was saved and logged, while more are to come; may raise to end the training.
    registers : bool
        Whether the model is logged, and registered as a challenger.
    """

    name: str = ""
    parent: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    after_epoch: Callable[[Sequence[Log]], None] | None = None
    registers: bool = True


def dagster_tags(home: Path, run_id: str) -> dict[str, str]:
    """Tags of a run in MLflow that name the run in Dagster in which it was trained, and link to it."""
    address = dagster_run_address(home, run_id)
    link = {DESCRIPTION: f"[Run {run_id[:8]} in Dagster]({address})", "dagster.run": address}
    return {"dagster.run_id": run_id, **(link if address != run_id else {})}


def split_inputs(data: DatasetShards, *splits: str, frame_rate: float) -> list[SplitInput]:
    """The datasets as inputs of a run, one for each of some splits; `frame_rate` of the shards in Hz."""
    found = []
    for split in splits:
        tracks = [track for track in data.tracks if track.split == split]
        for dataset, digest in digests(tracks).items():
            own = [track for track in tracks if track.dataset == dataset]
            found.append(
                SplitInput(
                    dataset=dataset,
                    split=split,
                    digest=digest,
                    address=f"{own[0].store.objects.address}/{own[0].store.prefix}",
                    n_tracks=len(own),
                    hours=round(sum(track.n_frames for track in own) / frame_rate / 3600, 4),
                    licence=data.licences.get(dataset, ""),
                )
            )
    return found
