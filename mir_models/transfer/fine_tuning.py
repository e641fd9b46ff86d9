"""Fine-tuning: a network that begins with what another one learnt, and keeps some of it as it is [1]_.

.. [1] J. Yosinski, J. Clune, Y. Bengio and H. Lipson, "How transferable are features in deep neural networks?",
   NeurIPS 2014.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mir_models.errors import MirlitonError
from mir_models.training.normalisation import Scale


@dataclass(frozen=True)
class Params:
    """Where a training starts.

    Attributes
    ----------
    model : str
        TASK/NETWORK, the id of an MLflow run, or nothing: from random weights.
    frozen : int >= 0
        Of the layers that are taken over, counted from the input, how many stay as they are.
    """

    model: str = ""
    frozen: int = 0

    def __post_init__(self) -> None:
        if self.frozen < 0 or (self.frozen and not self.model):
            received = f"frozen={self.frozen}" + ("" if self.model else " of no model")
            remedy = "give start.frozen=0 or more, and start.model with it"
            raise MirlitonError("layers to freeze of a model that was trained", received=received, remedy=remedy)


def scale_of(source: Any) -> Scale:
    """The normalisation of a network's input: what it learnt holds for features of that scale only."""
    import keras

    found = [each for each in source.layers if isinstance(each, keras.layers.Normalization)]
    if len(found) != 1:
        received, remedy = f"{source.name}, which has {len(found)}", "start from another, or from one of its members"
        raise MirlitonError("a network with one normalisation of its input", received=received, remedy=remedy)
    (layer,) = found
    mean, variance = (np.ravel(keras.ops.convert_to_numpy(each)) for each in (layer.mean, layer.variance))
    return Scale(mean.astype(np.float64), variance.astype(np.float64))


def adopt(network: Any, source: Any, frozen: int, *, answers: bool = False) -> int:
    """Take over the weights of a trained network, layer by layer from the input, as far as shapes agree.

    Parameters
    ----------
    network, source : keras.Model
        Built alike up to some layer, e.g. for other classes.
    frozen : int
        Layers of `network` that stay as they are from then on.
    answers : bool
        Whether both answer the same question, so that the outputs are taken over as well; two sets of classes may be
        equally large and mean something else.

    Returns
    -------
    int
        Layers that were taken over.

    Raises
    ------
    MirlitonError
        Where no layer agrees, or fewer than are to be frozen.
    """
    taken = []
    for ours, theirs in zip(_learning(network, answers), _learning(source, answers), strict=False):
        weights = theirs.get_weights()
        if [each.shape for each in ours.get_weights()] != [each.shape for each in weights]:
            break
        ours.set_weights(weights)
        taken.append(ours)
    if len(taken) < max(1, frozen):
        remedy = "start from a network of the same architecture, feature and sizes, or freeze fewer layers"
        expected = f"{max(1, frozen)} layers or more that {network.name} shares with {source.name}"
        raise MirlitonError(expected, received=len(taken), remedy=remedy)
    for layer in taken[:frozen]:
        layer.trainable = False
    return len(taken)


def _learning(network: Any, answers: bool) -> list[Any]:
    """Layers with weights, from the input to the output; a normalisation of batches is a layer of its own."""
    import keras

    told = set() if answers else {id(each) for each in network.outputs}
    layers = [each for each in network.layers if each.weights and id(each.output) not in told]
    return [each for each in layers if not isinstance(each, keras.layers.Normalization)]
