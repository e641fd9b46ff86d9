"""Output files of ``transcribe``: none that mirliton did not write is replaced, and long names are written."""

# ruff: noqa: F811

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from assets.inference.transcriber import Transcriber
from pipelines.cli import recordings
from storage.media import midi
from tests.pipelines.cli.test_commands import Command, mirliton  # noqa: F401
from tests.pipelines.cli.tones import SR, files, model, tones  # noqa: F401

LABELS = b"the labels of a"


def refuse_to_load(*_: object, **__: object) -> None:
    raise AssertionError("a model is loaded")


def test_a_file_that_mirliton_did_not_write_is_kept_and_the_rest_is_written(mirliton: Command, tmp_path: Path) -> None:
    music = tmp_path / "in"
    for name in ("a.wav", "b.wav"):
        tones(music / name)
    (music / "a.mid").write_bytes(LABELS)
    result = mirliton("transcribe", music, "-o", music)
    assert result.error == (
        "Expected the files of all recordings. Received: 1 of 2 failed. Remedy: see above; the others are written."
    )
    assert f"{music / 'a.wav'}: Expected a file of mirliton's own, or none. Received: {music / 'a.mid'}" in result.out
    assert "--overwrite" in result.out
    assert (music / "a.mid").read_bytes() == LABELS
    assert len(midi.read(music / "b.mid").notes)
    assert files(music) == ["a.mid", "a.wav", "b.mid", "b.wav"]


def test_with_overwrite_it_is_replaced(mirliton: Command, tmp_path: Path) -> None:
    tones(tmp_path / "in" / "a.wav")
    (tmp_path / "in" / "a.mid").write_bytes(LABELS)
    assert mirliton("transcribe", tmp_path / "in", "-o", tmp_path / "in", "--overwrite").code == 0
    assert len(midi.read(tmp_path / "in" / "a.mid").notes)
    assert mirliton("transcribe", tmp_path / "in", "-o", tmp_path / "in").code == 0, "it is mirliton's own from then on"


def test_the_same_command_again_replaces_its_own_files(mirliton: Command, tmp_path: Path) -> None:
    recording, out = tones(tmp_path / "a.wav"), tmp_path / "out"
    formats = ("--format", "csv", "--format", "midi", "--format", "json")
    assert mirliton("transcribe", recording, "-o", out, *formats).code == 0
    first = {name: (out / name).read_bytes() for name in files(out)}
    soundfile.write(recording, np.zeros(SR), SR)
    assert mirliton("transcribe", recording, "-o", out, *formats).code == 0
    assert all((out / name).read_bytes() != content for name, content in first.items())
    tones(recording)
    assert mirliton("transcribe", recording, "-o", out, *formats).code == 0
    assert {name: (out / name).read_bytes() for name in files(out)} == first
    assert len((out / ".mirliton.sha256").read_text().splitlines()) == 6, "what is listed is not listed again"


def test_an_output_that_was_corrected_by_hand_is_kept(mirliton: Command, tmp_path: Path) -> None:
    recording, out = tones(tmp_path / "a.wav"), tmp_path / "out"
    assert mirliton("transcribe", recording, "-o", out, "--format", "csv").code == 0
    corrected = (out / "a.csv").read_bytes().replace(b",57,", b",58,")
    (out / "a.csv").write_bytes(corrected)
    assert "which was changed since" in mirliton("transcribe", recording, "-o", out, "--format", "csv").out
    assert (out / "a.csv").read_bytes() == corrected


def test_one_format_that_is_there_does_not_lose_the_others(mirliton: Command, tmp_path: Path) -> None:
    recording, out = tones(tmp_path / "a.wav"), tmp_path / "out"
    out.mkdir()
    (out / "a.csv").write_bytes(LABELS)
    formats = ("--format", "csv", "--format", "midi", "--format", "json")
    assert "1 of 1 failed" in mirliton("transcribe", recording, "-o", out, *formats).error
    assert files(out) == ["a.csv", "a.json", "a.mid"]
    assert (out / "a.csv").read_bytes() == LABELS
    assert json.loads((out / "a.json").read_text())["notes"]


