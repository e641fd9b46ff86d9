"""Steps of transcribers: what is measured, which backends are, and the line of the history."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import transcriber_step
from benchmarks.transcriber_step import BATCH_SIZE, N_FRAMES, SIZES, Step, measure
from mir_models.architectures import ARCHITECTURES


class Network:
    """Counts its steps; the clock moves as it works: 3 s for the first step, then 0.25, 0.5 and 2 s."""

    seconds = (3.0, 0.25, 0.5, 2.0)

    def __init__(self) -> None:
        self.n_steps, self.now = 0, 100.0

    def count_params(self) -> int:
        return 7

    def train_on_batch(self, features: Any, targets: dict[str, Any]) -> None:
        assert features.shape == (BATCH_SIZE, N_FRAMES, 297)
        assert {each.shape for each in targets.values()} == {(BATCH_SIZE, N_FRAMES, 88)}
        self.now += self.seconds[self.n_steps]
        self.n_steps += 1


def test_a_step_is_the_median_of_all_but_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network()
    monkeypatch.setattr(transcriber_step, "built", lambda name, precision: network)
    monkeypatch.setattr(transcriber_step.time, "process_time", lambda: network.now)
    found = measure("onsets_frames", "float32", 3)
    assert found == Step(parameters=7, first=3.0, median=0.5)
    assert found.speed == BATCH_SIZE * N_FRAMES / 0.5


def test_a_row_and_a_figure_for_each_backend_that_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *_: find("numpy") if name == "tensorflow" else None)
    monkeypatch.setattr(transcriber_step, "run_child", lambda *_: Step(35_524, 8.25, 0.256))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    history = tmp_path / "history.jsonl"
    words = ["transcriber_step", "--networks", "onsets_frames", "--history", str(history)]
    monkeypatch.setattr("sys.argv", words)
    transcriber_step.main()
    rows = capsys.readouterr().out.splitlines()[2:]
    assert rows == ["| onsets_frames | 35,524 | tensorflow | float32 | 8.2 | 256 | 4,000 |"]
    (line,) = map(json.loads, history.read_text().splitlines())
    figure = line["figure"]
    assert (figure["name"], figure["value"]) == ("transcriber_step/onsets_frames, tensorflow float32", 4000)
    assert figure["details"] == {"threads": "1", "first step, s": 8.25, "parameters": 35_524}


@pytest.mark.parametrize("name", list(SIZES))
def test_sizes_are_those_of_a_network(name: str) -> None:
    assert ARCHITECTURES.get(name.split(",")[0]).Params(**SIZES[name])
