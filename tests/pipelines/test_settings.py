"""Settings read from the command line: paths, types, messages, whatever the text."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mir_models.errors import MirlitonError, ParameterError
from pipelines.settings import parse_licences, parse_options, parse_settings, parse_weights

DEFAULTS = {
    "network": {"units": 96, "dropout": 0.2, "cell": "lstm", "layers": {"first": 12}},
    "training": {"epochs": 16, "learning_rate": 3e-3, "resume": True},
}
VALUES = {
    "network.units": st.integers(),
    "network.dropout": st.floats(allow_nan=False, allow_infinity=False) | st.integers(-9, 9),
    "network.cell": st.text(min_size=1),
    "network.layers.first": st.integers(),
    "training.epochs": st.integers(),
    "training.learning_rate": st.floats(allow_nan=False, allow_infinity=False),
    "training.resume": st.booleans(),
}


@given(st.fixed_dictionaries({}, optional=VALUES), st.randoms())
def test_settings_read_what_was_written_in_any_order_and_nothing_else(values: dict[str, Any], shuffled: Any) -> None:
    pairs = [f"{path}={value if isinstance(value, str) else json.dumps(value)}" for path, value in values.items()]
    shuffled.shuffle(pairs)
    assert flat(parse_settings(pairs, DEFAULTS)) == values


@given(st.lists(st.text() | st.builds("{}={}".format, st.sampled_from([*VALUES, "network"]), st.text()), max_size=4))
def test_any_text_is_settings_or_an_error_for_the_user(pairs: list[str]) -> None:
    with suppress(MirlitonError):
        assert set(flat(parse_settings(pairs, DEFAULTS))) <= set(VALUES)


@pytest.mark.parametrize(
    "pair",
    [
        "",
        "=",
        "units=3",
        "network=3",
        "network.units",
        "network.units=",
        "network.unit=3",
        "network.units.x=3",
        "network.units.x.y=3",
        "network.layers=3",
        ".units=3",
        "network..units=3",
        " network.units=3",
    ],
)
def test_a_setting_that_is_not_there_is_refused_with_the_choices(pair: str) -> None:
    with pytest.raises(MirlitonError, match="a setting of this network") as refused:
        parse_settings([pair], DEFAULTS)
    assert "network.units" in refused.value.remedy
    assert repr(pair) in str(refused.value)


@pytest.mark.parametrize(
    ("pair", "kind"),
    [
        ("training.epochs=many", "int"),
        ("training.epochs=3.5", "int"),
        ("training.epochs=true", "int"),
        ('training.epochs="3"', "int"),
        ("training.epochs=[3]", "int"),
        ("training.epochs=null", "int"),
        ("training.resume=1", "bool"),
        ("training.learning_rate=fast", "float"),
        ("training.learning_rate=true", "float"),
    ],
)
def test_a_value_of_another_type_is_refused_with_an_example(pair: str, kind: str) -> None:
    with pytest.raises(MirlitonError, match=f"of type {kind}. Received") as refused:
        parse_settings([pair], DEFAULTS)
    example = refused.value.remedy.removeprefix("write, e.g., ")
    assert example.startswith(pair.partition("=")[0])
    assert parse_settings([example], DEFAULTS), "the example holds"


def test_text_is_kept_as_it_is_where_text_is_expected() -> None:
    pairs = ["network.cell=true", "training.epochs=1", "network.cell=a=b"]
    assert parse_settings(pairs, DEFAULTS) == {"network": {"cell": "a=b"}, "training": {"epochs": 1}}


def test_options_of_a_loader_are_text_and_keep_later_equals_signs() -> None:
    assert parse_options(["piano=AkPnBcht", "note=a=b"]) == {"piano": "AkPnBcht", "note": "a=b"}
    for wrong in ("depth", "=3"):
        with pytest.raises(ParameterError, match="--option key=value"):
            parse_options([wrong])
    with pytest.raises(
        ParameterError, match=r"a value of option pianos\. Received: none\. .* that is not set is empty"
    ):
        parse_options(["pianos="])


def test_weights_are_numbers_by_dataset() -> None:
    assert parse_weights(["maps=2", "mine=0.5"]) == {"maps": 2.0, "mine": 0.5}
    for wrong in ("maps", "maps=often"):
        with pytest.raises(ParameterError, match="a weight as NAME=NUMBER"):
            parse_weights([wrong])


def flat(nested: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested settings by their dotted names."""
    found: dict[str, Any] = {}
    for key, value in nested.items():
        found |= flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return found


def test_licences_by_dataset_have_a_name_and_may_have_any_words() -> None:
    assert parse_licences(["a=CC BY 4.0; b=c", "d="]) == {"a": "CC BY 4.0; b=c", "d": ""}
    for pair in ("CC0", "=CC0"):
        with pytest.raises(ParameterError, match="a licence as NAME=WORDS"):
            parse_licences([pair])
