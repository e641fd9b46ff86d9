"""One asset of several datasets in one run: a store that does not answer ends it at once."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from assets.partitions import each_dataset
from mir_models.errors import MirlitonError
from storage.objects.store_error import StoreError

CONTEXT: Any = SimpleNamespace(partition_keys=["a", "b", "c"], asset_key=dg.AssetKey("labels"))
STORE: Any = SimpleNamespace(turn=lambda name: nullcontext())


@pytest.mark.parametrize(("kind", "attempted"), [(StoreError, ["a", "b"]), (MirlitonError, ["a", "b", "c"])])
def test_the_next_dataset_is_tried_unless_the_store_does_not_answer(
    kind: type[MirlitonError], attempted: list[str]
) -> None:
    calls: list[str] = []

    def make(name: str) -> dg.MaterializeResult:
        calls.append(name)
        if name == "b":
            raise kind("an answer", received="none", remedy="wait")
        return dg.MaterializeResult(data_version=dg.DataVersion(name))

    events = []
    with pytest.raises(kind, match="an answer"):
        events.extend(each_dataset(CONTEXT, STORE, make))
    assert calls == attempted


def test_what_was_made_before_is_recorded() -> None:
    def make(name: str) -> dg.MaterializeResult:
        if name == "b":
            raise StoreError("an answer", received="none", remedy="wait")
        return dg.MaterializeResult(data_version=dg.DataVersion(name))

    made = each_dataset(CONTEXT, STORE, make)
    event = next(made)
    assert isinstance(event, dg.AssetMaterialization)
    assert event.partition == "a"
    with pytest.raises(StoreError):
        next(made)
