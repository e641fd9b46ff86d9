"""What MLflow's registry loads: recordings by path, by table or as samples, to tables of notes or of classes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile

from assets.inference.registered_model import RecordingsModel
from mir_models.errors import ParameterError

SR = 8000


def loudest(recording: Path) -> dict[str, Any]:
    """A model that finds one value in a recording, and the channels of its file."""
    y, sr = soundfile.read(recording, always_2d=True)
    return {"peak": [np.abs(y).max().round(2)], "sr": [sr], "channels": [y.shape[1]]}


@pytest.fixture
def recordings(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / "a.wav", tmp_path / "b.wav"]
    for path, peak in zip(paths, (0.25, 0.5), strict=True):
        soundfile.write(path, np.full(100, peak), SR)
    return paths


def predict(model_input: Any) -> pd.DataFrame:
    return RecordingsModel(loudest).predict(model_input)


def test_several_recordings_are_rows_of_one_table(recordings: list[Path]) -> None:
    expected = pd.DataFrame(
        {"recording": map(str, recordings), "peak": [0.25, 0.5], "sr": [SR, SR], "channels": [1, 1]}
    )
    as_text = [str(each) for each in recordings]
    for given in (recordings, as_text, np.array(as_text), pd.Series(as_text), pd.DataFrame({"path": as_text})):
        pd.testing.assert_frame_equal(predict(given), expected)
    table = pd.DataFrame({"year": [1, 2], "recording": as_text})
    pd.testing.assert_frame_equal(predict(table), expected)
    pd.testing.assert_frame_equal(predict(as_text[0]), expected[:1])


@pytest.mark.parametrize("shape", [(100,), (100, 2)])
def test_samples_are_a_recording(shape: tuple[int, ...]) -> None:
    (row,) = predict({"samples": np.full(shape, -0.75), "sr": SR}).to_dict("records")
    assert row == {"recording": "samples", "peak": 0.75, "sr": SR, "channels": len(shape)}


@pytest.mark.parametrize(
    "wrong",
    [
        {"samples": [], "sr": SR},
        {"samples": [1, 2], "sr": SR},
        {"samples": [0.5]},
        {"samples": [0.5], "sr": 0},
        {"samples": np.zeros((2, 2, 2)), "sr": SR},
        {"samples": np.zeros(2, complex), "sr": SR},
    ],
)
def test_samples_that_are_none_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ParameterError, match=r"Expected samples and their rate\. Received: .*rate .*Remedy: give"):
        predict(wrong)


@pytest.mark.parametrize("wrong", [[], [0.5, 0.25], np.zeros(5), 7, None])
def test_what_is_no_recording_is_refused_with_what_to_give(wrong: Any) -> None:
    with pytest.raises(ParameterError, match=r"Expected recordings\. .*give a path, several of them, or"):
        predict(wrong)


def test_a_table_of_several_columns_names_the_one_with_paths() -> None:
    with pytest.raises(ParameterError, match=r"a column recording\. Received: a table of left, right"):
        predict(pd.DataFrame({"left": ["a"], "right": ["b"]}))


def test_a_recording_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"nowhere\.wav"):
        predict(str(tmp_path / "nowhere.wav"))
