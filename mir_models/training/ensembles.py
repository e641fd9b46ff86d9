"""Ensembles: one network of several trained ones, whose output is the mean of their probabilities (the sum rule [1]_).

.. [1] J. Kittler, M. Hatef, R. Duin and J. Matas, "On Combining Classifiers", IEEE TPAMI 20(3), 1998.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mir_models.inference.classification import HEAD


def build_ensemble(members: Mapping[str, Any], name: str) -> Any:
    """One network whose output is the mean of its members' outputs.

    Parameters
    ----------
    members : mapping of name to keras.Model
        All from the same (batch, n_frames, n_bins) to ``{"class": (batch, n_classes)}``. Their layers are copied with
        their weights; the name of the member is put before theirs.
    name : str

    Returns
    -------
    keras.Model
        From (batch, n_frames, n_bins) to ``{"class": (batch, n_classes)}``.
    """
    import keras

    features = keras.Input(next(iter(members.values())).input_shape[1:], name="features")
    outputs = [_output_of_copy(member, prefix, features) for prefix, member in members.items()]
    mean = keras.layers.Average(dtype="float32", name=HEAD)(outputs)
    return keras.Model(features, {HEAD: mean}, name=name)


def _output_of_copy(member: Any, prefix: str, features: Any) -> Any:
    """Output of a copy of a member, whose layers are named ``<prefix>_<layer>``."""
    import keras

    def renamed(layer: Any) -> Any:
        return type(layer).from_config({**layer.get_config(), "name": f"{prefix}_{layer.name}"})

    copy = keras.models.clone_model(member, input_tensors=features, clone_function=renamed)
    copy.set_weights(member.get_weights())
    return copy.output[HEAD]
