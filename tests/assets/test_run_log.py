"""Progress in the log of a run."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from assets import run_log
from assets.run_log import progress_in_log
from storage import progress


@pytest.fixture
def context() -> Any:
    lines: list[str] = []
    return SimpleNamespace(log=SimpleNamespace(info=lines.append), lines=lines)


def test_a_stage_is_logged_now_and_then_and_at_its_end(context: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([0.0, 1.0, 9.9, 10.0, 10.5, 11.0])
    monkeypatch.setattr(run_log.time, "monotonic", lambda: next(now))
    with progress_in_log(context):
        for done, note in ((1, "a"), (2, "b"), (3, "c"), (4, "d"), (5, "")):
            progress.report("features/cqt", done, 5, note)
        progress.report("labels", 1, 9)
    progress.report("labels", 2, 9)
    assert context.lines == [
        "features/cqt: 1 of 5 (a)",
        "features/cqt: 4 of 5 (d)",
        "features/cqt: 5 of 5",
        "labels: 1 of 9",
    ]
