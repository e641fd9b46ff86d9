"""Owners, tags and lineage of the graph's assets."""

from __future__ import annotations

import dagster as dg
import pytest

from mir_models.errors import ParameterError
from pipelines.asset_tags import DEFAULT_OWNER, OWNERS, tags_of, with_tags
from pipelines.definitions import definitions


@pytest.mark.parametrize(
    ("key", "tags"),
    [
        ("raw_audio", {"stage": "raw_audio"}),
        ("features/cqt", {"stage": "features", "preset": "cqt"}),
        (
            "models/piano_transcription/lstm",
            {
                "stage": "models",
                "task": "piano_transcription",
                "predicts": "notes",
                "network": "lstm",
                "preset": "cqt_84",
            },
        ),
        ("champions/genre_recognition", {"stage": "champions", "task": "genre_recognition", "predicts": "genre"}),
        ("transfer/probe", {"stage": "transfer"}),
    ],
)
def test_tags_follow_from_the_key(key: str, tags: dict[str, str]) -> None:
    assert tags_of(dg.AssetKey(key.split("/"))) == tags
    spec = next(each for each in definitions.resolve_all_asset_specs() if each.key.to_user_string() == key)
    assert tags.items() <= spec.tags.items()


def test_every_asset_has_an_owner_and_kinds() -> None:
    for spec in definitions.resolve_all_asset_specs():
        assert spec.owners == [DEFAULT_OWNER], spec.key
        assert spec.kinds, spec.key


def test_owners_are_those_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(OWNERS, "anna@example.org, team:music")

    @dg.asset
    def raw_audio() -> None:
        """An asset."""

    (tagged,) = with_tags([raw_audio])
    assert next(iter(tagged.specs)).owners == ["anna@example.org", "team:music"]
    monkeypatch.setenv(OWNERS, "anna")
    with pytest.raises(ParameterError, match=r"an address or team:NAME as an owner. Received: 'anna'"):
        with_tags([raw_audio])


def test_the_graph_is_one_piece() -> None:
    edges = {spec.key: {dep.asset_key for dep in spec.deps} for spec in definitions.resolve_all_asset_specs()}
    neighbours = {key: set(found) for key, found in edges.items()}
    for key, found in edges.items():
        for each in found:
            neighbours[each].add(key)
    reached, waiting = set[dg.AssetKey](), [dg.AssetKey(["raw_audio"])]
    while waiting:
        key = waiting.pop()
        if key not in reached:
            reached.add(key)
            waiting.extend(neighbours[key])
    assert reached == set(edges)
