"""Rules of all records: they are values and hold nothing but JSON; defaults are those of files without the key."""

from __future__ import annotations

import dataclasses
import importlib
from typing import Any, TypedDict

import numpy as np
import pytest

from mir_models.errors import MirlitonError
from storage.records import Record, check_typed_dict
from storage.tracks.records import LabelsRecord, RawAudioRecord, ShardsRecord

MODULES = ("storage.tracks.records", "storage.models.record", "storage.reports.record", "storage.tracks.quarantine")


def classes() -> list[type]:
    """Every dataclass that these modules define."""
    modules = [importlib.import_module(name) for name in MODULES]
    found = [each for module in modules for each in vars(module).values() if isinstance(each, type)]
    return [each for each in found if each.__module__ in MODULES and dataclasses.is_dataclass(each)]


@dataclasses.dataclass(frozen=True)
class Sample(Record):
    value: object = None


def test_there_are_records_to_look_at() -> None:
    assert {"RawAudioRecord", "ModelRecord", "ReportRecord", "QuarantineRow"} <= {each.__name__ for each in classes()}


@pytest.mark.parametrize("kind", classes(), ids=lambda kind: kind.__name__)
def test_records_are_frozen(kind: type) -> None:
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]  # Of every dataclass.


def test_numbers_of_numpy_are_written_as_numbers_and_other_objects_refused() -> None:
    written = Sample(np.float32(0.5)).to_json()["value"], Sample([np.int64(3)]).to_json()["value"]
    assert written == (0.5, [3])
    assert [type(written[0]), type(written[1][0])] == [float, int]
    with pytest.raises(TypeError, match=r"A record holds JSON values\. Received: complex"):
        Sample(1j).to_json()


def test_where_and_remedy_are_keywords() -> None:
    with pytest.raises(TypeError):
        Sample.from_json({}, "a.json")  # type: ignore[misc]  # What is refused.


def test_a_fault_of_another_kind_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    import msgspec

    def fail(*_: object) -> None:
        raise msgspec.ValidationError("Integer out of range")

    monkeypatch.setattr(msgspec, "convert", fail)
    with pytest.raises(MirlitonError) as error:
        Sample.from_json({}, where="a.json")
    assert (error.value.expected, error.value.received) == ("a valid record in a.json", "Integer out of range")


def test_label_kinds_of_shards_are_notes_first_then_classes_sorted() -> None:
    values = {
        "track": "a",
        "work": "a",
        "split": "train",
        "audio": "x",
        "notes": "n",
        "classes": {"genre": "rock", "artist": "b"},
        "feature": {"feature": "cqt", "version": 1, "params": {}},
        "n_frames": 1,
        "n_shards": 1,
        "seconds": 1.0,
    }
    assert ShardsRecord.from_json(values, where="a").kinds == ("notes", "artist", "genre")
    assert ShardsRecord.from_json({**values, "notes": None}, where="a").kinds == ("artist", "genre")


def test_defaults_are_those_of_files_without_the_key() -> None:
    defaults = {each.name: each.default for kind in (RawAudioRecord, LabelsRecord) for each in dataclasses.fields(kind)}
    assert (defaults["start"], defaults["end"], defaults["lag"], defaults["n_notes"]) == (0.0, None, 0.0, 0)


class Score(TypedDict):
    f1: float
    interval: list[float] | None


class Scores(TypedDict):
    note: Score
    tracks: list[str]


@pytest.mark.parametrize(
    "values",
    [
        {"note": {"f1": 0.5, "interval": [0.25, 0.75]}, "tracks": ["a"]},
        {"note": {"f1": 1, "interval": None}},  # Keys may be missing at any depth.
        {"note": {}, "later": 5},
    ],
)
def test_values_of_a_typed_dict_are_as_declared_or_missing(values: dict[str, Any]) -> None:
    check_typed_dict(values, Scores, key="evaluation", where="r.json", remedy="x")
    check_typed_dict([values], list[Scores], key="rows", where="r.json", remedy="x")


@pytest.mark.parametrize(
    ("values", "expected", "received"),
    [
        ({"note": {"f1": "high"}}, "evaluation.note.f1 of type float in r.json", "one of type str"),
        ({"note": {"interval": [None]}}, "evaluation.note.interval[0] of type float in r.json", "one of type null"),
        ({"tracks": [3]}, "evaluation.tracks[0] of type str in r.json", "one of type int"),
        ([], "evaluation of type object in r.json", "one of type array"),
    ],
)
def test_a_wrong_value_of_a_typed_dict_is_named(values: Any, expected: str, received: str) -> None:
    with pytest.raises(MirlitonError) as error:
        check_typed_dict(values, Scores, key="evaluation", where="r.json", remedy="make it again")
    assert (error.value.expected, error.value.received) == (expected, received)
    assert error.value.remedy == "make it again"


def test_the_remedy_is_that_of_the_file_for_wrong_values_too() -> None:
    with pytest.raises(MirlitonError) as error:
        Sample.from_bytes(b"[]", where="a.json", remedy="delete it")
    assert error.value.remedy == "delete it"
