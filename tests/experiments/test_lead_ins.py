"""Errors of alignments against the lead-ins of renderings."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.lead_ins import _options, errors, rows
from storage.datasets import renderings


class Record:
    """Of labels: a track and its lag."""

    def __init__(self, track: str, lag: float) -> None:
        self.track, self.lag = track, lag


def test_errors_are_found_minus_true_lags() -> None:
    options = _options({"lead_in": "3", "variants": "2", "format": "flac"})
    assert (options.lead_in, options.variants, options.format) == (3.0, 2, "flac")
    lags = {name: renderings.lead_in(name, options) + late for name, late in (("a~1", 0.002), ("b~1", -0.3))}
    np.testing.assert_allclose(errors(lags, options), [0.002, -0.3], atol=1e-9)


def test_the_table_has_accepted_and_refused_alignments(monkeypatch: pytest.MonkeyPatch) -> None:
    from assets import resources

    options = renderings.Options(lead_in=2.0)
    true = {name: renderings.lead_in(name, options) for name in ("a~1", "b~1")}
    reason = f"Expected an alignment. Received: 0.00 (correlation, lag {true['b~1']:.3f} s): other notes."

    class Row:
        track, stage = "b~1", "labels"

    Row.reason = reason  # type: ignore[attr-defined]

    class Store:
        def registration(self, name: str) -> object:
            return type("Registration", (), {"options": {"lead_in": "2"}})

        def dataset(self, name: str) -> object:
            labels = type("Labels", (), {"records": lambda self: [Record("a~1", true["a~1"] + 0.08)]})()
            quarantine = type("Quarantine", (), {"rows": lambda self: [Row]})()
            return type("Dataset", (), {"labels": labels, "quarantine": quarantine})

    monkeypatch.setattr(resources, "StoreResource", Store)
    accepted, refused = rows("music")
    assert accepted == ["accepted", "1", "+80.00", "80.00", "80.00", "0"]
    assert refused[:2] == ["refused", "1"]
    assert refused[-1] == "1"
