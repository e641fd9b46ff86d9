"""Alignments of renderings whose lead-in is known: ``python -m experiments.lead_ins MIRLITON_HOME DATASET``.

The loader ``renderings`` begins a recording after an unknown silence where its option ``lead_in`` asks for one, which
labels are to find: zeros, so the easiest silence there is. Printed are the errors of the lags that were accepted, how
many of those refused were right, and how many were refused without a lag, as they are in the stores of the home.

``--anew`` aligns the recordings by ``correlation`` as it is in this checkout, and writes nothing into the home;
``--wrong N`` gives N of them labels that are not theirs (:mod:`experiments.alignment.conditions`): none should be
accepted.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from experiments import command_line
from experiments.alignment.conditions import CONDITIONS, WRONG_PIECE, Condition, disturbed
from experiments.tables import markdown_table
from mir_models.alignment import Alignment, OnsetFeatures, correlation, extract_onsets
from mir_models.notes import sustain_pedal
from mir_models.notes.annotations import Notes
from mir_models.resampling import resample
from storage.datasets import renderings
from storage.media import audio, midi

RIGHT = 0.05
"""Seconds up to which a lag is right."""
PARAMS = correlation.Params()
Recording = tuple[str, OnsetFeatures, Notes]
"""Track, and what is aligned."""
WRONG_HEADS = ("labels", "tracks", "accepted")
HEADS = ("labels", "tracks", "median error, ms", "95 % within, ms", "largest, ms", "within 50 ms")


def main(words: list[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m experiments.lead_ins", description=__doc__)
    parser.add_argument("home", type=Path, metavar="MIRLITON_HOME")
    parser.add_argument("dataset")
    parser.add_argument("--anew", action="store_true", help="align all recordings by this checkout")
    parser.add_argument("--wrong", type=int, default=0, metavar="N", help="recordings that get wrong labels as well")
    arguments = parser.parse_args(words)
    os.environ["MIRLITON_HOME"] = str(arguments.home)
    print(markdown_table(HEADS, rows(arguments.dataset)))
    if arguments.anew:
        print(f"\nBy this checkout:\n\n{markdown_table(HEADS, rows_anew(arguments.dataset))}")
    if arguments.wrong:
        print(f"\nWrong labels:\n\n{markdown_table(WRONG_HEADS, wrong_rows(arguments.dataset, arguments.wrong))}")


def rows(name: str) -> list[list[str]]:
    """The table of a dataset: accepted alignments, refused ones, and tracks that no lag was measured of."""
    from assets.resources import StoreResource

    store = StoreResource()
    options, dataset = store.registration(name).parsed_options, store.dataset(name)
    accepted = {record.track: record.lag for record in dataset.labels.records()}
    measurements = {row.track: row.measurements for row in dataset.quarantine.rows("labels")}
    refused = {track: found.lag for track, found in measurements.items() if found and found.measured_lag is not None}
    kinds = {"accepted": accepted, "refused": refused}
    found = [_row(kind, errors(lags, options)) for kind, lags in kinds.items() if lags]
    return [*found, ["refused without a lag", f"{len(measurements) - len(refused)}", "", "", "", ""]]


def rows_anew(name: str) -> list[list[str]]:
    """The table of a dataset, its recordings aligned again."""
    options, _ = _dataset(name)
    lags: dict[str, dict[str, float]] = {"accepted": {}, "refused": {}}
    for track, onsets, notes in _recordings(name):
        found = correlation.match(onsets, notes, PARAMS)
        lags["accepted" if _is_accepted(found) else "refused"][track] = found.lag
        print(track, f"{found.lag:.4f}", f"{found.confidence:.3f}", file=sys.stderr, flush=True)
    return [_row(kind, errors(each, options)) for kind, each in lags.items() if each]


def wrong_rows(name: str, n: int) -> list[list[str]]:
    """By condition, how many of `n` recordings, evenly spread, are accepted with labels that are not theirs."""
    _, tracks = _dataset(name)
    chosen = list(_recordings(name, tracks[:: max(1, len(tracks) // n)][:n]))
    found = []
    for condition in (each for each in CONDITIONS if not each.right):
        accepted = sum(_is_accepted(_mismatch(condition, chosen, i)) for i in range(len(chosen)))
        found.append([condition.name, f"{len(chosen)}", f"{accepted}"])
    return found


def _mismatch(condition: Condition, chosen: Sequence[Recording], i: int) -> Alignment:
    """The alignment of a recording with wrong labels: its own disturbed, or those of the next one."""
    track, onsets, own = chosen[i]
    notes = chosen[(i + 1) % len(chosen)][2] if condition.name == WRONG_PIECE else own
    labels = disturbed(condition, notes, duration=notes.duration, name=track, seed=0)
    return correlation.match(onsets, labels.notes, PARAMS)


def _is_accepted(found: Alignment) -> bool:
    return found.confidence >= PARAMS.confidence_threshold


def _dataset(name: str) -> tuple[renderings.Options, list[str]]:
    """Options and tracks of a dataset."""
    from assets.resources import StoreResource

    store = StoreResource()
    dataset = store.dataset(name)
    tracks = {record.track for record in dataset.labels.records()}
    refused = {row.track for row in dataset.quarantine.rows("labels")}
    return store.registration(name).parsed_options, sorted(tracks | refused)


def _recordings(name: str, tracks: Sequence[str] | None = None) -> Iterator[Recording]:
    """Onset features and notes of tracks, from the files of the corpus as they are."""
    from assets.resources import StoreResource

    options, every = _dataset(name)
    folder = Path(StoreResource().registration(name).root) / options.recordings
    for track in every if tracks is None else tracks:
        performance = midi.read(folder / f"{track}.mid")
        notes, _ = sustain_pedal.sounding_notes(performance.notes, performance.pedal, sustain_pedal.Params())
        y = resample(*audio.read_mono(folder / f"{track}.{options.format}"), PARAMS.sr)
        yield track, extract_onsets(y, PARAMS), notes


def errors(lags: dict[str, float], options: renderings.Options) -> NDArray[np.float64]:
    """(n_tracks,) found minus true lag in seconds."""
    return np.array([lag - renderings.lead_in(track, options) for track, lag in lags.items()])


def _row(kind: str, found: NDArray[np.float64]) -> list[str]:
    sizes = 1000 * np.abs(found)
    cells = [f"{1000 * np.median(found):+.2f}", f"{np.percentile(sizes, 95):.2f}", f"{sizes.max():,.2f}"]
    return [kind, f"{len(found)}", *cells, f"{int((np.abs(found) <= RIGHT).sum())}"]


if __name__ == "__main__":
    command_line.call(main)
