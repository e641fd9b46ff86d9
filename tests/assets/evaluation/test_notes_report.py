"""Evaluation of transcriptions: what a report does without."""

from __future__ import annotations

from types import SimpleNamespace

from assets.evaluation import notes
from mir_models.features import feature_of


def test_a_dataset_that_only_tests_is_evaluated_without_the_energy_baseline() -> None:
    """Recordings kept aside have no validation split on which a threshold could be chosen."""
    kept_aside = SimpleNamespace(tracks=[SimpleNamespace(split="test")])
    assert notes._energy(kept_aside, feature_of("cqt").PRESETS["cqt"]) == {}
