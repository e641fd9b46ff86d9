"""The tables: what came of each case before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from experiments.odd_files.case import Case, Outcome, Skipped
from experiments.odd_files.held_by import held_by
from experiments.tables import markdown_table

Outcomes = Mapping[str, Outcome | Skipped]
"""By name of a checkout."""
Row = tuple[Case, Outcomes]


def page(rows: Sequence[Row], about: str) -> str:
    """Markdown: counts, the cases that users reported, their neighbours by kind."""
    parts = [about, counts(rows)]
    reported = [row for row in rows if row[0].reported]
    if reported:
        parts += ["### Reported by users", table(reported)]
    neighbours = [row for row in rows if not row[0].reported]
    for kind in dict.fromkeys(case.kind for case, _ in neighbours):
        parts += [f"### Neighbours: {kind}", table([row for row in neighbours if row[0].kind == kind])]
    return "\n\n".join(parts) + "\n"


def counts(rows: Sequence[Row]) -> str:
    """A table of how many cases are right, by kind and checkout."""
    names = list(rows[0][1]) if rows else []
    kinds = dict.fromkeys(case.kind for case, _ in rows)
    lines = [[kind, *(_share([row for row in rows if row[0].kind == kind], name) for name in names)] for kind in kinds]
    lines.append(["all", *(_share(rows, name) for name in names)])
    return markdown_table(["kind", *(f"right {name}" for name in names)], lines)


def table(rows: Sequence[Row]) -> str:
    """A row per case: its input, what is right, what came of it in each checkout."""
    names = list(rows[0][1])
    return markdown_table(
        ["input", "right", *names, "test"],
        [
            [_escaped(case.input), case.right, *(cell(outcomes[name]) for name in names), _test(case)]
            for case, outcomes in rows
        ],
    )


def cell(outcome: Outcome | Skipped) -> str:
    """Whether it is right, and what came of it."""
    if isinstance(outcome, Skipped):
        return f"skipped: {outcome}"
    return _escaped(f"{'ok' if outcome.right else '**not**'}: {outcome.received}").replace("\n", " ")


def _test(case: Case) -> str:
    """The name of its test."""
    name = held_by(case).rpartition("::")[2]
    return f"`{name}`" if name else "this table alone"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


def _share(rows: Sequence[Row], name: str) -> str:
    tried = [outcomes[name] for _, outcomes in rows if isinstance(outcomes[name], Outcome)]
    return f"{sum(isinstance(each, Outcome) and each.right for each in tried)} of {len(tried)}"
