"""A week of an operator in the browser: a file arrives, is prepared by a click; a challenger is refused, one promoted.

With ``MIRLITON_PICTURES=FOLDER`` in the environment, pictures of its steps are written there.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import soundfile

from assets.resources import StoreResource
from tests.end_to_end.browser import fits, open_browser, open_page, picture
from tests.end_to_end.test_ui import CHECKOUT, Ui, open_ui
from tests.two_bands import NETWORK, SR, TASK, play, reported, show_little

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

DATASET, REGISTERED = "bands", f"mirliton-{TASK}"
NOTHING_GAINED = ("training.epochs=1", "training.learning_rate=1e-9", "network.dense=16")
"""Settings of a training after which a network is as good as none."""


@pytest.fixture(scope="module")
def bands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a home and its corpus, in which one network was trained and evaluated."""
    folder = tmp_path_factory.mktemp("operated")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"MIRLITON_HOME": folder / "home", "DAGSTER_HOME": folder / "home" / "dagster"}.items():
            patch.setenv(name, str(value))
        show_little(patch)
        reported(folder)
        yield folder


@pytest.fixture
def ui(bands: Path) -> Iterator[Ui]:
    with open_ui(bands / "home") as found:
        yield found


@pytest.fixture
def page(ui: Ui) -> Iterator[Any]:
    """A page in which no script may fail while a test uses it."""
    with open_browser() as browser:
        found, faults = open_page(browser, width=1440)
        yield found
        assert [fault for fault in faults if "Failed to load resource" not in fault] == []


def shot(page: Any, name: str) -> None:
    """A picture for the documentation, where it is asked for."""
    if folder := os.environ.get("MIRLITON_PICTURES"):
        page.wait_for_timeout(1500)
        assert picture(page, Path(folder) / f"{name}.png").stat().st_size < 150_000


def mirliton(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command in a terminal beside the browser."""
    command = [sys.executable, "-m", "pipelines.cli.main", *arguments]
    environment = {**os.environ, "MIRLITON_HOME": str(home)}
    return subprocess.run(
        command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


def test_a_week(ui: Ui, page: Any, bands: Path) -> None:
    dagster, mlflow = f"http://127.0.0.1:{ui.port}", f"http://127.0.0.1:{ui.mlflow_port}"
    soundfile.write(bands / "corpus" / "hum" / "song 99.wav", play("hum", 99), SR)
    launch(page, dagster, f"prepare_{TASK}", DATASET)
    assert metadata(page, f"{dagster}/assets/raw_audio?view=partitions&partition={DATASET}")["tracks"] == "17"
    look_at_figure(page, f"{dagster}/assets/models/{TASK}/{NETWORK}?view=events")
    look_at_run(page, mlflow)
    look_at_report(page, bands)

    worse = mirliton(ui.home, "train", TASK, "--model", NETWORK, *(f"--set={each}" for each in NOTHING_GAINED))
    assert "A challenger: in use stays the champion" in worse.stdout, worse.stderr
    assert aliases(page, mlflow) == {"Version 1": "champion", "Version 2": "challenger"}
    compare(page, dagster)
    assert decisions(ui.home) == ["promoted", "kept"]

    anyway = mirliton(ui.home, "promote", TASK, NETWORK, "--anyway", "--reason", "to see it")
    assert anyway.returncode == 0, anyway.stderr
    assert aliases(page, mlflow)["Version 2"] == "champion"
    shot(page, "operate-registry")
    assert mirliton(ui.home, "rollback", TASK, "--reason", "it is worse").returncode == 0
    assert aliases(page, mlflow)["Version 1"] == "champion"
    assert decisions(ui.home) == ["promoted", "kept", "promoted", "rolled_back"]


def launch(page: Any, dagster: str, job: str, partition: str) -> None:
    """Choose a partition in the launchpad, launch it, and see it become green."""
    page.goto(f"{dagster}/locations/pipelines.definitions/jobs/{job}/playground")
    box = page.get_by_placeholder("Partition")
    box.click()
    box.fill(partition)
    page.get_by_role("menuitem", name=partition).first.click()
    page.get_by_text("No errors").wait_for()
    shot(page, "operate-launchpad")
    page.get_by_role("button", name="Launch Run").click()
    page.wait_for_url("**/runs/*")
    page.get_by_text("Success", exact=True).wait_for(timeout=240_000)
    shot(page, "operate-run")


def metadata(page: Any, address: str) -> dict[str, str]:
    """The latest metadata of an asset as its page shows them."""
    page.goto(address)
    page.get_by_text("quarantined", exact=True).first.wait_for()
    rows = [row.all_inner_texts() for row in (row.locator("td") for row in page.locator("tr").all())]
    return {cells[0].strip(): cells[1].strip() for cells in rows if len(cells) >= 2}


def look_at_figure(page: Any, address: str) -> None:
    """A figure among the metadata of a model."""
    page.goto(address)
    page.get_by_text("[Show Markdown]").first.click()
    figure = page.locator("img[src^='data:image/png']").first
    figure.wait_for()
    assert figure.evaluate("(image) => image.complete && image.naturalWidth > 200")


def look_at_run(page: Any, mlflow: str) -> None:
    """The run in MLflow: its scores, its parameters, the way back to Dagster."""
    page.goto(f"{mlflow}/#/models/{REGISTERED}/versions/1")
    page.get_by_text("Source Run").wait_for()
    page.locator("a[href*='/runs/']").first.click()
    page.get_by_text("test_accuracy", exact=True).first.wait_for()


def look_at_report(page: Any, bands: Path) -> None:
    """The report, one file, at a desk and on a telephone."""
    path = bands / "home" / "store" / "reports" / TASK / NETWORK / "report.html"
    page.goto(path.as_uri())
    assert "accuracy" in page.inner_text("main").lower()
    page.set_viewport_size({"width": 390, "height": 844})
    assert fits(page)
    page.set_viewport_size({"width": 1440, "height": 900})


def aliases(page: Any, mlflow: str) -> dict[str, str]:
    """Aliases in MLflow's registry, by version."""
    page.goto("about:blank")
    page.goto(f"{mlflow}/#/models/{REGISTERED}")
    page.get_by_text("Version 1", exact=True).wait_for()
    page.wait_for_timeout(1000)
    rows = [row.inner_text() for row in page.get_by_role("row").all()]
    found = {}
    for row in rows:
        lines = [line.strip() for line in row.splitlines()]
        version = next((line for line in lines if line.startswith("Version ")), None)
        alias = next((line.removeprefix("@").strip() for line in lines if line.startswith("@")), None)
        if version and alias:
            found[version] = alias
    return found


def compare(page: Any, dagster: str) -> None:
    """Materialise the champion by a click: the challenger is compared and kept, and the page has the reason."""
    page.goto(f"{dagster}/assets/champions/{TASK}?view=overview")
    page.get_by_role("button", name="Materialize").first.click()
    page.get_by_role("button", name="Confirm").click()  # Networks of the task that were never trained are no fault.
    page.get_by_text("Never materialized").wait_for(state="hidden", timeout=240_000)
    page.wait_for_timeout(5000)
    page.goto(f"{dagster}/assets/champions/{TASK}?view=events")
    page.get_by_text("not better by the mean").first.wait_for()
    shot(page, "operate-champion")


def decisions(home: Path) -> list[str]:
    """What was decided about the networks of the task, in order."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIRLITON_HOME", str(home))
        return [each.kind for each in StoreResource().champions(TASK).decisions()]
