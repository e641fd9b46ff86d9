"""The order of test files: those that take long come first, so that no process begins one when the others are done.

It counts where files are divided among processes (``pytest -n auto --dist loadfile --no-loadscope-reorder``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).parent
SLOWEST = (
    "experiments/test_mutation.py",  # Whose processes are forks: of a process that holds little yet.
    "experiments/test_fma_small.py",
    "mir_models/architectures/test_note_architectures.py",
    "assets/inference/test_export.py",
    "end_to_end/test_object_store.py",
    "end_to_end/test_probe.py",
    "assets/test_variants.py",
    "assets/training/test_ensembles.py",
    "mir_models/training/test_precision.py",
    "mir_models/augmentation/test_waveform.py",
    "mir_models/alignment/test_alignment.py",
    "pipelines/cli/test_unused_input.py",
    "pipelines/cli/test_dataset_summary.py",
    "mir_models/architectures/test_class_architectures.py",
    "experiments/artists/test_folds.py",
    "pipelines/cli/test_transcribe_pipes.py",
    "experiments/test_odd_files.py",
    "pipelines/estimate/test_plan.py",
    "pipelines/cli/test_commands.py",
    "storage/datasets/test_demo_corpus.py",
    "experiments/test_ablation.py",
    "assets/preparation/test_without_ffmpeg.py",
    "assets/preparation/test_alignment_page.py",
    "mir_models/identification/test_landmarks.py",
)
"""Files that take some ten seconds and more, about the slowest first."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Put the tests of the slowest files first; within a file, and among all others, the order stays."""
    rank = {TESTS / name: place for place, name in enumerate(SLOWEST)}
    items.sort(key=lambda item: rank.get(item.path, len(rank)))
