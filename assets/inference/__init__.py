"""Trained models applied to recordings on disk, and exported.

* `classifier`: which classes does a recording have, window by window?
* `export`: how does a model leave the store, with its card?
* `loaded_model`: how is a model loaded from the store, a run or a folder?
* `transcriber`: which notes does a recording have?
"""

__all__ = ["classifier", "export", "loaded_model", "transcriber"]
