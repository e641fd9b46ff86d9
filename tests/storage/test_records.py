"""Records: JSON in, a checked dataclass out, and the same JSON again."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mir_models.errors import MirlitonError
from storage.records import Record, parse_json_object


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


@dataclass(frozen=True)
class StrictSample(Record):
    STRICT: ClassVar = True
    KEYS: ClassVar = {"training_audio": "heard"}

    track: str
    training_audio: str = ""


def test_a_strict_record_refuses_unknown_keys_and_knows_its_own() -> None:
    assert StrictSample.from_json({"track": "a", "heard": "x"}, where="a.json") == StrictSample("a", "x")
    with pytest.raises(MirlitonError) as error:
        StrictSample.from_json({"track": "a", "training_audio": "x", "Heard": "x"}, where="a.json", remedy="mend it")
    assert str(error.value) == (
        "Expected only the keys track, heard in a.json. Received: Heard, training_audio. Remedy: mend it."
    )


@pytest.mark.parametrize(
    ("content", "received"),
    [
        (b'{"track": "a", "sr', "Unterminated string starting at: line 1 column 16 (char 15)"),
        (b'{"track": "a",\n "sr": 1', "Expecting ',' delimiter: line 2 column 9 (char 23)"),
        (b"", "Expecting value: line 1 column 1 (char 0)"),
        (b'{"track": "\xe9"}', "'utf-8' codec can't decode byte 0xe9 in position 11: invalid continuation byte"),
    ],
)
def test_a_file_that_is_no_json_is_named_with_fault_and_position(content: bytes, received: str) -> None:
    with pytest.raises(MirlitonError) as error:
        Sample.from_bytes(content, where="a.json", remedy="mirliton backfill a")
    assert (error.value.expected, str(error.value.received)) == ("JSON in a.json", received)
    assert error.value.remedy == "mirliton backfill a"


def test_the_bytes_of_a_file_are_read_as_its_values() -> None:
    assert Sample.from_bytes(json.dumps(JSON).encode(), where="a.json") == Sample.from_json(JSON, where="a.json")
    with pytest.raises(MirlitonError, match=r"a JSON object in a\.json\. Received: one of type array"):
        Sample.from_bytes(b"[1]", where="a.json")


def test_an_object_is_read_and_another_value_refused() -> None:
    assert parse_json_object('{"é": [1, null]}'.encode(), where="a.json", remedy="x") == {"é": [1, None]}
    with pytest.raises(MirlitonError) as error:
        parse_json_object(b"[1]", where="a.json", remedy="delete it")
    assert str(error.value) == "Expected a JSON object in a.json. Received: a list. Remedy: delete it."


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
