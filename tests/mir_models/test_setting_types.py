"""Types of settings: what each allows, how it is described, and what a wrong value is told."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from mir_models.errors import ParameterError
from mir_models.setting_types import (
    Amount,
    Count,
    Negative,
    Positive,
    Rate,
    Share,
    ShareOfSome,
    WholeAmount,
    check_setting,
    check_settings,
    setting_types,
)


@dataclass(frozen=True)
class Settings:
    """One field of every type."""

    count: Count = 3
    whole: WholeAmount = 0
    amount: Amount = 0.0
    positive: Positive = 1.0
    negative: Negative = -1.0
    share: Share = 1.0
    some: ShareOfSome = 1.0
    rate: Rate = 0.5
    between: Annotated[int, Meta(ge=2, le=4)] = 2
    choice: Literal["plateau", "cosine"] = "plateau"
    text: str = ""
    other: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_settings(self)


@pytest.mark.parametrize(
    ("name", "accepted", "refused", "description"),
    [
        ("count", (1, 9), (0, -3), "at least 1"),
        ("whole", (0, 9), (-1,), "at least 0"),
        ("amount", (0.0, 1e9), (-1e-9, math.inf, math.nan), "at least 0"),
        ("positive", (1e-9,), (0.0, -1.0, math.inf), "above 0"),
        ("negative", (-1e-9,), (0.0, 1.0, -math.inf), "below 0"),
        ("share", (0.0, 1.0), (-0.1, 1.1), "at least 0, at most 1"),
        ("some", (1e-9, 1.0), (0.0, 1.1), "above 0, at most 1"),
        ("rate", (0.0, 0.999), (1.0, -0.1), "at least 0, below 1"),
        ("between", (2, 4), (1, 5), "at least 2, at most 4"),
        ("choice", ("plateau", "cosine"), ("cosin", ""), "one of plateau, cosine"),
    ],
)
def test_the_values_of_each_type(
    name: str, accepted: tuple[Any, ...], refused: tuple[Any, ...], description: str
) -> None:
    kind = setting_types(Settings)[name]
    assert kind.description == description
    for value in accepted:
        assert getattr(Settings(**{name: value}), name) == value
    for value in refused:
        with pytest.raises(ParameterError) as error:
            Settings(**{name: value})
        assert error.value.expected == f"{name} {description}"
        assert error.value.received == f"{name}={value}"
        with pytest.raises(ParameterError, match=name):
            check_setting(name, value, kind)


@given(st.floats() | st.integers(-5, 5))
def test_a_rate_is_finite_and_in_its_range(value: float) -> None:
    assert setting_types(Settings)["rate"].allows(value) == (0 <= value < 1)


def test_fields_of_other_kinds_have_no_type() -> None:
    assert "other" not in setting_types(Settings)
    assert setting_types(Settings)["text"].description == ""


def test_the_choice_that_is_spelt_like_a_wrong_one_is_named_and_the_default_of_a_wrong_number() -> None:
    with pytest.raises(ParameterError) as error:
        Settings(count=0, choice="cosin")  # type: ignore[arg-type]
    assert str(error.value) == (
        "Expected count at least 1; choice one of plateau, cosine. Received: count=0, choice=cosin. "
        "Remedy: give, e.g., count=3, choice=cosine."
    )
