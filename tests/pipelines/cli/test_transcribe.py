"""Transcribing without any set-up: files, folders and standard input; MIDI, CSV and JSON; the hash of the weights."""

# ruff: noqa: F811

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import mido
import numpy as np
import pytest
import soundfile

from mir_models.errors import MirlitonError
from mir_models.notes.annotations import NO_NOTES, Notes
from pipelines.cli.transcribe import Format
from storage.media import midi, note_formats
from storage.models import shipped
from storage.models.exported import ONNX, ModelFolder
from storage.models.mlflow_models import find_training
from storage.models.mlflow_runs import tracking_uri
from storage.models.onnx_network import OnnxNetwork
from storage.objects.objects import open_objects
from tests.pipelines.cli.energy_network import RECORD, export
from tests.pipelines.cli.test_commands import CHECKOUT, Command, mirliton  # noqa: F401
from tests.stored_records import model_record

SR = 22050
PITCHES, ONSETS = (57, 69), (0.5, 1.5)
"""Two tones of 0.7 s, one after the other."""


def tones(path: Path, *, sr: int = SR) -> Path:
    """A recording of `PITCHES`, 3 s."""
    y, t = np.zeros(3 * sr), np.arange(int(0.7 * sr)) / sr
    for pitch, onset in zip(PITCHES, ONSETS, strict=True):
        fade = np.minimum(1, np.minimum(t, t[::-1]) / 0.02)
        y[int(onset * sr) :][: len(t)] += 0.5 * fade * np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * t)
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, y, sr)
    return path


@pytest.fixture(autouse=True)
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelFolder:
    """A shipped model, in a working directory of the test's own."""
    monkeypatch.setattr(shipped, "HERE", tmp_path / "shipped")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return export(tmp_path / "shipped" / RECORD.task)


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def pitches_of(rows: list[dict[str, str]]) -> list[int]:
    return [int(row["pitch"]) for row in rows if float(row["offset"]) - float(row["onset"]) > 0.4]


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
    assert "Received: 3 of 5 that could not be read." in result.error
    assert f"{tmp_path / 'music' / 'b.wav'}: Expected" in result.out
    assert f"{tmp_path / 'empty'}: Expected audio files" in result.out
    assert files(tmp_path / "out") == ["a.mid", "c.mid"]


