"""Fingerprints: anything that shapes a result changes its address, and nothing else does."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass, fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mir_models.aligned_notes import Params as LabelParams
from mir_models.features import cqt
from mir_models.notes import sustain_pedal
from mir_models.training.params import Params as TrainingParams
from storage.fingerprints import LENGTH, content_hash, fingerprint, slug

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@dataclass(frozen=True)
class One:
    a: int = 1


@dataclass(frozen=True)
class Other:
    a: int = 1


@given(JSON)
def test_a_fingerprint_is_a_function_of_its_ingredients(value: object) -> None:
    assert fingerprint("stage", value) == fingerprint("stage", value)
    assert len(fingerprint(value)) == LENGTH
    assert fingerprint("stage", value) != fingerprint("other stage", value)


@given(st.dictionaries(st.text(max_size=4), st.integers(), min_size=2, max_size=4))
def test_the_order_of_keys_does_not_count(mapping: dict[str, int]) -> None:
    assert fingerprint(mapping) == fingerprint(dict(reversed(list(mapping.items()))))


def test_ingredients_do_not_run_into_each_other() -> None:
    assert len({fingerprint("ab", "c"), fingerprint("a", "bc"), fingerprint("abc"), fingerprint(["ab", "c"])}) == 4


def test_fields_count_and_so_does_what_they_belong_to() -> None:
    assert fingerprint(One()) != fingerprint(One(2))
    assert fingerprint(One()) != fingerprint(Other())


@pytest.mark.parametrize("params", [cqt.Params(), TrainingParams(), sustain_pedal.Params(), LabelParams().correlation])
def test_every_parameter_of_an_algorithm_counts(params: object) -> None:
    values = {each.name: getattr(params, each.name) for each in fields(params)}  # type: ignore[arg-type]
    numbers = {name: value for name, value in values.items() if type(value) in (int, float)}
    others = {name: _another(value) for name, value in numbers.items()}
    changed = {fingerprint(replace(params, **{name: other})) for name, other in others.items()}  # type: ignore[type-var]
    assert len(changed - {fingerprint(params)}) == len(numbers) > 0


def _another(value: float) -> float:
    """A value that the parameter may have as well: a smaller one, of small whole numbers the next."""
    if isinstance(value, int):
        return value - 1 if value > 100 else value + 1
    return 0.9 * value + (0.1 if value == 0 else 0)


def test_nested_parameters_count() -> None:
    nested = replace(LabelParams(), performance=sustain_pedal.Params(pedal="none"))
    assert fingerprint(nested) != fingerprint(LabelParams())


def test_a_fingerprint_does_not_change_between_versions_of_python_or_runs() -> None:
    assert fingerprint("features", "é", 1, {"b": 0.5, "a": None}, One()) == "a7465d756e8fa2eb"


def test_what_has_no_plain_value_is_refused() -> None:
    with pytest.raises(TypeError, match=r"ndarray|object|Path"):
        fingerprint(Path("x"))


def test_content_is_its_sha256(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"abc")
    assert content_hash(tmp_path / "x") == hashlib.sha256(b"abc").hexdigest()


@given(st.text(max_size=300))
def test_a_slug_is_a_plain_file_name(track: str) -> None:
    name = slug(track)
    assert name.isascii()
    assert not set(name) - set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~")
    assert name[0] != "."
    assert len(name) <= 71


@given(st.text(max_size=40), st.text(max_size=40))
def test_different_tracks_have_different_slugs(one: str, other: str) -> None:
    assert (slug(one) == slug(other)) == (one == other)


@pytest.mark.parametrize(
    ("one", "other"), [("a/b", "a_b"), ("Étude", "Etude"), ("a" * 80, "b" + "a" * 79), ("x", "X"), ("日本", "語")]
)
def test_what_looks_alike_has_different_slugs(one: str, other: str) -> None:
    assert slug(one).lower() != slug(other).lower()


def test_a_slug_keeps_what_can_be_read() -> None:
    track = unicodedata.normalize("NFC", "Liszt/Étude no. 3")
    assert slug(track) == f"Liszt_Etude_no._3~{hashlib.sha256(track.encode()).hexdigest()[:10]}"
    assert slug(".." + "a" * 70 + ".b-c_").startswith("a" * 55 + ".b-c_~"), "60 characters of it, from the end"
    assert slug("..").startswith("~"), "no name that a folder has already"
