"""An S3 server on loopback, moto's, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec

from mir_models.errors import MirlitonError

BUCKET = "mirliton"
VARIABLES = {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any", "AWS_DEFAULT_REGION": "us-east-1"}
_SERVE = """
import logging, sys, time
from moto.server import ThreadedMotoServer
logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print("http://%s:%d" % server.get_host_and_port(), flush=True)
sys.stdin.read()
"""


def is_installed() -> bool:
    """Whether the server is installed."""
    return all(find_spec(name) for name in ("moto", "flask", "flask_cors"))


@contextmanager
def s3_server() -> Iterator[str]:
    """Serve an empty bucket, `BUCKET`, until the block ends; yields the address of the server.

    Raises
    ------
    MirlitonError
        When moto is not installed.
    """
    if not is_installed():
        remedy = "pip install -c constraints.txt -e '.[pipeline,s3,dev]'"
        raise MirlitonError("moto, which serves S3 on this machine", received="it is not installed", remedy=remedy)
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        try:
            endpoint = process.stdout.readline().decode().strip()
            urllib.request.urlopen(urllib.request.Request(f"{endpoint}/{BUCKET}", method="PUT")).close()
            yield endpoint
        finally:
            process.stdin.close()
            process.wait(timeout=10)


def environment(endpoint: str) -> Mapping[str, str]:
    """The variables with which mirliton uses a server."""
    return {**VARIABLES, "AWS_ENDPOINT_URL": endpoint}


def set_environment(endpoint: str) -> None:
    """Let this process use a server."""
    os.environ.update(environment(endpoint))
