"""Several stages made in one pass, of which one ends the worker, or has a setting that fits no track."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from storage.tracks.arrays import Stored
from storage.tracks.dataset_store import DatasetStore, open_dataset
from storage.tracks.stage_update import Attempts, attempt_stages
from storage.tracks.track_work import Job, SettingError, TrackTask
from storage.workers.dask_workers import Workers
from tests.storage.track_records import features_record

SMALL, LARGE = "features/cqt", "features/cqt_84"


class KilledWorker(Exception):
    """Named as Dask's error of a task whose worker died."""


class Dying(Workers):
    """Workers of this process, which die of the items "large"."""

    def map(self, work: Any, items: Mapping[str, TrackTask[str]], **how: Any) -> Iterator[Any]:
        """See `Workers.map`."""
        for track, task in items.items():
            if any(job.item == "large" for job in task.jobs.values()):
                yield track, None, KilledWorker()
            else:
                yield from super().map(work, {track: task}, **how)


def work(items: Mapping[str, str]) -> Iterator[tuple[str, Stored]]:
    for stage, item in items.items():
        if item == "unfit":
            raise SettingError("features up to 65504 for float16", received="1e5", remedy="use float32")
        yield stage, Stored(features_record("t"), {"x": np.zeros((3, 2))})


@pytest.fixture
def dataset(tmp_path: Path) -> DatasetStore:
    return open_dataset(str(tmp_path), "tiny")


def attempted(dataset: DatasetStore, **items: str) -> dict[str, Attempts]:
    """Two stages tried of some tracks: an item each in the larger stage, and "small" in the other."""
    jobs = {
        SMALL: [Job(track, "0", "small") for track in items],
        LARGE: [Job(track, "0", item) for track, item in items.items()],
    }
    return attempt_stages(dataset, jobs, work, workers=Dying(n_workers=0))


def test_only_the_stage_that_ends_the_worker_refuses_the_track(dataset: DatasetStore) -> None:
    found = attempted(dataset, a="small", b="large", c="large", d="small")
    assert sorted(found[SMALL].made) == ["a", "b", "c", "d"]
    assert sorted(found[LARGE].made) == ["a", "d"]
    rows = dataset.quarantine.rows()
    assert [(row.track, row.stage) for row in rows] == [("b", LARGE), ("c", LARGE)]
    assert all("The worker died twice on this track" in row.reason for row in rows)
    assert (len(dataset.stage(SMALL).held()), len(dataset.stage(LARGE).held())) == (4, 2)


def test_a_setting_that_does_not_fit_ends_the_run_and_puts_nothing_in_quarantine(dataset: DatasetStore) -> None:
    with pytest.raises(SettingError, match="use float32"):
        attempted(dataset, a="small", b="unfit", c="small")
    assert dataset.quarantine.rows() == []
