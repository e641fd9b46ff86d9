"""Tasks: what is learnt. One file is one task.

An entry has ``LABELS`` (the label kind it needs), ``MONITOR`` (the validation score by which the best epoch is chosen),
``targets(example, heads)``, ``losses(heads)``, ``validate(predict, tracks)`` and ``calibrate(predict, tracks, grid)``.
"""

from __future__ import annotations

from mir_models.registry import Registry

TASKS = Registry("mir_models.tasks", "task")
