"""Conventions of the source: no import circles, every package lists what it holds, names are the field's words."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests import source_counts

ROOT = Path(__file__).parents[1]
ROOMS = sorted({path.parent for path in source_counts.sources(ROOT).values()})
REGISTRIES = {
    "assets",
    "mir_models/alignment",
    "mir_models/architectures",
    "mir_models/augmentation/waveform",
    "mir_models/features",
    "mir_models/tasks",
    "storage/datasets",
}
"""Packages whose ``__all__`` names what they define: files are found by name there."""


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert source_counts.circles(ROOT) == []


def test_whatever_is_public_has_a_docstring() -> None:
    assert source_counts.without_docstring(ROOT) == []


def test_names_are_words_of_the_field() -> None:
    assert source_counts.scenes(ROOT, (*source_counts.PACKAGES, "experiments", "benchmarks")) == {}


def test_what_is_private_is_imported_in_its_own_package_only() -> None:
    assert source_counts.foreign_privates(ROOT, (*source_counts.PACKAGES, "experiments", "benchmarks")) == {}


@pytest.mark.parametrize("room", ROOMS, ids=[room.relative_to(ROOT).as_posix() for room in ROOMS])
def test_a_package_lists_what_it_holds(room: Path) -> None:
    tree = ast.parse((room / "__init__.py").read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    if room.relative_to(ROOT).as_posix() in {*source_counts.PACKAGES, *REGISTRIES}:
        return
    (listed,) = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    ]
    files = {path.stem for path in room.glob("*.py") if not path.stem.startswith("_")}
    rooms = {path.parent.name for path in room.glob("*/__init__.py")}
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)} | {
        ast.unparse(node.target) for node in tree.body if isinstance(node, ast.AnnAssign)
    }
    assert set(listed) == files | rooms | {name for name in defined if not name.startswith("_")}


CIRCLE = {"a.py": "from storage import b\n", "b.py": "from storage import a\n", "c.py": "from storage import a\n"}


def _tree(root: Path, files: dict[str, str]) -> Path:
    (root / "storage").mkdir()
    for name, content in {"__init__.py": "", **files}.items():
        (root / "storage" / name).write_text(content)
    return root


def test_a_circle_is_found(tmp_path: Path) -> None:
    assert source_counts.circles(_tree(tmp_path, CIRCLE)) == [["storage.a", "storage.b"]]


def test_an_import_of_what_is_private_elsewhere_is_found(tmp_path: Path) -> None:
    own = "from storage.room._own import a\nfrom storage._shared import b\nfrom storage import __version__\n"
    root = _tree(tmp_path, {"a.py": "from storage.room import _own\nfrom storage.b import _helper\n"})
    (root / "storage" / "room").mkdir()
    (root / "storage" / "room" / "c.py").write_text(own)
    assert source_counts.foreign_privates(root) == {"storage.a": ["storage.b._helper", "storage.room._own"]}


def test_a_missing_docstring_and_a_scene_are_found(tmp_path: Path) -> None:
    content = "class A:\n    def run(self, heard):\n        pass\n\n\ndef _own():\n    learning_rate = 1\n"
    root = _tree(tmp_path, {"a.py": content})
    assert source_counts.without_docstring(root) == ["storage.a.A", "storage.a.A.run"]
    assert source_counts.scenes(root) == {"storage.a": ["heard"]}


def test_a_parameter_is_followed_from_function_to_function(tmp_path: Path) -> None:
    first = "from storage import b\n\ndef f(x, y):\n    return b.g(1, z=x) + y\n"
    second = "def g(w, z):\n    return h(z)\n\ndef h(z):\n    return z + 1\n"
    root = _tree(tmp_path, {"a.py": first, "b.py": second})
    assert source_counts.longest_path(root) == [
        ("storage.a", "f", "x"),
        ("storage.b", "g", "z"),
        ("storage.b", "h", "z"),
    ]
