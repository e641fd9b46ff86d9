"""Corpora over a bad line: what arrives is right, is fetched once, and there is room for it."""

from __future__ import annotations

import hashlib
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mir_models.errors import MirlitonError
from storage.downloads import download as downloads
from storage.downloads import http
from storage.downloads.download import GB, Remote, download, missing, required_space
from tests.storage.downloads import file_server
from tests.storage.downloads.file_server import (
    CONTENT,
    HOMEPAGE,
    SIZE,
    Response,
    Site,
    get,
    interrupt,
    plan,
    remote,
    seen,
)

fresh, root, server = file_server.fresh, file_server.root, file_server.server


@pytest.mark.parametrize("algorithm", ["sha256", "sha1", "md5"])
def test_a_file_is_fetched_once(root: Path, algorithm: str) -> None:
    each = remote(checksum=f"{algorithm}:{hashlib.new(algorithm, CONTENT).hexdigest()}", folder="sub/folder")
    assert missing([each], root) == [each]
    assert get(each, root) == []
    assert seen(root) == {"sub/folder/notes.bin": CONTENT}
    assert missing([each], root) == []
    get(each, root)
    assert len(Site.requests) == 1
    assert Site.requests[0]["accept-encoding"] == "identity", "a compressed response has no ranges"
    assert sorted(path.name for path in (root / ".downloads").glob("notes*")) == ["notes.bin.done"]


def test_a_line_that_drops_often_is_taken_up_where_it_dropped(root: Path) -> None:
    plan(*(Response(cut=90_000) for _ in range(3)))
    assert get(remote(), root) == [1.0, 1.0, 1.0], "every attempt brought it further"
    assert seen(root) == {"notes.bin": CONTENT}
    assert Site.sent <= SIZE + 3 * http.CHUNK
    starts = [int(headers.get("range", "bytes=0-")[6:-1]) for headers in Site.requests]
    assert starts == sorted(set(starts))
    assert [headers.get("if-range") for headers in Site.requests] == [None, '"1"', '"1"', '"1"']


@pytest.mark.parametrize("dated", [{}, {"Last-Modified": "Sat, 01 Jan 2022 00:00:00 GMT"}], ids=["", "dated"])
def test_a_weak_tag_is_not_sent(root: Path, dated: dict[str, str]) -> None:
    plan(*[Response(headers={"ETag": 'W/"1"', **dated}, cut=200_000)] * 2)
    get(remote(), root)
    assert Site.requests[1].get("if-range") == dated.get("Last-Modified")
    assert seen(root) == {"notes.bin": CONTENT}


@pytest.mark.parametrize(
    "second",
    [
        Response(ranges=False),
        Response(shift=1),
        Response(shift=-7),
        Response(status=503),
        Response(status=429),
        Response(span=False),
        Response(length=False, cut=100),
    ],
    ids=["no ranges", "too late", "too early", "busy", "too many", "206 without a range", "no length"],
)
def test_a_wrong_response_to_a_range_does_not_spoil_the_file(root: Path, second: Response) -> None:
    plan(Response(cut=150_000), second)
    get(remote(), root)
    assert seen(root) == {"notes.bin": CONTENT}


@pytest.mark.parametrize("cut", [None, 1, 65_536, 299_999])
def test_without_a_content_length_the_published_size_counts(root: Path, cut: int | None) -> None:
    plan(Response(length=False, cut=cut))
    assert len(get(remote(), root)) == (cut is not None)
    assert seen(root) == {"notes.bin": CONTENT}


@pytest.mark.parametrize("size", [SIZE + 1234, SIZE - 1234])
def test_a_published_size_may_be_rounded_where_the_server_sends_one(root: Path, size: int) -> None:
    plan(Response(cut=200_000), Response(cut=50_000))
    get(remote(size=size), root)
    assert len(Site.requests) == 3, "a complete part needs no request"
    assert seen(root) == {"notes.bin": CONTENT}


def test_a_server_that_stalls_is_tried_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "TIMEOUT", (1.0, 0.2))
    plan(Response(cut=150_000, stalls=True))
    began = time.monotonic()
    assert get(remote(), root) == [1.0]
    assert time.monotonic() - began < 4, "before the server lets go"
    Site.stalled.set()
    assert seen(root) == {"notes.bin": CONTENT}


@pytest.mark.parametrize("heeds_version", [True, False])
def test_two_versions_of_a_file_are_never_spliced(root: Path, heeds_version: bool) -> None:
    other = CONTENT[::-1]
    changed = Response(content=other, headers={"ETag": '"2"'}, heeds_version=heeds_version)
    plan(Response(cut=200_000), changed, changed)
    get(remote(other), root)
    assert seen(root) == {"notes.bin": other}


def test_the_next_call_resumes_the_same_version(root: Path) -> None:
    plan(Response(cut=200_000))
    with pytest.raises(KeyboardInterrupt):
        download([remote()], root, homepage=HOMEPAGE, sleep=interrupt)
    get(remote(), root)
    assert Site.requests[1]["if-range"] == '"1"'
    assert Site.sent <= SIZE + http.CHUNK


