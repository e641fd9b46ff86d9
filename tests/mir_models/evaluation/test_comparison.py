"""Systems compared on the same tracks, by paired intervals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mir_models.evaluation.comparison import System, compare_systems, verdict
from mir_models.evaluation.metrics.bootstrap import interval
from mir_models.evaluation.metrics.classes import macro_f1

SCORES = np.array([0.1, 0.9, 0.5, 0.3])


def network(name, values, **more):
    return System(name, "network", {"note_onset_f1": np.asarray(values, dtype=float), **more})


def test_a_difference_is_taken_track_by_track():
    """Tracks differ by far more than the systems, which are a tenth apart on each."""
    ours, theirs = compare_systems([network("a", SCORES), network("b", SCORES - 0.1)], "b", ["note_onset_f1"])
    score = ours["scores"]["note_onset_f1"]
    assert (ours["system"], theirs["system"]) == ("a", "b")
    assert score["value"] == pytest.approx(0.45)
    assert score["interval"] == list(interval(SCORES))
    assert score["difference"] == pytest.approx(0.1)
    assert score["difference_interval"] == pytest.approx([0.1, 0.1])
    assert verdict(score) == "better"
    base = theirs["scores"]["note_onset_f1"]
    assert (base["difference"], base["difference_interval"], verdict(base)) == (None, None, "")


def test_best_first_and_scores_that_a_system_does_not_have_are_none():
    silence = System("silence", "baseline", {"note_onset_f1": 0 * SCORES})
    better = network("b", SCORES + 0.05, velocity=SCORES)
    rows = compare_systems([silence, network("a", SCORES), better], "a", ["note_onset_f1", "velocity"])
    assert [row["system"] for row in rows] == ["b", "a", "silence"]
    assert [row["kind"] for row in rows] == ["network", "network", "baseline"]
    assert rows[2]["scores"]["velocity"] is None
    assert rows[0]["scores"]["velocity"]["difference"] is None, "the reference has no such score"
    assert verdict(rows[2]["scores"]["note_onset_f1"]) == "worse"


def test_what_differs_both_ways_is_undecided():
    rows = compare_systems([network("a", SCORES), network("b", SCORES[::-1])], "a", ["note_onset_f1"])
    (other,) = [row for row in rows if row["system"] == "b"]
    assert verdict(other["scores"]["note_onset_f1"]) == "undecided"
    assert other["scores"]["note_onset_f1"]["difference"] == pytest.approx(0.0)


def test_one_track_has_no_interval():
    (row, _) = compare_systems([network("a", [0.5]), network("b", [0.4])], "b", ["note_onset_f1"])
    score = row["scores"]["note_onset_f1"]
    assert (score["interval"], score["difference_interval"], verdict(score)) == (None, None, "")
    assert score["difference"] == pytest.approx(0.1)


def test_macro_f1_is_of_all_tracks_together_and_no_mean_of_tracks():
    pairs = np.array([[0, 0], [0, 0], [1, 1], [1, 0]])
    always = np.array([[0, 0], [0, 0], [1, 0], [1, 0]])
    systems = [
        System(name, "network", {"macro_f1": rows, "accuracy": rows}) for name, rows in (("a", pairs), ("b", always))
    ]
    row = compare_systems(systems, "b", ["macro_f1", "accuracy"])[0]
    assert row["scores"]["accuracy"]["value"] == 0.75
    assert row["scores"]["macro_f1"]["value"] == pytest.approx(macro_f1(*pairs.T))
    expected = macro_f1(*pairs.T) - macro_f1(*always.T)
    assert row["scores"]["macro_f1"]["difference"] == pytest.approx(expected)


@settings(max_examples=20)
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=9))
def test_the_other_way_round_it_is_the_negative(rows):
    ours, theirs = (np.array(each) for each in zip(*rows, strict=True))
    found = {}
    for base in "ab":
        compared = compare_systems([network("a", ours), network("b", theirs)], base, ["note_onset_f1"], n_resamples=50)
        (other,) = [row["scores"]["note_onset_f1"] for row in compared if row["system"] != base]
        found[base] = [other["difference"], *other["difference_interval"]]
    assert found["a"] == pytest.approx([-found["b"][0], -found["b"][2], -found["b"][1]], abs=1e-12)
