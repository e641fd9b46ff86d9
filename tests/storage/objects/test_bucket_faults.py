"""A bucket whose server fails: tried again and bounded, and one sentence in the end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from experiments.object_store.fault_proxy import FaultProxy
from mir_models.errors import MirlitonError, ParameterError
from storage.objects import bucket
from storage.objects.bucket import PATIENCE, connect, summary
from storage.objects.objects import open_objects
from storage.objects.store_error import StoreError
from storage.tracks.arrays import Stored, pack
from tests.storage.json_record import JsonRecord

FAULTS = ["500", "503", "429", "cut", "lost", "half"]
TREE = {"x/c.0": b"rows", "x/zarr.json": b"{}", "zarr.json": b"{}"}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_fails_for_a_while_succeeds(proxy: FaultProxy, bucket_address: str, fault: str) -> None:
    store, content = open_objects(bucket_address), os.urandom(70_000)
    for request in (
        lambda: store.write("a/b", content),
        lambda: store.read("a/b") == content,
        lambda: store.names("a") == ["b"],
        lambda: store.delete("a"),
    ):
        proxy.faults = [fault]
        assert request() in (None, True)
        assert proxy.faults == []
    assert store.read("a/b") is None


def test_a_tree_is_whole_or_invisible_whatever_fails(proxy: FaultProxy, bucket_address: str) -> None:
    store = open_objects(bucket_address)
    proxy.faults = [None, "500", "cut", "lost", "503", "429"]
    store.write_tree("s/t", TREE)
    assert store.trees("s") == ["t"]
    assert {key: store.read(f"s/t/{key}") for key in TREE} == TREE
    proxy.choose = lambda method, path: "503" if path.endswith("/s/u/x/c.0") else None
    with pytest.raises(StoreError, match=r"503 Service Unavailable \(SlowDown\) after"):
        store.write_tree("s/u", TREE)
    proxy.choose = None
    assert store.trees("s") == ["t"]


def test_a_large_object_is_written_and_read_in_spite_of_cut_lines(proxy: FaultProxy, bucket_address: str) -> None:
    store, content = open_objects(bucket_address), os.urandom(11_000_000)
    proxy.faults = [None, "cut", "503", "lost"]
    store.write("large", content)
    proxy.faults = ["half", "half"]
    assert store.read("large") == content
    assert sum(each.method == "PUT" for each in proxy.requests) >= 3, "written in parts"


def test_arrays_are_read_in_spite_of_faults(proxy: FaultProxy, bucket_address: str) -> None:
    import zarr

    store, rows = open_objects(bucket_address), np.arange(2100, dtype=np.float32).reshape(700, 3)
    store.write_tree("s/t", pack(Stored(JsonRecord({"track": "t"}), {"rows": rows})))
    for fault in ("503", "half"):
        proxy.faults = [fault, None, fault, None, None, fault]
        array = zarr.open_group(store.zarr_store("s/t"), mode="r")["rows"]
        np.testing.assert_array_equal(array[...], rows)
        assert array.nchunks_initialized == array.nchunks
    array, proxy.choose = zarr.open_group(store.zarr_store("s/t"), mode="r")["rows"], lambda *_: "500"
    with pytest.raises(StoreError, match="500 Internal Server Error"):
        array[...]


@pytest.mark.parametrize(
    ("fault", "cause"),
    [("500", r"500 Internal Server Error \(InternalError\)"), ("503", r"503 Service Unavailable \(SlowDown\)")],
)
def test_what_fails_for_good_is_one_sentence(
    proxy: FaultProxy, bucket_address: str, monkeypatch: pytest.MonkeyPatch, fault: str, cause: str
) -> None:
    monkeypatch.setenv(PATIENCE, "0.5")
    store, proxy.choose = open_objects(bucket_address), lambda *_: fault
    for request in (lambda: store.read("a"), lambda: store.write("a", b""), lambda: store.names("a")):
        with pytest.raises(StoreError, match=cause) as raised:
            request()
        sentence = str(raised.value)
        assert sentence.startswith(f"Expected an answer of the object store {bucket_address} at {proxy.endpoint}. ")
        assert "\n" not in sentence
        assert "mirliton doctor" in sentence


def test_a_silent_server_is_not_waited_for(
    proxy: FaultProxy, bucket_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bucket, "READ_S", 0.3)
    store, proxy.silence_s = open_objects(f"{bucket_address}/silent"), 1.0
    store.write("a", b"1")
    proxy.faults = ["silent"]
    assert store.read("a") == b"1"
    proxy.faults = ["silent"]
    store.write("a", b"2")
    assert store.read("a") == b"2"


def test_a_server_that_is_down_is_named(bucket_address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv(PATIENCE, "0.3")
    with pytest.raises(StoreError, match=r"at http://127\.0\.0\.1:9\. Received: connection refused after \d+ retries"):
        open_objects(bucket_address).read("a")


@pytest.mark.parametrize("request_name", ["read", "names", "write"])
def test_a_bucket_that_is_not_there_is_named(bucket_address: str, request_name: str) -> None:
    store = open_objects("s3://no-such-bucket/p")
    with pytest.raises(StoreError, match=r"404 Not Found \(NoSuchBucket\)\. Remedy: create the bucket"):
        getattr(store, request_name)(*(("a", b"") if request_name == "write" else ("a",)))


def test_one_connection_serves_all_of_a_process(bucket_address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert connect(bucket_address) is connect(f"{bucket_address}/")
    before = connect(bucket_address)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert connect(bucket_address) is not before


def test_a_forked_process_is_told_instead_of_hanging(bucket_address: str) -> None:
    """In a process of its own: this one has threads."""
    code = f"""
import os, signal
from storage.objects.bucket_objects import BucketObjects
objects = BucketObjects({bucket_address!r})
objects.read("a")
if os.fork() == 0:
    signal.alarm(5)
    try:
        objects.read("a")
    except BaseException as error:
        print(error, flush=True)
    os._exit(0)
assert os.wait()[1] == 0
objects.read("a")
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith(f"Expected a process that may ask {bucket_address}. Received: one that was forked")


@pytest.mark.parametrize("given", ["soon", "-1", "inf", "nan"])
def test_a_patience_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv(PATIENCE, given)
    with pytest.raises(ParameterError, match=f"seconds in MIRLITON_STORE_PATIENCE. Received: {given}"):
        connect("s3://bucket/p")


def test_without_obstore_the_remedy_is_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "obstore.store", None)
    with pytest.raises(MirlitonError, match=r"obstore, for s3://bucket/other\. .*'\.\[s3\]'"):
        open_objects("s3://bucket/other").read("a")


def test_a_url_that_nothing_opens_is_named() -> None:
    with pytest.raises(MirlitonError, match=r"Expected the URL of a store\. Received: nosuch://x"):
        open_objects("nosuch://x")


def test_a_file_url_is_a_folder(tmp_path: Path) -> None:
    store = open_objects(f"{tmp_path.as_uri()}/a%20b")
    store.write("x", b"1")
    assert (tmp_path / "a b" / "x").read_bytes() == b"1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Generic S3 error: Error performing GET http://h/b in 2s, after 3 retries, max_retries: 9 - Server returned "
         "non-2xx status code: 503 Service Unavailable: <Error><Code>SlowDown</Code></Error>",
         "503 Service Unavailable (SlowDown) after 3 retries"),
        ("Generic S3 error: error sending\n\nDebug source:\n ConnectError(Connection refused)", "connection refused"),
        ("Something else\nwith more", "Something else"),
    ],
)  # fmt: skip
def test_a_message_of_the_library_is_short(text: str, expected: str) -> None:
    assert summary(text) == expected
