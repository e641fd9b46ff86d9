"""Descriptions of assets: Markdown, without what only Sphinx reads."""

from __future__ import annotations

from dataclasses import dataclass

from assets.descriptions import field_descriptions, markdown, summary
from pipelines.definitions import definitions

DOCSTRING = """First line, see :mod:`a.b` [2]_.

    A ``literal`` and `a name`, as in [1]_.

    .. [1] A. Author, "Title",
       Journal 1.
    .. [2] B. Author.
    """


def test_references_roles_and_literals_are_markdown() -> None:
    assert markdown(DOCSTRING) == (
        "First line, see `a.b` [2].\n\nA `literal` and `a name`, as in [1].\n\n\n"
        '[1] A. Author, "Title",\nJournal 1.\n\n[2] B. Author.'
    )
    assert markdown(None) == ""


@dataclass(frozen=True)
class Outer:
    """What it is. And more.

    Attributes
    ----------
    first : int
        Of ``two``
        lines.
    second, third : int
        Both.
    """

    first: int = 1
    second: int = 2
    third: int = 3


@dataclass(frozen=True)
class Inner(Outer):
    """Another.

    Attributes
    ----------
    first : int
        Once more.
    """


def test_fields_are_described_by_the_nearest_docstring() -> None:
    assert field_descriptions(Outer)["first"] == "Of `two` lines."
    assert field_descriptions(Outer)["third"] == "(second, third) Both."
    assert field_descriptions(Inner) == {**field_descriptions(Outer), "first": "Once more."}
    assert summary(Outer()) == "What it is. And more."


def test_every_asset_is_described_without_restructured_text() -> None:
    specs = {spec.key.to_user_string(): spec.description or "" for spec in definitions.resolve_all_asset_specs()}
    assert [key for key, text in specs.items() if not text] == []
    marks = (":mod:", ":class:", ":func:", "]_", "``", ".. [")
    assert [key for key, text in specs.items() if any(mark in text for mark in marks)] == []
