"""Ensembles: trained networks that answer together, the mean of their probabilities (the sum rule [1]_).

.. [1] J. Kittler, M. Hatef, R. Duin and J. Matas, "On Combining Classifiers", IEEE TPAMI 20(3), 1998.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mir_models.inference.classification import HEAD


def joined(members: Mapping[str, Any], name: str) -> Any:
    """One network that says the mean of what its members say.

    Parameters
    ----------
    members : mapping of name to keras.Model
        All from the same (batch, n_frames, n_bins) to ``{"class": (batch, n_classes)}``. Their layers are copied, with
        their weights, and called after the member.
    name : str

    Returns
    -------
    keras.Model
        From (batch, n_frames, n_bins) to ``{"class": (batch, n_classes)}``.
    """
    import keras

    heard = keras.Input(next(iter(members.values())).input_shape[1:], name="features")
    said = [_copied(member, called, heard) for called, member in members.items()]
    mean = keras.layers.Average(dtype="float32", name=HEAD)(said)
    return keras.Model(heard, {HEAD: mean}, name=name)


def _copied(member: Any, called: str, heard: Any) -> Any:
    """What a copy of a member says of an input."""
    import keras

    def renamed(layer: Any) -> Any:
        return type(layer).from_config({**layer.get_config(), "name": f"{called}_{layer.name}"})

    copy = keras.models.clone_model(member, input_tensors=heard, clone_function=renamed)
    copy.set_weights(member.get_weights())
    return copy.output[HEAD]
