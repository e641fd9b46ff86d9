"""Functions that tasks with one class per track share: they import ``*`` and add ``NAME``, ``LABELS``, ``VERSION``."""

from __future__ import annotations

from typing import Literal

from mir_models.inference.classification import BASELINE_FEATURES, fields, losses, monitor, targets, validate, weights
from mir_models.training.chance import mean_targets as constants

KIND: Literal["classes"] = "classes"

__all__ = ["BASELINE_FEATURES", "KIND", "constants", "fields", "losses", "monitor", "targets", "validate", "weights"]
