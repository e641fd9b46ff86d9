"""``mirliton ui`` as its user meets it: servers, graph, launches through GraphQL, a picture, and the end of it all."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote

import psutil
import pytest

from mir_models.architectures import ARCHITECTURES, input_presets
from storage.corpora.catalogue import Catalogue
from storage.corpora.registrations import Registration
from storage.objects.objects import open_objects

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

CHECKOUT = Path(__file__).parents[2]
TASK = "piano_transcription"
NETWORKS = [name for name, each in ARCHITECTURES.entries().items() if each.TASK == TASK]
PREPARED = [
    "raw_audio",
    "variants",
    "labels",
    *(f"{kind}/{preset}" for preset in input_presets(TASK) for kind in ("features", "shards")),
]
TRAINED = [f"{kind}/{TASK}/{network}" for network in NETWORKS for kind in ("models", "reports")]
TINY = {
    "lstm": {"units": 4},
    "lstm_fast": {"units": 4},
    "bilstm": {"filters": 2, "width": 4, "units": 4},
    "onsets_frames": {"stem": 2, "filters": 2, "relatives": 1, "velocity_filters": 2, "frame_filters": 2},
}
"""Every network of the task, as small as it can be."""
LAUNCH = """mutation ($params: ExecutionParams!) { launchRun(executionParams: $params) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on RunConfigValidationInvalid { errors { message } }
    ... on PythonError { message } } }"""
BACKFILL = """mutation ($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) {
    __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""


@dataclass
class Ui:
    """A running ``mirliton ui``."""

    process: subprocess.Popen[str]
    home: Path
    port: int
    mlflow_port: int

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data of a GraphQL response."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/graphql", body, {"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            body = json.load(response)
        assert "errors" not in body, body["errors"]
        return body["data"]

    @property
    def location(self) -> str:
        """Name of the one code location, once it is loaded."""
        nodes = self.ask("{ repositoriesOrError { ... on RepositoryConnection { nodes { location { name } } } } }")
        (node,) = nodes["repositoriesOrError"]["nodes"]
        return node["location"]["name"]

    def launch(self, job: str, config: dict[str, Any], **tags: str) -> dict[str, Any]:
        """Launch a job; the response of Dagster."""
        selector = {
            "repositoryLocationName": self.location, "repositoryName": "__repository__", "jobName": job
        }  # fmt: skip
        metadata = {"tags": [{"key": key, "value": value} for key, value in tags.items()]}
        params = {"selector": selector, "runConfigData": config, "executionMetadata": metadata}
        return self.ask(LAUNCH, params=params)["launchRun"]

    def status(self, run_id: str) -> str:
        """Status of a run."""
        return self.ask("query ($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }", id=run_id)[
            "runOrError"
        ]["status"]

    def runs(self) -> list[dict[str, Any]]:
        """All runs, the newest first."""
        found = self.ask("{ runsOrError { ... on Runs { results { runId jobName status tags { key value } } } } }")
        return found["runsOrError"]["results"]

    def success(self, run_id: str) -> None:
        """Wait until a run has succeeded."""
        until(lambda: self.status(run_id) in {"SUCCESS", "FAILURE", "CANCELED"}, 300)
        assert self.status(run_id) == "SUCCESS", self.log()

    def log(self) -> str:
        """The end of Dagster's log."""
        return (self.home / "dagster.log").read_text()[-5000:]


def until(holds: Any, patience: float, *, pause: float = 1.0) -> None:
    """Wait until something holds."""
    end = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < end, f"did not come to hold within {patience} s"
        time.sleep(pause)


def free_port() -> int:
    """A free port."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return bound.getsockname()[1]


def started(home: Path, *, port: int, mlflow_port: int) -> subprocess.Popen[str]:
    """The command, with the signals of a terminal even where the tests run in the background."""
    command = [sys.executable, "-m", "pipelines.cli.main", "ui", "--port", str(port), "--mlflow-port", str(mlflow_port)]
    surroundings = {key: value for key, value in os.environ.items() if not key.startswith(("MIRLITON_", "DAGSTER_"))}
    surroundings.pop("PYTHONDONTWRITEBYTECODE", None)
    return subprocess.Popen(
        command,
        cwd=CHECKOUT,
        env={**surroundings, "MIRLITON_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


@contextmanager
def open_ui(home: Path) -> Iterator[Ui]:
    """``mirliton ui`` with its code location loaded; killed at the end whatever happened."""
    port, mlflow_port = free_port(), free_port()
    process = started(home, port=port, mlflow_port=mlflow_port)
    ui = Ui(process, home, port, mlflow_port)
    try:
        until(lambda: is_up(ui), 180)
        yield ui
    finally:
        for left in of_home(home):
            left.kill()
        process.wait()


def is_up(ui: Ui) -> bool:
    """Whether both servers do."""
    assert ui.process.poll() is None, ui.process.stdout.read()
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{ui.mlflow_port}/health", timeout=5).close()
        return bool(ui.location)
    except (URLError, OSError, ValueError):
        return False


def of_home(home: Path) -> list[psutil.Process]:
    """Every process on this machine that works for a home, whoever started it; zombies do not count."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get("MIRLITON_HOME") == str(home):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
    return found


def end(ui: Ui, wish: signal.Signals) -> None:
    """End the UI by one signal to its one process, and find nothing of it left."""
    working = of_home(ui.home)
    assert len(working) >= 6, "the command, its keeper, Dagster's web server, daemon and code server, MLflow"
    ui.process.send_signal(wish)
    ui.process.wait(timeout=45)
    assert of_home(ui.home) == []
    assert not [process for process in working if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]
    for port in (ui.port, ui.mlflow_port):
        with socket.socket() as knocking:
            assert knocking.connect_ex(("127.0.0.1", port)) != 0, "no server is left"


@pytest.fixture(scope="module")
def ui_home(tiny_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the datasets "tiny" and "twin" registered and nothing made of them."""
    home = tmp_path_factory.mktemp("ui")
    for name in ("tiny", "twin"):
        Catalogue(open_objects(str(home / "store")), home).add(Registration(name, "folder", str(tiny_corpus)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIRLITON_HOME", str(home))
        patch.setenv("DAGSTER_HOME", str(home / "dagster"))
        from pipelines.instance import add_partition

        add_partition("tiny")
        add_partition("twin")
    return home


def training(epochs: int) -> dict[str, Any]:
    """Configuration of a training of tiny networks."""
    models = {
        f"models__{TASK}__{name}": {"config": {"network": TINY[name], "training": {"epochs": epochs}}}
        for name in NETWORKS
    }
    return {"ops": models}


def test_the_whole_graph_materialises_through_the_ui(ui_home: Path, tmp_path: Path) -> None:
    with open_ui(ui_home) as ui:
        backfill(ui, "tiny", "twin")
        prepare_again(ui, "tiny")
        misspelt = ui.launch(f"train_{TASK}", {"ops": {f"models__{TASK}__lstm": {"config": {"trainings": {}}}}})
        assert misspelt["__typename"] == "RunConfigValidationInvalid"
        assert 'unexpected config entry "trainings"' in misspelt["errors"][0]["message"]
        ui.success(ui.launch(f"train_{TASK}", training(epochs=1))["run"]["runId"])
        assert materialised(ui) == {*PREPARED, *TRAINED}
        if reason := why_no_picture():
            warnings.warn(f"The picture of the graph was left out: {reason}", stacklevel=1)
        else:
            look(ui, tmp_path / "asset-graph.png")
        watch(ui, "tiny", "twin")
        end(ui, signal.SIGINT)


def backfill(ui: Ui, *names: str) -> None:
    """A partition backfill of everything up to the shards, for neighbouring datasets: one run."""
    selection = [{"path": key.split("/")} for key in PREPARED]
    launched = ui.ask(BACKFILL, params={"assetSelection": selection, "partitionNames": list(names)})
    backfill_id = launched["launchPartitionBackfill"]["backfillId"]
    query = "query ($id: String!) { partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill { status } } }"
    done = ("COMPLETED_SUCCESS", "COMPLETED_FAILED", "FAILED", "CANCELED")
    until(lambda: ui.ask(query, id=backfill_id)["partitionBackfillOrError"]["status"] in done, 300)
    assert ui.ask(query, id=backfill_id)["partitionBackfillOrError"]["status"] == "COMPLETED_SUCCESS", ui.log()
    assert [run["status"] for run in ui.runs()] == ["SUCCESS"]


def prepare_again(ui: Ui, name: str) -> None:
    """The job of the partition, which finds everything up to date."""
    run = ui.launch("prepare_piano_transcription", {}, **{"dagster/partition": name})["run"]["runId"]
    ui.success(run)
    query = """query ($id: ID!) { runOrError(runId: $id) { ... on Run { eventConnection { events {
        __typename ... on MaterializationEvent { assetKey { path }
        metadataEntries { label ... on IntMetadataEntry { intValue } } } } } } } }"""
    events = ui.ask(query, id=run)["runOrError"]["eventConnection"]["events"]
    made = {
        "/".join(event["assetKey"]["path"]): {each["label"]: each.get("intValue") for each in event["metadataEntries"]}
        for event in events
        if event["__typename"] == "MaterializationEvent"
    }
    found = {key: (counts["tracks"], counts["made"], counts["quarantined"]) for key, counts in made.items()}
    assert found == {**dict.fromkeys(PREPARED, (6, 0, 0)), "variants": (0, 0, 0)}


def watch(ui: Ui, *names: str) -> None:
    """The sensor, turned on: its first tick requests the partitions."""
    known = {run["runId"] for run in ui.runs()}
    selector = {
        "repositoryLocationName": ui.location, "repositoryName": "__repository__", "sensorName": "changed_files"
    }  # fmt: skip
    query = "mutation ($of: SensorSelector!) { startSensor(sensorSelector: $of) { __typename } }"
    assert ui.ask(query, of=selector)["startSensor"]["__typename"] == "Sensor"
    until(lambda: len({run["runId"] for run in ui.runs()} - known) == len(names), 120)
    requested = [run for run in ui.runs() if run["runId"] not in known]
    assert {run["jobName"] for run in requested} == {"prepare_piano_transcription"}
    tags = [tag for run in requested for tag in run["tags"]]
    assert {tag["value"] for tag in tags if tag["key"] == "dagster/partition"} == set(names)
    for run in requested:
        ui.success(run["runId"])


def materialised(ui: Ui) -> set[str]:
    """Keys of the assets that have a materialisation."""
    nodes = ui.ask("{ assetNodes { assetKey { path } assetMaterializations(limit: 1) { runId } } }")["assetNodes"]
    return {"/".join(node["assetKey"]["path"]) for node in nodes if node["assetMaterializations"]}


def why_no_picture() -> str:
    """Why there can be no picture; empty where there can."""
    return "" if shutil.which("chromium") else "chromium is not installed"


def look(ui: Ui, picture: Path) -> None:
    """A picture of the graph with its groups open; every asset must be there to be read."""
    ui.ask("mutation { setNuxSeen }")
    groups = [f"global@global:{group}" for group in ("corpus", "features", "shards", TASK)]
    page = f"http://127.0.0.1:{ui.port}/asset-groups?expanded={quote(','.join(groups), safe='')}"
    options = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    options += " --disable-component-update --disable-sync --hide-scrollbars --window-size=4200,5600"
    profile = f"--user-data-dir={picture.parent / 'chromium'}"
    for wish in (f"--screenshot={picture}", "--dump-dom"):
        command = ["chromium", *options.split(), profile, "--virtual-time-budget=25000", wish, page]
        shown = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert picture.read_bytes().startswith(b"\x89PNG")
    for key in [*PREPARED, *TRAINED]:
        assert f">{key.rpartition('/')[2]}<" in shown.stdout, f"{key} is in the picture"


@pytest.mark.parametrize("wish", [signal.SIGTERM, signal.SIGHUP])
def test_the_end_in_the_middle_of_a_run_leaves_no_process_and_no_blocked_queue(
    ui_home: Path, wish: signal.Signals
) -> None:
    with open_ui(ui_home) as ui:
        backfill_or_keep(ui)
        run = ui.launch(f"train_{TASK}", training(epochs=2000 + wish))["run"]["runId"]
        until(lambda: ui.status(run) == "STARTED", 120)
        until(lambda: any((ui_home / "store" / "models").rglob("state.npz")), 120)
        end(ui, wish)
    with open_ui(ui_home) as ui:
        assert ui.status(run) in {"FAILURE", "CANCELED"}
        ui.success(ui.launch("prepare_piano_transcription", {}, **{"dagster/partition": "tiny"})["run"]["runId"])
        end(ui, signal.SIGINT)


def backfill_or_keep(ui: Ui) -> None:
    """The dataset prepared, by an earlier test or now."""
    ui.success(ui.launch("prepare_piano_transcription", {}, **{"dagster/partition": "tiny"})["run"]["runId"])


def test_the_end_while_the_servers_are_still_starting(ui_home: Path) -> None:
    port, mlflow_port = free_port(), free_port()
    process = started(ui_home, port=port, mlflow_port=mlflow_port)
    until(lambda: len(of_home(ui_home)) >= 3, 60, pause=0.1)
    process.send_signal(signal.SIGINT)
    process.wait(timeout=45)
    assert of_home(ui_home) == []
    assert "Traceback" not in process.stdout.read()


def test_a_second_ui_of_a_home_is_refused_and_a_server_that_ends_takes_the_other_with_it(ui_home: Path) -> None:
    with open_ui(ui_home) as first:
        second = started(ui_home, port=free_port(), mlflow_port=free_port())
        assert second.wait(timeout=60) == 1
        assert "error: Expected to be the only UI of" in second.stdout.read()
        (mlflow,) = [each for each in of_home(ui_home) if each.cmdline()[1:4] == ["-m", "mlflow", "server"]]
        mlflow.kill()
        assert first.process.wait(timeout=45) == 1
        printed = first.process.stdout.read()
        assert "error: Expected servers that keep running. Received: the end of the server MLflow." in printed
        assert of_home(ui_home) == []


def test_a_killed_ui_leaves_no_process_and_the_next_one_ends_what_a_killed_keeper_leaves(ui_home: Path) -> None:
    with open_ui(ui_home) as killed:
        killed.process.kill()
        until(lambda: of_home(ui_home) == [], 60)
    with open_ui(ui_home) as killed:
        (keeper,) = psutil.Process(killed.process.pid).children()
        keeper.suspend()
        killed.process.kill()
        killed.process.wait()
        keeper.kill()
        assert len(of_home(ui_home)) >= 4
        with open_ui(ui_home) as ui:
            ui.process.send_signal(signal.SIGINT)
            ui.process.wait(timeout=60)
            assert " of an earlier UI that was killed." in ui.process.stdout.read()
            assert of_home(ui_home) == []


def test_pages_of_others_are_refused_by_both_servers(ui_home: Path) -> None:
    with open_ui(ui_home) as ui:
        for port in (ui.port, ui.mlflow_port):
            assert status(port, "/", host="evil.example") == 403
        assert status(ui.port, f"/graphql?query={quote('mutation { setNuxSeen }')}") == 405
        assert status(ui.port, "/graphql", origin="http://evil.example") == 403
        end(ui, signal.SIGINT)


def status(port: int, path: str, **headers: str) -> int:
    """The status of a response."""
    try:
        with urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)) as ok:
            return ok.status
    except HTTPError as refused:
        return refused.code
