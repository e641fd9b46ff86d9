"""Counts of a system over two tracks and all its scores, worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mir_models.evaluation.metrics import bootstrap
from mir_models.evaluation.metrics.tally import KINDS, Tally, track_scores
from mir_models.notes.annotations import N_KEYS, NO_NOTES, Notes

DRAWS: dict[str, Any] = {"level": 0.95, "n_resamples": 200}


def roll(*cells: tuple[int, int]) -> np.ndarray:
    out = np.zeros((4, N_KEYS), dtype=bool)
    for frame, key in cells:
        out[frame, key] = True
    return out


def notes(*rows: tuple[float, float, int, int]) -> Notes:
    """Notes of rows (onset, offset, pitch, velocity)."""
    values = np.array(rows, dtype=float).reshape(-1, 4)
    return Notes(values[:, :2], values[:, 2], values[:, 3])


REF = notes((0, 1, 60, 20), (1, 2, 60, 60), (2, 3, 60, 100), (3, 4, 62, 120))
EST = notes((0.02, 1, 60, 30), (1.03, 2, 60, 30), (1.96, 2.2, 60, 30), (3, 4, 63, 30), (5, 6, 60, 30))
"""Three onsets of four are found, by five notes; two of them with their offsets, which are all as loud."""
REF_ROLL, EST_ROLL = roll((0, 5), (1, 5), (2, 5), (0, 7)), roll((0, 5), (1, 5), (0, 9))
"""Per key: 5 has 2 of 3, 7 none of 1, 9 is extra. Together tp 2, fp 1, fn 2."""
OTHER_REF, OTHER_EST = notes((0, 1, 70, 50), (1, 2, 70, 90)), notes((0.07, 1, 70, 30), (1, 2, 70, 60))
OTHER_ROLL = roll((3, 9))


def tally(*, velocities: bool) -> Tally:
    found = Tally(velocities=velocities)
    found.add(REF_ROLL, EST_ROLL, REF, EST)
    found.add(OTHER_ROLL, OTHER_ROLL, OTHER_REF, OTHER_EST)
    return found


def test_the_row_of_a_track() -> None:
    found = Tally(velocities=True).add(REF_ROLL, EST_ROLL, REF, EST)
    assert found == pytest.approx(
        {
            "precision": 2 / 3,
            "recall": 2 / 4,
            "f1": 4 / 7,
            "note_onset_precision": 3 / 5,
            "note_onset_recall": 3 / 4,
            "note_onset_f1": 6 / 9,
            "note_onset_offset_precision": 2 / 5,
            "note_onset_offset_recall": 2 / 4,
            "note_onset_offset_f1": 4 / 9,
            # 20 and 60 of the range 20 to 120 are 0 and 0.4; both estimates are 30, so the line gives both 0.2.
            "note_onset_offset_velocity_precision": 0,
            "note_onset_offset_velocity_recall": 0,
            "note_onset_offset_velocity_f1": 0,
            "onset_error": 20,
            "onset_error_abs": 30,
        }
    )


def test_the_row_of_a_later_track_is_its_own() -> None:
    """Its onsets are 70 ms late and exact; velocities are not counted by default."""
    found = Tally()
    found.add(REF_ROLL, EST_ROLL, REF, EST)
    later = found.add(OTHER_ROLL, OTHER_ROLL, OTHER_REF, OTHER_EST)
    assert (later["onset_error"], later["onset_error_abs"]) == pytest.approx((35, 35))
    assert (later["f1"], later["note_onset_f1"]) == (1, 0.5)
    assert later["note_onset_offset_velocity_f1"] is None
    assert set(found.notes) == {"onset", "onset_offset"}


def test_what_was_not_counted_is_none_in_the_row() -> None:
    assert KINDS == ("onset", "onset_offset", "onset_offset_velocity")
    found = track_scores(np.array([1, 0, 1]), {"onset": np.array([0, 2, 0])}, np.zeros(0))
    unknown = ("onset_offset", "onset_offset_velocity")
    assert found == {
        "precision": 1,
        "recall": 0.5,
        "f1": pytest.approx(2 / 3),
        **dict.fromkeys(("note_onset_precision", "note_onset_recall", "note_onset_f1"), 0),
        **{f"note_{kind}_{name}": None for kind in unknown for name in ("precision", "recall", "f1")},
        **dict.fromkeys(("onset_error", "onset_error_abs")),
    }


def test_frame_scores_pool_the_cells_of_all_tracks() -> None:
    found = tally(velocities=False).scores(DRAWS)
    assert found["micro"] == pytest.approx({"precision": 3 / 4, "recall": 3 / 5, "f1": 6 / 9})
    # Key 5: precision 1, recall 2/3, F1 4/5; key 7: 0; key 9: 1 of 2 estimates, all of 1, F1 2/3.
    assert found["macro"] == pytest.approx({"precision": 0.5, "recall": 5 / 9, "f1": 22 / 45})
    assert found["frame"]["f1"] == pytest.approx(6 / 9)
    assert found["frame"]["interval"] == pytest.approx([4 / 7, 1]), "either track alone"


def test_note_scores_are_means_over_tracks_and_of_all_notes() -> None:
    """Onsets: 3 of 4 by 5, and 1 of 2 by 2; with offsets 2 of 4 by 5, and 1 of 2 by 2."""
    found = tally(velocities=False).scores(DRAWS)
    assert found["note_onset"] == {
        "precision": pytest.approx((3 / 5 + 1 / 2) / 2),
        "recall": pytest.approx((3 / 4 + 1 / 2) / 2),
        "f1": pytest.approx((2 / 3 + 1 / 2) / 2),
        "interval": pytest.approx([1 / 2, 2 / 3]),
        "micro": {
            "precision": pytest.approx(4 / 7),
            "recall": pytest.approx(4 / 6),
            "f1": pytest.approx(8 / 13),
            "interval": pytest.approx([1 / 2, 2 / 3]),
        },
    }
    assert found["note_onset_offset"]["f1"] == pytest.approx((4 / 9 + 1 / 2) / 2)
    assert found["note_onset_offset"]["micro"]["f1"] == pytest.approx(6 / 13)
    assert found["note_onset_offset_velocity"] is None


def test_the_sweep_and_the_errors_are_those_of_all_tracks() -> None:
    """Errors in ms: 20, 30, -40 of the first track, 70 and 0 of the second."""
    found = tally(velocities=False).scores(DRAWS)
    first, second = [0, 1, 2, 3, 3, 3, 3, 3, 3, 3], [1, 1, 1, 1, 1, 1, 2, 2, 2, 2]
    assert [each["tolerance"] for each in found["tolerance_sweep"]] == [n / 100 for n in range(1, 11)]
    assert [each["f1"] for each in found["tolerance_sweep"]] == pytest.approx(
        [(2 * one / 9 + 2 * other / 4) / 2 for one, other in zip(first, second, strict=True)]
    )
    assert [each["micro_f1"] for each in found["tolerance_sweep"]] == pytest.approx(
        [2 * (one + other) / 13 for one, other in zip(first, second, strict=True)]
    )
    assert found["tolerance_sweep"][6]["interval"] == pytest.approx([2 / 3, 1])
    errors = found["onset_errors"]
    assert (errors["n"], errors["median"], errors["median_abs"]) == pytest.approx((5, 20, 30))


def test_velocities_count_where_the_labels_have_them() -> None:
    with_velocities = tally(velocities=True)
    assert [counts.tolist() for counts in with_velocities.notes["onset_offset_velocity"]] == [[0, 5, 4], [1, 1, 1]]
    found = with_velocities.scores(DRAWS)["note_onset_offset_velocity"]
    assert found is not None
    assert (found["f1"], found["micro"]["f1"]) == pytest.approx((0.25, 2 / 13))
    alike = Notes(OTHER_REF.intervals, OTHER_REF.pitches, np.array([64, 64]))
    with_velocities.add(OTHER_ROLL, OTHER_ROLL, alike, OTHER_EST)
    assert len(with_velocities.notes["onset_offset_velocity"]) == 2
    assert (
        len(with_velocities.notes["onset"])
        == len(with_velocities.frames)
        == len(with_velocities.sweeps)
        == len(with_velocities.errors)
        == 3
    )


def test_intervals_have_the_level_and_resamples_given() -> None:
    counted = tally(velocities=False)
    narrow = counted.scores({"level": 0.4, "n_resamples": 1000})
    both = counted.scores({})
    assert narrow["note_onset"]["interval"] == pytest.approx([7 / 12, 7 / 12]), "half of the draws are one of each"
    assert narrow["note_onset"]["micro"]["interval"] == pytest.approx([8 / 13, 8 / 13])
    assert narrow["frame"]["interval"] == pytest.approx([6 / 9, 6 / 9])
    assert narrow["tolerance_sweep"][6]["interval"] == pytest.approx([5 / 6, 5 / 6])
    expected = bootstrap.interval(np.array([[3, 2, 1], [1, 1, 1]]), bootstrap.pooled_f1)
    assert both["note_onset"]["micro"]["interval"] == pytest.approx(expected)


def test_one_track_has_scores_but_no_interval() -> None:
    found = Tally()
    found.add(OTHER_ROLL, OTHER_ROLL, OTHER_REF, OTHER_REF)
    assert found.scores({})["note_onset"]["interval"] is None
    assert found.scores({})["frame"] == {"f1": 1, "interval": None}


def test_a_track_that_is_silent_scores_zero() -> None:
    found = Tally()
    assert found.add(roll(), roll(), NO_NOTES, NO_NOTES)["note_onset_f1"] == 0
    assert found.scores({})["micro"] == found.scores({})["macro"] == {"precision": 0, "recall": 0, "f1": 0}
