"""What the guard refuses and what it lets pass, over real connections: of a small application, and of Dagster's own."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from mir_models.errors import ParameterError
from pipelines.servers.guard import Guard, is_mutation
from pipelines.servers.guard_names import check_hosts, host_name

MUTATION = "mutation { setNuxSeen }"


@contextmanager
def served(app: ASGIApp) -> Iterator[int]:
    """The port of an application that is served in a thread."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def asked(port: int, method: str, path: str, body: str = "", **headers: str) -> tuple[int, str, dict[str, str]]:
    """Status, text and headers of a response; `{}` in a header is the port."""
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    named = {"host": "127.0.0.1:{}", **headers}
    values = {key.replace("_", "-"): value.format(port) for key, value in named.items()}
    connection.request(method, path, body.encode() or None, values)
    response = connection.getresponse()
    text = response.read().decode(errors="replace")
    connection.close()
    return response.status, text, dict(response.getheaders())


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Port of a small application behind the guard, which is reached as dagster.example.org as well."""

    async def say(request: Any) -> PlainTextResponse:
        return PlainTextResponse("reached")

    async def talk(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text("reached")
        await websocket.close()

    app = Starlette(routes=[Route("/graphql", say, methods=["GET", "POST"]), WebSocketRoute("/graphql", talk)])
    app.add_middleware(Guard, hosts=["dagster.example.org", "hub.example.org:8443"])
    with served(app) as found:
        yield found


PASSING = {
    "a program": {},
    "our page": {"origin": "http://127.0.0.1:{}"},
    "our page by name": {"host": "localhost:{}", "origin": "http://localhost:{}"},
    "our page by IPv6": {"host": "[::1]:{}", "origin": "http://[::1]:{}"},
    "a proxy that keeps the name": {"host": "dagster.example.org", "origin": "https://dagster.example.org"},
    "a proxy that does not": {"origin": "https://dagster.example.org"},
    "a proxy at a port": {"host": "hub.example.org:8443", "origin": "https://hub.example.org:8443"},
    "capitals": {"host": "LocalHost:{}", "origin": "http://localhost:{}"},
}
REFUSED = {
    "a foreign page": {"origin": "http://evil.example"},
    "a page at another port": {"origin": "http://127.0.0.1:1"},
    "a page without an origin of its own": {"origin": "null"},
    "a file": {"origin": "file://"},
    "a page of a name that ends like ours": {"origin": "https://evil.dagster.example.org"},
    "a name that begins like ours": {"host": "127.0.0.1.evil.example:{}"},
    "a rebound name": {"host": "evil.example:{}", "origin": "http://evil.example:{}"},
    "a rebound name with ours as its user": {"host": "localhost@evil.example:{}"},
    "no name": {"host": ""},
    "the name of a proxy at another port": {"origin": "https://hub.example.org"},
}


@pytest.mark.parametrize("headers", PASSING.values(), ids=PASSING)
def test_requests_and_websockets_of_our_own_pages_and_of_programs_pass(port: int, headers: dict[str, str]) -> None:
    assert asked(port, "POST", "/graphql", "{}", **headers)[:2] == (200, "reached")
    assert asked(port, "GET", "/graphql", **headers)[:2] == (200, "reached")
    assert first_message(port, headers) == "reached"


@pytest.mark.parametrize("headers", REFUSED.values(), ids=REFUSED)
def test_requests_and_websockets_of_foreign_pages_and_names_are_refused(port: int, headers: dict[str, str]) -> None:
    for method in ("POST", "GET"):
        status, text, _ = asked(port, method, "/graphql", **headers)
        assert status == 403
        assert "reached" not in text
    host = headers.get("host", "127.0.0.1")
    if host and "@" not in host:  # The client of websockets sends no other.
        with pytest.raises(InvalidStatus) as refused:
            first_message(port, headers)
        assert refused.value.response.status_code == 403


def first_message(port: int, headers: dict[str, str]) -> str | bytes:
    """The first message of a websocket."""
    values = {key: value.format(port) for key, value in {"host": "127.0.0.1:{}", **headers}.items()}
    host, origin = values["host"], values.get("origin")
    with socket.create_connection(("127.0.0.1", port)) as sock:
        uri = f"ws://{host}/graphql"
        with connect(uri, sock=sock, origin=origin, proxy=None) as websocket:  # type: ignore[arg-type]
            return websocket.recv()


def test_a_refusal_names_the_remedy(port: int) -> None:
    assert "Remedy: start it with --allow-host NAME" in asked(port, "GET", "/graphql", host="evil.example")[1]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("query", [MUTATION, "query a { version } mutation b { setNuxSeen }", f"#\n{MUTATION}"])
def test_a_mutation_is_refused_by_get(port: int, method: str, query: str) -> None:
    path = f"/graphql?query={quote(query)}"
    assert asked(port, method, path)[0] == 405
    assert asked(port, method, f"/graphql?query=%7Bversion%7D&query={quote(query)}")[0] == 405
    assert asked(port, "POST", path)[0] == 200


def test_a_query_passes_by_get(port: int) -> None:
    assert asked(port, "GET", "/graphql?query=%7Bversion%7D")[0] == 200


def test_no_foreign_page_shows_ours_in_a_frame(port: int) -> None:
    for headers in ({}, {"origin": "http://evil.example"}):
        received = asked(port, "GET", "/graphql", **headers)[2]
        assert received["x-frame-options"] == "SAMEORIGIN"
        assert received["cross-origin-resource-policy"] == "same-origin"


def test_mutations_are_found_by_parsing() -> None:
    assert is_mutation("mutation{a}")
    assert not is_mutation("{ mutation }")
    assert not is_mutation("mutation")
    assert not is_mutation("{" * 10_000)


def test_names_of_hosts() -> None:
    assert host_name("Example.org:80") == "example.org"
    assert host_name("[::1]:3000") == "::1"
    for wrong in ("", "a@b", "a/b", "http://a", "a:b", "[::1"):
        assert host_name(wrong) == ""


@pytest.mark.parametrize("wrong", ["https://a.example", "*", "*.example.org", "a b", "a/b", ""])
def test_what_is_no_name_is_refused_as_an_allowed_host(wrong: str) -> None:
    with pytest.raises(ParameterError, match="Expected a name or an address, with a port or without"):
        check_hosts(["dagster.example.org", "10.0.0.7", "[fd00::1]:8443", wrong])


@pytest.mark.slow
def test_dagsters_own_application_behind_the_guard(tmp_path: Path) -> None:
    from dagster import DagsterInstance
    from dagster._core.workspace.context import WorkspaceProcessContext

    from pipelines.servers.guarded_dagster import guarded_app

    body, kind = json.dumps({"query": "mutation { setNuxSeen }"}), {"content_type": "application/json"}
    with (
        DagsterInstance.local_temp(str(tmp_path)) as instance,
        WorkspaceProcessContext(instance, None, "1.2") as context,
    ):
        with served(guarded_app(context)) as port:
            assert "<!DOCTYPE html>" in asked(port, "GET", "/")[1]
            assert asked(port, "GET", "/favicon.png")[0] == 200
            assert asked(port, "GET", f"/graphql?query={quote(MUTATION)}")[0] == 405
            assert json.loads(asked(port, "GET", "/graphql?query=%7Bversion%7D")[1])["data"] == {"version": "1.2"}
            assert asked(port, "POST", "/graphql", body, **kind, origin="http://evil.example")[0] == 403
            assert asked(port, "POST", "/report_asset_materialization/a", "{}", origin="null")[0] == 403
            assert asked(port, "GET", "/", host="evil.example")[0] == 403
            assert asked(port, "POST", "/graphql", body, **kind, origin="http://127.0.0.1:{}")[0] == 200
            with pytest.raises(InvalidStatus):
                connect(f"ws://127.0.0.1:{port}/graphql", origin="http://evil.example", proxy=None)  # type: ignore[arg-type]
            own = f"http://127.0.0.1:{port}"
            with connect(f"ws://127.0.0.1:{port}/graphql", origin=own, subprotocols=["graphql-ws"], proxy=None) as page:  # type: ignore[arg-type,list-item]
                page.send(json.dumps({"type": "connection_init"}))
                assert json.loads(page.recv()) == {"type": "connection_ack"}
