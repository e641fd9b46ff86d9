"""Networks: one file is one architecture.

An entry has ``TASK``, ``FEATURE`` (the preset it hears), ``HEADS``, ``VERSION``, a frozen ``Params``, ``TRAINING``
(its default :class:`mir_models.training.fit.Params`), ``AUGMENTATION`` (its default
:class:`mir_models.augmentation.spectrum.Params`) and ``build(params, *, scale) -> keras.Model``, which maps
(batch, n_frames, n_bins) to ``{head: (batch, n_frames, n_targets)}`` for any number of frames. A network that names a
class also has ``WINDOW`` (:class:`mir_models.examples.windows.Window`, what it hears at once) and ``build(params, *, scale,
n_frames, n_classes)``, which maps a window to ``{"class": (batch, n_classes)}``. One that is made of others has
``MEMBERS``, these by name, and ``join(models)`` instead of a training.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from mir_models.registry import Registry
from mir_models.tasks import TASKS
from mir_models.transfer import fine_tuning

ARCHITECTURES = Registry("mir_models.architectures", "architecture")


def heard_presets(task: str) -> list[str]:
    """The presets that the networks and the baselines of a task hear, sorted; others are made on request."""
    networks = [each for each in ARCHITECTURES.entries().values() if task == each.TASK]
    return sorted({*(each.FEATURE for each in networks), *TASKS.get(task).BASELINE_FEATURES})


def members(architecture: ModuleType) -> dict[str, ModuleType]:
    """The networks that an architecture is made of; none where it learns by itself."""
    return dict(getattr(architecture, "MEMBERS", {}))


def parts(architecture: ModuleType) -> dict[str, Any]:
    """What can be chosen of a training: nothing where trained members are joined."""
    return {} if members(architecture) else declared(architecture)


def declared(architecture: ModuleType) -> dict[str, Any]:
    """The settings of a training by their part, dataclasses with the values that the architecture declares."""
    values = {
        "network": architecture.Params(),
        "training": architecture.TRAINING,
        "augmentation": architecture.AUGMENTATION,
        "start": fine_tuning.Params(),
    }
    return values | ({"window": architecture.WINDOW} if hasattr(architecture, "WINDOW") else {})
