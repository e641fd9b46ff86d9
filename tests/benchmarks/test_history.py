"""The history of figures: what is kept beside a value, the latest of each name, goals."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import _goals, history
from benchmarks.history import Entry, Figure
from mir_models.errors import MirlitonError

FIGURE = Figure("data_path/random examples", 3100.0, "examples/s", "tensorstore", 880.0, "≥ 3000", {"preset": "cqt_84"})


def entry(figure: Figure, date: str = "2026-11-28T10:00:00+00:00", commit: str = "0123456789ab") -> Entry:
    return Entry(figure, date, commit, "a processor, 2 cores, 24 GiB", {"python": "3.11.7"})


def test_a_figure_comes_back_with_date_commit_machine_and_versions(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "history.jsonl"
    written = [history.append(each, path) for each in (FIGURE, Figure("growth/one track added", 7.5, "s"))]
    assert history.entries(path) == written
    assert [each.figure for each in written] == [FIGURE, Figure("growth/one track added", 7.5, "s", "", None, "", {})]
    assert len(path.read_text(encoding="utf-8").splitlines()) == 2
    assert written[0].versions.keys() >= {"python", "numpy"}
    assert "cores" in written[0].machine
    assert written[0].date.endswith("+00:00")


def test_the_file_is_that_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(history.PATH_VARIABLE, str(tmp_path / "h.jsonl"))
    history.append(FIGURE)
    assert [each.figure for each in history.entries()] == [FIGURE]
    monkeypatch.delenv(history.PATH_VARIABLE)
    assert history.history_path() == history.DEFAULT_PATH


def test_the_latest_of_several_commits_counts(tmp_path: Path) -> None:
    old, new = Figure("b", 1.0, "s"), Figure("b", 2.0, "s")
    found = [entry(old, commit="a" * 12), entry(Figure("a", 5.0, "s"), commit="a" * 12), entry(new, commit="b" * 12)]
    assert [(each.figure.name, each.figure.value, each.commit[0]) for each in history.latest(found)] == [
        ("a", 5.0, "a"),
        ("b", 2.0, "b"),
    ]


def test_the_table_has_ratio_goal_and_whether_it_is_reached() -> None:
    missed = Figure("growth/one track added", 19.6, "s", goal="≤ 8")
    rows = [line.split("|")[1:-1] for line in history.table([entry(FIGURE), entry(missed)]).splitlines()[2:]]
    cells = [[cell.strip() for cell in row] for row in rows]
    when = ["2026-11-28", "01234567"]
    first = ["data_path/random examples", "3,100", "examples/s", "tensorstore", "880", "3.52", "≥ 3000", "yes", *when]
    assert cells == [first, ["growth/one track added", "19.6", "s", "", "", "", "≤ 8", "no", *when]]


def test_a_line_that_is_no_figure_is_named(tmp_path: Path) -> None:
    path = tmp_path / "h.jsonl"
    history.append(FIGURE, path)
    with open(path, "a", encoding="utf-8") as file:
        file.write('{"figure": 1}\n')
    with pytest.raises(MirlitonError, match=r"a figure in line 2 of .*h\.jsonl"):
        history.entries(path)
    assert history.entries(tmp_path / "none") == []


def test_without_git_or_a_checkout_the_commit_is_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert history.commit(tmp_path) == ""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert history.commit(tmp_path) == ""
    assert history.append(FIGURE, tmp_path / "h.jsonl").commit == ""


def test_a_changed_checkout_is_marked(tmp_path: Path) -> None:
    author = ["-c", "user.name=n", "-c", "user.email=e@x"]
    (tmp_path / "a").write_text("1")
    for words in (["init", "-q"], ["add", "a"], [*author, "commit", "-q", "-m", "m"]):
        subprocess.run(["git", "-C", str(tmp_path), *words], check=True)
    clean = history.commit(tmp_path)
    assert len(clean) == 12
    (tmp_path / "a").write_text("2")
    assert history.commit(tmp_path) == clean + "+"


@given(st.floats(0.1, 1e6), st.floats(0.1, 1e3), st.floats(0.1, 1e6))
def test_a_goal_beside_a_peer_is_a_factor_of_it(value: float, factor: float, peer: float) -> None:
    factor = float(f"{factor:.2f}")
    assert _goals.reached(f"≥ {factor} × peer", value, peer) == (value >= factor * peer)
    assert _goals.reached(f"<= {factor} × peer", value, peer) == (value <= factor * peer)


def test_goals_without_a_peer_or_without_a_number() -> None:
    assert _goals.reached("≥ 1,000,000", 1e6, None) is True
    assert _goals.reached("≤ 0.5", 0.51, 3.0) is False
    assert _goals.reached("≥ 8 × peer", 9.0, None) is None
    assert _goals.reached("", 9.0, 1.0) is None
    assert _goals.reached("near that of all cores", 9.0, 1.0) is None
