"""A report's paragraph on chance: a note, a warning where the network is not above it, nothing of older models."""

from __future__ import annotations

import pytest

from storage.models.record import ChanceRecord
from storage.reports.pages.templates import template
from storage.reports.record import ReportRecord
from tests.stored_records import report_record


def chance(verdict: str) -> ChanceRecord:
    figures = {"n_steps": 90, "n_examples": 96, "val_loss": 2.31, "chance_loss": 2.3, "p_value": 0.4, "train_gain": 0.0}
    return ChanceRecord(verdict=verdict, description="it has not <learnt>", **figures)  # type: ignore[typeddict-item]


def paragraph(report: ReportRecord) -> str:
    return template("chance.html").render(report=report)


@pytest.mark.parametrize(
    ("verdict", "style"),
    [
        ("above chance", "note"),
        ("undecided", "note"),
        ("underfit", "warning"),
        ("overfit", "warning"),
        ("diverged", "warning"),
    ],
)
def test_the_paragraph_is_a_warning_where_the_network_is_not_above_chance(verdict: str, style: str) -> None:
    assert paragraph(report_record(chance=chance(verdict))).strip() == (
        f'<p class="{style}">Trained on 96 examples: it has not &lt;learnt&gt;.</p>'
    )


def test_a_report_of_an_older_model_has_none_and_its_record_no_key() -> None:
    assert paragraph(report_record()).strip() == ""
    assert "chance" not in report_record().to_json()


def test_the_record_comes_back_as_it_was() -> None:
    report = report_record(chance=chance("underfit"))
    assert ReportRecord.from_json(report.to_json(), where="report.json") == report
