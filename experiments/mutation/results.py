"""What became of mutants: kept in a file from which a run goes on, shares with their intervals, a table."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from storage.objects.atomic import write_atomic

Z95 = 1.959963984540054
"""The normal distribution's quantile of 0.975."""


@dataclass(frozen=True)
class Result:
    """What became of one mutant.

    Attributes
    ----------
    module : str
    line : int
    operator : str
    diff : str
    outcome : str
        ``"killed"``, ``"timeout"`` (killed as well) or ``"survived"``.
    failed : str
        The test that noticed it.
    seconds : float
    equivalent : str
        The reason why no test can detect it; empty where one could.
    """

    module: str
    line: int
    operator: str
    diff: str
    outcome: str
    failed: str
    seconds: float
    equivalent: str = ""

    @property
    def is_killed(self) -> bool:
        """Whether the tests noticed it."""
        return self.outcome != "survived"


def wilson(k: int, n: int, z: float = Z95) -> tuple[float, float]:
    """Score interval of a share of `k` in `n` (E. B. Wilson, JASA 22, 1927); (0, 1) of nothing."""
    if not n:
        return 0.0, 1.0
    share, spread = k / n, z * math.sqrt(k / n * (1 - k / n) / n + (z / (2 * n)) ** 2)
    centre, scale = share + z**2 / (2 * n), 1 + z**2 / n
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def table(results: Mapping[str, Sequence[Result]], notes: Iterable[str] = ()) -> str:
    """A Markdown page: one row per module, the total, the survivors with their changes."""
    counted = {module: [each for each in of if not each.equivalent] for module, of in results.items()}
    everything = [each for of in counted.values() for each in of]
    lines = [
        "| module | mutants | killed | by timeout | share | 95 % interval |",
        "| --- | ---: | ---: | ---: | ---: | --- |",
    ]
    lines += [_row(f"`{module}`", of) for module, of in counted.items()] + [_row("**total**", everything)]
    n_equivalent = sum(map(len, results.values())) - len(everything)
    lines += [f"\n{n_equivalent} equivalent mutants are not counted.", *(f"\n{note}" for note in notes)]
    survivors = [each for each in everything if not each.is_killed]
    lines += ["\n## Survivors"] * bool(survivors)
    lines += [f"\n`{each.module}:{each.line}` {each.operator}\n```diff\n{each.diff}\n```" for each in survivors]
    return "\n".join(lines) + "\n"


def _row(name: str, of: Sequence[Result]) -> str:
    n, k = len(of), sum(each.is_killed for each in of)
    low, high = wilson(k, n)
    share = f"{100 * k / n:.0f} %" if n else "–"
    n_timeouts = sum(each.outcome == "timeout" for each in of)
    return f"| {name} | {n} | {k} | {n_timeouts} | {share} | {100 * low:.0f}–{100 * high:.0f} % |"


@dataclass
class Kept:
    """Results in a JSON file, by a key made of module, tests and mutant.

    Attributes
    ----------
    path : Path or None
        Where; None keeps nothing.
    """

    path: Path | None

    def __post_init__(self) -> None:
        rows = json.loads(self.path.read_text()) if self.path and self.path.is_file() else {}
        self._results = {key: Result(**row) for key, row in rows.items()}

    def get(self, key: str) -> Result | None:
        """The result of that key, if there is one."""
        return self._results.get(key)

    def put(self, key: str, result: Result) -> None:
        """Keep a result; the file is replaced as a whole."""
        self._results[key] = result
        self._write()

    def drop(self, keys: Iterable[str]) -> None:
        """Forget results."""
        for key in keys:
            self._results.pop(key, None)
        self._write()

    def _write(self) -> None:
        if self.path:
            results = {name: asdict(each) for name, each in self._results.items()}
            write_atomic(self.path, json.dumps(results, indent=1).encode())
