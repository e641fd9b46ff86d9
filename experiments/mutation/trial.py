"""One module's mutants, against its own tests."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from experiments.mutation.equivalent import EQUIVALENT
from experiments.mutation.mutants import Mutant, sample
from experiments.mutation.results import Kept, Result
from experiments.mutation.runner import NO_TESTS, PASSED, TIMED_OUT, Outcome, Runner
from experiments.mutation.tree import changed

PATIENCE, LEAST_TIMEOUT, FIRST_TIMEOUT = 5.0, 10.0, 600.0
"""A mutant may take so many times what the unchanged module takes, and so many seconds at least; the first run."""
UNCHANGED = "# unchanged\n"
"""Appended to a module, a mutant that is none."""


class Unfit(Exception):
    """The tests cannot be fresh: they are not there, or do not pass without any mutant."""


@dataclass
class Trial:
    """A module and its tests.

    Attributes
    ----------
    module : str
        Path of the module in the tree.
    tests : sequence of str
        Paths of its tests.
    runner : Runner
    kept : Kept
    """

    module: str
    tests: Sequence[str]
    runner: Runner
    kept: Kept

    def run(self, n: int, seed: int, on_result: Callable[[Result], None] = lambda _: None) -> list[Result]:
        """Outcome of a sample of mutants, in the order of the file.

        Raises
        ------
        Unfit
            When there are no tests, or they fail on the module as it is.
        """
        path = self.runner.tree / self.module
        original = path.read_text(encoding="utf-8")
        tests = [test for test in self.tests if (self.runner.tree / test).is_file()]
        if not tests:
            raise Unfit(f"no tests: {', '.join(self.tests)} not found")
        mutants, timeout, results = sample(original, n, seed), None, list[Result]()
        fresh: list[str] = []
        digest = _digest(original, *((self.runner.tree / test).read_text(encoding="utf-8") for test in tests))
        for mutant in mutants:
            key = f"{self.module} {_digest(digest, mutant.source)}"
            result = self.kept.get(key)
            if not result:
                timeout = timeout or self._timeout(tests, path, original)
                with changed(path, mutant.source):
                    tested = self.runner.run(tests, timeout)
                result = self._result(mutant, original, tested)
                self.kept.put(key, result)
                fresh.append(key)
            result = replace(result, equivalent=self._reason(mutant, original) if not result.is_killed else "")
            results.append(result)
            on_result(result)
        if fresh:
            self._run_again(tests, path, original, fresh)
        return results

    def _run_again(self, tests: Sequence[str], path: Path, original: str, fresh: list[str]) -> None:
        """Forget fresh results, should the module as it is fail now: a mutant left something behind in the tree."""
        try:
            with changed(path, original + UNCHANGED):
                self._unchanged(tests, FIRST_TIMEOUT)
        except Unfit:
            self.kept.drop(fresh)
            raise

    def _timeout(self, tests: Sequence[str], path: Path, original: str) -> float:
        """Seconds for a mutant, after the tests passed on the module as it is."""
        self.runner.forks = False
        first = self._unchanged(tests, FIRST_TIMEOUT, bytecode=True)
        self.runner.warm(first.libraries)
        self.runner.times = first.times
        # As with every mutant, with a comment for a change.
        with changed(path, original + UNCHANGED):
            try:
                self.runner.forks = True
                seconds = self._unchanged(tests, max(LEAST_TIMEOUT, 2 * first.seconds)).seconds
            except Unfit:
                # Threads of a library may not outlive a fork.
                self.runner.forks = False
                seconds = self._unchanged(tests, FIRST_TIMEOUT).seconds
        return max(LEAST_TIMEOUT, PATIENCE * seconds)

    def _unchanged(self, tests: Sequence[str], timeout: float, *, bytecode: bool = False) -> Outcome:
        tested = self.runner.run(tests, timeout, bytecode=bytecode)
        if tested.code != PASSED:
            why = {NO_TESTS: "no tests in", TIMED_OUT: "timeout of"}.get(tested.code, "without a mutant fails")
            raise Unfit(f"{why} {tested.failed or ', '.join(tests)}\n{tested.output}")
        return tested

    def _result(self, mutant: Mutant, original: str, tested: Outcome) -> Result:
        outcome = {PASSED: "survived", TIMED_OUT: "timeout"}.get(tested.code, "killed")
        return Result(
            module=self.module,
            line=mutant.line,
            operator=mutant.operator,
            diff=mutant.diff(original),
            outcome=outcome,
            failed=tested.failed,
            seconds=round(tested.seconds, 2),
        )

    def _reason(self, mutant: Mutant, original: str) -> str:
        """Why no test can detect a mutant, as far as that is known."""
        what = (self.module, *mutant.changes(original))
        return next((each.reason for each in EQUIVALENT if (each.module, each.before, each.after) == what), "")


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]
