"""PostgreSQL: URLs with schemas, which Dagster, MLflow and a driver read alike; errors with their remedy."""

from __future__ import annotations

import pytest

from mir_models.errors import MirlitonError, ParameterError
from storage.servers import postgres
from tests.postgres_fixtures import free_port


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://me@host/team", "postgresql+psycopg2://me@host/team?options=-csearch_path%3Ddagster"),
        ("postgres://me:p%40w@host:1/team", "postgresql+psycopg2://me@host:1/team?options=-csearch_path%3Ddagster"),
        (
            "postgresql://host/team?sslmode=require&options=-ca%3Db",
            "postgresql+psycopg2://host/team?options=-ca%3Db -csearch_path%3Ddagster&sslmode=require",
        ),
    ],
)
def test_a_url_names_driver_and_schema_and_no_password(url: str, expected: str) -> None:
    found = postgres.with_schema(postgres.parse(url), "dagster")
    assert found.replace("+-csearch", " -csearch").replace("%20", " ") == expected
    assert postgres.schema_of(found) == "dagster"


@pytest.mark.parametrize(
    "url", ["", "mysql://host/team", "postgresql://host", "team", "postgresql://me:secret@host:x/y"]
)
def test_another_url_is_refused(url: str) -> None:
    with pytest.raises(ParameterError, match="the URL of a PostgreSQL database") as error:
        postgres.parse(url)
    assert str(error.value).endswith("Remedy: write it as postgresql://USER@HOST:5432/DATABASE.")


def test_schemas_are_made_once_and_reached(database: str) -> None:
    url = postgres.parse(database)
    for _ in range(2):
        postgres.create_schemas(url, ("dagster", "mlflow"))
    assert postgres.reach(postgres.with_schema(url, "mlflow")).startswith("PostgreSQL ")
    with pytest.raises(
        MirlitonError, match=r"the schema sweeps in postgresql://team@127.*Remedy: mirliton init --team"
    ):
        postgres.reach(postgres.with_schema(url, "sweeps"))


@pytest.mark.parametrize(
    ("old", "new", "received", "remedy"),
    [
        ("/test", "/none_", "does not exist", "Remedy: createdb none_"),
        ("team@", "nobody_else@", "password authentication failed", "PGPASSWORD, or a line of ~/.pgpass"),
    ],
)
def test_what_a_server_refuses_is_named(database: str, old: str, new: str, received: str, remedy: str) -> None:
    with pytest.raises(MirlitonError) as error:
        postgres.reach(database.replace(old, new, 1))
    assert received in str(error.value)
    assert remedy in str(error.value)
    assert "\n" not in str(error.value)


def test_a_server_that_is_down_is_named_without_the_password() -> None:
    address = f"postgresql://me:secret@127.0.0.1:{free_port()}/team"
    with pytest.raises(
        MirlitonError, match=r"Connection refused.*Remedy: start the server, or correct its address"
    ) as error:
        postgres.reach(address)
    assert "secret" not in str(error.value)


def test_who_may_make_no_schema_is_reported_the_grant(database: str) -> None:
    from sqlalchemy import create_engine, text

    with create_engine(postgres.parse(database)).begin() as connection:
        connection.execute(text("DROP ROLE IF EXISTS guest"))
        connection.execute(text("CREATE ROLE guest LOGIN PASSWORD 'guest'"))
    url = postgres.parse(database.replace("team@", "guest:guest@"))
    with pytest.raises(
        MirlitonError, match=r"permission denied .*Remedy: GRANT CREATE ON DATABASE .* TO guest, as its owner"
    ):
        postgres.create_schemas(url, ["dagster"])
