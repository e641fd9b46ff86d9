"""A bucket is made where there is none, by boto3."""

from __future__ import annotations

import uuid

import pytest

from mir_models.errors import MirlitonError, ParameterError
from storage.objects.new_bucket import make_bucket
from storage.objects.probe import probe
from tests.postgres_fixtures import free_port


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1"])
def test_a_bucket_is_made_once(bucket_address: str, monkeypatch: pytest.MonkeyPatch, region: str) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    address = f"s3://made-{uuid.uuid4().hex[:12]}/team"
    assert make_bucket(address)
    assert not make_bucket(address)
    assert probe(address).conditional


def test_buckets_of_others_are_left_to_their_owners() -> None:
    with pytest.raises(ParameterError, match=r"Received: gs://team\. Remedy: make it yourself, without --make-bucket"):
        make_bucket("gs://team")


def test_a_server_that_is_down_is_named(bucket_address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(MirlitonError, match=r"Expected to make the bucket team\. Received: Could not connect") as error:
        make_bucket("s3://team/store")
    assert "Remedy: check AWS_ENDPOINT_URL" in str(error.value)
