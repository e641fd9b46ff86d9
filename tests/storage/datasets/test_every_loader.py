"""The contract of every dataset loader: declared metadata, options, downloads and errors."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from mir_models.errors import MirlitonError
from storage.corpora.label_kinds import CLASSES
from storage.corpora.registrations import LOADERS, published_files
from storage.downloads.download import check_remote

DATASETS = Path(__file__).parents[3] / "docs" / "datasets.md"


@pytest.mark.parametrize("name", LOADERS.names())
def test_a_loader_declares_its_corpus_and_its_labels(name: str, tmp_path: Path) -> None:
    loader = LOADERS.get(name)
    assert all((loader.DESCRIPTION, loader.LICENCE, loader.CITATION, loader.HOMEPAGE))
    assert loader.KINDS
    assert set(loader.KINDS) <= {"notes", *CLASSES}
    assert is_dataclass(loader.Options)
    assert loader.Options.__dataclass_params__.frozen  # type: ignore[attr-defined]
    for remote in (*loader.DOWNLOADS, *published_files(loader, loader.Options())):
        check_remote(remote)  # A checksum of a known kind, among others.
    if name != "demo":  # The demo corpus makes its own folder.
        with pytest.raises(MirlitonError, match="nowhere"):
            loader.tracks(tmp_path / "nowhere", loader.Options())


@pytest.mark.parametrize("name", LOADERS.names())
def test_a_loader_and_its_options_are_in_the_documentation(name: str) -> None:
    (row,) = [line for line in DATASETS.read_text(encoding="utf-8").splitlines() if line.startswith(f"| `{name}` ")]
    options = [each.name for each in fields(LOADERS.get(name).Options)]
    assert name == "mirdata" or all(f"`{option}" in row for option in options)
