"""Transcribing without any set-up: files and folders; MIDI, CSV and JSON; what may be wrong with a recording."""

# ruff: noqa: F811

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipelines.cli.transcribe import Format
from storage.media import midi, note_formats
from storage.models import shipped
from storage.models.exported import ONNX, ModelFolder
from storage.models.onnx_network import OnnxNetwork
from tests.pipelines.cli.test_commands import CHECKOUT, Command, mirliton  # noqa: F401
from tests.pipelines.cli.tones import ONSETS, PITCHES, SR, files, model, pitches_of, tones  # noqa: F401


def test_a_file_becomes_midi_with_no_set_up(mirliton: Command, tmp_path: Path) -> None:
    result = mirliton("transcribe", tones(tmp_path / "a.wav"))
    assert (result.code, result.err) == (0, "")
    notes = midi.read(tmp_path / "here" / "transcribed" / "a.mid").notes
    long = notes.where(np.diff(notes.intervals, axis=1)[:, 0] > 0.4)
    assert long.pitches.tolist() == list(PITCHES)
    np.testing.assert_allclose(long.onset_times, ONSETS, atol=0.15)
    assert not (Path(os.environ["MIRLITON_HOME"])).exists(), "transcribing keeps nothing"


def test_a_folder_keeps_its_shape_and_its_own_files(mirliton: Command, tmp_path: Path) -> None:
    music = tmp_path / "music"
    for name in ("x.wav", "live.2001/x.flac", "live.2001/deep/Y.OGG", ".hidden/z.wav"):
        tones(music / name)
    (music / "x.mid").write_bytes(b"the label of x")
    (music / "notes.txt").write_text("no audio")
    assert mirliton("transcribe", music, "-o", tmp_path / "out").code == 0
    assert files(tmp_path / "out") == ["live.2001/deep/Y.mid", "live.2001/x.mid", "x.mid"]
    assert (music / "x.mid").read_bytes() == b"the label of x"


def test_every_format_holds_the_same_notes(mirliton: Command, tmp_path: Path, model: ModelFolder) -> None:
    formats = [each for name in ("csv", "json", "midi", "csv") for each in ("--format", name)]
    assert mirliton("transcribe", tones(tmp_path / "a.wav"), "-o", tmp_path / "out", *formats).code == 0
    assert files(tmp_path / "out") == ["a.csv", "a.json", "a.mid"]
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out" / "a.csv").read_text())))
    result = json.loads((tmp_path / "out" / "a.json").read_text())
    assert pitches_of(rows) == list(PITCHES)
    assert [{key: float(value) for key, value in row.items()} for row in rows] == result["notes"]
    assert len(midi.read(tmp_path / "out" / "a.mid").notes) == len(rows)
    assert result["recording"] == "a.wav"
    assert result["model"] == {
        "name": "energy",
        "task": "piano_transcription",
        "licence": "CC0-1.0",
        "sha256": model.record().files[ONNX],
    }


def test_the_formats_of_the_command_are_those_of_note_files() -> None:
    assert [each.value for each in Format] == list(note_formats.FORMATS)


def test_an_unknown_format_names_those_that_there_are(mirliton: Command, tmp_path: Path) -> None:
    result = mirliton("transcribe", tones(tmp_path / "a.wav"), "--format", "musicxml")
    assert result.code == 2
    assert all(name in result.err for name in ("musicxml", "midi", "csv", "json"))
    assert files(tmp_path / "here") == []


def test_what_cannot_be_read_does_not_stop_the_others(mirliton: Command, tmp_path: Path) -> None:
    tones(tmp_path / "music" / "a.wav")
    tones(tmp_path / "music" / "c.wav")
    (tmp_path / "music" / "b.wav").write_bytes(b"RIFF, but no more")
    (tmp_path / "empty").mkdir()
    result = mirliton("transcribe", tmp_path / "empty", tmp_path / "music", tmp_path / "no.wav", "-o", tmp_path / "out")
    assert "Received: 3 of 5 failed." in result.error
    assert f"{tmp_path / 'music' / 'b.wav'}: Expected" in result.out
    assert f"{tmp_path / 'empty'}: Expected audio files" in result.out
    assert files(tmp_path / "out") == ["a.mid", "c.mid"]


