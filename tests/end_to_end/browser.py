"""Chromium for tests that use a page as a person does: the system's own, driven by playwright."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

OPTIONS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-sync "
    "--disable-component-update --hide-scrollbars"
)
WIDTHS = (1280, 390)
"""CSS pixels: of a desk and of a phone."""
PATIENCE = 60_000
"""Milliseconds for which something on a page is waited for."""


@contextmanager
def open_browser(*options: str) -> Iterator[Browser]:
    """Chromium, without a window; the test is skipped where it is not installed."""
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("chromium is not installed")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=[*OPTIONS.split(), *options])
        yield browser
        browser.close()


def open_page(browser: Browser, *, width: int = 1280, height: int = 900, dark: bool = False) -> tuple[Page, list[str]]:
    """A page, and what goes wrong in it from now on: errors of scripts, and what the console calls an error."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light", accept_downloads=True
    )
    context.set_default_timeout(PATIENCE)
    page, faults = context.new_page(), list[str]()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    return page, faults


def picture(page: Page, path: Path, *, colours: int = 64) -> Path:
    """A screenshot of the whole page as a small PNG file."""
    page.screenshot(path=path, full_page=True)
    with Image.open(path) as found:
        small = found.convert("RGB").quantize(colours, dither=Image.Dither.NONE)
    small.save(path, optimize=True)
    return path


def wait_for(page: Page, expression: str) -> None:
    """Wait until an expression holds in a page; playwright's own way needs ``eval``, which a page may forbid."""
    for _ in range(PATIENCE // 50):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"does not come to hold: {expression}")


def is_painted(page: Page, selector: str) -> bool:
    """Whether a canvas has more than one colour."""
    script = """(canvas) => {
      const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
      const first = pixels.slice(0, 4).join();
      for (let at = 4; at < pixels.length; at += 4) if (pixels.slice(at, at + 4).join() !== first) return true;
      return false; }"""
    return bool(page.locator(selector).evaluate(script))


def fits(page: Page) -> bool:
    """Whether nothing of a page lies beside its window."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))
