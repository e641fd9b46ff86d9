"""Transcription of recordings on disk into files of notes, by the shipped model or a trained one."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from assets.inference import loaded_model
from assets.inference.champion import network_in_use
from assets.inference.loaded_model import LoadedModel
from mir_models.features import Feature
from mir_models.inference.threads import OrderedMap, one_by_one
from mir_models.inference.transcription import Transcription, transcribe
from mir_models.notes.annotations import Notes
from mir_models.notes.decoding import Decoding
from storage import progress
from storage.corpora.files import nfc_name
from storage.media import audio
from storage.media.note_formats import FORMATS, Metadata
from storage.models.exported import ModelFolder
from storage.models.shipped import shipped

Warn = Callable[[str], None]
"""Called with a sentence about what may be wrong with a recording that can be read."""
CERTAINTY_DECIMALS = 4


@dataclass(frozen=True)
class Transcriber:
    """A network with its input features and the thresholds by which its output is decoded.

    Attributes
    ----------
    model : network
        See `mir_models.inference.activations.predict_stream`.
    feature : module
        Of `mir_models.features`.
    params, decoding : dataclasses
        Settings of the feature and of decoding.
    metadata : mapping of str to str
        Name, task, licence and SHA-256 of the weights, written into files of notes.
    certainty_threshold : float or None
        Certainty below which the notes of a recording are doubtful; None: none is known of this model.
    """

    model: Any
    feature: Feature
    params: Any
    decoding: Decoding
    metadata: Mapping[str, str] = field(default_factory=dict)
    certainty_threshold: float | None = None

    def transcribe(
        self,
        recording: Path,
        *,
        warn: Warn,
        over: OrderedMap = one_by_one,
        follow: Callable[[Notes, float], None] | None = None,
    ) -> Transcription:
        """The notes of a recording, which is read block by block, and their certainty; see `Warn`.

        Its features and windows are computed by `over`, and its notes go to `follow` as they are found, see
        `mir_models.inference.transcription.transcribe`; where a second mix is needed, they are found a second time.
        """
        settings = {"feature": self.feature, "params": self.params, "decoding": self.decoding}

        def process(blocks: Iterator[np.ndarray], sr: int) -> Transcription:
            timed = with_progress(blocks, recording, sr)
            return transcribe(timed, sr, model=self.model, over=over, follow=follow, **settings)

        found = audio.process_checked(recording, process, warn)
        if (text := certainty_warning(found.certainty, self.certainty_threshold)) is not None:
            warn(f"{nfc_name(recording.name)}: {text}")
        return found

    @property
    def concurrent(self) -> bool:
        """Whether several threads may compute windows at once."""
        return getattr(self.model, "concurrent", False)

    def encoded(self, found: Transcription, format: str, recording: str) -> bytes:
        """A transcription as the content of a file in one of `storage.media.note_formats.FORMATS`."""
        metadata = Metadata(
            recording=nfc_name(recording),
            model=self.metadata,
            certainty=None if found.certainty is None else round(found.certainty, CERTAINTY_DECIMALS),
            certainty_threshold=self.certainty_threshold,
        )
        return FORMATS[format].content(found.notes, metadata)


def certainty_warning(certainty: float | None, threshold: float | None) -> str | None:
    """What a certainty below the threshold means, as a sentence; None where it is not below, or either is unknown."""
    if certainty is None or threshold is None or certainty >= threshold:
        return None
    rounded_down = math.floor(100 * certainty) / 100  # 0.7599 is not 0.76, below 0.76.
    return (
        f"its notes are probably wrong (certainty {rounded_down:.2f}, below {threshold:.2f}): "
        "it is hardly a solo piano, or hard to make out"
    )


def load_shipped_transcriber(task: str, *, threads: int = 0) -> Transcriber:
    """The model that comes with mirliton; see `load_transcriber_from_folder`."""
    return load_transcriber_from_folder(shipped(task), threads=threads)


def load_transcriber_from_folder(exported: ModelFolder, *, threads: int = 0) -> Transcriber:
    """A model that was exported, by onnxruntime with so many threads for one window; 0: as many as there are cores."""
    return transcriber_of(loaded_model.load_from_folder(exported, threads=threads))


def load_transcriber(task: str, architecture: str) -> Transcriber:
    """The model of an architecture in the store, see `network_in_use`."""
    return transcriber_of(network_in_use(task, architecture).load())


def load_transcriber_from_run(run_id: str) -> Transcriber:
    """The model that an MLflow run trained."""
    return transcriber_of(loaded_model.load_from_run(run_id))


def transcriber_of(model: LoadedModel) -> Transcriber:
    """A loaded model as a transcriber; refuses one of another kind."""
    decoding = model.check_kind("notes").decoding(Decoding)
    threshold = model.record.certainty_threshold
    return Transcriber(model.network, model.feature, model.params, decoding, model.metadata, threshold)


def with_progress(blocks: Iterable[np.ndarray], recording: Path, sr: int) -> Iterator[np.ndarray]:
    """The blocks of a recording, each reported by the seconds of audio that were processed so far."""
    n_samples, total = 0, int(audio.duration(recording))
    for block in blocks:
        yield block
        n_samples += len(block)
        done = n_samples // sr
        n_seconds = max(done, total)  # A total may be estimated.
        progress.report(progress.AUDIO_PROCESSED, done, n_seconds, nfc_name(recording.name))
