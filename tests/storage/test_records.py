"""Records: JSON in, a checked dataclass out, and the same JSON again."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mir_models.errors import MirlitonError
from storage.records import Record


@dataclass(frozen=True)
class Notes:
    content: str
    exact: bool


@dataclass(frozen=True)
class Sample(Record):
    KEYS: ClassVar = {"training_audio": "heard"}
    OPTIONAL: ClassVar = frozenset({"classes"})

    track: str
    sr: int
    duration: float
    training_audio: list[str]
    labels: dict[str, Notes] = field(default_factory=dict)
    end: float | None = None
    classes: tuple[str, ...] = ()
    params: dict[str, Any] = field(default_factory=dict)


JSON = {
    "track": "a",
    "sr": 22050,
    "duration": 2.5,
    "heard": ["x"],
    "labels": {"notes": {"content": "c", "exact": True}},
    "end": None,
    "params": {"n_bins": 88},
}


def test_a_record_is_read_with_its_kinds_and_written_as_it_was() -> None:
    record = Sample.from_json(JSON, where="a.json")
    assert record == Sample("a", 22050, 2.5, ["x"], {"notes": Notes("c", True)}, None, (), {"n_bins": 88})
    assert record.to_json() == JSON


def test_an_optional_field_is_written_once_it_has_a_value() -> None:
    record = Sample.from_json({**JSON, "classes": ["rock", "jazz"]}, where="a.json")
    assert record.classes == ("rock", "jazz")
    assert json.loads(json.dumps(record.to_json())) == {**JSON, "classes": ["rock", "jazz"]}


def test_unknown_keys_are_left_aside_and_defaults_fill_in() -> None:
    assert Sample.from_json({"track": "a", "sr": 1, "duration": 1, "heard": [], "new": 5}, where="a.json") == Sample(
        "a", 1, 1.0, []
    )


@pytest.mark.parametrize(
    ("values", "expected", "received"),
    [
        ({**JSON, "sr": "3"}, "sr of type int in a.json", "one of type str"),
        ({**JSON, "sr": True}, "sr of type int in a.json", "one of type bool"),
        ({**JSON, "duration": None}, "duration of type float in a.json", "one of type null"),
        ({**JSON, "heard": [1]}, "heard[0] of type str in a.json", "one of type int"),
        ({**JSON, "labels": {"notes": {"content": "c", "exact": 1}}}, "labels[...].exact of type bool", "type int"),
        ({**JSON, "labels": {"notes": {"content": "c"}}}, "the key labels[...].exact in a.json", "none"),
        ({key: value for key, value in JSON.items() if key != "heard"}, "the key heard in a.json", "none"),
        ([1], "a JSON object in a.json", "one of type array"),
    ],
)
def test_a_wrong_value_is_named_with_file_key_and_kinds(values: Any, expected: str, received: str) -> None:
    with pytest.raises(MirlitonError) as error:
        Sample.from_json(values, where="a.json", remedy="mirliton backfill a")
    assert expected in error.value.expected
    assert received in error.value.received
    assert "mirliton backfill a" in str(error.value)


@given(
    st.builds(
        Sample,
        track=st.text(max_size=5),
        sr=st.integers(0, 10**6),
        duration=st.floats(0, 1e6),
        training_audio=st.lists(st.text(max_size=3), max_size=2),
        end=st.none() | st.floats(0, 1e3),
        classes=st.lists(st.text(max_size=3), max_size=2).map(tuple),
    )
)
def test_writing_and_reading_gives_the_record_back(record: Sample) -> None:
    assert Sample.from_json(json.loads(json.dumps(record.to_json())), where="a.json") == record
