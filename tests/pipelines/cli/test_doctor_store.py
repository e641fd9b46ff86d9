"""The command ``doctor`` on stores: what it writes, reads, and says."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from experiments.object_store.fault_proxy import FaultProxy
from pipelines.cli.main import app
from storage.objects import probe
from storage.objects.objects import open_objects


def _doctor() -> tuple[int, str]:
    result = CliRunner().invoke(app, ["doctor"])
    (line,) = [line for line in result.output.splitlines() if "stores in" in line]
    return result.exit_code, line


def test_a_folder_that_can_be_made_is_fine_and_is_not_made(home: Path) -> None:
    assert _doctor() == (0, f"ok   stores in {home / 'store'}")
    assert not home.exists()


def test_a_folder_below_a_file_is_amiss(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("MIRLITON_STORE", str(tmp_path / "file" / "store"))
    code, line = _doctor()
    assert code == 1
    assert line.startswith("bad  stores in ")
    assert "Expected a store that can be written" in line


def test_a_folder_whose_disk_fails_is_amiss(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failed(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", failed)
    code, line = _doctor()
    assert code == 1
    assert f"Expected a store that can be written. Received: {home / 'store'}: Input/output error. Remedy:" in line
    assert not home.exists()


def test_a_bucket_that_answers_is_fine_and_left_as_it_was(
    home: Path, bucket_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIRLITON_STORE", bucket_address)
    code, line = _doctor()
    assert code == 0
    assert f"ok   stores in {bucket_address} at http://127.0.0.1:" in line
    assert line.endswith(" ms; two machines take turns")
    assert open_objects(bucket_address).names("") == []


@pytest.mark.parametrize("heeded", [(), ("create",)], ids=["none", "only that of creation"])
def test_a_bucket_without_conditional_writes_is_for_one_machine(
    home: Path, bucket_address: str, monkeypatch: pytest.MonkeyPatch, heeded: tuple[str, ...]
) -> None:
    import obstore

    put = obstore.put

    def heedless(store: Any, key: str, content: bytes, *, mode: Any = "overwrite") -> Any:
        return put(store, key, content, mode=mode if mode in heeded else "overwrite")

    monkeypatch.setattr(obstore, "put", heedless)
    monkeypatch.setenv("MIRLITON_STORE", bucket_address)
    code, line = _doctor()
    assert code == 0
    assert line.endswith("no conditional writes: one machine at a time")


def test_a_bucket_that_does_not_answer_is_amiss(
    home: Path, bucket_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "PATIENCE_S", 0.2)
    monkeypatch.setenv("MIRLITON_STORE", bucket_address)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    code, line = _doctor()
    assert code == 1
    assert line.startswith(f"bad  stores in {bucket_address}: Expected an answer of the object store")
    assert "at http://127.0.0.1:9. Received: connection refused" in line


def test_a_bucket_that_may_not_be_written_is_amiss(
    home: Path, bucket_address: str, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIRLITON_STORE", bucket_address)
    proxy.choose = lambda method, _: "403" if method == "PUT" else None
    code, line = _doctor()
    assert code == 1
    assert "Received: 403 Forbidden (AccessDenied). Remedy: give credentials" in line


def test_a_url_that_nothing_opens_is_amiss(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIRLITON_STORE", "nosuch://bucket")
    code, line = _doctor()
    assert code == 1
    assert "Expected the URL of a store. Received: nosuch://bucket" in line
