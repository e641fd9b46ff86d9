"""Losses of the networks' heads, for targets in [0, 1] of which nearly all are 0."""

from __future__ import annotations

from typing import Any


def cross_entropy(focal_gamma: float = 0.0) -> Any:
    """Binary cross-entropy per frame, the mean over keys; with gamma > 0 the focal one.

    Focal loss weighs every cell by ``|wanted - answered| ** gamma``: silence that is already known counts less. For
    targets of 0 and 1 it is that of T.-Y. Lin et al., "Focal Loss for Dense Object Detection", ICCV 2017; for targets
    between them, which a regressed onset has, it is least where the answer is right, as theirs is not (X. Li et al.,
    "Generalized Focal Loss", NeurIPS 2020).
    """
    if focal_gamma == 0:
        return "binary_crossentropy"

    def focal(wanted: Any, answered: Any) -> Any:
        from keras import ops

        far = ops.abs(ops.cast(wanted, answered.dtype) - answered)
        return ops.mean(far**focal_gamma * _entropy(wanted, answered), axis=-1)

    return focal


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

    return ops.mean(ops.where(wanted > 0, _entropy(wanted, answered), 0.0), axis=-1)


def _entropy(wanted: Any, answered: Any) -> Any:
    """Cross-entropy of every cell."""
    from keras import ops

    wanted, answered = ops.cast(wanted, answered.dtype), ops.clip(answered, 1e-6, 1 - 1e-6)
    return -(wanted * ops.log(answered) + (1 - wanted) * ops.log(1 - answered))
