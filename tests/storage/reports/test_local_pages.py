"""Pages that a browser opens: in a folder where they are, behind a URL as a fresh copy with what they show."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from storage.objects.objects import Objects, open_objects
from storage.reports.local_pages import local_page, local_report

FILES = {"figures/a.png": b"png", "audio/b.ogg": b"ogg", "report.json": b"{}", "report.html": b"<html>"}


@pytest.fixture(params=["url", "bucket"])
def store(request: pytest.FixtureRequest) -> Objects:
    bucket = request.param == "bucket"
    return open_objects(request.getfixturevalue("bucket_address") if bucket else f"memory://{uuid.uuid4().hex}/store")


def test_a_page_in_a_folder_is_where_it_is(tmp_path: Path) -> None:
    store = open_objects(str(tmp_path / "store"))
    store.write_tree("reports/t/a", FILES)
    assert local_report(store, "reports/t/a", tmp_path / "home") == tmp_path / "store/reports/t/a/report.html"
    assert not (tmp_path / "home").exists()


def test_a_page_behind_a_url_is_copied_with_what_it_shows_and_leads_to(store: Objects, tmp_path: Path) -> None:
    store.write_tree("reports/t/a", FILES)
    store.write("datasets/d/alignment.html", b"<html>d")
    store.write("datasets/d/alignment.json", b"not linked")
    links = ["../../../datasets/d/alignment.html", "https://example.org/../x", "run-id"]
    page = local_report(store, "reports/t/a", tmp_path, links)
    assert {key: (page.parent / key).read_bytes() for key in FILES} == FILES
    assert (page.parent / links[0]).resolve().read_bytes() == b"<html>d"
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == len(FILES) + 1


def test_a_copy_is_as_the_page_is_now(store: Objects, tmp_path: Path) -> None:
    store.write_tree("reports/t/a", FILES)
    local_report(store, "reports/t/a", tmp_path)
    store.write_tree("reports/t/a", {"report.html": b"new"})
    page = local_report(store, "reports/t/a", tmp_path)
    assert page.read_bytes() == b"new"
    assert [path.name for path in page.parent.iterdir()] == ["report.html"]


def test_copies_of_two_stores_do_not_meet(tmp_path: Path) -> None:
    stores = [open_objects(f"memory://{uuid.uuid4().hex}/store") for _ in range(2)]
    for number, store in enumerate(stores):
        store.write("a.html", str(number).encode())
    assert [local_page(store, "a.html", tmp_path).read_bytes() for store in stores] == [b"0", b"1"]
