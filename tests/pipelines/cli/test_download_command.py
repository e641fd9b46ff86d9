"""What loaders declare of their files, and the command that fetches them."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mir_models.errors import MirlitonError
from pipelines.cli.main import main
from storage.corpora.registrations import LOADERS, published_files
from storage.datasets import fma, folder, gtzan, maps
from storage.downloads.download import Remote, check_remote, download
from tests.storage.downloads import file_server
from tests.storage.downloads.file_server import CONTENT, HOMEPAGE, Site, get, remote, seen

fresh, root, server = file_server.fresh, file_server.root, file_server.server


def test_a_loader_names_files_that_can_be_fetched_safely() -> None:
    named = {name: published_files(loader, loader.Options()) for name, loader in LOADERS.entries().items()}
    assert {name: [each.name for each in files] for name, files in named.items() if files} == {
        "fma": ["fma_metadata.zip", "fma_small.zip"],
        "gtzan": ["genres.tar.gz"],
        "maestro": ["maestro-v3.0.0.zip"],
    }
    for each in (each for files in named.values() for each in files):
        check_remote(each)
        assert each.url.startswith("https://")


def test_options_may_select_the_files() -> None:
    medium = published_files(LOADERS.get("fma"), fma.Options("medium"))
    assert [each.name for each in medium] == ["fma_metadata.zip", "fma_medium.zip"]
    assert published_files(LOADERS.get("gtzan"), gtzan.Options()) == gtzan.DOWNLOADS
    assert published_files(LOADERS.get("folder"), folder.Options()) == ()


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"checksum": ""}, "checksum"),
        ({"checksum": "sha256:12"}, "checksum"),
        ({"checksum": "crc32:" + "0" * 32}, "checksum"),
        ({"checksum": "md5:" + "0" * 31 + "\n"}, "checksum"),
        ({"size": 0}, "size"),
        ({"unpacked": -1}, "size"),
        ({"folder": "../up"}, "folder"),
        ({"folder": "/abs"}, "folder"),
        ({"folder": ".downloads"}, "folder"),
        ({"url": "ftp://corpus.example/a.zip"}, "http"),
        ({"url": "file:///etc/passwd"}, "http"),
        ({"url": "https://corpus.example/"}, "file name"),
        ({"url": "https://corpus.example/files/%2e%2e"}, "file name"),
        ({"url": "https://corpus.example/..%5Ca.zip"}, "file name"),
        ({"url": "https://corpus.example/.."}, "file name"),
    ],
)
def test_a_file_declared_wrongly_is_refused_before_any_request(root: Path, change: dict[str, Any], word: str) -> None:
    right = {"url": "https://corpus.example/a.zip", "checksum": remote().checksum, "size": 1}
    check_remote(Remote(**right))
    with pytest.raises(MirlitonError, match=f"Expected .*{word}.* Received"):
        get(Remote(**right | change), root)
    assert not root.exists()


def test_two_files_of_one_name_are_refused(root: Path) -> None:
    with pytest.raises(MirlitonError, match="different names"):
        download([remote(), remote(folder="b")], root, homepage=HOMEPAGE)


@pytest.fixture
def mirliton(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """``mirliton download maps`` with one file to fetch; what is typed at the prompt comes first."""

    def run(typed: str, *arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(maps, "DOWNLOADS", (remote(),), raising=False)
        monkeypatch.setattr(sys, "argv", ["mirliton", "download", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        return int(ended.value.code or 0), " ".join(out.split()), err

    return run


@pytest.mark.parametrize("typed", ["", "n\n", "\n", "maybe\n"])
def test_without_the_licence_nothing_is_fetched(mirliton: Any, root: Path, typed: str) -> None:
    code, out, err = mirliton(typed, "maps", "--root", root)
    assert code == 1
    assert maps.LICENCE in out
    assert maps.HOMEPAGE in out
    assert "Multipitch estimation" in out
    assert "accepted" in err
    assert "--accept-licence" in err
    assert Site.requests == []
    assert not root.exists()


@pytest.mark.parametrize(("typed", "flags"), [("y\n", ()), ("", ("--accept-licence",))])
def test_with_the_licence_the_corpus_is_fetched_once(mirliton: Any, root: Path, typed: str, flags: tuple[str]) -> None:
    code, out, err = mirliton(typed, "maps", "--root", root, *flags)
    assert (code, err) == (0, "")
    assert out.index(maps.LICENCE) < out.index("is complete. Next: mirliton add NAME --loader maps")
    assert seen(root) == {"notes.bin": CONTENT}
    code, out, _ = mirliton("", "maps", "--root", root)
    assert code == 0
    assert "accept" not in out
    assert len(Site.requests) == 1


def test_a_corpus_of_the_users_own_has_nothing_to_fetch(mirliton: Any, root: Path) -> None:
    code, _, err = mirliton("", "folder", "--root", root)
    assert code == 1
    assert "publish for download" in err
