"""Errors of alignments against the lead-ins of renderings."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile

from experiments.lead_ins import errors, rows, rows_anew, wrong_rows
from storage.corpora.registrations import Registration
from storage.datasets import renderings
from storage.media import midi
from storage.tracks.quarantine import QuarantineRow
from storage.tracks.records import AlignmentMeasurements
from tests.synthetic_piano import SR, piece, play


def measurements(lag: float | None) -> AlignmentMeasurements:
    """Of a refused alignment with a lag, or where none could be measured."""
    return AlignmentMeasurements(
        threshold=0.5,
        exact=False,
        label_content="",
        counts={},
        pedal="extend",
        method="correlation",
        lag=lag or 0.0,
        measured_lag=lag,
        tempo_ratio=1.0,
        frame_rate=172.3,
        confidence=0.1,
        evidence={},
    )


def test_errors_are_found_minus_true_lags() -> None:
    options = renderings.Options(lead_in=3.0, variants=2)
    lags = {name: renderings.lead_in(name, options) + late for name, late in (("a~1", 0.002), ("b~1", -0.3))}
    np.testing.assert_allclose(errors(lags, options), [0.002, -0.3], atol=1e-9)


def test_the_table_has_accepted_and_refused_alignments(monkeypatch: pytest.MonkeyPatch) -> None:
    from assets import resources

    registration = Registration("music", "renderings", "/nowhere", {"lead_in": "2", "processes": "0"})
    true = {name: renderings.lead_in(name, renderings.Options(lead_in=2.0)) for name in ("a~1", "b~1")}
    quarantine = [
        QuarantineRow("b~1", "labels", "other notes", measurements(true["b~1"])),
        QuarantineRow("c~1", "labels", "silence", measurements(None)),
        QuarantineRow("d~1", "labels", "a broken file"),
        QuarantineRow("e~1", "raw_audio", "a broken recording"),
    ]
    dataset = SimpleNamespace(
        labels=SimpleNamespace(records=lambda: [SimpleNamespace(track="a~1", lag=true["a~1"] + 0.08)]),
        quarantine=SimpleNamespace(rows=lambda *stages: [row for row in quarantine if row.stage in stages]),
    )
    store = SimpleNamespace(registration=lambda name: registration, dataset=lambda name: dataset)
    monkeypatch.setattr(resources, "StoreResource", lambda: store)
    assert rows("music") == [
        ["accepted", "1", "+80.00", "80.00", "80.00", "0"],
        ["refused", "1", "+0.00", "0.00", "0.00", "1"],
        ["refused without a lag", "2", "", "", "", ""],
    ]


@pytest.fixture
def rendered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """The true lags of two recordings of struck keys with their MIDI files, of a dataset in which one was refused."""
    from assets import resources

    options = {"lead_in": "2", "format": "flac"}
    registration = Registration("music", "renderings", str(tmp_path), options)
    (tmp_path / "renderings").mkdir()
    lags = {}
    for seed, name in enumerate(("a~1", "b~1")):
        notes = piece(seed, n=60, last=20.0)
        lags[name] = renderings.lead_in(name, renderings.Options(lead_in=2.0))
        y = play(notes, lag=lags[name], seconds=25.0)
        soundfile.write(tmp_path / "renderings" / f"{name}.flac", y, SR)
        (tmp_path / "renderings" / f"{name}.mid").write_bytes(midi.encode(notes, resolution=960))
    dataset = SimpleNamespace(
        labels=SimpleNamespace(records=lambda: [SimpleNamespace(track="a~1", lag=9.0)]),
        quarantine=SimpleNamespace(rows=lambda *_: [QuarantineRow("b~1", "labels", "other notes", measurements(9.0))]),
    )
    store = SimpleNamespace(registration=lambda name: registration, dataset=lambda name: dataset)
    monkeypatch.setattr(resources, "StoreResource", lambda: store)
    return lags


def test_recordings_are_aligned_anew_whatever_the_store_has(rendered: dict[str, float]) -> None:
    ((kind, n, _, within, largest, right),) = rows_anew("music")
    assert (kind, n, right) == ("accepted", "2", "2")
    assert float(within) <= float(largest) < 20


def test_wrong_labels_are_refused_by_condition(rendered: dict[str, float]) -> None:
    found = {name: (n, accepted) for name, n, accepted in wrong_rows("music", 2)}
    assert found["wrong piece"] == ("2", "0")
    assert found["transposed +2"] == ("2", "0")
    assert found.keys() >= {"missing repeat", "labels end early", "transposed -12"}
