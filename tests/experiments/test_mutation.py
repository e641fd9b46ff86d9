"""Mutation testing: which mutants are made and drawn, what becomes of them, and the share with its interval."""

from __future__ import annotations

from pathlib import Path

import pytest
from cosmic_ray.mutating import mutate_code

from experiments.mutation.equivalent import EQUIVALENT
from experiments.mutation.mutants import Mutant, meaning, sample
from experiments.mutation.operators import OWN
from experiments.mutation.plan import TESTS
from experiments.mutation.results import Kept, Result, table, wilson
from experiments.mutation.runner import Runner
from experiments.mutation.tree import ROOT, changed
from experiments.mutation.trial import Trial, Unfit

TOY = '''"""A toy."""

from __future__ import annotations

SIZE: int | None = 2


def area(width: int, height: int = 1 + 1) -> int | float:
    """Width times height."""
    if width < 0:
        raise ValueError(f"{width - 1} is below {0}")
    return width * height
'''


def test_the_interval_of_a_share() -> None:
    # R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson(1, 29) == pytest.approx((0.0061, 0.1718), abs=5e-5)
    assert wilson(29, 29)[1] == pytest.approx(1.0)
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize("operator", OWN.values(), ids=list(OWN))
def test_own_operators_do_as_their_examples_say(operator: type) -> None:
    for example in operator.examples():
        assert mutate_code(example.pre_mutation_code, operator(), 0) == example.post_mutation_code


def test_a_sample_is_given_by_content_and_seed() -> None:
    drawn = sample(TOY, 6, 0)
    assert len(drawn) == 6
    assert drawn == sample(TOY, 6, 0)
    assert drawn != sample(TOY, 6, 1)
    assert drawn == sorted(drawn, key=lambda mutant: mutant.line)


def test_all_mutants_where_there_are_fewer_and_none_twice() -> None:
    every = sample(TOY, 10_000, 0)
    meanings = [meaning(mutant.source) for mutant in every]
    assert every == sample(TOY, 10_000, 1)
    assert len(set(meanings)) == len(every)
    assert meaning(TOY) not in meanings


def test_annotations_docstrings_and_messages_are_left_alone() -> None:
    lines = [mutant.line for mutant in sample(TOY, 10_000, 0)]
    changes = {mutant.changes(TOY)[1] for mutant in sample(TOY, 10_000, 0)}
    assert set(lines) == {5, 8, 10, 11, 12}
    assert [change for change in changes if "SIZE" in change] != []
    assert all("SIZE: int | None" in change for change in changes if "SIZE" in change)
    # The raise itself may go, its message is not changed.
    assert lines.count(11) == 1
    assert "pass" in changes


def test_a_place_counts_once_however_many_changes_it_has() -> None:
    source = "x = a * b\ny = c is d\nz = e * f\n"
    assert len(sample(source, 10_000, 0)) > 20
    for seed in range(5):
        assert [mutant.line for mutant in sample(source, 3, seed)] == [1, 2, 3]


def test_a_mutant_knows_its_change() -> None:
    mutant = Mutant(2, "x", 0, "a = 1\nb = 3\nc = 4\n")
    assert mutant.changes("a = 1\nb = 2\nc = 4\n") == ("b = 2", "b = 3")
    assert mutant.diff("a = 1\nb = 2\nc = 4\n") == "@@ -1,3 +1,3 @@\n a = 1\n-b = 2\n+b = 3\n c = 4"


def test_a_file_is_as_before_after_a_mutant(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text("a = 1\n")
    before = path.stat().st_mtime_ns
    with changed(path, "a = 2\n"):
        assert path.read_text() == "a = 2\n"
        # Otherwise a mutant of the same size would run as the bytecode of the unchanged file.
        assert int(path.stat().st_mtime) != before // 10**9
    assert (path.read_text(), path.stat().st_mtime_ns) == ("a = 1\n", before)


def test_one_mutant_is_noticed_and_another_survives(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "toy_area.py").write_text("def area(x, y):\n    return x * y\n\n\ndef edge(x):\n    return x + 1\n")
    (tree / "test_toy_area.py").write_text(
        "from toy_area import area\n\n\ndef test_area():\n    assert area(3, 5) == 15\n"
    )
    kept = Kept(tmp_path / "kept.json")
    results = Trial("toy_area.py", ["test_toy_area.py"], Runner(tree), kept).run(4, 0)
    outcomes = {2: {"killed"}, 6: {"survived"}}
    assert {result.line for result in results} == {2, 6}
    assert all(result.outcome in outcomes[result.line] for result in results)
    assert {result.failed for result in results if result.line == 2} == {"test_toy_area.py::test_area"}
    assert Trial("toy_area.py", ["test_toy_area.py"], Runner(tree), Kept(kept.path)).run(4, 0) == results


def test_tests_that_fail_without_a_mutant_are_not_run(tmp_path: Path) -> None:
    (tmp_path / "toy_wrong.py").write_text("x = 1\n")
    (tmp_path / "test_toy_wrong.py").write_text("def test_x():\n    assert 0\n")
    with pytest.raises(Unfit, match=r"test_toy_wrong\.py::test_x"):
        Trial("toy_wrong.py", ["test_toy_wrong.py"], Runner(tmp_path), Kept(None)).run(3, 0)
    with pytest.raises(Unfit, match="no tests"):
        Trial("toy_wrong.py", ["test_absent.py"], Runner(tmp_path), Kept(None)).run(3, 0)


def test_nothing_is_kept_when_a_mutant_leaves_something_behind(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "toy_litter.py").write_text("SIZE = 2\n")
    (tree / "test_toy_litter.py").write_text(
        "from pathlib import Path\n\nfrom toy_litter import SIZE\n\n\ndef test_size():\n"
        "    if SIZE != 2:\n        Path('litter').touch()\n    assert not Path('litter').exists()\n"
    )
    kept = Kept(tmp_path / "kept.json")
    with pytest.raises(Unfit, match="test_size"):
        Trial("toy_litter.py", ["test_toy_litter.py"], Runner(tree), kept).run(3, 0)
    assert kept.path is not None
    assert kept.path.read_text() == "{}"


def test_the_table_counts_all_but_equivalent_mutants() -> None:
    a, b, c = (Result("m.py", line, "op", "-x\n+y", "survived", "", 0.1) for line in (1, 2, 3))
    killed, timeout = (Result("m.py", 4, "op", "", outcome, "test_x", 0.1) for outcome in ("killed", "timeout"))
    equivalent = Result("m.py", 9, "op", "-p\n+q", "survived", "", 0.1, equivalent="sorted later")
    page = table({"m.py": [a, b, c, killed, timeout, equivalent]}, ["A note."])
    assert "| `m.py` | 5 | 2 | 1 | 40 % | 12–77 % |" in page
    assert "| **total** | 5 | 2 | 1 | 40 % | 12–77 % |" in page
    assert "1 equivalent" in page
    assert page.count("`m.py:") == 3
    assert "A note." in page


def test_the_plan_names_files_that_are_there() -> None:
    assert [module for module in TESTS if not (ROOT / module).is_file()] == []
    assert [test for tests in TESTS.values() for test in tests if not (ROOT / test).is_file()] == []


def test_equivalent_mutants_are_of_lines_that_are_there() -> None:
    for each in EQUIVALENT:
        lines = [line.strip() for line in (ROOT / each.module).read_text(encoding="utf-8").splitlines()]
        assert each.before in lines, each
        assert each.after != each.before
        assert each.reason
