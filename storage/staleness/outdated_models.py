"""Outdated models and reports: those made of shards that have changed since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from storage.examples import track_shards
from storage.models.checkpoints import ModelStore
from storage.models.record import ModelRecord
from storage.objects.objects import Objects
from storage.reports.evaluations import ReportStore
from storage.reports.record import ReportRecord
from storage.tracks.dataset_store import DatasetStore


@dataclass(frozen=True)
class Use:
    """A model or report by its key in the graph, and what has changed since it was made."""

    key: str
    stale: tuple[str, ...]


def uses(dataset: DatasetStore) -> list[Use]:
    """The models and reports of a store that used this dataset, sorted by key."""
    return sorted(_models(dataset) + [use for use, _ in _reports(dataset)], key=lambda use: use.key)


def mark_reports(dataset: DatasetStore) -> list[str]:
    """Show or remove the warning on the page of every report that used this dataset; returns the keys of the stale."""
    reports = _reports(dataset)
    for use, report in reports:
        report.set_warning(_warning(use) if use.stale else "")
    return [use.key for use, _ in reports if use.stale]


def _models(dataset: DatasetStore) -> list[Use]:
    found = []
    for task, name in _entries(dataset.objects, "models"):
        record = ModelStore(dataset.objects, task, name).current_record()
        if record and dataset.name in record.shards:
            found.append(Use(f"models/{task}/{name}", _stale(dataset.objects, record, "train", "validation")))
    return found


def _reports(dataset: DatasetStore) -> list[tuple[Use, ReportStore]]:
    found = []
    for task, name in _entries(dataset.objects, "reports"):
        report = ReportStore(dataset.objects, task, name)
        written = report.read()
        if written and dataset.name in written.shards:
            record = ModelStore(dataset.objects, task, name).current_record()
            other = () if record and record.decoded_fingerprint == written.model else ("the model",)
            found.append((Use(f"reports/{task}/{name}", (*_stale(dataset.objects, written), *other)), report))
    return found


def _entries(objects: Objects, kind: str) -> Iterator[tuple[str, str]]:
    for task in objects.names(kind):
        yield from ((task, name) for name in objects.names(f"{kind}/{task}"))


def _stale(objects: Objects, record: ModelRecord | ReportRecord, *splits: str) -> tuple[str, ...]:
    """The datasets of a record whose shards have changed since, in words."""
    stale = []
    for name, digest in sorted(record.shards.items()):
        held = track_shards.tracks(DatasetStore(objects, name), record.preset, *splits)
        now = track_shards.digests([each for each in held if record.labels in each.kinds])
        if now.get(name) != digest:
            stale.append(f"the shards of {name}")
    return tuple(stale)


def _warning(use: Use) -> str:
    task, model = use.key.split("/")[1:]
    return (
        f"Stale: {' and '.join(use.stale)} changed since this report was written. "
        f"mirliton train {task} --model {model} and mirliton evaluate {task} --model {model} make it anew."
    )
