"""Tasks: what is learnt. One file is one task.

An entry has ``VERSION``, ``LABELS`` (the label kind it needs) and functions of the heads of a network: ``monitor`` (the
validation score by which the best epoch is chosen), ``fields`` (the rolls that it learns from),
``targets(example, heads)``, ``losses`` and their ``weights``; and ``validate(predict, tracks, grid)`` and
``calibrate(predict, tracks, grid, frame_threshold)``.
"""

from __future__ import annotations

from mir_models.registry import Registry

TASKS = Registry("mir_models.tasks", "task")
