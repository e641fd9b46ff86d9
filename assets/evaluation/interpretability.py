"""Interpretability figures of a classification network for its report: embedding map, responses, saliency, filters."""

from typing import TYPE_CHECKING, Any

import numpy as np

from assets.inference.loaded_model import feature_params
from assets.training.dataset_shards import DatasetShards
from mir_models.evaluation.classes import ClassEvaluation
from mir_models.examples.windows import Window
from mir_models.figures.network import layer_responses, saliency_map, spectra, track_map
from mir_models.interpretability.activation_maximisation import maximise_activation
from mir_models.interpretability.convolutions import convolutions, filters, most_variable_filters, responses
from mir_models.interpretability.embedding_map import MIN_ROWS, tsne
from mir_models.interpretability.saliency import saliency
from mir_models.training import normalisation
from mir_models.transfer import embeddings
from storage import progress
from storage.examples.track_shards import TrackShards
from storage.media.png import png
from storage.models.record import ModelRecord

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FILTERS = 8
"""Filters of a layer that are shown."""
MAX_WINDOWS = 32
"""Tracks at most whose middle windows choose the filters that are shown."""
MAX_TRACKS = 300
"""Tracks at most on the embedding map."""
MIN_FRAMES = 8
"""Frames of a window; a shorter one shows nothing."""

Tracks = dict[str, TrackShards]
"""Test tracks by name."""


def interpretability_figures(
    model: Any, record: ModelRecord, data: DatasetShards, evaluation: ClassEvaluation, tested: Tracks
) -> dict[str, bytes]:
    """PNG images by name; of a network without convolutions over a spectrum, the embedding map only."""
    stage, window = f"interpretability of {record.architecture}", Window(**record.decoding["window"])
    silence = feature_params(record).silence
    names = _shown(evaluation)

    def features(name: str) -> np.ndarray:
        return data.track_arrays(tested[name], "features")["features"]

    progress.report(stage, 0, 3, "embedding map of the tracks")
    figures = {}
    if len(names) >= MIN_ROWS:
        embedder = embeddings.embedder(model)
        rows = np.stack([embeddings.embed_track(embedder, features(name), window, silence=silence) for name in names])
        figures["track_map"] = png(_map(rows, names, evaluation, seed=record.training["seed"]))
    if not convolutions(model) or window.frames < MIN_FRAMES:
        return figures
    progress.report(stage, 1, 3, "saliency")
    windows = {name: _middle(window.cut(features(name), fill=silence)) for name in names[:MAX_WINDOWS]}
    figures |= _window_figures(model, windows[names[0]], evaluation)
    progress.report(stage, 2, 3, "filters")
    chosen = np.stack(list(windows.values()))
    return figures | _filters(model, chosen, normalisation.fit(chosen).mean)


def _middle(windows: np.ndarray) -> np.ndarray:
    return windows[len(windows) // 2]


def _shown(evaluation: ClassEvaluation) -> list[str]:
    """At most `MAX_TRACKS` of the test tracks, evenly spaced from the first one."""
    names = [row["track"] for row in evaluation["tracks"]]
    return names[:: -(-len(names) // MAX_TRACKS)]


def _map(rows: np.ndarray, names: list[str], evaluation: ClassEvaluation, *, seed: int) -> "Figure":
    """Embeddings of test tracks on a plane."""
    results = {row["track"]: row for row in evaluation["tracks"]}
    ref_classes, right = [results[name]["wanted"] for name in names], [results[name]["right"] for name in names]
    return track_map(tsne(rows, seed=seed), ref_classes, right)


def _window_figures(model: Any, window: np.ndarray, evaluation: ClassEvaluation) -> dict[str, bytes]:
    """Responses and saliency of the middle window of the most confident mistake, else of the first track."""
    row = evaluation["tracks"][0]
    ref_class, est_class = row["wanted"], row["answered"]
    title = f"{row['track']}: {ref_class}, classified as {est_class}"
    (slopes,) = saliency(model, window[None], evaluation["classes"].index(est_class))
    return {
        "answers": png(layer_responses(window, responses(model, window), title)),
        "reasons": png(saliency_map(window, slopes, f"{title}: why {est_class}")),
    }


def _filters(model: Any, windows: np.ndarray, level: np.ndarray) -> dict[str, bytes]:
    """Filters of the first convolution, and inputs that maximise the activation of filters of all convolutions."""
    kernels, images, titles = filters(model), [], []
    for layer in convolutions(model):
        chosen = most_variable_filters(model, layer, windows, FILTERS)
        images.append(maximise_activation(model, layer, chosen, level))
        titles += [f"{layer} {number}" for number in chosen]
    return {
        "filters": png(spectra(kernels, [str(number) for number in range(len(kernels))], signed=True)),
        "maximised": png(spectra(np.concatenate(images), titles, signed=False)),
    }
