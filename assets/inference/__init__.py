"""Trained models applied to recordings on disk, and exported.

* `champion`: which model is in use for a task?
* `classifier`: which classes does a recording have, window by window?
* `export`: how does a model leave the store, with its card?
* `licences`: under which licences is what it was trained on?
* `loaded_model`: how is a model loaded from the store, a run or a folder?
* `offered_models`: which models can be tried on a page?
* `recording_views`: what does a page show of a recording?
* `registered_model`: what does a model do that MLflow opens?
* `transcriber`: which notes does a recording have?
"""

__all__ = [
    "champion",
    "classifier",
    "export",
    "licences",
    "loaded_model",
    "offered_models",
    "recording_views",
    "registered_model",
    "transcriber",
]
