"""The model that comes with mirliton: small, complete, the same in both formats, and accurate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assets.inference.transcriber import load_shipped_transcriber
from mir_models import demo_music
from mir_models.architectures import ARCHITECTURES
from mir_models.evaluation.metrics.note_level import note_scores
from mir_models.features import feature_of
from mir_models.inference.transcription import transcribe
from mir_models.notes import sustain_pedal
from mir_models.notes.decoding import Decoding
from storage.media import rendered_audio, soundfonts
from storage.models.exported import KERAS, ONNX, ModelFolder, from_keras_file
from storage.models.shipped import HERE, shipped

TASKS = sorted(path.name for path in HERE.iterdir() if (path / "model.json").is_file())
LARGEST = 20 * 2**20


@pytest.mark.parametrize("task", TASKS)
def test_a_shipped_model_is_small_complete_and_names_its_training_data(task: str) -> None:
    folder = shipped(task)
    record = folder.record()
    assert sum(len(folder.content(name)) for name in (KERAS, ONNX)) < LARGEST  # `content` compares the hash.
    card = (folder.folder / "card.md").read_text(encoding="utf-8")
    for text in (record.licence, record.fingerprint, "95% interval", f"Seed {record.training['seed']}"):
        assert text in card
    assert all(name in card for name in record.datasets)


@pytest.mark.parametrize("task", TASKS)
def test_both_formats_of_a_shipped_model_predict_the_same(task: str) -> None:
    folder = shipped(task)
    params = _params(folder)
    features = np.random.default_rng(0).normal(-50, 20, (1, 300, params.n_bins)).astype(np.float32)
    onnx = folder.network().predict_on_batch(features)
    keras = from_keras_file(folder.content(KERAS)).predict_on_batch(features)
    assert set(onnx) == set(keras) == set(ARCHITECTURES.get(folder.record().architecture).HEADS)
    for head, activations in keras.items():
        np.testing.assert_allclose(onnx[head], activations, atol=1e-4)


def test_the_shipped_transcriber_transcribes_a_piano_and_a_work_that_it_was_not_trained_on() -> None:
    work = demo_music.works()[0]
    music, sr = soundfonts.play(
        rendered_audio.midi_file(work.notes, work.pedal), soundfonts.default_soundfont().read_bytes()
    )
    played, _ = sustain_pedal.sounding_notes(work.notes, work.pedal, sustain_pedal.Params())
    folder = shipped("piano_transcription")
    record = folder.record()
    found = transcribe(
        [(0.7 * music / np.abs(music).max()).astype(np.float32)],
        sr,
        model=folder.network(threads=1),
        feature=feature_of(record.preset),
        params=_params(folder),
        decoding=Decoding(**record.decoding),
    )
    assert note_scores(played, found.notes)["onset"]["f1"] > 0.85
    assert found.certainty > record.certainty_threshold


@pytest.mark.parametrize("seconds", [1, 10])
def test_the_shipped_transcriber_is_not_sure_of_the_notes_of_noise(seconds: int, tmp_path: Path) -> None:
    import soundfile

    soundfile.write(tmp_path / "x.wav", np.random.default_rng(0).normal(0, 0.1, seconds * 22050), 22050)
    warnings: list[str] = []
    found = load_shipped_transcriber("piano_transcription").transcribe(tmp_path / "x.wav", warn=warnings.append)
    assert len(found) > 3
    (warning,) = warnings
    assert warning.startswith("x.wav: its notes are probably wrong (certainty 0.")
    assert found.certainty < 0.7


def _params(folder: ModelFolder) -> Any:
    record = folder.record()
    return type(feature_of(record.preset).PRESETS[record.preset])(**record.feature.params)
