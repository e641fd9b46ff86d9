"""Rows of the ablation's table: each is the base with one thing changed, and a question."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mir_models.errors import ParameterError

BASE = "base"
ISOLATED, PERFORMANCES = "isolated notes", "performances"
"""Parts of the renderings that a row may add."""


@dataclass(frozen=True)
class Row:
    """A question, and what differs from the base.

    Attributes
    ----------
    name, question : str
    architecture : str
    bins_per_semitone : int or None
        Of the constant-Q transform from A0; None: the network's own preset.
    segment_frames : int or None
        Frames of a segment, with as many frames in a batch as before; None: as the network is trained.
    training : mapping
        Fields of `mir_models.training.params.Params`.
    augmentation : mapping or None
        Fields of `mir_models.augmentation.spectrum.Params`; None: examples stay as they are.
    music : float
        Times the minutes of the plan; infinity: all there is, from beginning to end.
    added : str
        Of the renderings: `ISOLATED`, `PERFORMANCES`, or nothing.
    """

    name: str
    question: str
    architecture: str = "onsets_frames"
    bins_per_semitone: int | None = None
    segment_frames: int | None = None
    training: Mapping[str, Any] = field(default_factory=dict)
    augmentation: Mapping[str, Any] | None = field(default_factory=dict)
    music: float = 1.0
    added: str = ""


ROWS = (
    Row(BASE, "What is everything compared with?"),
    Row("bins_12", "More bins: 12 per octave instead of 36?", bins_per_semitone=1),
    Row("bins_24", "More bins: 24 per octave instead of 36?", bins_per_semitone=2),
    Row("segments_128", "How long is a segment: 128 frames, 3 s?", segment_frames=128),
    Row("segments_512", "How long is a segment: 512 frames, 12 s?", segment_frames=512),
    Row("segments_1024", "How long is a segment: 1024 frames, 24 s?", segment_frames=1024),
    Row("no_augmentation", "Do changed examples help?", augmentation=None),
    Row("no_gain", "Do louder and softer examples help?", augmentation={"softer": 0.0, "louder": 0.0}),
    Row("focal_loss", "Does a loss for rare events help?", training={"focal_gamma": 2.0}),
    Row("no_average", "Does the moving average of the weights help?", training={"ema": 0.0}),
    Row("less_music", "More data: a third of the music?", music=1 / 3),
    Row("more_music", "More data: all there is?", music=math.inf),
    Row("isolated_notes", "Do isolated notes help?", added=ISOLATED),
    Row("performances", "Do rendered performances help?", added=PERFORMANCES),
    Row("bilstm", "Another network: convolution and a bidirectional LSTM?", architecture="bilstm"),
    Row("lstm", "Another network: the seed's LSTM?", architecture="lstm"),
    Row("lstm_fast", "Another network: the seed's LSTM at cuDNN's speed?", architecture="lstm_fast"),
)


def rows_of(names: list[str] | None) -> tuple[Row, ...]:
    """The rows of these names, in the order of the table; None: all."""
    by_name = {row.name: row for row in ROWS}
    if unknown := sorted(set(names or ()) - by_name.keys()):
        raise ParameterError("rows of the table", received=", ".join(unknown), remedy=f"choose of {', '.join(by_name)}")
    return tuple(row for row in ROWS if names is None or row.name in names)
