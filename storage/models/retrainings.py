"""Scheduled retrainings: for each task at most one, which says when to train again, what, and on which datasets.

``schedules/<task>.json`` in the store holds one, which all homes at that store share.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from mir_models.errors import MirlitonError
from storage.objects.objects import Objects
from storage.records import Record

FOLDER = "schedules"
"""Where they lie in a store."""


@dataclass(frozen=True, kw_only=True)
class RetrainingRecord(Record):
    """When a task's networks are trained again, and how.

    Attributes
    ----------
    task : str
    datasets : list of str
        Registered datasets, which are prepared before.
    networks : list of str
        That are trained; empty: the one that is in use then.
    cron : str
        When, as five fields of cron.
    timezone : str
        In which the cron is meant, by its name in the IANA database.
    settings : mapping
        Settings that differ from those of the champion, where it is of that network, else from the defaults; nested by
        part as those of a training, and of ``labels`` and ``shards``.
    """

    STRICT: ClassVar = True
    OPTIONAL: ClassVar = frozenset({"networks", "settings"})

    task: str
    datasets: list[str]
    cron: str
    timezone: str
    networks: list[str] = field(default_factory=list)
    settings: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


@dataclass(frozen=True)
class RetrainingStore:
    """The scheduled retrainings of a store."""

    objects: Objects

    def all(self) -> list[RetrainingRecord]:
        """All of them, by task."""
        names = sorted(self.objects.names(FOLDER))
        return [self.get(name.removesuffix(".json")) for name in names if name.endswith(".json")]

    def get(self, task: str) -> RetrainingRecord:
        """That of a task.

        Raises
        ------
        MirlitonError
            When there is none, or its file is none.
        """
        key = _key(task)
        content = self.objects.read(key)
        remedy = f"mirliton schedule {task} --dataset NAME --cron '0 3 * * 1'"
        if content is None:
            raise MirlitonError(f"a schedule of {task}", received="none", remedy=remedy)
        return RetrainingRecord.from_bytes(content, where=f"{self.objects.address}/{key}", remedy=f"{remedy} anew")

    def write(self, record: RetrainingRecord) -> None:
        """Keep one, in place of that of its task."""
        content = json.dumps(record.to_json(), indent=1, ensure_ascii=False).encode()
        self.objects.write(_key(record.task), content)

    def remove(self, task: str) -> None:
        """Delete that of a task.

        Raises
        ------
        MirlitonError
            When there is none.
        """
        self.get(task)
        self.objects.delete(_key(task))


def _key(task: str) -> str:
    return f"{FOLDER}/{task}.json"
