"""The models that come with mirliton: one folder per task, see `storage.models.exported`."""

from __future__ import annotations

from pathlib import Path

from mir_models.errors import MirlitonError
from storage.models.exported import RECORD, ModelFolder

__all__ = ["is_shipped", "shipped"]
HERE = Path(__file__).parent
"""Folder with one exported model per task."""


def is_shipped(task: str) -> bool:
    """Whether a model of the task comes with mirliton."""
    return (HERE / task / RECORD).is_file()


def shipped(task: str) -> ModelFolder:
    """The model of a task that is there without any training.

    Raises
    ------
    MirlitonError
        Where none comes with mirliton.
    """
    if not is_shipped(task):
        remedy = f"name a network that you trained: --model NAME, after mirliton train {task} --model NAME"
        raise MirlitonError(f"a model for {task} that comes with mirliton", received="none", remedy=remedy)
    return ModelFolder(HERE / task)
