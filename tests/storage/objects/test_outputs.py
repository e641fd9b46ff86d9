"""Output files: only those that mirliton wrote, as it wrote them, are replaced; the list of them."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mir_models.errors import MirlitonError
from storage.objects import outputs
from storage.objects.outputs import LIST, check_output, draft_of_output, write_output


def test_own_files_are_replaced_and_listed_with_their_content(tmp_path: Path) -> None:
    assert check_output(tmp_path / "deep" / "a.mid") is False
    for content in (b"1", b"2", b"1"):
        write_output(tmp_path / "deep" / "a.mid", content)
    assert (tmp_path / "deep" / "a.mid").read_bytes() == b"1"
    assert check_output(tmp_path / "deep" / "a.mid") is True
    digests = [hashlib.sha256(content).hexdigest() for content in (b"1", b"2")]
    assert (tmp_path / "deep" / LIST).read_text() == "".join(f"{each}  a.mid\n" for each in digests)


@pytest.mark.parametrize("content", [b"", b"2", b"1 and more"])
def test_any_other_content_is_the_users(tmp_path: Path, content: bytes) -> None:
    write_output(tmp_path / "a.mid", b"1")
    (tmp_path / "a.mid").write_bytes(content)
    with pytest.raises(MirlitonError, match=r"a\.mid, which mirliton did not write or which was changed since"):
        write_output(tmp_path / "a.mid", b"3")
    assert (tmp_path / "a.mid").read_bytes() == content
    write_output(tmp_path / "a.mid", b"3", overwrite=True)
    write_output(tmp_path / "a.mid", b"4")
    assert (tmp_path / "a.mid").read_bytes() == b"4"


def test_the_list_of_another_name_or_folder_protects(tmp_path: Path) -> None:
    write_output(tmp_path / "a.mid", b"1")
    (tmp_path / "other").mkdir()
    for path in (tmp_path / "b.mid", tmp_path / "other" / "a.mid", tmp_path / "A.mid"):
        shutil.copyfile(tmp_path / "a.mid", path)
        with pytest.raises(MirlitonError):
            check_output(path)
    (tmp_path / "a.mid").rename(tmp_path / "c.mid")
    with pytest.raises(MirlitonError):
        check_output(tmp_path / "c.mid")


def test_a_link_and_a_pipe_are_the_users_whatever_comes_out_of_them(tmp_path: Path) -> None:
    write_output(tmp_path / "a.mid", b"1")
    (tmp_path / "a.mid").rename(tmp_path / "moved")
    (tmp_path / "a.mid").symlink_to("moved")
    os.mkfifo(tmp_path / "b.mid")
    with pytest.raises(MirlitonError, match="--overwrite"):
        check_output(tmp_path / "a.mid")
    for overwrite in (False, True):
        with pytest.raises(MirlitonError, match="which is a device, a pipe or a socket"):
            check_output(tmp_path / "b.mid", overwrite=overwrite)


def test_a_folder_that_was_moved_with_its_list_is_known(tmp_path: Path) -> None:
    write_output(tmp_path / "old" / "a.mid", b"1")
    (tmp_path / "old").rename(tmp_path / "new")
    write_output(tmp_path / "new" / "a.mid", b"2")
    assert (tmp_path / "new" / "a.mid").read_bytes() == b"2"


def test_a_writer_that_is_killed_before_the_rename_leaves_its_earlier_file_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_output(tmp_path / "a.mid", b"1")

    def kill(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(outputs.os, "replace", kill)
        with pytest.raises(KeyboardInterrupt):
            write_output(tmp_path / "a.mid", b"2")
    write_output(tmp_path / "a.mid", b"3")
    assert (tmp_path / "a.mid").read_bytes() == b"3"


@pytest.mark.parametrize("before", [None, b"1"])
def test_what_appears_or_changes_while_the_draft_is_written_is_kept(tmp_path: Path, before: bytes | None) -> None:
    path = tmp_path / "a.mid"
    if before:
        write_output(path, before)

    def write_slowly() -> None:
        with draft_of_output(path) as draft:
            draft.write_bytes(b"ours")
            path.write_bytes(b"theirs")

    with pytest.raises(MirlitonError, match="--overwrite"):
        write_slowly()
    assert path.read_bytes() == b"theirs"
    assert sorted(os.listdir(tmp_path)) == [LIST, "a.mid"]


def test_what_appears_in_the_last_moment_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rename_new = outputs.rename_new

    def too_late(draft: Path, path: Path) -> None:
        path.write_bytes(b"theirs")
        rename_new(draft, path)

    monkeypatch.setattr(outputs, "rename_new", too_late)
    with pytest.raises(MirlitonError, match="--overwrite"):
        write_output(tmp_path / "a.mid", b"ours")
    assert (tmp_path / "a.mid").read_bytes() == b"theirs"


def test_a_torn_list_protects(tmp_path: Path) -> None:
    write_output(tmp_path / "a.mid", b"1")
    (tmp_path / LIST).write_bytes((tmp_path / LIST).read_bytes()[:40])
    with pytest.raises(MirlitonError):
        check_output(tmp_path / "a.mid")


def test_a_list_without_a_last_line_end_is_continued(tmp_path: Path) -> None:
    write_output(tmp_path / "a.mid", b"1")
    (tmp_path / LIST).write_bytes((tmp_path / LIST).read_bytes().rstrip(b"\n"))
    write_output(tmp_path / "b.mid", b"2")
    assert check_output(tmp_path / "a.mid")
    assert check_output(tmp_path / "b.mid")


def test_what_is_no_list_but_has_its_name_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "victim.txt").write_text("mine\n")
    for make in ((tmp_path / LIST).mkdir, lambda: os.mkfifo(tmp_path / LIST), _link_to(tmp_path / "victim.txt")):
        make()
        with pytest.raises(MirlitonError, match=rf"another thing of that name: .*{LIST}"):
            write_output(tmp_path / "a.mid", b"1")
        (tmp_path / LIST).rmdir() if (tmp_path / LIST).is_dir() else (tmp_path / LIST).unlink()
    assert (tmp_path / "victim.txt").read_text() == "mine\n"


def _link_to(path: Path) -> Callable[[], None]:
    return lambda: (path.parent / LIST).symlink_to(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    name=st.binary(min_size=1, max_size=60).filter(lambda name: not set(name) & {0, 47} and name not in (b".", b".."))
)
def test_any_name_is_known_again_and_the_list_is_one_of_sha256sum(tmp_path: Path, name: bytes) -> None:
    folder = tmp_path / hashlib.sha256(name).hexdigest()
    shutil.rmtree(folder, ignore_errors=True)  # Of the same example before.
    path = folder / os.fsdecode(name)
    if path.name == LIST:
        return
    write_output(path, b"1")
    write_output(path, b"2")
    (folder / LIST).write_bytes((folder / LIST).read_bytes().splitlines()[-1] + b"\n")
    check_output(path)
    if shutil.which("sha256sum"):
        checked = subprocess.run(["sha256sum", "-c", LIST], cwd=folder, capture_output=True, check=False)
        assert checked.returncode == 0, checked
