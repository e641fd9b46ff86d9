"""Comparisons of reports: which rows there are, which reports are left out and why."""

from __future__ import annotations

import pytest

from assets.evaluation.comparison import compare_reports
from mir_models.errors import MirlitonError
from tests.assets.evaluation.compared_reports import class_report, network_report


def reports(*items):
    return {each.architecture: each for each in items}


def scores(table, measure="note_onset_f1"):
    return {row["system"]: row["scores"][measure] for row in table.systems}


def test_all_networks_and_their_baseline_are_compared_with_the_champion():
    table = compare_reports(reports(network_report("lstm", 0.8), network_report("crnn", 0.7)), champion="crnn")
    assert [(row["system"], row["kind"]) for row in table.systems] == [
        ("lstm", "network"), ("crnn", "network"), ("energy", "baseline"),
    ]  # fmt: skip
    found = scores(table)
    assert found["lstm"]["difference_interval"] == pytest.approx([0.1, 0.1])
    assert found["energy"]["difference"] == pytest.approx(-0.3)
    assert (table.reference, table.reason, table.n_tracks, table.level) == ("crnn", "the champion", 3, 0.95)
    assert table.measures == ["note_onset_f1", "note_onset_offset_f1", "frame_f1"], "no track has velocities"
    assert table.left_out == {}


def test_without_a_champion_the_best_is_compared_with_and_any_other_on_request():
    given = reports(network_report("lstm", 0.8), network_report("crnn", 0.7))
    assert (compare_reports(given).reference, compare_reports(given).reason) == ("lstm", "the best by its mean")
    asked = compare_reports(given, champion="lstm", against="crnn")
    assert (asked.reference, asked.reason) == ("crnn", "as asked for")


def test_baselines_that_differ_by_network_are_rows_of_their_own():
    table = compare_reports(reports(network_report("lstm", 0.8), network_report("crnn", 0.7, baseline=0.3)))
    assert [row["system"] for row in table.systems] == ["lstm", "crnn", "energy", "energy of crnn"]


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (network_report("crnn", 0.7, datasets=["theirs"]), "datasets: theirs instead of mine"),
        (network_report("crnn", 0.7, split="validation"), "split: validation instead of test"),
        (network_report("crnn", 0.7, onset_tolerance=0.1), "tolerance of onsets: 0.1 instead of 0.05"),
        (network_report("crnn", 0.7, pedal="separate"), "pedal in the offsets: separate instead of applied"),
    ],
)
def test_a_report_of_another_convention_is_left_out_with_the_reason(other, reason):
    table = compare_reports(reports(network_report("lstm", 0.8), other), champion="lstm")
    assert table.left_out == {"crnn": reason}
    assert [row["system"] for row in table.systems] == ["lstm", "energy"]


def test_thresholds_are_each_systems_own():
    other = network_report("crnn", 0.7, frame_threshold=0.2, onset_threshold=0.9, energy_threshold_db=None)
    assert compare_reports(reports(network_report("lstm", 0.8), other)).left_out == {}


def test_other_tracks_and_other_labels_are_left_out():
    fewer, relabelled = network_report("crnn", 0.7), network_report("dense", 0.7)
    fewer.evaluation["tracks"].pop()
    relabelled.evaluation["tracks"][1]["n_ref_notes"] += 1
    table = compare_reports(reports(network_report("lstm", 0.8), fewer, relabelled), champion="lstm")
    assert table.left_out == {
        "crnn": "tracks: 1 of 3 are missing, 0 are others; evaluate it again",
        "dense": "labels of 1 tracks, b among them, are others; evaluate it again",
    }


def test_the_convention_of_most_reports_counts_where_there_is_no_champion_and_datasets_can_be_asked_for():
    odd = network_report("alone", 0.9, datasets=["theirs"])
    given = reports(odd, network_report("lstm", 0.8), network_report("crnn", 0.7))
    assert compare_reports(given).left_out.keys() == {"alone"}
    assert compare_reports(given, datasets=["theirs"]).left_out.keys() == {"lstm", "crnn"}
    with pytest.raises(MirlitonError, match=r"reports on nobodys.*mine; theirs"):
        compare_reports(given, datasets=["nobodys"])


def test_other_frames_are_reported():
    table = compare_reports(reports(network_report("lstm", 0.8), network_report("crnn", 0.7, hop_length=256)))
    assert table.notes == ["Frames are 11.6 ms and 23.2 ms apart, by network: frame F1 is of other frames then."]


def test_reports_of_earlier_versions_have_no_rows_of_baselines():
    old = network_report("lstm", 0.8)
    del old.evaluation["baseline_tracks"]
    assert [row["system"] for row in compare_reports(reports(old)).systems] == ["lstm"]


def test_classifications_are_compared_with_their_baselines():
    table = compare_reports(reports(class_report("crnn", "xxyy"), class_report("lstm", "xyyy")))
    assert table.measures == ["accuracy", "macro_f1"]
    found = scores(table, "accuracy")
    assert {name: each["value"] for name, each in found.items()} == {"crnn": 1.0, "lstm": 0.75, "majority": 0.5}
    assert scores(table, "macro_f1")["majority"]["value"] == pytest.approx(1 / 3)


def test_other_programs_are_rows():
    peer = {track: {"note_onset_f1": 0.95, "note_onset_offset_f1": 0.5} for track in "abc"}
    table = compare_reports(reports(network_report("lstm", 0.8)), others={"theirs": peer})
    assert (table.systems[0]["system"], table.systems[0]["kind"]) == ("theirs", "peer")
    assert table.systems[0]["scores"]["frame_f1"] is None
    assert table.reference == "lstm", "networks are compared with others, not the other way round"


def test_without_reports_and_for_a_network_that_has_none_it_states_it():
    with pytest.raises(MirlitonError, match=r"reports to compare.*none.*mirliton evaluate"):
        compare_reports({})
    with pytest.raises(MirlitonError, match=r"a network that was evaluated.*lstn.*lstm"):
        compare_reports(reports(network_report("lstm", 0.8)), against="lstn")