def test_nothing_is_computed_for_files_that_would_not_be_written(
    mirliton: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording, out = tones(tmp_path / "a.wav"), tmp_path / "out"
    out.mkdir()
    (out / "a.mid").write_bytes(LABELS)
    monkeypatch.setattr("pipelines.cli.transcribe._load_transcriber", refuse_to_load)
    assert "1 of 1 failed" in mirliton("transcribe", recording, "-o", out).error


def test_a_file_that_appears_during_the_work_is_kept(
    mirliton: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    encoded = Transcriber.encoded

    def encode_slowly(*arguments: object, **settings: object) -> bytes:
        out.mkdir(exist_ok=True)
        (out / "a.mid").write_bytes(LABELS)
        return encoded(*arguments, **settings)  # type: ignore[arg-type]

    monkeypatch.setattr(Transcriber, "encoded", encode_slowly)
    result = mirliton("transcribe", tones(tmp_path / "a.wav"), "-o", out, "--format", "midi", "--format", "csv")
    assert "1 of 1 failed" in result.error
    assert (out / "a.mid").read_bytes() == LABELS
    assert files(out) == ["a.csv", "a.mid"]


def test_a_file_that_cannot_be_compared_is_kept(
    mirliton: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse_midi(path: Path) -> str:
        if path.suffix == ".mid":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return ""

    for name in ("a.wav", "b.wav"):
        tones(tmp_path / "in" / name)
    (tmp_path / "in" / "a.mid").write_bytes(LABELS)
    monkeypatch.setattr("storage.objects.outputs.content_hash", refuse_midi)
    result = mirliton("transcribe", tmp_path / "in", "-o", tmp_path / "in")
    assert "1 of 2 failed" in result.error
    assert "Permission denied" in result.out
    assert (tmp_path / "in" / "a.mid").read_bytes() == LABELS
    assert len(midi.read(tmp_path / "in" / "b.mid").notes)


def a_link(path: Path) -> None:
    (path.parent / "user's").write_bytes(LABELS)
    path.symlink_to("user's")


def a_broken_link(path: Path) -> None:
    path.symlink_to("nowhere")


@pytest.mark.parametrize("in_the_way", [a_link, a_broken_link])
def test_a_link_is_replaced_on_request_only_and_never_what_it_leads_to(
    mirliton: Command, tmp_path: Path, in_the_way: Callable[[Path], None]
) -> None:
    recording, out = tones(tmp_path / "a.wav"), tmp_path / "out"
    out.mkdir()
    in_the_way(out / "a.mid")
    before = files(out)
    assert mirliton("transcribe", recording, "-o", out).code == 1
    assert (out / "a.mid").is_symlink()
    assert mirliton("transcribe", recording, "-o", out, "--overwrite").code == 0
    assert not (out / "a.mid").is_symlink()
    assert len(midi.read(out / "a.mid").notes)
    assert set(files(out)) == {*before, "a.mid"}
    assert in_the_way is a_broken_link or (out / "user's").read_bytes() == LABELS


def test_a_recording_is_never_its_own_output(mirliton: Command, tmp_path: Path) -> None:
    content = tones(tmp_path / "x.wav").read_bytes()
    paths = [tmp_path / name for name in ("x.json", "x.mid", "x.csv")]
    for path in paths:
        path.write_bytes(content)
    formats = ("--format", "json", "--format", "midi", "--format", "csv")
    assert mirliton("transcribe", *paths, "-o", tmp_path, *formats, "--overwrite").code == 0
    assert all(path.read_bytes() == content for path in paths)
    assert "x.json.json" in files(tmp_path)


def test_two_names_that_a_disk_takes_for_one_do_not_replace_each_other(
    mirliton: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a disk that does not tell ``a`` from ``A``: what was written as a.mid is found as A.mid."""
    out = tmp_path / "out"
    assert mirliton("transcribe", tones(tmp_path / "a.wav"), "-o", out).code == 0
    os.link(out / "a.mid", out / "A.mid")
    before = (out / "a.mid").read_bytes()
    soundfile.write(tmp_path / "A.wav", np.zeros(SR), SR)
    assert mirliton("transcribe", tmp_path / "A.wav", "-o", out).code == 1
    assert (out / "A.mid").read_bytes() == before


def test_a_recording_that_is_named_twice_is_transcribed_once(
    mirliton: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tones(tmp_path / "in" / "a.wav")
    written = []
    monkeypatch.setattr(recordings, "write_output", lambda path, *_, **__: written.append(path.name))
    monkeypatch.chdir(tmp_path / "in")
    assert mirliton("transcribe", "a.wav", "./a.wav", tmp_path / "in", "-o", tmp_path / "out").code == 0
    assert written == ["a.mid"]


def test_two_recordings_of_one_name_are_refused(mirliton: Command, tmp_path: Path) -> None:
    paths = tones(tmp_path / "x" / "a.wav"), tones(tmp_path / "y" / "a.flac")
    error = mirliton("transcribe", *paths, "-o", tmp_path / "out").error
    assert f"Received: {paths[0]} and {paths[1]}, both 'a'." in error
    assert not (tmp_path / "out").exists()


def test_a_folder_in_the_way_does_not_keep_the_others_from_being_written(mirliton: Command, tmp_path: Path) -> None:
    music, out = tmp_path / "music", tmp_path / "out"
    for name in ("a.wav", "b.wav"):
        tones(music / name)
    (out / "a.mid" / "in the way").mkdir(parents=True)
    result = mirliton("transcribe", music, "-o", out, "--overwrite")
    assert result.code == 1
    assert f"a.wav: Expected a file {out / 'a.mid'}. Received: a folder of that name." in result.out
    assert files(out) == ["b.mid"]
    assert [path.name for path in out.iterdir() if path.suffix == ".draft"] == []


def test_a_folder_that_is_a_file_or_below_one_is_a_sentence(
    mirliton: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = tones(tmp_path / "a.wav")
    monkeypatch.setattr("pipelines.cli.transcribe._load_transcriber", refuse_to_load)
    for out in (recording, recording / "deep" / "er"):
        error = mirliton("transcribe", recording, "-o", out).error
        assert f"Expected a folder {out} for the files. Received: {recording}, which is no folder." in error
        assert "choose another one with -o" in error


def test_a_folder_that_cannot_be_written_is_a_sentence(
    mirliton: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording, out = tones(tmp_path / "a.wav"), tmp_path / "out"
    out.mkdir()
    monkeypatch.setattr("pipelines.cli.transcribe._load_transcriber", refuse_to_load)
    monkeypatch.setattr("storage.objects.outputs.os.access", lambda path, *_, **__: Path(path) != out)
    assert f"Received: {out}, which cannot be written." in mirliton("transcribe", recording, "-o", out / "x").error


@pytest.mark.parametrize("stem", ["a" * 250, "é" * 125, "☃" * 83 + "a"])
def test_a_name_of_254_bytes_is_transcribed(mirliton: Command, tmp_path: Path, stem: str) -> None:
    recording = tones(tmp_path / "a.wav").rename(tmp_path / f"{stem}.wav")
    assert len(os.fsencode(recording.name)) == 254
    formats = ("--format", "midi", "--format", "json", "--format", "csv")
    assert mirliton("transcribe", recording, "-o", tmp_path / "out", *formats).code == 0
    assert files(tmp_path / "out") == [f"{stem}.{each}" for each in ("csv", "json", "mid")]


def test_an_output_name_that_is_too_long_is_a_sentence_and_the_others_are_written(
    mirliton: Command, tmp_path: Path
) -> None:
    recording = tones(tmp_path / "a.wav").rename(tmp_path / ("a" * 251))
    result = mirliton("transcribe", recording, "-o", tmp_path / "out", "--format", "json", "--format", "midi")
    assert "Expected a file name that the disk takes. Received: 256 bytes in aaaa" in result.out
    assert "Remedy: rename the recording" in result.out
    assert files(tmp_path / "out") == ["a" * 251 + ".mid"]


def test_only_the_extension_of_a_format_is_left_out_of_a_name(mirliton: Command, tmp_path: Path) -> None:
    names = ("Op. 10 No. 3", "Op. 10 No. 4", "b.FLAC")
    paths = [tones(tmp_path / f"{name}.wav").rename(tmp_path / name) for name in names[:2]]
    soundfile.write(tmp_path / names[2], np.zeros(SR), SR, format="FLAC")
    assert mirliton("transcribe", *paths, tmp_path / names[2], "-o", tmp_path / "out").code == 0
    assert files(tmp_path / "out") == ["Op. 10 No. 3.mid", "Op. 10 No. 4.mid", "b.mid"]


def test_the_shells_tilde_is_the_home_folder_where_the_shell_left_it(
    mirliton: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    tones(tmp_path / "a.wav")
    assert mirliton("transcribe", "~/a.wav", "--out=~/out").code == 0
    assert files(tmp_path / "out") == ["a.mid"]
    assert files(tmp_path / "here") == []
