"""Registrations: names, split rules and values of loader options."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from mir_models.errors import ParameterError
from storage.corpora.registrations import LOADERS, Registration, check, loader_options


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": "Not so"}, "a dataset name. Received: 'Not so'"),
        ({"split": "chance"}, "a split rule. Received: 'chance'"),
        ({"loader": "none"}, "a known dataset loader. Received: 'none'"),
        ({"options": {"level": 3}}, "an option of loader 'folder'. Received: level"),
        ({"options": {"pedal": "down"}}, "option pedal: applied or separate. Received: 'down'"),
    ],
)
def test_a_wrong_setting_is_a_parameter_error(changes: dict[str, Any], expected: str) -> None:
    with pytest.raises(ParameterError, match=re.escape(f"Expected {expected}.")):
        check(Registration(**{"name": "x", "loader": "folder", "root": "/r", **changes}))


def test_a_loader_option_is_parsed_as_the_type_of_its_default() -> None:
    read = loader_options(LOADERS.get("maps"), {"subsets": "all", "seed": "3", "validation_share": "0.5"})
    assert (read.subsets, read.seed, read.validation_share) == ("all", 3, 0.5)
    assert loader_options(LOADERS.get("maps"), {"validation_share": 0}).validation_share == 0
    exact = [loader_options(LOADERS.get("folder"), {"labels_exact": text}).labels_exact for text in ("Yes", "0", True)]
    assert exact == [True, False, True]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"seed": "3.5"}, "option seed of type int. Received: '3.5'. Remedy: give a number such as 0."),
        ({"seed": 3.5}, "option seed of type int. Received: 3.5. Remedy: give a number such as 0."),
        ({"seed": True}, "option seed of type int. Received: True. Remedy: give a number such as 0."),
        ({"subsets": 1}, "option subsets of type str. Received: 1. Remedy: give text."),
        ({"validation_share": "1"}, "option validation_share: a number in [0, 1). Received: 1.0."),
    ],
)
def test_a_loader_option_of_another_type_is_a_parameter_error(options: dict[str, Any], expected: str) -> None:
    with pytest.raises(ParameterError, match=re.escape(f"Expected {expected}")):
        loader_options(LOADERS.get("maps"), options)


def test_a_truth_value_is_true_or_false() -> None:
    with pytest.raises(ParameterError, match=re.escape("Received: 'maybe'. Remedy: write true or false.")):
        loader_options(LOADERS.get("folder"), {"labels_exact": "maybe"})


@pytest.mark.parametrize(
    ("loader", "options", "expected"),
    [
        ("artist20", {"split": "no"}, "an option split"),
        ("fma", {"size": "no"}, "an option size"),
        ("gtzan", {"split": "no"}, "an option split"),
        ("labelled_folders", {"levels": "no"}, "option levels"),
        ("maestro", {"version": "no"}, "an option version"),
        ("maps", {"labels": "no"}, "an option labels"),
        ("mirdata", {"validation_share": 1.0}, "option validation_share"),
        ("renderings", {"variants": 0}, "shares in [0, 1) that leave some, variants >= 1"),
        ("table", {"columns": "no"}, "option columns"),
    ],
)
def test_a_wrong_option_of_a_loader_is_a_parameter_error(
    tmp_path: Path, loader: str, options: dict[str, Any], expected: str
) -> None:
    with pytest.raises(ParameterError, match=re.escape(f"Expected {expected}")):
        Registration("x", loader, str(tmp_path), options).listing()
