"""Networks: one file is one architecture.

An entry has ``TASK``, ``FEATURE`` (the preset it hears), ``HEADS``, ``VERSION``, a frozen ``Params``, ``TRAINING``
(its default :class:`mir_models.training.Params`), ``AUGMENTATION`` (its default
:class:`mir_models.spectral_augmentation.Params`) and ``build(params, *, scale) -> keras.Model``, which maps
(batch, n_frames, n_bins) to ``{head: (batch, n_frames, n_targets)}`` for any number of frames.
"""

from __future__ import annotations

from mir_models.registry import Registry

ARCHITECTURES = Registry("mir_models.architectures", "architecture")


def heard_presets() -> list[str]:
    """The presets that some network hears, sorted; others are made on request."""
    return sorted({each.FEATURE for each in ARCHITECTURES.entries().values()})
