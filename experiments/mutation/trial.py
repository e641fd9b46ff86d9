"""One module's mutants, asked of its own tests."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from experiments.mutation.asking import NO_TESTS, PASSED, TIMED_OUT, Answer, Asker
from experiments.mutation.equivalent import EQUIVALENT
from experiments.mutation.mutants import Mutant, sample
from experiments.mutation.results import Kept, Result
from experiments.mutation.tree import changed

PATIENCE, LEAST_TIMEOUT, FIRST_TIMEOUT = 5.0, 10.0, 600.0
"""A mutant may take so many times what the unchanged module takes, and so many seconds at least; the first run."""
UNCHANGED = "# unchanged\n"
"""Appended to a module, a mutant that is none."""


class Unfit(Exception):
    """The tests cannot be asked: they are not there, or do not pass without any mutant."""


@dataclass
class Trial:
    """A module and its tests.

    Attributes
    ----------
    module : str
        Path of the module in the tree.
    tests : sequence of str
        Paths of its tests.
    asker : Asker
    kept : Kept
    """

    module: str
    tests: Sequence[str]
    asker: Asker
    kept: Kept

    def run(self, n: int, seed: int, tell: Callable[[Result], None] = lambda _: None) -> list[Result]:
        """Outcome of a sample of mutants, in the order of the file.

        Raises
        ------
        Unfit
            When there are no tests, or they fail on the module as it is.
        """
        path = self.asker.tree / self.module
        original = path.read_text(encoding="utf-8")
        tests = [test for test in self.tests if (self.asker.tree / test).is_file()]
        if not tests:
            raise Unfit(f"no tests: {', '.join(self.tests)} not found")
        mutants, timeout, results = sample(original, n, seed), None, list[Result]()
        asked: list[str] = []
        digest = _digest(original, *((self.asker.tree / test).read_text(encoding="utf-8") for test in tests))
        for mutant in mutants:
            key = f"{self.module} {_digest(digest, mutant.source)}"
            result = self.kept.get(key)
            if not result:
                timeout = timeout or self._timeout(tests, path, original)
                with changed(path, mutant.source):
                    answer = self.asker.ask(tests, timeout)
                result = self._result(mutant, original, answer)
                self.kept.put(key, result)
                asked.append(key)
            result = replace(result, equivalent=self._reason(mutant, original) if not result.is_killed else "")
            results.append(result)
            tell(result)
        if asked:
            self._ask_once_more(tests, path, original, asked)
        return results

    def _ask_once_more(self, tests: Sequence[str], path: Path, original: str, asked: list[str]) -> None:
        """Forget what was asked, should the module as it is fail now: a mutant left something behind in the tree."""
        try:
            with changed(path, original + UNCHANGED):
                self._unchanged(tests, FIRST_TIMEOUT)
        except Unfit:
            self.kept.drop(asked)
            raise

    def _timeout(self, tests: Sequence[str], path: Path, original: str) -> float:
        """Seconds for a mutant, after the tests passed on the module as it is."""
        self.asker.forks = False
        first = self._unchanged(tests, FIRST_TIMEOUT, bytecode=True)
        self.asker.warm(first.libraries)
        self.asker.times = first.times
        # As every mutant is asked, with a comment for a change.
        with changed(path, original + UNCHANGED):
            try:
                self.asker.forks = True
                seconds = self._unchanged(tests, max(LEAST_TIMEOUT, 2 * first.seconds)).seconds
            except Unfit:
                # Threads of a library may not outlive a fork.
                self.asker.forks = False
                seconds = self._unchanged(tests, FIRST_TIMEOUT).seconds
        return max(LEAST_TIMEOUT, PATIENCE * seconds)

    def _unchanged(self, tests: Sequence[str], timeout: float, *, bytecode: bool = False) -> Answer:
        answer = self.asker.ask(tests, timeout, bytecode=bytecode)
        if answer.code != PASSED:
            why = {NO_TESTS: "no tests in", TIMED_OUT: "timeout of"}.get(answer.code, "without a mutant fails")
            raise Unfit(f"{why} {answer.failed or ', '.join(tests)}\n{answer.output}")
        return answer

    def _result(self, mutant: Mutant, original: str, answer: Answer) -> Result:
        outcome = {PASSED: "survived", TIMED_OUT: "timeout"}.get(answer.code, "killed")
        return Result(
            module=self.module,
            line=mutant.line,
            operator=mutant.operator,
            diff=mutant.diff(original),
            outcome=outcome,
            failed=answer.failed,
            seconds=round(answer.seconds, 2),
        )

    def _reason(self, mutant: Mutant, original: str) -> str:
        """Why no test can notice a mutant, as far as that is known."""
        what = (self.module, *mutant.changes(original))
        return next((each.reason for each in EQUIVALENT if (each.module, each.before, each.after) == what), "")


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]
