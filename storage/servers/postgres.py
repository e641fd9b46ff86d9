"""PostgreSQL for Dagster, MLflow and sweeps: a schema for each in one database, since all have an ``alembic_version``.

URLs name psycopg2, the driver that Dagster takes: without it SQLAlchemy 2.1 looks for psycopg 3.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mir_models.errors import MirlitonError, ParameterError

if TYPE_CHECKING:
    from sqlalchemy.engine import URL, Connection

DRIVER = "postgresql+psycopg2"
SCHEMES = ("postgresql", "postgres", DRIVER)
CONNECT_S = 5
"""Seconds after which a server that does not answer is given up."""
_SCHEMA = re.compile(r"-c ?search_path=(\w+)")


def parse(url: str) -> URL:
    """A URL such as ``postgresql://user@host/database``, with the driver named.

    Raises
    ------
    ParameterError
        When it is none of PostgreSQL's, or names no database.
    """
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    remedy = "write it as postgresql://USER@HOST:5432/DATABASE"
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise ParameterError("the URL of a PostgreSQL database", received=repr(url), remedy=remedy) from error
    if parsed.drivername not in SCHEMES or not parsed.database:
        received = parsed.render_as_string(hide_password=True)
        raise ParameterError("the URL of a PostgreSQL database", received=received, remedy=remedy)
    return parsed.set(drivername=DRIVER)


def with_schema(url: URL, schema: str) -> str:
    """The URL of a schema in a database; without its password, which libpq finds in ``PGPASSWORD`` or ``~/.pgpass``."""
    given = url.query.get("options", "")
    options = f"{given if isinstance(given, str) else ' '.join(given)} -csearch_path={schema}".strip()
    named = url._replace(password=None).update_query_dict({"options": options})
    return named.render_as_string(hide_password=False)


def schema_of(url: str) -> str:
    """The schema that a URL names; empty: the default one."""
    found = _SCHEMA.search(str(parse(url).query.get("options", "")))
    return found[1] if found else ""


def create_schemas(url: URL, names: Sequence[str]) -> None:
    """Create schemas in a database; those that are there stay as they are.

    Raises
    ------
    MirlitonError
        When the server does not answer, or the user may not create them.
    """
    from sqlalchemy import text
    from sqlalchemy.exc import SQLAlchemyError

    with _connected(url) as connection:
        there = set(connection.execute(text("SELECT nspname FROM pg_namespace")).scalars())
        try:
            for name in [each for each in names if each not in there]:
                connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {name}"))
            connection.commit()
        except SQLAlchemyError as error:
            expected = f"the right to create schemas in {_shown(url)}"
            remedy = f"GRANT CREATE ON DATABASE {url.database} TO {url.username}, as its owner"
            raise MirlitonError(expected, received=_cause(error), remedy=remedy) from error


def reach(url: str) -> str:
    """Ask a database, in its schema; returns the version of the server.

    Raises
    ------
    MirlitonError
        When it does not answer, lets nobody in, or has no such schema.
    """
    from sqlalchemy import text

    parsed, schema = parse(url), schema_of(url)
    with _connected(parsed) as connection:
        version = connection.execute(text("SHOW server_version")).scalar_one()
        current = connection.execute(text("SELECT current_schema()")).scalar_one()
    if schema and current != schema:
        remedy = "mirliton init --team … creates it"
        raise MirlitonError(f"the schema {schema} in {_shown(parsed)}", received="none of that name", remedy=remedy)
    return f"PostgreSQL {str(version).partition(' ')[0]}"


@contextmanager
def _connected(url: URL) -> Iterator[Connection]:
    from sqlalchemy import create_engine
    from sqlalchemy.exc import SQLAlchemyError
    from sqlalchemy.pool import NullPool

    try:
        engine = create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": CONNECT_S})
        connection = engine.connect()
    except ModuleNotFoundError as error:
        remedy = "pip install -c constraints.txt -e '.[postgres]'"
        raise MirlitonError("psycopg2, for PostgreSQL", received="it is not installed", remedy=remedy) from error
    except SQLAlchemyError as error:
        cause = _cause(error)
        raise MirlitonError(f"an answer of {_shown(url)}", received=cause, remedy=_remedy(cause, url)) from error
    with connection:
        yield connection


def _shown(url: URL) -> str:
    """A URL for messages: without password, driver and options."""
    from sqlalchemy.util import immutabledict

    return url._replace(drivername="postgresql", password=None, query=immutabledict()).render_as_string()


def _cause(error: Any) -> str:
    """What the server or libpq said, in one line."""
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    return lines[0].strip() if lines else type(error).__name__


def _remedy(cause: str, url: URL) -> str:
    if "password" in cause or "authentication" in cause or "pg_hba" in cause:
        return f"let PGPASSWORD, or a line of ~/.pgpass, hold the password of {url.username or 'the user'}"
    if "does not exist" in cause and "database" in cause:
        return f"createdb {url.database}, or correct the name"
    if "does not exist" in cause:
        return f"createuser {url.username}, or correct the name"
    return "start the server, or correct its address"
