"""``mirliton doctor`` names the extra with which a missing library is installed."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError

import pytest

from pipelines.cli import doctor

EXTRAS = [("tensorflow", "pipeline"), ("jax", "training,jax"), ("torch", "training,torch"), ("zarr", "pipeline")]


@pytest.mark.parametrize(("library", "extras"), EXTRAS)
def test_the_remedy_has_the_extra_of_the_library(monkeypatch: pytest.MonkeyPatch, library: str, extras: str) -> None:
    def version(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(doctor, "version", version)
    remedy = f"Remedy: pip install -c constraints.txt -e '.[{extras}]'"
    assert doctor._library(library) == (False, f"{library} is not installed. {remedy}")
