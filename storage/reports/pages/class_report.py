"""The report of a classification as one HTML page: style and figures inside, no script, nothing fetched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from storage.dotted import flat
from storage.reports.pages.report import ROWS_SHOWN, bounds, href, score
from storage.reports.pages.templates import data_url, template

CAPTIONS = {
    "confusion": "True classes in rows, answers in columns: numbers are tracks, shades their share of the row.",
    "track_map": "Test tracks by what all layers say of them (t-SNE): near each other is alike; crosses are mistakes.",
    "answers": "What every convolution answers to a clip, a row per filter in the order of their peaks.",
    "reasons": "A clip, and how its cells speak for (red) and against (blue) the answer: the slope of its logarithm.",
    "filters": "Filters of the first convolution, frames to the right and bins upward: red is weighed up, blue down.",
    "maximised": "Spectra to which filters of each convolution answer most, found by ascent from the mean spectrum.",
    "loss_curves": "Loss of training and validation by epoch, and the validation score with the learning rate.",
}


def render(report: Mapping[str, Any], figures: Mapping[str, bytes]) -> str:
    """The page, in UTF-8 text. Whatever comes from a corpus or a user is escaped.

    Parameters
    ----------
    report : mapping
        ``task``, ``architecture``, ``date`` : str; ``evaluation`` of `mir_models.evaluation.classes.evaluate`;
        ``quarantine``, ``parameters``, ``links`` as in `storage.reports.pages.report`; ``mistakes``, rows of tracks with the
        relative path of their ``recording``, or None and why it is ``missing``.
    figures : mapping of str to bytes
        PNG images by name, in the order of the page.
    """
    evaluation = report["evaluation"]
    systems = {report["architecture"]: evaluation, **evaluation["baselines"]}
    return template("class_report.html", score=score, bounds=bounds).render(
        report=report,
        evaluation=evaluation,
        convention=evaluation["convention"],
        systems=systems,
        mistakes=[{**each, "recording": each["recording"] and href(each["recording"])} for each in report["mistakes"]],
        figures=[
            {"name": name, "src": data_url(content), "caption": CAPTIONS.get(name, name)}
            for name, content in figures.items()
        ],
        parameters=flat(report["parameters"]),
        links=[{"name": name, "text": text, "href": href(text)} for name, text in report["links"].items()],
        quarantine=report["quarantine"],
        rows_shown=ROWS_SHOWN,
    )
