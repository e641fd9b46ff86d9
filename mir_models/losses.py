"""Losses of the networks' heads, for targets in [0, 1] of which nearly all are 0."""

from __future__ import annotations

from typing import Any


def cross_entropy(focal_gamma: float = 0.0) -> Any:
    """Binary cross-entropy per frame, the mean over keys; with gamma > 0 the focal one.

    Focal loss weighs every cell by ``(1 - p_true) ** gamma``: silence that is already known counts less (T.-Y. Lin
    et al., "Focal Loss for Dense Object Detection", ICCV 2017).
    """
    import keras

    if focal_gamma == 0:
        return "binary_crossentropy"
    return keras.losses.BinaryFocalCrossentropy(gamma=focal_gamma)


def where_struck(wanted: Any, answered: Any) -> Any:
    """Cross-entropy of velocities where the target is not 0: a velocity is asked for only where a note begins.

    Parameters
    ----------
    wanted, answered : (batch, n_frames, 88) in [0, 1]
        The target is velocity / 127 around an onset and 0 elsewhere.

    Returns
    -------
    (batch, n_frames)
        Mean over all 88 keys.
    """
    from keras import ops

    answered = ops.clip(answered, 1e-6, 1 - 1e-6)
    entropy = -(wanted * ops.log(answered) + (1 - wanted) * ops.log(1 - answered))
    return ops.mean(ops.where(wanted > 0, entropy, 0.0), axis=-1)
