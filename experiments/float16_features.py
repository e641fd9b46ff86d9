"""What rounding features to float16 changes: ``python -m experiments.float16_features HOME``.

The included transcriber, or that of ``--model``, predicts test tracks of a prepared dataset from its features as they
are, and from the same rounded as by ``--set shards.dtype=float16``. The table has the scores of both against the
labels, how far activations and onsets differ, and how many notes only one of the two has.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assets.inference.loaded_model import LoadedModel
from experiments import command_line, transcribers
from mir_models.evaluation.metrics.note_level import matches, note_scores
from mir_models.inference.activations import predict_track
from mir_models.notes.annotations import Notes
from mir_models.notes.decoding import Decoding, decode
from storage.fingerprints import slug
from storage.tracks import note_arrays
from storage.tracks.dataset_store import DatasetStore, open_dataset

Prediction = tuple[dict[str, NDArray[np.float32]], Notes]


def main() -> None:
    """Print the table, track by track."""
    parser = command_line.module_parser(sys.modules["__main__"])
    parser.add_argument("home", type=Path, help="a prepared home of mirliton")
    parser.add_argument("--dataset", default="maps")
    parser.add_argument("--tracks", type=int, default=8)
    parser.add_argument("--frames", type=int, default=2600, help="of each track, from its beginning")
    transcribers.add_model_option(parser)
    options = parser.parse_args()
    dataset = open_dataset(str(options.home / "store"), options.dataset)
    model = transcribers.load(options.model)
    print(f"{transcribers.described(model)}\n")
    print(
        "| track | F1, float32 | F1, float16 | notes of one only | largest difference of onsets, ms | of activations |"
    )
    print("|---|---|---|---|---|---|", flush=True)
    rows = []
    chosen = [each.track for each in dataset.shards(model.record.preset).records() if each.split == "test"]
    for track in chosen[: options.tracks]:
        rows.append(row(dataset, track, model, options.frames))
        print("| " + " | ".join([track, *(f"{each:.4g}" for each in rows[-1])]) + " |", flush=True)
    means = [*np.mean(rows, axis=0)[:2], np.sum(rows, axis=0)[2], *np.max(rows, axis=0)[3:]]
    print("| mean, sum, largest | " + " | ".join(f"{each:.4g}" for each in means) + " |")


def row(dataset: DatasetStore, track: str, model: LoadedModel, n_frames: int) -> list[float]:
    """The numbers of a track."""
    store = dataset.features(model.record.preset)
    features = store.read(track, store.fingerprints()[slug(track)], "features")["features"][:n_frames]
    end = len(features) / model.params.grid.frame_rate
    labels, _ = note_arrays.read(dataset.labels, track, dataset.labels.fingerprints()[slug(track)])
    ref = labels.where(labels.onset_times < end)
    full, half = (predict(model, each) for each in (features, features.astype(np.float16).astype(np.float32)))
    pairs = matches(full[1], half[1])
    lags = np.abs(full[1].onset_times[pairs[:, 0]] - half[1].onset_times[pairs[:, 1]])
    activations = max(float(np.abs(full[0][head] - half[0][head]).max()) for head in full[0])
    scores = [note_scores(ref, each[1])["onset"]["f1"] for each in (full, half)]
    return [*scores, len(full[1]) + len(half[1]) - 2 * len(pairs), 1000 * float(lags.max(initial=0)), activations]


def predict(model: LoadedModel, features: NDArray[np.float32]) -> Prediction:
    """Activations by head, and notes."""
    found = predict_track(model.network, features, silence=model.params.silence)
    return found, decode(found, model.params.grid, model.decoding(Decoding))


if __name__ == "__main__":
    command_line.call(main)
