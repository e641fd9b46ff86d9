"""The report of a classification as one HTML file: style, figures and sounds inside, no script, nothing fetched."""

from __future__ import annotations

from collections.abc import Mapping

from storage.dotted import flatten
from storage.pages.data_urls import data_url
from storage.reports.pages.note_report import ROWS_SHOWN, bounds, link_rows, score, sound_url
from storage.reports.pages.templates import template
from storage.reports.record import ReportRecord

CAPTIONS = {
    "confusion": "Reference classes in rows, predicted ones in columns: numbers are tracks, shades the share of a row.",
    "track_map": "Test tracks by their embeddings of all layers (t-SNE): neighbours are alike; crosses are mistakes.",
    "answers": "Responses of every convolution to a window, a row per filter in the order of their peaks.",
    "reasons": "A window and its saliency: the gradient of the log probability of its class, red for and blue against.",
    "filters": "Filters of the first convolution, frames to the right and bins upward: red is weighed up, blue down.",
    "maximised": "Inputs that maximise the activation of filters of each convolution: ascent from the mean spectrum.",
    "loss_curves": "Loss of training and validation by epoch, and the validation score with the learning rate.",
}
"""Captions of figures by name; any other has its name."""


def render(report: ReportRecord, figures: Mapping[str, bytes], *, sounds: Mapping[str, bytes] | None = None) -> str:
    """The page, in UTF-8 text. Whatever comes from a corpus or a user is escaped.

    Parameters
    ----------
    report : ReportRecord
        Its ``evaluation`` is a `mir_models.evaluation.classes.ClassEvaluation`.
    figures : mapping of str to bytes
        PNG images by name, in the order of the page.
    sounds : mapping of str to bytes, optional
        Ogg files by their paths in the record's mistakes; what is not given is a link to its path.
    """
    evaluation = report.evaluation
    return template("class_report.html", score=score, bounds=bounds).render(
        report=report,
        evaluation=evaluation,
        convention=evaluation["convention"],
        systems={report.architecture: evaluation, **evaluation["baselines"]},
        mistakes=[
            {**each, "recording": each["recording"] and sound_url(each["recording"], sounds or {})}
            for each in report.mistakes or []
        ],
        figures=[
            {"name": name, "src": data_url(content), "caption": CAPTIONS.get(name, name)}
            for name, content in figures.items()
        ],
        parameters=flatten(report.parameters),
        links=link_rows(report.links),
        quarantine=report.quarantine,
        rows_shown=ROWS_SHOWN,
    )
