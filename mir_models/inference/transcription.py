"""Transcription: blocks of samples to notes, for recordings of any length in bounded memory."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mir_models.features import Feature, FeatureParams
from mir_models.inference import activations as inference
from mir_models.inference.certainty import OnsetCertainty
from mir_models.inference.threads import OrderedMap, one_by_one
from mir_models.notes.annotations import Notes
from mir_models.notes.decoding import Decoding, NoteDecoder
from mir_models.resampling import resample_blocks

SECTION_WINDOWS = 4
"""Windows in a block of features."""
BLOCK_FRAMES = SECTION_WINDOWS * inference.HOP_FRAMES
"""Frames of features computed at once: 71 s at 43.07 frames per second."""

Section = tuple[NDArray[np.float32], slice]
"""Samples, and the rows of their features that are kept."""


@dataclass(frozen=True)
class Transcription:
    """What a network finds in a recording.

    Attributes
    ----------
    notes : Notes
        In seconds from the beginning of the recording.
    certainty : float or None
        See `mir_models.inference.certainty`; None of a network without an onset head, and without notes.
    """

    notes: Notes
    certainty: float | None = None

    def __len__(self) -> int:
        return len(self.notes)


def transcribe(
    blocks: Iterable[NDArray[np.float32]],
    sr: int,
    *,
    model: Any,
    feature: Feature,
    params: FeatureParams,
    decoding: Decoding,
    over: OrderedMap = one_by_one,
    follow: Callable[[Notes, float], None] | None = None,
) -> Transcription:
    """Transcribe a recording, of which only a part is in memory at a time.

    Parameters
    ----------
    blocks : iterable of (n,) float32
        The recording, mono at `sr`, in order.
    sr : int
        Sampling rate in Hz.
    model : keras.Model
        See `mir_models.inference.activations.predict_stream`.
    feature : Feature
    params : FeatureParams
        The input feature of the model.
    decoding : Decoding
    over : function
        Computes features and activations, in order; see `mir_models.inference.activations.predict_stream`. The
        notes do not depend on it.
    follow : callable (notes, seconds), optional
        Called after every window with all notes that have ended so far, and the time up to which that is.

    Returns
    -------
    Transcription
    """
    features = stream_features(resample_blocks(blocks, sr, params.sr), feature, params, over=over)
    decoder, certainty, parts = NoteDecoder(params.grid, decoding), OnsetCertainty(decoding), []
    n_frames = 0
    for activations in inference.predict_stream(model, features, silence=params.silence, over=over):
        parts.append(decoder.push(activations))
        certainty.push(activations)
        if follow is not None:
            n_frames += len(next(iter(activations.values())))
            follow(Notes.concatenate(parts), n_frames / params.grid.frame_rate)
    return Transcription(Notes.concatenate([*parts, decoder.finish()]), certainty.finish())


def stream_features(
    blocks: Iterable[NDArray[np.float32]], feature: Feature, params: FeatureParams, *, over: OrderedMap = one_by_one
) -> Iterator[NDArray[np.float32]]:
    """Features of a stream of samples at ``params.sr``; concatenated, they are those of the recording within rounding.

    Each block of `BLOCK_FRAMES` frames is computed with ``params.context`` seconds of the recording on either side.
    """

    def extract(section: Section) -> NDArray[np.float32]:
        samples, kept = section
        return feature.extract(samples, params)[kept]

    return over(extract, _sections(blocks, params), ahead=1 / SECTION_WINDOWS)


def _sections(blocks: Iterable[NDArray[np.float32]], params: FeatureParams) -> Iterator[Section]:
    hop, context = params.hop_length, math.ceil(params.context * params.sr / params.hop_length)
    held, n_before = np.zeros(0, dtype=np.float32), 0
    for block in blocks:
        held = np.concatenate([held, block])
        while len(held) >= (n_before + BLOCK_FRAMES + context) * hop:
            yield held[: (n_before + BLOCK_FRAMES + context) * hop], slice(n_before, n_before + BLOCK_FRAMES)
            held = held[(n_before + BLOCK_FRAMES - context) * hop :]
            n_before = context
    yield held, slice(n_before, None)
