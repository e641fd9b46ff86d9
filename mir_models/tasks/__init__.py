"""Tasks: what is learnt. One file is one task.

An entry has ``VERSION``, ``LABELS`` (the label kind it needs), ``KIND`` (one of `KINDS`), ``BASELINE_FEATURES``
(presets that its baselines hear) and functions of the heads of a network: ``monitor`` (the validation score by which
the best epoch is chosen), ``fields`` (the rolls that it learns from), ``targets(example, heads)``, ``losses`` and their
``weights``. How tracks are validated depends on the kind:

* ``"notes"``: every frame has targets; ``validate(predict, tracks, grid)`` and ``calibrate(predict, tracks, grid,
  frame_threshold)``, see :mod:`mir_models.tasks.piano_transcription`.
* ``"classes"``: a track has one; ``validate(tracks)``, see :mod:`mir_models.inference.classification`.
"""

from __future__ import annotations

from mir_models.registry import Registry

TASKS = Registry("mir_models.tasks", "task")
KINDS = ("notes", "classes")