@settings(max_examples=40, deadline=None)
@given(st.integers(0, SIZE + 5), st.booleans())
@example(SIZE + 1, True)
@example(SIZE, True)
def test_a_killed_download_of_any_length_goes_on(have: int, ranges: bool) -> None:
    plan(Response(ranges=ranges))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / ".downloads").mkdir()
        (root / ".downloads/notes.bin.part").write_bytes((CONTENT + b"beyond")[:have])
        get(remote(), root)
        assert seen(root) == {"notes.bin": CONTENT}
    if ranges and have <= SIZE:
        assert Site.sent == SIZE - have
    assert len(Site.requests) == 1 + (ranges and have > SIZE) - (have == SIZE)


def test_a_busy_server_is_tried_again_with_growing_pauses(root: Path) -> None:
    plan(*(Response(status=status) for status in (503, 500, 429, 504)))
    assert get(remote(), root) == [1.0, 2.0, 4.0, 8.0]


def test_tries_have_an_end_and_keep_the_bytes_received(root: Path) -> None:
    plan(Response(cut=200_000), *[Response(status=503)] * 100)
    pauses: list[float] = []
    with pytest.raises(MirlitonError, match=rf"7 times in a row: HTTP 503.*goes on from there; or see {HOMEPAGE}"):
        download([remote()], root, homepage=HOMEPAGE, sleep=pauses.append)
    assert pauses == [1, 1, 2, 4, 8, 16, 32]
    plan()
    get(remote(), root)
    assert Site.sent <= SIZE - 200_000 + http.CHUNK


def test_a_server_that_never_comes_further_is_given_up(root: Path) -> None:
    plan(Response(cut=100_000), *[Response(ranges=False, cut=cut) for cut in (50_000, 80_000)] * 50)
    with pytest.raises(MirlitonError, match="7 times in a row"):
        get(remote(), root)
    assert len(Site.requests) == 8


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_refusal_is_a_sentence_with_the_homepage(root: Path, status: int) -> None:
    plan(Response(status=status))
    with pytest.raises(MirlitonError, match=rf"HTTP {status} .*see {HOMEPAGE}"):
        get(remote(), root)
    assert len(Site.requests) == 1


def test_no_server_is_a_sentence(root: Path) -> None:
    each = Remote("http://127.0.0.1:1/notes.bin", remote().checksum, SIZE)
    with pytest.raises(MirlitonError, match="ConnectionError"):
        get(each, root)


def test_a_redirect_leads_to_no_local_file(root: Path) -> None:
    plan(Response(status=302, headers={"Location": "file:///etc/passwd"}))
    with pytest.raises(MirlitonError, match="file:///etc/passwd"):
        get(remote(), root)


def test_a_corrupted_byte_is_found_and_not_built_upon(root: Path) -> None:
    wrong = CONTENT[:1000] + bytes([CONTENT[1000] ^ 1]) + CONTENT[1001:]
    plan(Response(content=wrong))
    with pytest.raises(MirlitonError) as caught:
        get(remote(), root)
    assert remote().checksum in str(caught.value)
    assert hashlib.sha256(wrong).hexdigest() in str(caught.value)
    assert HOMEPAGE in str(caught.value)
    assert seen(root) == {}
    get(remote(), root)
    assert seen(root) == {"notes.bin": CONTENT}


def test_a_new_version_of_a_corpus_replaces_the_old_on_request(root: Path) -> None:
    get(remote(), root)
    plan(Response(content=b"new"))
    with pytest.raises(MirlitonError, match=r"notes\.bin\. Remedy: .*--overwrite; nothing is fetched again"):
        get(remote(b"new"), root)
    assert seen(root) == {"notes.bin": CONTENT}
    plan()
    get(remote(b"new"), root, overwrite=True)
    assert Site.requests == []
    assert seen(root) == {"notes.bin": b"new"}


def test_progress_is_reported_in_megabytes(root: Path) -> None:
    from storage.progress import Progress, watch

    content, reports = bytes(3_500_000), []
    plan(Response(content=content))
    with watch(reports.append):
        get(remote(content), root)
    assert [each.done for each in reports] == [1, 2, 3, 4]
    assert {(each.stage, each.total) for each in reports} == {("fetching notes.bin", 4)}
    assert all(isinstance(each, Progress) for each in reports)


def test_a_full_disk_is_found_before_the_first_byte(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads.shutil, "disk_usage", lambda path: SimpleNamespace(free=2 * GB))
    each = remote(name="a.zip", size=2 * GB, unpacked=3 * GB)
    with pytest.raises(MirlitonError, match=r"5\.00 GB free below .*2\.00 GB available"):
        get(each, root)
    assert Site.requests == []


def test_room_is_counted_file_by_file(root: Path) -> None:
    plain, archive, unknown = (
        remote(size=10, name="plain"),
        remote(size=100, unpacked=150, name="a.zip"),
        remote(size=30, name="b.tgz"),
    )
    assert required_space([], root) == 0
    assert required_space([plain], root) == 10
    assert required_space([archive], root) == 250
    assert required_space([unknown], root) == 60, "taken to be as large as the archive"
    assert required_space([plain, archive, unknown], root) == 10 + 250, "the archive goes before the last is fetched"
    (root / ".downloads").mkdir(parents=True)
    (root / ".downloads/a.zip.part").write_bytes(bytes(40))
    assert required_space([archive], root) == 210
