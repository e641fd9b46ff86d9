"""Losses of heads over piano keys: binary cross-entropy, focal loss, and cross-entropy of velocities at onsets."""

from __future__ import annotations

from typing import Any


def cross_entropy(focal_gamma: float = 0.0) -> Any:
    """Binary cross-entropy per frame, the mean over keys; with gamma > 0 the focal loss.

    Focal loss weighs every cell by ``|y_true - y_pred| ** gamma``: cells predicted well, nearly all of which are
    silent, count less. For targets of 0 and 1 it is that of T.-Y. Lin et al., "Focal Loss for Dense Object Detection",
    ICCV 2017; for targets between them, which a regressed onset has, it is least where prediction and target are equal,
    as theirs is not (X. Li et al., "Generalized Focal Loss", NeurIPS 2020).
    """
    if focal_gamma == 0:
        return "binary_crossentropy"

    def focal(y_true: Any, y_pred: Any) -> Any:
        from keras import ops

        distance = ops.abs(ops.cast(y_true, y_pred.dtype) - y_pred)
        return ops.mean(distance**focal_gamma * _entropy(y_true, y_pred), axis=-1)

    return focal


def onset_velocity_loss(y_true: Any, y_pred: Any) -> Any:
    """Cross-entropy of velocities where the target is not 0, i.e. around onsets only.

    Parameters
    ----------
    y_true, y_pred : (batch, n_frames, 88) in [0, 1]
        The target is velocity / 127 around an onset and 0 elsewhere.

    Returns
    -------
    (batch, n_frames)
        Mean over all 88 keys.
    """
    from keras import ops

    return ops.mean(ops.where(y_true > 0, _entropy(y_true, y_pred), 0.0), axis=-1)


def _entropy(y_true: Any, y_pred: Any) -> Any:
    """Binary cross-entropy of every cell."""
    from keras import ops

    y_true, y_pred = ops.cast(y_true, y_pred.dtype), ops.clip(y_pred, 1e-6, 1 - 1e-6)
    return -(y_true * ops.log(y_pred) + (1 - y_true) * ops.log(1 - y_pred))
