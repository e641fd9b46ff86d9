"""Faults that cosmic-ray does not make: calls and arguments left out, a neighbour's index, another name's function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cosmic_ray.operators.operator import Example, Operator
from parso.python.tree import Name

Span = tuple[tuple[int, int], tuple[int, int]]

PAIRS = (("min", "max"), ("minimum", "maximum"), ("argmin", "argmax"), ("any", "all"), ("floor", "ceil"))
OTHER = {name: other for pair in PAIRS for name, other in (pair, pair[::-1])}


def _span(node: Any) -> Span:
    return node.start_pos, node.end_pos


def _in_place_of(node: Any, code: str) -> Name:
    """A leaf of any code where `node` is, after the same space."""
    return Name(code, node.start_pos, prefix=node.get_first_leaf().prefix)


class ReturnNone(Operator):
    """``return x`` gives None."""

    def mutation_positions(self, node: Any) -> Iterator[Span]:
        """The returned expression, unless it is None."""
        if node.type == "return_stmt" and node.children[1].get_code().strip() != "None":
            yield _span(node.children[1])

    def mutate(self, node: Any, index: int) -> Any:
        """Return None."""
        node.children[1] = _in_place_of(node.children[1], "None")
        return node

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """One before and after."""
        return (Example("def f():\n    return x\n", "def f():\n    return None\n"),)


class RemoveStatement(Operator):
    """A call whose value nobody takes, a ``+=`` or a ``raise`` is not made."""

    def mutation_positions(self, node: Any) -> Iterator[Span]:
        """The statement."""
        if node.type == "simple_stmt" and self._acts(node.children[0]):
            yield _span(node.children[0])

    def mutate(self, node: Any, index: int) -> Any:
        """Pass."""
        node.children[0] = _in_place_of(node.children[0], "pass")
        return node

    @staticmethod
    def _acts(statement: Any) -> bool:
        if statement.type == "expr_stmt":
            return statement.children[1].type == "operator" and statement.children[1].value not in ("=", ":")
        return statement.type in ("atom_expr", "raise_stmt")

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Before and after."""
        return (Example("f(x)\n", "pass\n"), Example("x += 1\n", "pass\n"), Example("raise E\n", "pass\n"))


class RemoveKeywordArgument(Operator):
    """``f(x, key=y)`` leaves the key to its default."""

    def mutation_positions(self, node: Any) -> Iterator[Span]:
        """Each keyword argument behind another argument."""
        # All at once: cosmic-ray mutates the node before it requests the next one.
        yield from [_span(node.children[place]) for place in self._places(node)]

    def mutate(self, node: Any, index: int) -> Any:
        """Drop it with the comma before it."""
        place = self._places(node)[index]
        node.children = [*node.children[: place - 1], *node.children[place + 1 :]]
        return node

    @staticmethod
    def _places(node: Any) -> list[int]:
        if node.type != "arglist":
            return []
        named = [child.type == "argument" and child.children[1].get_code() == "=" for child in node.children]
        return [place for place, is_named in enumerate(named) if is_named and place >= 2]

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """One before and after."""
        return (Example("f(x, key=y)", "f(x)"),)


class ShiftIndex(Operator):
    """``x[i]`` reads the place before."""

    def mutation_positions(self, node: Any) -> Iterator[Span]:
        """An index that is a name or an expression, neither a slice nor a literal."""
        if node.type == "trailer" and node.children[0].value == "[" and node.children[1].type in self._KINDS:
            yield _span(node.children[1])

    def mutate(self, node: Any, index: int) -> Any:
        """Subtract one."""
        node.children[1] = _in_place_of(node.children[1], f"{node.children[1].get_code().strip()} - 1")
        return node

    _KINDS = ("name", "arith_expr", "term", "atom_expr")

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """One before and after."""
        return (Example("x[i]", "x[i - 1]"),)


class ReplaceFunction(Operator):
    """``min`` instead of ``max``, ``any`` instead of ``all`` and the like."""

    def mutation_positions(self, node: Any) -> Iterator[Span]:
        """The name, where it is called or passed."""
        if node.type == "name" and node.value in OTHER and node.parent.type not in ("param", "funcdef", "argument"):
            yield _span(node)

    def mutate(self, node: Any, index: int) -> Any:
        """The other one of the pair."""
        return _in_place_of(node, OTHER[node.value])

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """One before and after."""
        return (Example("max(x)", "min(x)"),)


class NegateMembership(Operator):
    """``x in y`` becomes ``x not in y``, and the other way round."""

    def mutation_positions(self, node: Any) -> Iterator[Span]:
        """The operator."""
        if node.type == "comparison" and self._word(node) in ("in", "not in"):
            yield _span(node.children[1])

    def mutate(self, node: Any, index: int) -> Any:
        """Negate it."""
        node.children[1] = _in_place_of(node.children[1], "not in" if self._word(node) == "in" else "in")
        return node

    @staticmethod
    def _word(node: Any) -> str:
        return " ".join(node.children[1].get_code().split())

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Before and after."""
        return (Example("x in y", "x not in y"), Example("x not in y", "x in y"))


OWN: dict[str, type[Operator]] = {
    f"own/{each.__name__}": each
    for each in (ReturnNone, RemoveStatement, RemoveKeywordArgument, ShiftIndex, ReplaceFunction, NegateMembership)
}
