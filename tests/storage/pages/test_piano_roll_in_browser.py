"""The piano roll of a page in Chromium: keys, players, zoom, both schemes, a telephone."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from storage.media.ogg import encode_ogg
from storage.pages.piano_roll import RollNote, RollSpectrum, RollView, levels_png
from storage.reports.pages.note_report import render
from tests.assets.evaluation.test_pages import excerpt, report

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")]

NOTES = [
    RollNote(12.5, 13.0, 60, "found", 12.504, 16.0, "early", 64, 0.75),
    RollNote(14.0, 14.5, 64, "missed"),
    RollNote(20.0, 20.4, 67, "added", probability=0.55),
    RollNote(25.0, 25.5, 62, "found", 25.0, 25.5, "right", 64, 0.9),
]


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    """A report with one excerpt of 20 s that begins at 12 s."""
    item = report(excerpts=[excerpt("worst", "a")])
    tone = np.sin(np.arange(20 * 8000) * 0.3).astype(np.float32)
    sounds = {f"audio/worst-{kind}.ogg": encode_ogg(tone, 8000) for kind in ("recording", "prediction")}
    levels = np.random.default_rng(0).normal(-60, 10, (200, 84)).astype(np.float32)
    roll = RollView(12.0, 32.0, NOTES, RollSpectrum(levels_png(levels), 12.0, 32.0, 23.5, 107.5))
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(render(item, {}, sounds=sounds, rolls={"worst": roll}), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield running
        running.close()


@pytest.fixture
def opened(browser, page_file):
    """A function that opens the page at a width in a scheme; whatever it fetches or reports fails the test."""
    contexts, faults = [], []

    def open_page(width=1280, scheme="light"):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("request", lambda made: None if made.url.startswith(("file:", "data:")) else faults.append(made.url))
        page.goto(page_file.as_uri())
        page.wait_for_selector(".piano-roll canvas")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []


def wait_until(page, condition):
    """Until a condition, in JavaScript, holds: the policy of the page lets no string be evaluated in it."""
    for _ in range(100):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never {condition}")


def clock(page):
    return float(page.inner_text(".roll-clock").split()[0])


def test_keys_jump_from_error_to_error_and_both_players_follow(opened):
    page = opened()
    page.focus(".piano-roll")
    found = []
    for key in "nnnnp":
        page.keyboard.press(key)
        found.append((clock(page), page.inner_text(".roll-readout").split(" · ")[:2]))
    assert found == [
        (12.5, ["C4 at 12.50 s", "found"]),
        (14.0, ["E4 at 14.00 s", "missed"]),
        (20.0, ["G4 at 20.00 s", "added, not in the reference"]),
        (12.5, ["C4 at 12.50 s", "found"]),
        (20.0, ["G4 at 20.00 s", "added, not in the reference"]),
    ]
    wait_until(page, "[...document.querySelectorAll('audio')].every((one) => Math.abs(one.currentTime - 8) < 0.05)")
    page.keyboard.press("n")
    assert "0.50 s of 3.50 s, ends too early · probability 0.75" in page.inner_text(".roll-readout")


def test_kinds_that_are_switched_off_are_passed_over(opened):
    page = opened()
    page.click("text=missed (1)")
    page.focus(".piano-roll")
    page.keyboard.press("n")
    page.keyboard.press("n")
    assert clock(page) == 20.0


def test_the_playhead_follows_and_the_other_sound_goes_on_at_the_same_moment(opened):
    page = opened()
    page.focus(".piano-roll")
    page.keyboard.press(" ")
    wait_until(page, "parseFloat(document.querySelector('.roll-clock').textContent) > 12.4")
    page.keyboard.press("s")
    recording, prediction = (f"document.querySelectorAll('audio')[{n}]" for n in (0, 1))
    wait_until(page, f"{recording}.paused && !{prediction}.paused && {prediction}.currentTime > 0.4")
    page.keyboard.press(" ")
    wait_until(page, f"{recording}.paused && {prediction}.paused")
    assert page.get_attribute("button:has-text('Prediction')", "aria-pressed") == "true"
    assert page.inner_text(".roll-bar button").strip() == "Play"


def test_a_click_seeks_and_selects_and_zoom_shows_less(opened):
    page = opened()
    page.locator(".piano-roll canvas").scroll_into_view_if_needed()
    box = page.locator(".piano-roll canvas").bounding_box()
    page.mouse.click(box["x"] + 38 + (box["width"] - 38) / 2, box["y"] + box["height"] * 0.6)
    assert clock(page) == pytest.approx(22.0, abs=0.05)
    before = page.locator(".piano-roll canvas").screenshot()
    page.focus(".piano-roll")
    page.keyboard.press("+")
    assert page.locator(".piano-roll canvas").screenshot() != before
    page.keyboard.press("0")
    assert page.locator(".piano-roll canvas").screenshot() == before


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_fits_its_width_in_both_schemes(opened, width, scheme):
    page = opened(width, scheme)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert colour == ("rgb(255, 255, 255)" if scheme == "light" else "rgb(21, 25, 29)")
    corner = page.evaluate("[...document.querySelector('canvas').getContext('2d').getImageData(2, 2, 1, 1).data]")
    assert corner[:3] == ([255, 255, 255] if scheme == "light" else [21, 25, 29])
