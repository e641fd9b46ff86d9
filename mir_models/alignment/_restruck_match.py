"""The match of labels with a recording in which keys that are struck again sound early."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from mir_models.alignment._onset_features import OnsetFeatures
from mir_models.alignment._params import MethodParams
from mir_models.alignment._restrikes import USUAL_LEADS, as_sounding, is_restruck, measure_leads
from mir_models.alignment._result import Alignment
from mir_models.notes.annotations import Notes

MARGIN = 0.02
"""Preference that leads may cost: they are measured, and a map that follows restruck notes can agree as well."""


def match_restruck(
    match: Callable[[Notes], Alignment], features: OnsetFeatures, notes: Notes, params: MethodParams
) -> Alignment:
    """The alignment of notes of which some may sound before their labels.

    About the map that `match` finds with the usual leads the leads of this recording are measured, and matched once
    more. Begun with the labels as they are written, a soft passage of repeated notes would bend the map instead, in
    which no lead is left to be measured.

    Parameters
    ----------
    match : callable of Notes -> Alignment
        A method, which takes every note to sound where its label is.
    features : OnsetFeatures
        Of the recording.
    notes : Notes
        Non-empty, on the 88 keys, in label time.
    params : MethodParams

    Returns
    -------
    Alignment
        Without leads where they cost more preference than `MARGIN`.
    """
    written = match(notes)
    restruck = is_restruck(notes, params.restriking)
    if min(restruck.sum(), (~restruck).sum()) < params.restriking.fewest_notes:
        return written
    start = match(as_sounding(notes, restruck, USUAL_LEADS)).time_map
    leads = measure_leads(features, notes, start, params, params.anchoring, params.restriking)
    if leads is None:
        return written
    sounding = replace(match(as_sounding(notes, restruck, leads)), restruck_leads=leads, onset_times=notes.onset_times)
    return written if written.preference > sounding.preference + MARGIN else sounding
