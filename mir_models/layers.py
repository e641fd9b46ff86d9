"""Keras layers of our own: an LSTM with weight dropout. Importing this module registers them, so that models load."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras


@keras.saving.register_keras_serializable(package="mirliton")
class WeightDroppedLSTM(keras.layers.LSTM):
    """An LSTM whose recurrent kernel has some of its weights dropped for the length of a batch.

    Recurrent dropout drops activations anew in every step, for which cuDNN has no kernel; the same share of the weights
    dropped once per batch regularises the same connections at the kernel's full speed (S. Merity et al., "Regularizing
    and Optimizing LSTM Language Models", ICLR 2018, section 2; L. Wan et al., "Regularization of Neural Networks using
    DropConnect", ICML 2013).

    Parameters
    ----------
    units : int
    weight_drop : float in [0, 1)
        Share of the recurrent kernel's weights that are 0 in a training batch; the others are scaled up accordingly.
    **others
        Arguments of `keras.layers.LSTM`.
    """

    def __init__(self, units: int, *, weight_drop: float = 0.0, **others: Any) -> None:
        super().__init__(units, **others)
        self.weight_drop = weight_drop
        self.drops = keras.random.SeedGenerator()  # Its name is a path in saved models.

    def call(self, sequences: Any, initial_state: Any = None, mask: Any = None, training: bool = False) -> Any:
        """(batch, n_frames, n) to (batch, n_frames, units), or the last of them."""
        if not training or self.weight_drop == 0:
            return super().call(sequences, initial_state=initial_state, mask=mask, training=training)
        with self._dropped():
            return super().call(sequences, initial_state=initial_state, mask=mask, training=training)

    @contextmanager
    def _dropped(self) -> Iterator[None]:
        # Past Keras' own __setattr__, which would take the kernel without its weights for another variable.
        kernel = self.cell.recurrent_kernel
        thinned = keras.random.dropout(keras.ops.convert_to_tensor(kernel), self.weight_drop, seed=self.drops)
        object.__setattr__(self.cell, "recurrent_kernel", thinned)
        try:
            yield
        finally:
            object.__setattr__(self.cell, "recurrent_kernel", kernel)

    def get_config(self) -> dict[str, Any]:
        """Arguments from which `from_config` makes the layer again."""
        return {**super().get_config(), "weight_drop": self.weight_drop}
