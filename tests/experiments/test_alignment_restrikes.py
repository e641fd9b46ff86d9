"""Restruck keys in the experiment of alignment: the table of leads, and labels beside the onsets of a network."""

from __future__ import annotations

from typing import Any

import pytest

from experiments.alignment import leads, network_onsets
from experiments.alignment.methods import LEAD_VELOCITIES, of_registry
from experiments.real_pianos.recordings import Excerpt
from mir_models.alignment import RestrikeParams, as_sounding, is_restruck
from tests.mir_models.alignment import restrikes
from tests.synthetic_piano import SR


def row(*, right: bool = True, instrument: str = "ENSTDkAm", lead: float | None = None) -> dict[str, Any]:
    found = None if lead is None else {str(velocity): lead / velocity for velocity in LEAD_VELOCITIES}
    return {"method": "dtw", "instrument": instrument, "right": right, "evidence": {"restruck_leads": found}}


def test_a_line_has_median_and_range_of_an_instrument() -> None:
    rows = [row(lead=1500.0), row(lead=900.0), row(lead=600.0), row(), row(lead=9e9, right=False)]
    lines = leads.report([*rows, row(instrument="StbgTGd2")], ["dtw"]).splitlines()
    assert [line for line in lines if "StbgTGd2" in line] == []
    assert lines[-1].startswith("| dtw | ENSTDkAm | 3 of 4 | 45 (30 to 75) | 36 (24 to 60) |")


def test_there_is_no_table_without_leads() -> None:
    assert leads.report([row(), {**row(), "evidence": {}}], ["dtw"]) == ""


def test_a_method_gives_its_leads_in_milliseconds() -> None:
    found = of_registry("correlation").match(restrikes.onset_features(), restrikes.repeated_chords())
    assert abs(found.evidence["restruck_leads"]["25"] - 50) < 6


def test_labels_are_nearer_to_what_sounds_where_restruck_notes_begin_early() -> None:
    """A network that finds every note where it sounds, of which two thirds begin 50 ms before their labels."""
    notes = restrikes.repeated_chords()
    restruck = is_restruck(notes, RestrikeParams())
    played = as_sounding(notes, restruck, restrikes.LEADS)
    n_moved, scores = network_onsets.scores_of(Excerpt(restrikes.recording(), SR, notes, notes.offset_times), played)
    as_written, _, sounding = (scores[first : first + 3] for first in (0, 3, 6))
    assert n_moved == restruck.sum()
    assert as_written[0] == pytest.approx(1 - restruck.mean())
    assert (as_written[2], sounding[0]) == (1, 1)
