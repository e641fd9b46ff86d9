"""Insight: pictures of what is inside a network of classes, for its report."""

from typing import Any

import numpy as np

from assets.corpora import Corpora
from mir_models import embedding, normalisation
from mir_models.features import settings
from mir_models.figures.network import answers, pictures, reasons, track_map
from mir_models.insight.layers import convolutions, filters, responses, strongest
from mir_models.insight.maps import FEWEST, tsne
from mir_models.insight.maximisation import maximised
from mir_models.insight.saliency import saliency
from mir_models.windows import Window
from storage import progress
from storage.examples import TrackShards
from storage.pictures import png

FILTERS = 8
"""Filters of a layer that are shown."""
HEARD = 32
"""Windows at most that choose them."""
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
    heard = settings(record["preset"], record["feature"]["params"])
    features = {name: corpora.whole(tested[name], "features")["features"] for name in _shown(evaluation)}
    progress.tell(stage, 0, 3, "a map of the tracks")
    figures = {}
    if len(features) >= FEWEST:
        figures["track_map"] = png(_map(model, record, features, evaluation, window, heard.silence))
    if not convolutions(model) or window.frames < SHORTEST:
        return figures
    progress.tell(stage, 1, 3, "why it answers so")
    figures |= _clip(model, features, evaluation, window, heard.silence)
    progress.tell(stage, 2, 3, "what its filters answer to")
    windows = np.concatenate([window.cut(each, fill=heard.silence) for each in features.values()])
    chosen = windows[:: max(1, len(windows) // HEARD)][:HEARD]
    return figures | _filters(model, chosen, normalisation.fit(features.values()).mean)


def _shown(evaluation: dict[str, Any]) -> list[str]:
    """The track that is looked at first, and others evenly among those that are tested."""
    names = [row["track"] for row in evaluation["tracks"]]
    return names[:: -(-len(names) // MOST)]


def _map(
    model: Any,
    record: dict[str, Any],
    features: dict[str, np.ndarray],
    evaluation: dict[str, Any],
    window: Window,
    silence: float,
) -> Any:
    """Test tracks on a plane."""
    ear = embedding.embedder(model)
    rows = np.stack([embedding.of_track(ear, each, window, silence=silence) for each in features.values()])
    told = {row["track"]: row for row in evaluation["tracks"]}
    shown = [told[name] for name in features]
    return track_map(
        tsne(rows, seed=record["training"]["seed"]), [row["wanted"] for row in shown], [row["right"] for row in shown]
    )


def _clip(
    model: Any, features: dict[str, np.ndarray], evaluation: dict[str, Any], window: Window, silence: float
) -> dict[str, bytes]:
    """The middle window of the most confident mistake, or where there is none of the first track."""
    row = evaluation["tracks"][0]
    windows = window.cut(features[row["track"]], fill=silence)
    clip = windows[len(windows) // 2][None]
    title = f"{row['track']}: {row['wanted']}, heard as {row['answered']}"
    slopes = saliency(model, clip, evaluation["classes"].index(row["answered"]))
    return {
        "answers": png(answers(clip[0], responses(model, clip[0]), title)),
        "reasons": png(reasons(clip[0], slopes[0], f"{title}: why {row['answered']}")),
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
