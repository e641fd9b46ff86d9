"""Scheduled retrainings in the store."""

from __future__ import annotations

from pathlib import Path

import pytest

from mir_models.errors import MirlitonError
from storage.models.retrainings import RetrainingRecord, RetrainingStore
from storage.objects.objects import open_objects

WEEKLY = RetrainingRecord(task="genre_recognition", datasets=["a", "b"], cron="0 3 * * 1", timezone="Europe/Vienna")
OFTEN = RetrainingRecord(
    task="artist_recognition",
    datasets=["c"],
    networks=["patch_cnn"],
    cron="*/5 * * * *",
    timezone="UTC",
    settings={"training": {"epochs": 3}},
)


@pytest.fixture
def store(tmp_path: Path) -> RetrainingStore:
    """An empty store."""
    return RetrainingStore(open_objects(str(tmp_path)))


def test_what_is_written_is_read_and_replaced_by_task(store: RetrainingStore) -> None:
    assert store.all() == []
    for record in (WEEKLY, OFTEN):
        store.write(record)
    assert store.all() == [OFTEN, WEEKLY]
    assert store.get("artist_recognition") == OFTEN
    changed = RetrainingRecord(task="genre_recognition", datasets=["a"], cron="0 4 * * *", timezone="UTC")
    store.write(changed)
    assert store.get("genre_recognition") == changed


def test_what_is_removed_is_gone_and_what_is_not_there_is_reported(store: RetrainingStore) -> None:
    store.write(WEEKLY)
    store.remove("genre_recognition")
    assert store.all() == []
    with pytest.raises(
        MirlitonError, match=r"a schedule of genre_recognition\. Received: none\. Remedy: mirliton sche"
    ):
        store.remove("genre_recognition")


def test_a_file_with_a_mistyped_key_is_refused(store: RetrainingStore) -> None:
    store.write(WEEKLY)
    content = store.objects.read("schedules/genre_recognition.json")
    assert content is not None
    store.objects.write("schedules/genre_recognition.json", content.replace(b"timezone", b"timezon"))
    with pytest.raises(MirlitonError, match=r"schedules/genre_recognition\.json"):
        store.all()
