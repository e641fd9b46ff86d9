"""Fine-tuning: a network that starts from the weights of a trained one, some of whose layers are frozen [1]_.

.. [1] J. Yosinski, J. Clune, Y. Bengio and H. Lipson, "How transferable are features in deep neural networks?",
   NeurIPS 2014.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mir_models.errors import MirlitonError, ParameterError
from mir_models.setting_types import WholeAmount, check_settings
from mir_models.training.normalisation import Scale


@dataclass(frozen=True)
class Params:
    """Where a training starts.

    Attributes
    ----------
    model : str
        TASK/NETWORK, the id of an MLflow run, the folder of a training, or nothing: from random weights.
    frozen : int >= 0
        How many of the layers that are transferred, counted from the input, are not trained.
    """

    model: str = ""
    frozen: WholeAmount = 0

    def __post_init__(self) -> None:
        check_settings(self)
        if self.frozen and not self.model:
            received = f"frozen={self.frozen} of no model"
            remedy = "give start.frozen=0 or more, and start.model with it"
            raise ParameterError("layers to freeze of a model that was trained", received=received, remedy=remedy)


def input_scale(source: Any) -> Scale:
    """Mean and variance by which a trained network normalises its input; its weights hold for that scale only.

    Raises
    ------
    MirlitonError
        For a network with no or with several `keras.layers.Normalization`, e.g. an ensemble.
    """
    import keras

    found = [each for each in source.layers if isinstance(each, keras.layers.Normalization)]
    if len(found) != 1:
        received, remedy = f"{source.name}, which has {len(found)}", "start from another, or from one of its members"
        raise MirlitonError("a network with one normalisation of its input", received=received, remedy=remedy)
    (layer,) = found
    mean, variance = (np.ravel(keras.ops.convert_to_numpy(each)) for each in (layer.mean, layer.variance))
    return Scale(mean.astype(np.float64), variance.astype(np.float64))


def transfer_weights(network: Any, source: Any, frozen: int, *, outputs: bool = False) -> int:
    """Copy the weights of a trained network, layer by layer from the input, as far as shapes agree.

    Parameters
    ----------
    network, source : keras.Model
        Built alike up to some layer, e.g. for other classes.
    frozen : int
        Layers of `network` to freeze, counted from the input.
    outputs : bool
        Whether the output layers are copied as well: only where both networks have the same classes. Two sets of
        classes may be equally large and mean something else.

    Returns
    -------
    int
        Number of layers copied.

    Raises
    ------
    MirlitonError
        Where no layer agrees, or fewer than are to be frozen.
    """
    copied = []
    for ours, theirs in zip(_weighted_layers(network, outputs), _weighted_layers(source, outputs), strict=False):
        weights = theirs.get_weights()
        if [each.shape for each in ours.get_weights()] != [each.shape for each in weights]:
            break
        ours.set_weights(weights)
        copied.append(ours)
    if len(copied) < max(1, frozen):
        remedy = "start from a network of the same architecture, feature and sizes, or freeze fewer layers"
        expected = f"{max(1, frozen)} layers or more that {network.name} shares with {source.name}"
        raise MirlitonError(expected, received=len(copied), remedy=remedy)
    for layer in copied[:frozen]:
        layer.trainable = False
    return len(copied)


def _weighted_layers(network: Any, outputs: bool) -> list[Any]:
    """Layers with weights, from the input to the output, batch normalisation included; the heads where `outputs`."""
    import keras

    heads = set() if outputs else {id(each) for each in network.outputs}
    layers = [each for each in network.layers if each.weights and id(each.output) not in heads]
    return [each for each in layers if not isinstance(each, keras.layers.Normalization)]
