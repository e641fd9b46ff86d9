"""Figures: arrays in, a ``matplotlib.figure.Figure`` out, without pyplot; storage writes it to a file.

* `alignment`: onsets before and after alignment, confidence against residual, lags of a dataset
* `classes`: confusion matrix, class probabilities over time
* `example`: a training example, features above targets
* `inspection`: one track: spectrum under its labels, onsets, lag
* `network`: filters, layer responses, saliency, a map of tracks
* `onset_timing`: note F1 by tolerance, distribution of onset errors
* `training`: loss curves
* `transcription`: notes found, F1 by key and by track
"""

__all__ = ["alignment", "classes", "example", "inspection", "network", "onset_timing", "training", "transcription"]
