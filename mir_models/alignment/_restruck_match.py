"""The map of labels some of whose notes sound early: that of resting keys first, then that of all notes as they sound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from mir_models.alignment._onset_features import OnsetFeatures
from mir_models.alignment._params import MethodParams
from mir_models.alignment._restrikes import as_sounding, is_restruck, measure_leads
from mir_models.alignment._result import Alignment
from mir_models.notes.annotations import Notes

import os
import numpy as np
from mir_models.alignment._restrikes import RestrikeLeads, VELOCITIES
N_ROUNDS = int(os.environ.get("ROUNDS", 2))
"""Of leads about a map, and of a map with these leads."""


def match_restruck(
    match: Callable[[Notes], Alignment], features: OnsetFeatures, notes: Notes, params: MethodParams
) -> Alignment:
    """What a method finds, whose `match` takes every note to sound where its label is.

    Where restruck keys sound early, with clear evidence, it is matched with notes as they sound; of that and the match
    with notes as they are written, the one with the higher confidence is returned.
    """
    written = match(notes)
    restruck = is_restruck(notes, params.restriking)
    if min(restruck.sum(), (~restruck).sum()) < params.restriking.fewest_notes:
        return written
    best = written
    for start in os.environ.get("STARTS","fresh").split(","):
        if start=="fresh":
            found = match(notes.where(~restruck))
        elif start=="written":
            found = written
        else:
            L=RestrikeLeads(float(start)/1e3*np.exp(-np.maximum(VELOCITIES-20,0)/float(os.environ.get("DECAY","10"))),0.)
            found = replace(match(as_sounding(notes, restruck, L)))
        for _ in range(N_ROUNDS):
            leads = measure_leads(features, notes, found.time_map, params, params.anchoring, params.restriking)
            if leads is None:
                break
            found = replace(match(as_sounding(notes, restruck, leads)), restrikes=leads, onset_times=notes.onset_times)
            if os.environ.get("BESTALL"): best = max(best, found, key=lambda alignment: alignment.confidence)
        if found.restrikes: best= max(best, found, key=lambda alignment: alignment.confidence)
    return best
