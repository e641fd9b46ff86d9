"""The lists that mypy checks against protocols are the entries of the registries, and subkinds are told apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from mir_models.alignment import ALIGNMENTS, AlignmentMethod
from mir_models.architectures import ARCHITECTURES, ClassArchitecture, Ensemble
from mir_models.augmentation.waveform import AUGMENTATIONS
from mir_models.features import FEATURES
from mir_models.registry import Registry
from mir_models.tasks import KINDS, TASKS
from storage.corpora.registrations import LOADERS
from storage.datasets import DownloadsByOptions, LicenceByOptions, NoteReader
from tests.protocols import entries


@pytest.mark.parametrize(
    ("registry", "checked"),
    [
        (FEATURES, entries.FEATURES),
        (ALIGNMENTS, entries.ALIGNMENTS),
        (AUGMENTATIONS, entries.AUGMENTATIONS),
        (ARCHITECTURES, [*entries.NOTE_ARCHITECTURES, *entries.CLASS_ARCHITECTURES]),
        (TASKS, [*entries.NOTE_TASKS, *entries.CLASS_TASKS]),
        (LOADERS, entries.LOADERS),
    ],
    ids=lambda each: each.kind if isinstance(each, Registry) else "",
)
def test_every_entry_is_checked_by_mypy(registry: Registry[Any], checked: Sequence[Any]) -> None:
    assert sorted(checked, key=lambda each: each.NAME) == [registry.get(name) for name in registry.names()]


@pytest.mark.parametrize(
    ("registry", "protocol", "checked"),
    [
        (ARCHITECTURES, ClassArchitecture, entries.CLASS_ARCHITECTURES),
        (ARCHITECTURES, Ensemble, entries.ENSEMBLES),
        (LOADERS, LicenceByOptions, entries.LICENCE_BY_OPTIONS),
        (LOADERS, DownloadsByOptions, entries.DOWNLOADS_BY_OPTIONS),
        (LOADERS, NoteReader, entries.NOTE_READERS),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_subkinds_are_told_apart_by_what_they_have(
    registry: Registry[Any], protocol: type, checked: Sequence[Any]
) -> None:
    assert [each for each in registry.entries().values() if isinstance(each, protocol)] == checked


def test_the_kind_of_a_task_is_one_of_two() -> None:
    kinds = {name: task.KIND for name, task in TASKS.entries().items()}
    assert kinds == {"artist_recognition": "classes", "genre_recognition": "classes", "piano_transcription": "notes"}
    assert set(kinds.values()) == set(KINDS)


@pytest.mark.parametrize("registry", [LOADERS, FEATURES, ALIGNMENTS, AUGMENTATIONS, ARCHITECTURES, TASKS])
def test_every_entry_has_a_docstring(registry: Registry[Any]) -> None:
    assert all((entry.__doc__ or "").strip() for entry in registry.entries().values())


@pytest.mark.parametrize("method", entries.ALIGNMENTS, ids=lambda each: each.NAME)
def test_an_alignment_method_has_a_confidence_threshold(method: AlignmentMethod) -> None:
    assert method.Params.__dataclass_params__.frozen  # type: ignore[attr-defined]  # not in typeshed
    assert 0 <= method.Params().confidence_threshold <= 1
