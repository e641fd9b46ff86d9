"""A proxy on loopback between a client and an S3 server, that lets requests fail as it is given: by their count.

>>> with fault_proxy(endpoint) as proxy:  # doctest: +SKIP
...     proxy.faults = ["503", None, "half"]  # the first request and the third
"""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import urlsplit

SLOW_DOWN = b"<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>"
INTERNAL = b"<Error><Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>"
DENIED = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
STATUSES = {"403": (403, DENIED), "500": (500, INTERNAL), "503": (503, SLOW_DOWN), "429": (429, SLOW_DOWN)}
_OWN_HEADERS = {"content-length", "transfer-encoding", "connection", "server", "date"}


class Request(NamedTuple):
    """A request that the proxy received, and the fault it was given."""

    method: str
    path: str
    fault: str | None


class FaultProxy(ThreadingHTTPServer):
    """The proxy.

    Attributes
    ----------
    faults : list of str or None
        What becomes of the next requests, one each; those after them succeed. ``"403"``, ``"429"``, ``"500"`` and
        ``"503"`` are answers; ``"cut"``: the connection is cut before the request is passed on; ``"lost"``: after it,
        before the answer; ``"half"``: in the middle of the answer; ``"silent"``: no answer for `silence_s`, then as
        ``"cut"``.
    choose : function of a request's method and path to a fault, or None
        Instead of the list, where it is given.
    delay_s : float
        Seconds before every request: a distance.
    requests : list of Request
    """

    daemon_threads = True
    silence_s = 3.0

    def __init__(self, endpoint: str) -> None:
        self.upstream = urlsplit(endpoint)
        self.faults: list[str | None] = []
        self.choose: Callable[[str, str], str | None] | None = None
        self.delay_s = 0.0
        self.requests: list[Request] = []
        self.counting = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def endpoint(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_port}"

    def next_fault(self, method: str, path: str) -> str | None:
        """Count a request; what becomes of it."""
        with self.counting:
            fault = self.choose(method, path) if self.choose else (self.faults.pop(0) if self.faults else None)
            self.requests.append(Request(method, path, fault))
            return fault

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: the connections that are cut are those that were to be."""


@contextmanager
def fault_proxy(endpoint: str) -> Iterator[FaultProxy]:
    """A proxy before a server until the block ends."""
    with FaultProxy(endpoint) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FaultProxy

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        fault = self.server.next_fault(self.command, self.path)
        time.sleep(self.server.silence_s if fault == "silent" else self.server.delay_s)
        if fault in STATUSES:
            self._respond(*STATUSES[fault], [])
        elif fault in ("cut", "silent"):
            self._cut()
        else:
            status, content, headers = self._upstream(body)
            if fault == "lost":
                self._cut()
            else:
                self._respond(status, content, headers, part=0.5 if fault == "half" else 1.0)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _pass

    def _upstream(self, body: bytes) -> tuple[int, bytes, list[tuple[str, str]]]:
        upstream = self.server.upstream
        connection = http.client.HTTPConnection(upstream.hostname or "", upstream.port)
        connection.request(self.command, self.path, body, dict(self.headers))
        response = connection.getresponse()
        content = response.read()
        connection.close()
        headers = [pair for pair in response.getheaders() if pair[0].lower() not in _OWN_HEADERS]
        if self.command == "HEAD":
            headers.append(("Content-Length", response.getheader("content-length") or "0"))
        return response.status, content, headers

    def _respond(self, status: int, content: bytes, headers: list[tuple[str, str]], part: float = 1.0) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if self.command != "HEAD":
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: int(len(content) * part)])
        self.wfile.flush()
        if part < 1:
            self._cut()

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: `FaultProxy.requests` has them."""
