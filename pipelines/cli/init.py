"""The command ``init``: the settings by which a home belongs to a team's instance."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mir_models.errors import MirlitonError, ParameterError
from pipelines.cli.console import console
from pipelines.cli.documents.machine import InitDocument
from pipelines.cli.json_output import emit
from storage import home
from storage.settings_file import NAME

if TYPE_CHECKING:
    from storage.servers.team_settings import TeamSettings

ENDPOINT, REGION = "AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION"
"""Variables that are no secrets, and are taken over as they are set."""


def init(
    team: Annotated[bool, typer.Option("--team", help="Share databases and stores with other machines.")] = False,
    database: Annotated[
        str,
        typer.Option(help="The team's PostgreSQL, postgresql://USER@HOST/DATABASE; MLflow and Dagster have schemas."),
    ] = "",
    store: Annotated[str, typer.Option(help="The team's stores: s3://BUCKET/PREFIX, or a folder that all see.")] = "",
    endpoint: Annotated[str, typer.Option(help="The server of s3://, where it is not Amazon's.")] = "",
    mlflow: Annotated[str, typer.Option(help="An MLflow server that is there already; else the database.")] = "",
    dask: Annotated[str, typer.Option(help="A Dask scheduler, tcp://HOST:8786; else local workers.")] = "",
    make_bucket: Annotated[bool, typer.Option("--make-bucket", help="Make the bucket where there is none.")] = False,
    runs: Annotated[int, typer.Option(min=1, help="Runs that may be under way at a time in the queue.")] = 1,
    replace: Annotated[bool, typer.Option(help="Replace settings that this home has already.")] = False,
) -> None:
    """Let this home belong to a team's instance: databases, stores and registrations that others use as well."""
    _check_given(team, database, store)
    given = TeamServers(database, store, endpoint or os.environ.get(ENDPOINT, ""), mlflow, dask)
    settings = settings_of(given)
    path = home.home() / NAME
    _check_unchanged(path, settings.file(), replace=replace)
    _prepare_servers(given, settings, make_bucket=make_bucket)
    _write(path, settings.file())
    shared = _write_home(runs)
    emit(InitDocument(str(home.home()), str(path), settings.store, shared))
    console.print(f"Settings of the team: {path} (only you can read it)", soft_wrap=True, markup=False)
    if shared:
        console.print(f"Registrations of this home that all see now: {', '.join(shared)}", markup=False)
    console.print("Next: the same command on the other machines, mirliton doctor, and on one of them mirliton ui")


@dataclass(frozen=True)
class TeamServers:
    """The servers of a team, as the command was given them."""

    database: str
    store: str
    endpoint: str
    mlflow: str
    dask: str


def settings_of(given: TeamServers) -> "TeamSettings":
    """The settings of an instance.

    Raises
    ------
    ParameterError
        When the database or the store is none that machines can share.
    """
    from storage.objects.bucket import SCHEMES
    from storage.servers import postgres
    from storage.servers.team_settings import SCHEMAS, TeamSettings

    url = postgres.parse(given.database)
    scheme, is_url, _ = given.store.partition("://")
    if is_url and scheme not in SCHEMES:
        remedy = f"give a folder, or one of {', '.join(f'{each}://' for each in sorted(SCHEMES))}"
        raise ParameterError("a store that machines can share", received=given.store, remedy=remedy)
    dagster, tracking, sweeps = (postgres.with_schema(url, schema) for schema in SCHEMAS)
    return TeamSettings(
        store=given.store.rstrip("/") if is_url else str(Path(given.store).expanduser().resolve()),
        dagster=dagster,
        tracking=given.mlflow or tracking,
        sweeps=sweeps,
        password=str(url.password or ""),
        endpoint=given.endpoint if is_url else "",
        region=os.environ.get(REGION, "") if is_url else "",
        dask=given.dask,
    )


def _check_given(team: bool, database: str, store: str) -> None:
    if not team:
        remedy = "give --team, or begin with mirliton add: a home of one's own needs no settings"
        raise ParameterError("--team", received="none", remedy=remedy)
    for option, value, example in (
        ("--database", database, "postgresql://USER@HOST/DATABASE"),
        ("--store", store, "s3://BUCKET/PREFIX"),
    ):
        if not value:
            raise ParameterError(f"{option} of the team", received="none", remedy=f"give {option} {example}")


def _check_unchanged(path: Path, content: str, *, replace: bool) -> None:
    """Raise where a home has other settings, which may have been written by hand."""
    if not replace and path.exists() and path.read_text(encoding="utf-8") != content:
        remedy = "give --replace, or change the file by hand"
        raise MirlitonError(f"a home without settings, or the same, in {path}", received="others", remedy=remedy)


def _prepare_servers(given: TeamServers, settings: "TeamSettings", *, make_bucket: bool) -> None:
    """Ask every server, and make the schemas of the databases; this process uses them from now on."""
    from storage.objects import new_bucket
    from storage.objects.probe import probe
    from storage.servers import dask_scheduler, postgres, tracking_server
    from storage.servers.team_settings import SCHEMAS

    os.environ.update(settings.variables())
    postgres.create_schemas(postgres.parse(given.database), SCHEMAS)
    if make_bucket:
        new_bucket.make_bucket(settings.store)
    probe(settings.store)
    if given.mlflow:
        tracking_server.reach(given.mlflow)
    if given.dask:
        dask_scheduler.reach(given.dask)


def _write(path: Path, content: str) -> None:
    """Write a file that only its owner can read: it may have a password."""
    from storage.objects.atomic import draft_of

    with draft_of(path) as draft:
        draft.touch(mode=0o600)
        draft.write_text(content, encoding="utf-8")


def _write_home(runs: int) -> list[str]:
    """Make Dagster's settings, and bring the home's own registrations to the team; returns their names."""
    from pipelines.instance import add_partitions, write_instance_settings
    from storage.corpora.catalogue import open_catalogue

    write_instance_settings(shared=True, runs=runs)
    shared = open_catalogue().share_earlier()
    add_partitions()
    return shared