def piped(content: bytes, *arguments: object, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own, its shipped model that of this test."""
    program = (
        "import sys; from pathlib import Path; from storage.models import shipped\n"
        "shipped.HERE = Path(sys.argv.pop(1))\n"
        "sys.argv[0] = 'mirliton'; from pipelines.cli.main import main; main()"
    )
    command = [sys.executable, "-c", program, str(shipped.HERE), "transcribe", "-", *map(str, arguments)]
    surroundings = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    return subprocess.run(
        command, input=content, capture_output=True, cwd=cwd, env=surroundings, timeout=120, check=False
    )


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg"])
def test_standard_input_becomes_standard_output_and_nothing_else(tmp_path: Path, suffix: str) -> None:
    result = piped(tones(tmp_path / f"a{suffix}").read_bytes(), "--format", "csv", cwd=tmp_path / "here")
    assert (result.returncode, result.stderr) == (0, b"")
    assert pitches_of(list(csv.DictReader(io.StringIO(result.stdout.decode())))) == list(PITCHES)
    assert files(tmp_path / "here") == []


def test_a_stream_whose_header_has_no_length_is_transcribed_to_its_end(tmp_path: Path) -> None:
    content = bytearray(tones(tmp_path / "a.wav").read_bytes())
    content[4:8] = content[40:44] = b"\xff\xff\xff\xff"
    assert content[36:40] == b"data"
    result = piped(bytes(content), cwd=tmp_path / "here")
    assert (result.returncode, result.stderr) == (0, b"")
    assert {message.note for message in mido.MidiFile(file=io.BytesIO(result.stdout)) if message.type == "note_on"} >= {
        *PITCHES
    }


def test_standard_input_goes_into_a_folder_too(tmp_path: Path) -> None:
    content = tones(tmp_path / "a.wav").read_bytes()
    result = piped(content, "-o", "out", "--format", "midi", "--format", "json", cwd=tmp_path / "here")
    assert result.returncode == 0, result
    assert files(tmp_path / "here") == ["out/stdin.json", "out/stdin.mid"]


def test_two_formats_or_a_second_recording_do_not_fit_into_standard_output(tmp_path: Path) -> None:
    result = piped(b"", "--format", "csv", "--format", "json", cwd=tmp_path)
    assert b"Received: csv and json for standard output." in result.stderr
    assert b"Expected standard input alone." in piped(b"", "a.wav", cwd=tmp_path).stderr
    result = piped(b"no audio", "--format", "csv", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (1, b"")
    assert b"in stdin" in result.stderr


@pytest.mark.parametrize("change", ["other bytes", "gone"])
def test_weights_that_are_not_those_of_the_record_are_not_loaded(
    mirliton: Command,
    tmp_path: Path,
    model: ModelFolder,
    change: str,
) -> None:
    path = model.folder / ONNX
    path.unlink() if change == "gone" else path.write_bytes(path.read_bytes() + b" ")
    error = mirliton("transcribe", tones(tmp_path / "a.wav")).error
    assert f"{path} with SHA-256 {model.record().files[ONNX]}" in error
    assert "is not loaded: install mirliton" in error
    assert files(tmp_path / "here") == []


def cut_in_half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def out_of_phase(path: Path) -> None:
    y, sr = soundfile.read(path)
    soundfile.write(path, np.stack([y, -y], axis=1), sr)


def silenced(path: Path) -> None:
    soundfile.write(path, np.zeros(SR), SR)


def emptied(path: Path) -> None:
    soundfile.write(path, np.zeros(0), SR)


@pytest.mark.parametrize(
    ("harm", "warning"),
    [
        (cut_in_half, "a truncated file"),
        (out_of_phase, "the channels of .*a.wav cancel each other"),
        (silenced, "a.wav is silent"),
        (emptied, "a.wav holds no samples"),
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
    assert sorted(map(os.fsencode, os.listdir(tmp_path / "out"))) == [b"x\xff.json", b"z.json"]
    assert json.loads((tmp_path / "out" / os.fsdecode(b"x\xff.json")).read_text())["recording"] == "x\\xff.wav"


def test_a_file_that_cannot_be_written_does_not_keep_the_others_from_it(mirliton: Command, tmp_path: Path) -> None:
    music, out = tmp_path / "music", tmp_path / "out"
    for name in ("a.wav", "b.wav"):
        tones(music / name)
    (out / "a.mid" / "in the way").mkdir(parents=True)
    result = mirliton("transcribe", music, "-o", out)
    assert result.code == 1
    assert "a.wav: " in result.out
    assert files(out) == ["b.mid"], "and no draft is left"


def test_a_folder_that_cannot_be_made_is_a_sentence(mirliton: Command, tmp_path: Path) -> None:
    recording = tones(tmp_path / "a.wav")
    result = mirliton("transcribe", recording, "-o", recording)
    assert result.code == 1
    assert "Expected a folder that can be made" in result.error
    assert "choose another one with -o" in result.error


def test_only_the_extension_of_a_format_is_left_out_of_a_name(mirliton: Command, tmp_path: Path) -> None:
    names = ("Op. 10 No. 3", "Op. 10 No. 4", "b.FLAC")
    paths = [tones(tmp_path / f"{name}.wav").rename(tmp_path / name) for name in names[:2]]
    soundfile.write(tmp_path / names[2], np.zeros(SR), SR, format="FLAC")
    assert mirliton("transcribe", *paths, tmp_path / names[2], "-o", tmp_path / "out").code == 0
    assert files(tmp_path / "out") == ["Op. 10 No. 3.mid", "Op. 10 No. 4.mid", "b.mid"]


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (None, r"Expected a model in .*exported. Received: no model.json"),
        ("{", "Expected a record in .*model.json"),
        ("[]", "Expected a record in .*model.json"),
        ({}, "Received: none of architecture, decoding, .* Remedy: choose the folder of an export"),
        ({"decoding": {"frame_threshold": 7}}, "Expected settings of a feature and of decoding"),
        ({"decoding": {"theshold": 0.5}}, "Expected settings of a feature and of decoding"),
        ({"feature": {"feature": "cqt", "version": 99, "params": {}}}, "Expected a model trained on version 1 of cqt"),
    ],
)
def test_a_folder_that_is_no_model_is_a_sentence(
    mirliton: Command, tmp_path: Path, model: ModelFolder, record: object, expected: str
) -> None:
    folder = tmp_path / "exported"
    shutil.copytree(model.folder, folder)
    (folder / "model.json").unlink()
    if isinstance(record, str):
        (folder / "model.json").write_text(record)
    elif record is not None:
        (folder / "model.json").write_text(json.dumps({**(model.record().to_json() if record else {}), **record}))
    result = mirliton("transcribe", tones(tmp_path / "a.wav"), "--model", folder)
    assert result.code == 1
    assert re.search(expected, result.error)


def test_an_interruption_promises_no_more_than_is_true(
    mirliton: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(OnnxNetwork, "predict_on_batch", interrupted)
    result = mirliton("transcribe", tones(tmp_path / "a.wav"))
    assert result.code == 130
    assert result.err == "Interrupted. What is finished is kept.\n"


def test_without_a_shipped_model_the_training_is_named(
    mirliton: Command,
    tmp_path: Path,
    model: ModelFolder,
) -> None:
    shutil.rmtree(model.folder)
    error = mirliton("transcribe", tones(tmp_path / "a.wav")).error
    assert "that comes with mirliton. Received: none." in error
    assert "--model NAME" in error


def test_an_unknown_network_is_another_error_than_an_untrained_one(mirliton: Command, tmp_path: Path) -> None:
    recording = tones(tmp_path / "a.wav")
    unknown = mirliton("transcribe", recording, "--model", "bilstn").error
    assert "Expected a known architecture. Received: 'bilstn'. Remedy: choose one of bilstm" in unknown
    assert (
        "mirliton train piano_transcription --model bilstm"
        in mirliton("transcribe", recording, "--model", "bilstm").error
    )


def test_a_run_that_nobody_knows_and_two_models_at_once_are_refused(mirliton: Command, tmp_path: Path) -> None:
    recording = tones(tmp_path / "a.wav")
    assert "Expected the id of a run" in mirliton("transcribe", recording, "--from-run", "0123").error
    both = mirliton("transcribe", recording, "--from-run", "0123", "--model", "bilstm").error
    assert both == "Expected --model or --from-run. Received: both. Remedy: name one."


def test_a_run_leads_to_the_training_that_it_tracked(home: Path) -> None:
    import mlflow

    objects = open_objects(str(home / "store"))
    (home / "mlflow").mkdir(parents=True)
    client = mlflow.MlflowClient(tracking_uri(home))
    run = client.create_run(client.create_experiment("piano_transcription", (home / "mlflow").as_uri())).info.run_id
    with pytest.raises(MirlitonError, match="which trained none"):
        find_training(run, home, objects)
    for key, value in {"task": "piano_transcription", "architecture": "bilstm"}.items():
        client.log_param(run, key, value)
    client.set_tag(run, "fingerprint", "0123")
    with pytest.raises(MirlitonError, match="a finished model"):
        find_training(run, home, objects)
    record = model_record(architecture="bilstm")
    key = "models/piano_transcription/bilstm/0123/model.json"
    objects.write(key, json.dumps(record.to_json()).encode())
    assert find_training(run, home, objects).record() == record
    with pytest.raises(MirlitonError, match="does not know"):
        find_training("4567", home, objects)


def test_no_notes_are_a_file_too() -> None:
    assert note_formats.FORMATS["csv"].content(NO_NOTES, {}) == b"onset,offset,pitch,velocity\n"
    assert json.loads(note_formats.FORMATS["json"].content(NO_NOTES, {"recording": "é"})) == {
        "recording": "é",
        "notes": [],
    }
    empty = mido.MidiFile(file=io.BytesIO(note_formats.FORMATS["midi"].content(NO_NOTES, {})))
    assert not [message for message in empty if message.type == "note_on"]


def test_a_table_is_exact_to_a_microsecond() -> None:
    notes = Notes([[0.1234567, 3599.9999994]], [60], [64])
    assert note_formats.FORMATS["csv"].content(notes, {}).splitlines()[1] == b"0.123457,3599.999999,60,64"


def test_what_is_no_onnx_file_is_one_sentence() -> None:
    with pytest.raises(MirlitonError, match="Expected an ONNX file"):
        OnnxNetwork(b"no model")


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
