"""Names that are spelt like another one."""

from __future__ import annotations

import pytest

from mir_models.similar_names import similar_names, suggestion

WORKS = ("fugue", "waltz", "gigue", "étude", "aria", "prelude")


@pytest.mark.parametrize(
    ("spelt", "meant"),
    [("fuge", "fugue"), ("WALTZ", "waltz"), ("reludes", "prelude"), ("etude", "étude"), ("xyz", None), ("ari", "aria")],
)
def test_similar_names_are_those_spelt_alike_or_that_contain_it(spelt: str, meant: str | None) -> None:
    found = similar_names(spelt, WORKS)
    assert (found[0] if found else None) == meant


def test_a_suggestion_begins_a_remedy() -> None:
    assert suggestion("evenigs", ["evenings", "evenings_2", "maps"]) == "did you mean evenings, evenings_2? Else "
    assert suggestion("gtzan", ["evenings", "maps"]) == suggestion("", ["maps"]) == ""
