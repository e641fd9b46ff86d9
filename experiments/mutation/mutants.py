"""Mutants of a file, and a seeded sample of them."""

from __future__ import annotations

import ast
import difflib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Operator
from cosmic_ray.plugins import get_operator, operator_names

from experiments.mutation.operators import OWN


@dataclass(frozen=True)
class Mutant:
    """One change of one place.

    Attributes
    ----------
    line : int
        Where, from 1.
    operator : str
        What kind of change.
    occurrence : int
        Which of the operator's places in the file, from 0.
    source : str
        The whole file with the change.
    """

    line: int
    operator: str
    occurrence: int
    source: str

    def changes(self, original: str) -> tuple[str, str]:
        """The lines that are not the same, without indentation, in the original and here."""
        pairs = list(difflib.ndiff(original.splitlines(), self.source.splitlines()))
        before, after = ([line[2:].strip() for line in pairs if line.startswith(sign)] for sign in ("- ", "+ "))
        return " ".join(before), " ".join(after)

    def diff(self, original: str) -> str:
        """The change as a unified diff with one line around it."""
        lines = difflib.unified_diff(original.splitlines(), self.source.splitlines(), n=1, lineterm="")
        return "\n".join(list(lines)[2:])


def sample(source: str, n: int, seed: int) -> list[Mutant]:
    """At most `n` mutants of a file, in the order of the file; another content or seed gives others.

    A place that can be changed in a dozen ways counts no more than one that can be changed in a single way: places are
    drawn first, then one change of each, and a second change only when every place has had its first.
    """
    rng = random.Random(seed)
    places = [list(group) for _, group in groupby(sorted(_candidates(source)), key=lambda each: each[0])]
    rng.shuffle(places)
    for changes in places:
        rng.shuffle(changes)
    seen, drawn = {meaning(source)}, list[Mutant]()
    for turn in range(max(map(len, places), default=0)):
        for changes in (each for each in places if turn < len(each)):
            if len(drawn) == n:
                return sorted(drawn, key=_order)
            position, name, occurrence = changes[turn]
            changed = mutate_code(source, operators()[name], occurrence)
            what = changed and meaning(changed)
            if what and what not in seen:
                seen.add(what)
                drawn.append(Mutant(position[0], name, occurrence, changed))
    return sorted(drawn, key=_order)


@cache
def operators() -> dict[str, Operator]:
    """All operators by name, but those that need arguments."""
    classes = {name: get_operator(name) for name in operator_names()} | OWN
    return {name: each() for name, each in sorted(classes.items()) if not each.arguments()}


def meaning(source: str) -> str | None:
    """What a file does, as text: its syntax tree without docstrings, annotations and messages; None where it has none.

    Two files with the same meaning cannot be distinguished by a test that reads no messages.
    """
    try:
        return ast.dump(_Bare().visit(ast.parse(source)))
    except (SyntaxError, ValueError):
        return None


def _order(mutant: Mutant) -> tuple[int, str, int]:
    return mutant.line, mutant.operator, mutant.occurrence


def _candidates(source: str) -> Iterator[tuple[tuple[int, int], str, int]]:
    """Place, operator and occurrence of every possible change."""
    nodes = list(ast_nodes(get_ast(source)))
    for name, operator in operators().items():
        spans = (span for node in nodes for span in operator.mutation_positions(node))
        for occurrence, (start, _) in enumerate(spans):
            yield start, name, occurrence


class _Bare(ast.NodeTransformer):
    """Takes out what is written for readers and type checkers."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.annotation = ast.Constant(None)
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        return ast.Pass() if isinstance(node.value, ast.Constant) else self.generic_visit(node)

    def visit_If(self, node: ast.If) -> ast.AST:
        return ast.Pass() if ast.unparse(node.test).endswith("TYPE_CHECKING") else self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        if isinstance(node.exc, ast.Call):
            node.exc.args, node.exc.keywords = [], []
        return self.generic_visit(node)