def cut_in_half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def out_of_phase(path: Path) -> None:
    y, sr = soundfile.read(path)
    soundfile.write(path, np.stack([y, -y], axis=1), sr)


def silenced(path: Path) -> None:
    soundfile.write(path, np.zeros(SR), SR)


@pytest.mark.parametrize(
    ("harm", "warning"),
    [
        (cut_in_half, "a truncated file"),
        (out_of_phase, "the channels of .*a.wav cancel each other"),
        (silenced, "silen(t|ce)"),
    ],
)
def test_what_may_be_wrong_with_a_recording_is_a_warning(
    mirliton: Command, tmp_path: Path, harm: Callable[[Path], None], warning: str
) -> None:
    harm(tones(tmp_path / "a.wav"))
    result = mirliton("transcribe", tmp_path / "a.wav")
    assert result.code == 0
    assert re.search(warning, result.out)
    assert files(tmp_path / "here") == ["transcribed/a.mid"]


@pytest.mark.parametrize("content", [b"", b"RIFF", bytes(5000), b"ID3" + bytes(5000)])
@pytest.mark.parametrize("name", ["a.wav", "a.mp3"])
def test_what_has_no_samples_is_a_failure(mirliton: Command, tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    tones(tmp_path / "b.wav")
    result = mirliton("transcribe", tmp_path / name, tmp_path / "b.wav")
    assert result.code == 1
    assert "Received: 1 of 2 failed." in result.err
    assert f"{name}: Expected" in result.out
    assert files(tmp_path / "here") == ["transcribed/b.mid"]


def test_an_empty_recording_is_a_failure(mirliton: Command, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros(0), SR)
    assert "Received: 1 of 1 failed." in mirliton("transcribe", tmp_path / "a.wav").error
    assert files(tmp_path / "here") == []


def test_samples_that_are_no_numbers_are_refused_as_such(mirliton: Command, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.array([0.1, np.nan, 0.2] * SR), SR, subtype="FLOAT")
    result = mirliton("transcribe", tmp_path / "a.wav")
    assert result.code == 1
    assert "Expected finite samples. Received: NaN or infinite samples in a.wav" in result.out


def test_a_name_that_is_no_utf8_is_transcribed_and_printed(mirliton: Command, tmp_path: Path) -> None:
    music = tmp_path / "music"
    tones(music / "z.wav").rename(music / os.fsdecode(b"x\xff.wav"))
    tones(music / "z.wav")
    result = mirliton("transcribe", music, "-o", tmp_path / "out", "--format", "json")
    assert result.code == 0
    assert "x\\xff.json: " in result.out
    assert sorted(os.fsencode(path.name) for path in (tmp_path / "out").glob("*.json")) == [b"x\xff.json", b"z.json"]
    assert json.loads((tmp_path / "out" / os.fsdecode(b"x\xff.json")).read_text())["recording"] == "x\\xff.wav"


def test_an_interruption_promises_no_more_than_is_true(
    mirliton: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(OnnxNetwork, "predict_on_batch", interrupted)
    result = mirliton("transcribe", tones(tmp_path / "a.wav"))
    assert result.code == 130
    assert result.err == "Interrupted. What is finished is kept.\n"


NOT_BROUGHT = "tensorflow keras dagster mlflow zarr dask mir_eval matplotlib jinja2 tf2onnx onnx librosa numba scipy"


def test_neither_tensorflow_nor_dagster_is_imported(tmp_path: Path) -> None:
    """What `pip install mirliton[onnx]` does not bring is not asked for."""
    program = (
        "import sys; from pathlib import Path\n"
        f"for name in '{NOT_BROUGHT}'.split():\n"
        "    sys.modules[name] = None\n"
        "from storage.models import shipped; shipped.HERE = Path(sys.argv.pop(1)); sys.argv[0] = 'mirliton'\n"
        "from pipelines.cli.main import main; main()"
    )
    recording = tones(tmp_path / "a.wav")
    result = subprocess.run(
        [sys.executable, "-c", program, str(shipped.HERE), "transcribe", str(recording), "-o", str(tmp_path / "out")],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert files(tmp_path / "out") == ["a.mid"]
