"""Labels of recorded pianos beside the onsets that a network found: as written, and where they were measured to sound.

``python -m experiments.alignment.network_onsets FOLDER`` transcribes the real pianos of MAPS below FOLDER by the
included network, or that of ``--model``, and scores it against their labels (note onset F1, mean over recordings): each
recording's lag taken out or not, notes of restruck keys as written or as sounding. The network knows nothing of the
alignment: the nearer labels lie to what sounds, the more of them it finds in time.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from experiments import command_line, transcribers
from experiments.real_pianos import experiment, recordings
from experiments.real_pianos.conditions import UNCHANGED
from experiments.tables import markdown_table
from mir_models import aligned_notes
from mir_models.alignment import correlation
from mir_models.notes.annotations import Notes
from mir_models.resampling import resample

TOLERANCES = (0.025, 0.05, 0.15)
"""Seconds."""


def main(words: Sequence[str] | None = None) -> None:
    """Print one line per recording, and the means."""
    import experiments.alignment.network_onsets as module

    parser = command_line.module_parser(module)
    parser.add_argument("folder", type=Path, help="the folder that holds the real pianos' folders of MAPS")
    transcribers.add_model_option(parser)
    arguments = parser.parse_args(words)
    model = transcribers.load(arguments.model)
    print(f"{transcribers.described(model)}\n")
    lines, scores = [], []
    for recording in recordings.real_pianos(arguments.folder):
        found = experiment.transcribe(recording, UNCHANGED, model)
        n_moved, by_labels = scores_of(recording.read(), found.est)
        scores.append(by_labels)
        lines.append([recording.name, f"{n_moved} of {len(found.ref)}", *_cells(by_labels)])
        print(*lines[-1], flush=True)
    names = (f"{labels}, {1e3 * tolerance:.0f} ms" for labels in LABELS for tolerance in TOLERANCES)
    print(markdown_table(["recording", "moved", *names], [*lines, ["mean", "", *_cells(np.mean(scores, axis=0))]]))


LABELS = ("as written", "lag out", "lag out, as sounding")


def scores_of(excerpt: recordings.Excerpt, est: Notes) -> tuple[int, Sequence[float]]:
    """Notes that sound early, and onset F1 of `est` by `LABELS` and `TOLERANCES`."""
    params = correlation.Params()
    found = correlation.align(resample(excerpt.y, excerpt.sr, params.sr), excerpt.notes, params)
    sounding, n_moved = aligned_notes.early_restrikes(excerpt.notes, found, params)
    every = (excerpt.notes, excerpt.notes.shifted(found.lag), sounding.shifted(found.lag))
    return n_moved, [onset_f1(ref, est, tolerance) for ref in every for tolerance in TOLERANCES]


def onset_f1(ref: Notes, est: Notes, tolerance: float) -> float:
    """Note onset F1 by `mir_eval` within a tolerance in seconds."""
    from mir_eval.transcription import precision_recall_f1_overlap
    from mir_eval.util import midi_to_hz

    found = precision_recall_f1_overlap(
        ref.intervals,
        midi_to_hz(ref.pitches),
        est.intervals,
        midi_to_hz(est.pitches),
        onset_tolerance=tolerance,
        offset_ratio=None,
    )
    return float(found[2])


def _cells(scores: Sequence[float]) -> list[str]:
    return [f"{score:.3f}" for score in scores]


if __name__ == "__main__":
    command_line.call(main)
