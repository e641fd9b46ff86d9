"""Peak picking: local maxima as defined, and maxima of parabolas between the frames."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from mir_models.notes.peak_picking import interpolated_argmax, local_maxima, parabolic_offset

CURVES = arrays(np.float32, st.tuples(st.integers(0, 12), st.integers(1, 3)), elements=st.integers(0, 4))


@given(CURVES, st.integers(1, 4))
def test_a_local_maximum_is_the_first_largest_within_its_radius(curves: NDArray[np.float32], radius: int) -> None:
    padded = np.pad(curves, ((radius, radius), (0, 0)), constant_values=-1.0)
    found = local_maxima(padded, radius)
    assert found.shape == curves.shape
    for frame, column in np.ndindex(*curves.shape):
        around = padded[frame : frame + 2 * radius + 1, column]
        assert found[frame, column] == (int(np.argmax(around)) == radius)


def test_padding_is_compared_with() -> None:
    padded = np.array([[2.0], [1.0], [0.0]])
    assert local_maxima(padded, 1).tolist() == [[False]]
    assert local_maxima(padded[::-1], 1).tolist() == [[False]]
    assert local_maxima(np.array([[0.0], [1.0], [1.0]]), 1).tolist() == [[True]]


@given(st.floats(-0.5, 0.5), st.floats(0.1, 10), st.floats(-5, 5))
def test_the_offset_of_a_parabola_is_its_vertex(vertex: float, width: float, height: float) -> None:
    before, peak, after = height - width * (np.array([-1.0, 0.0, 1.0]) - vertex) ** 2
    assert parabolic_offset(before, peak, after) == pytest.approx(vertex, abs=1e-9)


@given(st.floats(-0.5, 0.5), st.floats(0.01, 10))
def test_the_maximum_of_a_parabola_is_exact(top: float, width: float) -> None:
    assert interpolated_argmax(5 - width * (np.arange(9) - 4 - top) ** 2) == pytest.approx(4 + top, abs=1e-9)


@pytest.mark.parametrize(
    ("curve", "index"), [([3, 2, 1], 0), ([1, 2, 3], 2), ([0, 0, 0], 0), ([7], 0), ([0, np.nan, 0], 1)]
)
def test_a_maximum_without_a_parabola_stays_where_it_is(curve: list[float], index: int) -> None:
    assert interpolated_argmax(curve) == index
