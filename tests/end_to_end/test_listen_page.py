"""``mirliton listen`` as a person uses it: a recording is dropped or played into the microphone, and looked at."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from mir_models.evaluation.metrics.note_level import note_scores
from mir_models.notes.annotations import Notes
from storage.media import midi
from storage.media.audio import read_mono, write_wav
from storage.media.sound_files import write_sound
from storage.media.soundfonts import SR, default_soundfont, play_notes
from tests.end_to_end.browser import WIDTHS, fits, is_painted, open_browser, open_page, picture, wait_for
from tests.end_to_end.test_ui import CHECKOUT, free_port, until
from tests.pipelines.cli.test_listen_command import is_up
from tests.two_bands import SR as BANDS_SR
from tests.two_bands import play

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

DONE = ".recording.done"


@contextmanager
def listening(home: Path, *options: str) -> Iterator[str]:
    """The URL of a page that is served; killed at the end."""
    port = free_port()
    command = [sys.executable, "-m", "pipelines.cli.main", "listen", "--port", str(port), *options]
    process = subprocess.Popen(command, cwd=CHECKOUT, env={**os.environ, "MIRLITON_HOME": str(home)})
    try:
        until(lambda: process.poll() is not None or is_up(port), 120, pause=0.2)
        assert process.poll() is None
        yield f"http://127.0.0.1:{port}/"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()


@pytest.fixture(scope="module")
def notes() -> Notes:
    """A scale in both hands over 24 s."""
    onsets = 0.5 + 0.4 * np.repeat(np.arange(56), 2)
    pitches = np.array([(48 + step % 14, 64 + step % 12) for step in range(56)]).ravel()
    return Notes(np.c_[onsets, onsets + 0.38], pitches, np.full(112, 80))


@pytest.fixture(scope="module")
def recording(notes: Notes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """It, played by a SoundFont."""
    path = tmp_path_factory.mktemp("played") / "Scales, both hands.flac"
    write_sound(path, play_notes(notes, default_soundfont().read_bytes()), SR, gain=2.0)
    return path


def chosen(page: Any, path: Path) -> Any:
    """The element of a recording that was chosen, once it has ended."""
    page.set_input_files("#file", str(path))
    page.wait_for_selector(".recording:first-child.done, .recording:first-child.failed")
    return page.locator(".recording").first


def test_a_recording_is_watched_while_it_is_transcribed_and_downloaded(
    home: Path, notes: Notes, recording: Path, tmp_path: Path
) -> None:
    with listening(home, "-j", "1") as url, open_browser("--autoplay-policy=no-user-gesture-required") as browser:
        page, faults = open_page(browser)
        page.goto(url)
        page.set_input_files("#file", str(recording))
        wait_for(page, "document.querySelector('.status')?.textContent.includes('notes so far')")
        page.wait_for_selector(DONE)
        assert page.inner_text(".recording h2") == recording.name
        assert is_painted(page, ".piano-roll canvas")
        assert_midi(page, notes, tmp_path)
        assert_playhead(page)
        page.reload()
        page.wait_for_selector(DONE)
        assert page.inner_text(".recording h2") == recording.name
        picture(page, tmp_path / "listen.png")
        page.click(".remove")
        page.reload()
        page.wait_for_selector("#task option", state="attached")
        assert page.locator(".recording").count() == 0
        assert faults == []


def assert_midi(page: Any, notes: Notes, folder: Path) -> None:
    """The files that can be downloaded hold what was played."""
    names = page.locator(".files a").all_inner_texts()
    assert [Path(name).suffix for name in names] == [".mid", ".csv", ".json"]
    with page.expect_download() as download:
        page.click(".files a:first-child")
    download.value.save_as(folder / "found.mid")
    assert download.value.suggested_filename == "Scales, both hands.mid"
    scores = note_scores(notes, midi.read(folder / "found.mid").notes)
    assert scores["onset"]["f1"] > 0.85


def assert_playhead(page: Any) -> None:
    """The playhead follows whichever sound is played, and a click leads both to a place."""
    clock, audio = page.locator(".roll-clock"), "[...document.querySelectorAll('audio')]"
    page.click(".roll-bar button:first-child")
    wait_for(page, "!document.querySelector('.roll-clock').textContent.startsWith('0.0')")
    page.click(".roll-bar button:first-child")
    canvas = page.locator(".piano-roll canvas")
    box = canvas.bounding_box()
    canvas.click(position={"x": 38 + (box["width"] - 38) / 2, "y": 40})
    middle = float(clock.inner_text().split()[0])
    stop = float(clock.inner_text().split()[2])
    assert middle == pytest.approx(stop / 2, abs=stop / 50)
    wait_for(page, f"{audio}.every((each) => Math.abs(each.currentTime - {middle}) < 0.2)")
    page.get_by_role("button", name="notes found").click()
    page.locator(".piano-roll").press("Space")
    wait_for(page, f"{audio}[1].currentTime > {middle} + 0.2 && {audio}[0].paused")
    page.locator(".piano-roll").press("Space")


def test_what_cannot_be_used_is_stated_at_its_recording(home: Path, recording: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no sound at all")
    with listening(home, "--most-mb", "0.1") as url, open_browser() as browser:
        page, _ = open_page(browser)
        page.goto(url)
        assert "At most 0.1 MB" in page.inner_text("#limits")
        assert "notes.txt" in chosen(page, tmp_path / "notes.txt").inner_text()
        failed = chosen(page, recording).inner_text()
        assert "Expected a file of at most 0.1 MB." in failed
        assert "Remedy: give a compressed file, or use mirliton transcribe." in failed


def test_a_file_is_dropped_and_a_microphone_is_recorded(home: Path, recording: Path, tmp_path: Path) -> None:
    wave = tmp_path / "played.wav"
    write_wav(wave, *read_mono(recording))
    microphone = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
    with listening(home) as url, open_browser(*microphone, f"--use-file-for-fake-audio-capture={wave}") as browser:
        page, faults = open_page(browser)
        page.context.grant_permissions(["microphone"])
        page.goto(url)
        page.click("#record")
        wait_for(page, "document.getElementById('microphone').textContent >= 'recording, 0:06'")
        page.click("#record")
        page.wait_for_selector(DONE)
        n_notes = int(page.inner_text(".status").split()[0])
        assert n_notes > 10
        drop(page, recording)
        wait_for(page, f"document.querySelectorAll('{DONE}').length === 2")
        assert page.locator(".recording h2").first.inner_text() == recording.name
        assert faults == []


def drop(page: Any, path: Path) -> None:
    """Drop a file on the page."""
    script = """async ([name, bytes]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([new Uint8Array(bytes)], name));
      const dropped = new DragEvent("drop", { dataTransfer: transfer, bubbles: true });
      document.getElementById("drop").dispatchEvent(dropped); }"""
    page.evaluate(script, [path.name, list(path.read_bytes())])


def test_classes_are_shown_over_time_at_every_width_in_both_schemes(own_bands: Any, tmp_path: Path) -> None:
    folder, _ = own_bands
    song = tmp_path / "song 1.wav"
    soundfile.write(song, play("hum", 1), BANDS_SR)
    with listening(folder) as url, open_browser() as browser:
        page, faults = open_page(browser)
        page.goto(url)
        page.select_option("#task", "artist_recognition")
        found = chosen(page, song)
        assert found.locator(".status").inner_text().split(" ", 1)[0] in ("hum", "hiss")
        rows = [row.split("\n") for row in found.locator("ol li").all_inner_texts()]
        assert sum(float(row[-1]) for row in rows) == pytest.approx(1.0, abs=0.02)
        for width, scheme in itertools.product(WIDTHS, ("light", "dark")):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)
            assert is_painted(page, ".class-chart canvas")
            assert fits(page)
            picture(page, tmp_path / f"classes-{width}-{scheme}.png")
        canvas = page.locator(".class-chart canvas")
        canvas.click(position={"x": 0.6 * canvas.bounding_box()["width"], "y": 50})
        wait_for(page, "document.querySelector('audio').currentTime > 3")
        assert found.locator(".moment").inner_text().startswith("From 3.")
        assert faults == []
