"""Cells of tables that stand for no value, by the default of pandas, and columns that may be misspelt fields."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Mapping, Sequence

from storage.datasets._manifests import Row

MISSING = frozenset(
    {
        "#N/A N/A", "#N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA",
        "NULL", "NaN", "None", "n/a", "nan", "null", "NaT", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!",
    }
)  # fmt: skip
"""What `pandas.read_csv` takes for no value (``STR_NA_VALUES``), how pandas writes no time, and Excel no value."""
_ALIKE = 0.8


def missing_cells(rows: Sequence[Row], columns: Mapping[str, str]) -> tuple[str, ...]:
    """A sentence on the cells of some columns, by field, that are taken as empty; none where there is none."""
    counts: Counter[str] = Counter()
    found_in = set()
    for column in columns.values():
        texts = [value.strip() for row in rows if isinstance(value := row.values.get(column), str)]
        missing = Counter(text for text in texts if text in MISSING)
        counts += missing
        found_in |= {column} if missing else set()
    if not counts:
        return ()
    n, words = counts.total(), ", ".join(sorted(counts))
    cells = f"{n} cell{'s' * (n != 1)} {words} in {', '.join(sorted(found_in))}"
    return (f"{cells} taken as empty. Remedy: where these are names, --option keep_na=true.",)


def misspelt_fields(columns: Sequence[str], fields: Mapping[str, str], known: Sequence[str]) -> tuple[str, ...]:
    """Sentences on columns that are not used and called nearly like a field that has no column.

    One that is called exactly so was left out by an option.

    Parameters
    ----------
    columns : sequence of str
        Of the table.
    fields : mapping of str to str
        The column of each field that has one.
    known : sequence of str
        All fields.
    """
    free = [field for field in known if field not in fields]
    unused = [column for column in columns if column not in fields.values() and column.strip().lower() not in free]
    nearest = {column: difflib.get_close_matches(column.strip().lower(), free, 1, _ALIKE) for column in unused}
    return tuple(
        f"The column {column!r} is not used. Remedy: if it is {near[0]}, --option columns={near[0]}={column}."
        for column, near in nearest.items()
        if near
    )
