"""A bucket on loopback, and one behind a proxy that lets requests fail."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from experiments.object_store.fault_proxy import FaultProxy, fault_proxy
from experiments.object_store.server import BUCKET, environment, is_installed, s3_server
from storage.objects.bucket import PATIENCE


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """An S3 server on loopback."""
    pytest.importorskip("obstore", reason="mirliton[s3] is not installed")
    if not is_installed():
        pytest.skip("moto, which serves S3 on loopback, is not installed")
    with s3_server() as endpoint:
        yield endpoint


@pytest.fixture
def bucket_address(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of an empty place in a bucket, with the environment set for it."""
    for name, value in environment(s3_endpoint).items():
        monkeypatch.setenv(name, value)
    return f"s3://{BUCKET}/{uuid.uuid4().hex}"


@pytest.fixture
def proxy(s3_endpoint: str, bucket_address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultProxy]:
    """The proxy before `bucket_address`; requests are tried again for a second."""
    with fault_proxy(s3_endpoint) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.endpoint)
        monkeypatch.setenv(PATIENCE, "1")
        yield proxy
