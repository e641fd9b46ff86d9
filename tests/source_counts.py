"""Counts of the source: ``python -m tests.source_counts [ROOT]`` prints what docs/architecture.md reports of it.

Everything is read from the source as text; nothing is imported.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PACKAGES = ("pipelines", "assets", "storage", "mir_models")
OWN = frozenset({*PACKAGES, "experiments", "benchmarks"})
_SCENES = """
    answer answered answers asked hear heard hears hearing judge judged judges judgement judging learn
    learned learnt lesson lessons listen listened listening listens namer opened outlook rehearsal
    remembered said say says speaking spoken story taught teach tell telling told wanted wants
"""
SCENES = frozenset(_SCENES.split())
"""Words for a scene, not for what is computed; none of them is part of a name."""
KEPT = frozenset({"judging", "wanted", "answered", "baseline_answers", "tell", "listen"})
"""A setting of users, which enters fingerprints, keys of report.json, a method of Python's files, a command."""
UNTYPED = re.compile(r"(?:dict|Mapping)\[str, Any\]")
Parameter = tuple[str, str, str]
"""Module, function and name of a parameter."""


def sources(root: Path, packages: tuple[str, ...] = PACKAGES) -> dict[str, Path]:
    """Source file by dotted name of module."""
    paths = sorted(path for package in packages for path in (root / package).rglob("*.py"))
    return {".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): path for path in paths}


@cache
def tree_of(path: Path) -> ast.Module:
    """The syntax tree of a source file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def files_per_room(root: Path) -> dict[str, int]:
    """Number of modules directly in each folder, its ``__init__.py`` aside."""
    paths = [path.parent for path in sources(root).values() if path.name != "__init__.py"]
    return dict(sorted(Counter(path.relative_to(root).as_posix() for path in paths).items()))


def n_untyped(root: Path, packages: tuple[str, ...] = PACKAGES) -> int:
    """How often ``dict[str, Any]`` or ``Mapping[str, Any]`` is written."""
    return sum(len(UNTYPED.findall(path.read_text(encoding="utf-8"))) for path in sources(root, packages).values())


def imports(root: Path) -> dict[str, set[str]]:
    """Modules of mirliton that each module imports, anywhere in it."""
    modules = sources(root)
    return {
        name: {each for each in _imported(tree_of(path), modules) if each != name} for name, path in modules.items()
    }


def _imported(tree: ast.Module, modules: dict[str, Path]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield from [each for each in (full if full in modules else node.module,) if each in modules]
        elif isinstance(node, ast.Import):
            yield from [alias.name for alias in node.names if alias.name in modules]


def foreign_privates(root: Path, packages: tuple[str, ...] = PACKAGES) -> dict[str, list[str]]:
    """By module, names with a leading underscore that it imports from another package, or from another module."""
    found = {}
    for name, path in sources(root, packages).items():
        room = name if path.name == "__init__.py" else name.rpartition(".")[0]
        if private := sorted(set(_private(tree_of(path), room))):
            found[name] = private
    return found


def _private(tree: ast.Module, room: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or not node.module or node.module.partition(".")[0] not in OWN:
            continue
        for alias in node.names:
            parts = [*node.module.split("."), alias.name]
            owners = [".".join(parts[:i]) for i, part in enumerate(parts) if part.startswith("_") and part[1:2] != "_"]
            if any(not f"{room}.".startswith(f"{owner}.") for owner in owners):
                yield ".".join(parts)


def circles(root: Path) -> list[list[str]]:
    """Groups of modules that import each other in a circle (R. E. Tarjan, SIAM J. Comput. 1(2), 1972)."""
    graph = imports(root)
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(graph[node]):
            if other not in index:
                visit(other)
            if other in stack:
                low[node] = min(low[node], low[other])
        if low[node] == index[node]:
            group = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(group) > 1:
                found.append(sorted(group))

    sys.setrecursionlimit(10_000)
    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found


def without_docstring(root: Path) -> list[str]:
    """Public functions, methods and classes that have no docstring; methods of private classes do not count."""
    found = []
    for name, path in sources(root).items():
        for owner, node in _definitions(tree_of(path)):
            if not ast.get_docstring(node) and not _is_overload(node):
                found.append(f"{name}.{owner}{node.name}")
    return found


def _definitions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield "", node
            for inner in node.body if isinstance(node, ast.ClassDef) else []:
                if isinstance(inner, ast.FunctionDef) and not inner.name.startswith("_"):
                    yield f"{node.name}.", inner


def _is_overload(node: ast.AST) -> bool:
    return any(ast.unparse(each).endswith("overload") for each in getattr(node, "decorator_list", []))


def scenes(root: Path, packages: tuple[str, ...] = PACKAGES) -> dict[str, list[str]]:
    """Names made of `SCENES`, by the module that defines them: functions, classes, parameters, variables, files."""
    found = {}
    for module, path in sources(root, packages).items():
        names = {module.rpartition(".")[2], *_defined(tree_of(path))}
        if bad := sorted(name for name in names if name not in KEPT and SCENES & set(_words(name))):
            found[module] = bad
    return found


def _defined(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.alias) and node.asname:
            yield node.asname


def _words(name: str) -> list[str]:
    """The words of a name in snake case or camel case, in lower case."""
    return [each.lower() for each in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]


def longest_path(root: Path) -> list[Parameter]:
    """The longest way of one parameter, handed on under whatever name from function to function as it is.

    Calls of functions by their name, or through the module that they lie in, are followed; calls of methods are not.
    """
    edges = _edges(root)
    longest: list[Parameter] = []

    def follow(path: list[Parameter]) -> None:
        nonlocal longest
        longest = max(longest, path, key=len)
        for other in sorted(edges.get(path[-1], ())):
            if other not in path:
                follow([*path, other])

    for start in sorted(edges):
        follow([start])
    return longest


def _edges(root: Path) -> dict[Parameter, set[Parameter]]:
    """From a parameter to the parameters of other functions that receive it as it is."""
    modules = sources(root)
    functions = {
        (name, node.name): [arg.arg for arg in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
        for name, path in modules.items()
        for node in tree_of(path).body
        if isinstance(node, ast.FunctionDef)
    }
    edges: dict[Parameter, set[Parameter]] = defaultdict(set)
    for name, path in modules.items():
        names = _names(tree_of(path), name, modules)
        for node in tree_of(path).body:
            if isinstance(node, ast.FunctionDef):
                for call in (each for each in ast.walk(node) if isinstance(each, ast.Call)):
                    for own, target, other in _handed_on(call, functions[name, node.name], names, functions):
                        edges[name, node.name, own].add((*target, other))
    return edges


def _names(tree: ast.Module, module: str, modules: dict[str, Path]) -> dict[str, tuple[str, str | None]]:
    """What a name at the top of a module stands for: a module, or a function of one."""
    found: dict[str, tuple[str, str | None]] = {
        node.name: (module, node.name) for node in tree.body if isinstance(node, ast.FunctionDef)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                full, known = f"{node.module}.{alias.name}", alias.asname or alias.name
                found[known] = (full, None) if full in modules else (node.module, alias.name)
    return found


def _handed_on(
    call: ast.Call,
    parameters: list[str],
    names: dict[str, tuple[str, str | None]],
    functions: dict[tuple[str, str], list[str]],
) -> Iterator[tuple[str, tuple[str, str], str]]:
    """Own parameter, the function called, and the parameter of it that receives the own one."""
    module: str | None = None
    function: str | None = None
    if isinstance(call.func, ast.Name):
        module, function = names.get(call.func.id, (None, None))
    elif isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
        module, of_module = names.get(call.func.value.id, (None, None))
        function = call.func.attr if of_module is None else None
    if module is None or function is None or (module, function) not in functions:
        return
    target = (module, function)
    receiving = functions[target]
    for place, value in enumerate(call.args):
        if isinstance(value, ast.Name) and value.id in parameters and place < len(receiving):
            yield value.id, target, receiving[place]
    for keyword in call.keywords:
        if (
            keyword.arg
            and keyword.arg in receiving
            and isinstance(keyword.value, ast.Name)
            and keyword.value.id in parameters
        ):
            yield keyword.value.id, target, keyword.arg


def main(root: Path) -> None:
    """Print all counts."""
    rooms = files_per_room(root)
    print(f"rooms {len(rooms)}, files in the largest {max(rooms.values())}")
    print(*(f"  {room}: {n}" for room, n in rooms.items()), sep="\n")
    print(f"dict[str, Any] and Mapping[str, Any]: {n_untyped(root)}")
    print(f"import circles: {circles(root)}")
    lacking = without_docstring(root)
    print(f"public definitions without docstring: {len(lacking)}", *lacking[:20], sep="\n  ")
    named = scenes(root)
    print(f"names made of scenes: {sum(map(len, named.values()))} in {len(named)} modules")
    path = longest_path(root)
    print(f"longest path of one parameter: {len(path)}", *(".".join(each) for each in path), sep="\n  ")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path.cwd())
