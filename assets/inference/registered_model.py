"""The model that MLflow's registry has of a training: opened by `mlflow.pyfunc`, it takes recordings.

``mlflow.pyfunc.load_model("models:/mirliton-piano_transcription@champion").predict("a.wav")`` gives a table of notes;
a model of classes gives one of probabilities. MLflow finds `_load_pyfunc` here by the name of this module.
"""

import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from assets.inference.classifier import classifier_of
from assets.inference.loaded_model import LoadedModel, load_from_training_folder
from assets.inference.transcriber import transcriber_of
from mir_models.errors import ParameterError
from mir_models.tasks import TASKS
from storage.corpora.files import nfc_name
from storage.media import audio

if TYPE_CHECKING:
    import pandas as pd

SAMPLES, RATE = "samples", "sr"
"""Keys of a recording that is given as samples, (n_samples,) or (n_samples, n_channels), and their rate in Hz."""
COLUMN = "recording"
"""Column of the result with the recording, and of a table of paths."""
REMEDY = f'give a path, several of them, or {{"{SAMPLES}": array, "{RATE}": 44100}}'
Columns = Mapping[str, Any]
"""Columns of equal length by name."""


class RecordingsModel:
    """A trained model that takes recordings.

    Parameters
    ----------
    rows : callable
        From the path of a recording to the columns of its result.
    """

    def __init__(self, rows: Callable[[Path], Columns]) -> None:
        self._rows = rows

    def predict(self, model_input: Any, params: Mapping[str, Any] | None = None) -> "pd.DataFrame":
        """What the model finds in recordings.

        Parameters
        ----------
        model_input : path, sequence of paths, table, or mapping
            A table has its paths in the column ``"recording"``, or has only one column. A mapping has ``"samples"``
            and ``"sr"``.
        params : mapping, optional
            None are known; MLflow passes them.

        Returns
        -------
        DataFrame
            Of notes: ``recording``, ``onset``, ``offset`` in seconds, ``pitch``, ``velocity``. Of classes:
            ``recording``, ``class``, ``probability``, the likeliest first.

        Raises
        ------
        ParameterError
            For any other input.
        """
        import pandas as pd

        with _paths(model_input) as named:
            found = [pd.DataFrame({COLUMN: name, **self._rows(path)}) for name, path in named]
        return pd.concat(found, ignore_index=True)


def _load_pyfunc(folder: str) -> RecordingsModel:
    """The model in a folder with the files of a training; called by MLflow."""
    model = load_from_training_folder(Path(folder))
    return RecordingsModel(_note_rows(model) if TASKS.get(model.record.task).KIND == "notes" else _class_rows(model))


def _note_rows(model: LoadedModel) -> Callable[[Path], Columns]:
    transcriber = transcriber_of(model)

    def rows(recording: Path) -> Columns:
        notes = transcriber.transcribe(recording, warn=warnings.warn).notes
        onsets, offsets = notes.intervals.T
        return {"onset": onsets, "offset": offsets, "pitch": notes.pitches, "velocity": notes.velocities}

    return rows


def _class_rows(model: LoadedModel) -> Callable[[Path], Columns]:
    classifier = classifier_of(model)

    def rows(recording: Path) -> Columns:
        prediction = classifier.predict(recording, warn=warnings.warn)
        names, probabilities = zip(*prediction.top(len(prediction.classes)), strict=True)
        return {"class": names, "probability": probabilities}

    return rows


@contextmanager
def _paths(model_input: Any) -> Iterator[list[tuple[str, Path]]]:
    """Name and path of each recording; samples are a file for the time of the block, as recordings are."""
    if isinstance(model_input, Mapping):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "samples.wav"
            audio.write_wav(path, *_samples(model_input))
            yield [(SAMPLES, path)]
        return
    paths = [Path(each) for each in _listed(model_input)]
    yield [(nfc_name(str(path)), path) for path in paths]


def _samples(recording: Mapping[str, Any]) -> tuple[np.ndarray, int]:
    """Samples and their rate."""
    rate = np.asarray(recording.get(RATE, 0))
    y = np.asarray(recording.get(SAMPLES, ()))
    is_audio = rate.size == 1 and rate.item() > 0 and y.size and y.ndim in (1, 2) and np.isrealobj(y)
    if not is_audio or y.dtype.kind != "f":
        received = f"keys {', '.join(map(str, recording))}; {y.dtype} samples of shape {y.shape}, rate {rate}"
        remedy = f'give {{"{SAMPLES}": floats from -1 to 1, (n_samples,) or (n_samples, n_channels), "{RATE}": 44100}}'
        raise ParameterError("samples and their rate", received=received, remedy=remedy)
    return y.astype(np.float32), int(rate.item())


def _listed(model_input: Any) -> Sequence[str | Path]:
    """Paths as a list."""
    if hasattr(model_input, "columns"):
        columns = list(model_input.columns)
        chosen = COLUMN if COLUMN in columns else columns[0] if len(columns) == 1 else None
        if chosen is None:
            received = f"a table of {', '.join(map(str, columns))}"
            raise ParameterError(f"a column {COLUMN}", received=received, remedy="give it one with paths")
        model_input = model_input[chosen]
    listed = [model_input] if isinstance(model_input, str | Path) else list(np.asarray(model_input, object).ravel())
    if not listed or not all(isinstance(each, str | Path) for each in listed):
        received = f"{type(model_input).__name__} of {', '.join(sorted({type(each).__name__ for each in listed}))}"
        raise ParameterError("recordings", received=received, remedy=REMEDY)
    return listed
