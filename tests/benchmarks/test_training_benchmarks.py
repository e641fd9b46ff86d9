"""The figures of the training benchmarks: paired ratios with their interval, and what is written of them."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks import training_input, training_step
from benchmarks.training_input import interval


def test_an_interval_is_around_the_geometric_mean_of_paired_ratios() -> None:
    mean, low, high = interval([0.5, 2.0, 0.5, 2.0])
    assert mean == pytest.approx(1.0)
    assert low == pytest.approx(1 / high)
    assert high == pytest.approx(2 ** (3.1824 * (4 / 3) ** 0.5 / 2), rel=1e-3), "Student's t of three degrees"
    assert interval([0.9] * 5) == pytest.approx((0.9, 0.9, 0.9))


def found(**changes: Any) -> dict[str, Any]:
    steps = {"disk": [0.4, 0.2], "memory": [0.38, 0.19], "repeated": [0.36, 0.18]}
    values = {"batches": {"disk": 2e6, "memory": 4e6}, "batch_mib": 3.25, "frames": 8192, "steps": steps}
    return {**values, "waits": {"disk": [0.001, 0.003], "memory": [0.0, 0.0], "repeated": [0.0, 0.0]}, **changes}


def test_the_speed_from_disk_is_paired_with_that_from_memory() -> None:
    training, batches = training_input.figures("lstm_fast", "jax", found())
    assert training.value / training.peer_value == pytest.approx(0.95)
    assert training.details["interval"] == pytest.approx([0.95, 0.95])
    assert training.details["s waited"] == pytest.approx(0.002)
    assert (batches.value, batches.peer_value, batches.goal) == (2e6, 4e6, "≥ 1000000")
    assert training_input.figures("onsets_frames", "jax", found())[1].goal == ""


def test_the_tables_have_a_row_for_each_network_and_backend() -> None:
    rows = [("lstm_fast", "jax", found()), ("lstm_fast", "tensorflow", found())]
    assert training_input.table_of_training(rows).splitlines()[2:] == [
        f"| lstm_fast | {backend} | 300 | 285 | 270 | 2.0 | 0.0 | 0.950 [0.950, 0.950] | 0.900 |"
        for backend in ("jax", "tensorflow")
    ]
    assert training_input.table_of_batches(rows).splitlines()[2] == (
        "| lstm_fast | jax | 2,000,000 | 4,000,000 | 3.2 |"
    )


def test_steps_are_compared_with_the_network_of_2018_where_it_was_measured() -> None:
    tensorflow = {
        "first": {"as in 2018": 80.0, "lstm_fast": 2.0},
        "steps": {"as in 2018": [1.6, 0.8], "lstm_fast": [0.2, 0.1]},
    }
    both = {"tensorflow": tensorflow, "jax": {"first": {"lstm_fast": 5.0}, "steps": {"lstm_fast": [0.1, 0.05]}}}
    (none, ref_cells), (figure, cells) = training_step.rows(both, "tensorflow")
    assert none is None
    assert ref_cells[-1] == ""
    assert figure is not None
    assert cells == ["lstm_fast", "tensorflow", "2.0", "150", "54,613", "8.0 [8.0, 8.0]"]
    assert figure.value / figure.peer_value == pytest.approx(8.0)
    assert (figure.goal, figure.details["first step, s"]) == ("≥ 8 × peer", 2.0)
    ((other, _),) = training_step.rows(both, "jax")
    assert other is not None
    assert other.peer == "as in 2018, tensorflow"
    assert other.value / other.peer_value == pytest.approx(16.0)
