"""Insight: pictures of what is inside a network of classes, for its report."""

from typing import Any

import numpy as np

from assets.training.corpora import Corpora
from mir_models.examples.windows import Window
from mir_models.features import settings
from mir_models.figures.network import answers, pictures, reasons, track_map
from mir_models.interpretability.activation_maximisation import maximised
from mir_models.interpretability.convolutions import convolutions, filters, responses, strongest
from mir_models.interpretability.embedding_map import FEWEST, tsne
from mir_models.interpretability.saliency import saliency
from mir_models.training import normalisation
from mir_models.transfer import embeddings
from storage import progress
from storage.examples.shards import TrackShards
from storage.media.png import png

FILTERS = 8
"""Filters of a layer that are shown."""
HEARD = 32
"""Tracks at most whose middle windows choose them."""
MOST = 300
"""Tracks on a map."""
SHORTEST = 8
"""Frames of a window below which there is nothing to see in it."""

Tracks = dict[str, TrackShards]


def inside(
    model: Any, record: dict[str, Any], corpora: Corpora, evaluation: dict[str, Any], tested: Tracks
) -> dict[str, bytes]:
    """The figures by name; of a network without convolutions over a spectrum, the map of its tracks only."""
    stage, window = f"looking into {record['architecture']}", Window(**record["decoding"]["window"])
    silence = settings(record["preset"], record["feature"]["params"]).silence
    names = _shown(evaluation)

    def heard(name: str) -> np.ndarray:
        return corpora.whole(tested[name], "features")["features"]

    progress.tell(stage, 0, 3, "a map of the tracks")
    figures = {}
    if len(names) >= FEWEST:
        ear = embeddings.embedder(model)
        rows = np.stack([embeddings.of_track(ear, heard(name), window, silence=silence) for name in names])
        figures["track_map"] = png(_map(rows, names, evaluation, seed=record["training"]["seed"]))
    if not convolutions(model) or window.frames < SHORTEST:
        return figures
    progress.tell(stage, 1, 3, "why it answers so")
    windows = {name: _middle(window.cut(heard(name), fill=silence)) for name in names[:HEARD]}
    figures |= _clip(model, windows[names[0]], evaluation)
    progress.tell(stage, 2, 3, "what its filters answer to")
    chosen = np.stack(list(windows.values()))
    return figures | _filters(model, chosen, normalisation.fit(chosen).mean)


def _middle(windows: np.ndarray) -> np.ndarray:
    return windows[len(windows) // 2]


def _shown(evaluation: dict[str, Any]) -> list[str]:
    """The track that is looked at first, and others evenly among those that are tested."""
    names = [row["track"] for row in evaluation["tracks"]]
    return names[:: -(-len(names) // MOST)]


def _map(rows: np.ndarray, names: list[str], evaluation: dict[str, Any], *, seed: int) -> Any:
    """Test tracks on a plane."""
    told = {row["track"]: row for row in evaluation["tracks"]}
    wanted, right = ([told[name][key] for name in names] for key in ("wanted", "right"))
    return track_map(tsne(rows, seed=seed), wanted, right)


def _clip(model: Any, window: np.ndarray, evaluation: dict[str, Any]) -> dict[str, bytes]:
    """The middle window of the most confident mistake, or where there is none of the first track."""
    row = evaluation["tracks"][0]
    title = f"{row['track']}: {row['wanted']}, heard as {row['answered']}"
    (slopes,) = saliency(model, window[None], evaluation["classes"].index(row["answered"]))
    return {
        "answers": png(answers(window, responses(model, window), title)),
        "reasons": png(reasons(window, slopes, f"{title}: why {row['answered']}")),
    }


def _filters(model: Any, windows: np.ndarray, level: np.ndarray) -> dict[str, bytes]:
    """Filters of the first convolution, and what those of all convolutions answer to most."""
    kernels, images, titles = filters(model), [], []
    for layer in convolutions(model):
        chosen = strongest(model, layer, windows, FILTERS)
        images.append(maximised(model, layer, chosen, level))
        titles += [f"{layer} {number}" for number in chosen]
    return {
        "filters": png(pictures(kernels, [str(number) for number in range(len(kernels))], signed=True)),
        "maximised": png(pictures(np.concatenate(images), titles, signed=False)),
    }
