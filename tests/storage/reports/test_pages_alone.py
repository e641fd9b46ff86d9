"""Every page is one file: sounds inside, nothing fetched, no script but its own, one look."""

from __future__ import annotations

import re
from importlib.resources import files

import numpy as np
import pytest

from storage.pages.data_urls import data_url
from storage.pages.piano_roll import asset
from storage.reports.pages import class_report
from tests.assets.evaluation.test_pages import EVIL, Reader, policy
from tests.stored_records import report_record

PAGES = ("alignment", "class_report", "comparison", "inspection", "note_report", "transfer")


def classes():
    """The evaluation of two tracks, one of which is wrong."""
    from mir_models.evaluation.classes import ClassEvaluationParams, ClassPrediction, evaluate_classes

    sure = np.array([[0.9, 0.1], [0.8, 0.2]], np.float32)
    predictions = [ClassPrediction(f"{EVIL}.1", "x", sure), ClassPrediction("b", "y", sure)]
    return evaluate_classes(predictions, ClassEvaluationParams(("x", "y"), "genre", ("mine",), n_resamples=20), {})


def class_page(**given):
    """The page of a classification with one mistake, and its tags."""
    evaluation = classes()
    mistake = {**evaluation["tracks"][0], "recording": "audio/mistake-1.ogg", "missing": ""}
    track = {"track": EVIL, "split": "test", "file": EVIL, "audio": "a" * 64, "labels": "genre x", "shards": "b" * 64}
    lineage = [{"dataset": "mine", "licence": EVIL, "protocol": "", "tracks": [track]}]
    report = report_record(evaluation=evaluation, mistakes=[mistake], lineage=lineage)
    return Reader(class_report.render(report, {}, **given))


def test_the_sound_of_a_mistake_is_inside():
    (sound,) = class_page(sounds={"audio/mistake-1.ogg": b"sound"}).of("audio")
    assert sound["src"] == data_url(b"sound", "audio/ogg")
    (linked,) = class_page().of("audio")
    assert linked["src"] == "audio/mistake-1.ogg"


def test_a_classification_has_its_calibration_and_its_lineage_and_no_script():
    page = class_page()
    assert "expected calibration error) is 0.350 over 4 windows" in page.text
    assert f"{EVIL} test {EVIL} aaaaaaaaaaaa genre x bbbbbbbbbbbb" in page.text
    assert not page.of("script")
    assert policy(page).startswith("default-src 'none'")
    assert "script-src" not in policy(page)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_has_the_same_head(name):
    template = files("storage.reports.pages").joinpath(f"{name}.html").read_text(encoding="utf-8")
    assert template.startswith('{% extends "page.html" %}')
    assert "<script" not in template
    assert " style=" not in template
    assert not re.search(r"\son[a-z]+=", template), "handlers would not run under the page's policy"


def test_both_schemes_have_the_same_colours():
    light, dark = asset("style.css").split("@media (prefers-color-scheme: dark)")[:2]
    roll_light, roll_dark = asset("piano_roll.css").split("@media (prefers-color-scheme: dark)")[:2]
    for one, other in ((light, dark.partition(".plot")[0]), (roll_light, roll_dark.partition("@media")[0])):
        names = {word.split(":")[0] for word in one.split() if word.startswith("--") and ":" in word}
        assert names == {word.split(":")[0] for word in other.split() if word.startswith("--") and ":" in word}
