"""The guard of a web server without a login: a page that is open in the same browser must not operate it.

A server on loopback is reached by every page that the user's browser shows: by a form or a script of a foreign origin
(cross-site request forgery), and by a foreign name whose address was changed to 127.0.0.1 (DNS rebinding). Dagster's
web server checks neither, and accepts GraphQL mutations by GET. What the guard promises is in docs/security.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from graphql import GraphQLError, OperationDefinitionNode, OperationType, parse
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipelines.servers.guard_names import LOOPBACK, host_name

HEADERS = {"x-frame-options": "SAMEORIGIN", "cross-origin-resource-policy": "same-origin"}
"""Of every response: no foreign page shows it in a frame, where clicks could be stolen, or embeds it."""


@dataclass(frozen=True)
class Refusal:
    """Why a request is refused: status and text of the response."""

    status: int
    text: str


class Guard:
    """ASGI middleware that refuses what a page of another origin could have sent.

    Parameters
    ----------
    app : ASGI application
        What is guarded, with its websockets.
    hosts : sequence of str
        Names or addresses, with a port or without, by which the server is reached beside those of loopback.
    """

    def __init__(self, app: ASGIApp, *, hosts: Sequence[str] = ()) -> None:
        self.app = app
        self.authorities = {host.lower() for host in hosts}
        self.names = {*LOOPBACK, *(name for name in map(host_name, hosts) if name)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
        elif refusal := self.refusal(HTTPConnection(scope)):
            response = PlainTextResponse(refusal.text, refusal.status, headers=HEADERS)
            await response(scope, receive, send)
        else:
            await self.app(scope, receive, _with_headers(send))

    def refusal(self, request: HTTPConnection) -> Refusal | None:
        """Why a request, or the opening of a websocket, is refused; None where it is not.

        Programs send no ``Origin`` and pass; browsers send it with every POST and every websocket.
        """
        host, origin = request.headers.get("host", ""), request.headers.get("origin")
        if host_name(host) not in self.names:
            return Refusal(403, f"This server is not served as {host!r}. Remedy: start it with --allow-host NAME.\n")
        if origin is not None and not self._is_ours(origin, host):
            return Refusal(403, f"A page of {origin!r} may not use this server; see docs/security.md.\n")
        if request.scope.get("method", "GET") != "POST" and any(
            map(is_mutation, request.query_params.getlist("query"))
        ):
            return Refusal(405, "Expected a mutation by POST. Received: GET. Remedy: send it by POST.\n")
        return None

    def _is_ours(self, origin: str, host: str) -> bool:
        """Whether a page comes from the server that it asks; another port is another server, which may be anyone's."""
        scheme, _, authority = origin.lower().partition("://")
        return scheme in ("http", "https") and authority in {host.lower(), *self.authorities}


def is_mutation(query: str) -> bool:
    """Whether a GraphQL document has a mutation among its operations; one that cannot be parsed does nothing."""
    try:
        definitions = parse(query).definitions
    except (GraphQLError, RecursionError):
        return False
    operations = (each.operation for each in definitions if isinstance(each, OperationDefinitionNode))
    return OperationType.MUTATION in operations


def _with_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return send_with_headers
