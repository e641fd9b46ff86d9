"""``deploy/``: the services of a team's instance run commands that there are, and pass on what these need."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from pipelines.cli.init import TeamServers, settings_of
from pipelines.cli.main import COMMANDS, app
from storage.servers.team_settings import PURPOSES

FOLDER = Path(__file__).parents[2] / "deploy"
TEXT = (FOLDER / "compose.yaml").read_text(encoding="utf-8")
SERVICES: dict[str, Any] = yaml.safe_load(TEXT)["services"]
OURS = {name: each for name, each in SERVICES.items() if each["image"].startswith("mirliton")}


def test_settings_of_the_services_are_known_and_in_the_example() -> None:
    assert set(OURS) == {"init", "ui", "command"}
    for service in OURS.values():
        assert set(service["environment"]) <= set(PURPOSES)
    asked = set(re.findall(r"\$\{(\w+)", TEXT))
    example = (FOLDER / "example.env").read_text(encoding="utf-8")
    assert asked == set(re.findall(r"^(?:# )?(\w+)=", example, flags=re.MULTILINE))


@pytest.mark.parametrize("name", ["init", "ui"])
def test_the_commands_of_the_services_have_their_options(name: str) -> None:
    command, *options = OURS[name]["command"]
    assert command in COMMANDS
    shown = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200"}).output
    assert all(option.partition("=")[0] in shown for option in options)


def test_init_uses_the_servers_beside_it() -> None:
    given = dict(option.removeprefix("--").split("=", 1) for option in OURS["init"]["command"] if "=" in option)
    endpoint = OURS["init"]["environment"]["AWS_ENDPOINT_URL"]
    settings = settings_of(TeamServers(given["database"], given["store"], endpoint, "", ""))
    assert "@postgres/mirliton?" in settings.dagster
    assert SERVICES["postgres"]["environment"]["POSTGRES_DB"] == "mirliton"
    assert (settings.endpoint, settings.store) == ("http://s3:9000", "s3://mirliton/team")


def test_each_service_waits_for_what_it_needs_and_pages_are_on_loopback() -> None:
    assert set(OURS["init"]["depends_on"]) == {"postgres", "s3"}
    assert all(list(OURS[name]["depends_on"]) == ["init"] for name in ("ui", "command"))
    assert all(port.startswith("127.0.0.1:") for port in OURS["ui"]["ports"])
    assert [name for name, each in SERVICES.items() if "ports" in each] == ["ui"]


def test_the_image_has_every_package_and_file_of_the_distribution() -> None:
    """What `.dockerignore` lets through is what setup.py needs."""
    ignored = (FOLDER.parent / ".dockerignore").read_text(encoding="utf-8").splitlines()
    kept = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    assert ignored[0] == "**"
    assert {"assets", "mir_models", "pipelines", "storage", "mirliton.py", "setup.py", "pyproject.toml"} <= kept
    assert {"README.md", "constraints.txt"} <= kept
    assert all((FOLDER.parent / name).exists() for name in kept)
