"""What makes notes of activations: decodings that differ in one respect or two, shifted onsets, earlier ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from experiments.decodings.ends import earlier_ends
from experiments.decodings.transcription import Transcription
from mir_models.notes.annotations import Notes
from mir_models.notes.decoding import Decoding

Decode = Callable[[Transcription], Notes]
FRAME_THRESHOLDS = (0.25, 0.35)
ONSET_THRESHOLDS = (0.35, 0.55)
END_THRESHOLDS = (0.4, 0.5, 0.6, 0.7)
OFFSET_THRESHOLDS = (0.3, 0.5)
"""Of the offset head's peak that ends a note before its frames do."""
SHIFTS = (-0.002, -0.005, -0.01)
"""Seconds by which onsets are moved."""
PLAIN = "its own, ends by the frame threshold"


def decodings(own: Decoding) -> dict[str, Decoding]:
    """The decodings that are compared, by name: a network's own, but with ends by the frame threshold, and others."""
    plain = replace(own, end_threshold=None, velocity_radius=0)
    return {
        PLAIN: plain,
        **{f"frame threshold {each}": replace(plain, frame_threshold=each) for each in FRAME_THRESHOLDS},
        **{f"onset threshold {each}": replace(plain, onset_threshold=each) for each in ONSET_THRESHOLDS},
        "notes of one frame": replace(plain, min_frames=1),
        "strokes 1 frame apart": replace(plain, onset_radius=1),
        "velocity of 3 frames": replace(plain, velocity_radius=1),
        **{name: replace(each, velocity_radius=1) for name, each in likeliest_ends(plain).items()},
    }


def likeliest_ends(plain: Decoding) -> dict[str, Decoding]:
    """The decodings that differ in the end threshold, by name."""
    return {f"likeliest end, {each}": replace(plain, end_threshold=each) for each in END_THRESHOLDS}


def compared(own: Decoding) -> dict[str, Decode]:
    """All that is compared, by name: the `decodings`, and what is no decoding of the product."""
    plain = decodings(own)[PLAIN]
    return {
        **{name: _by(each) for name, each in decodings(own).items()},
        **{f"earlier of frames and offset peak, {each}": _earlier(plain, each) for each in OFFSET_THRESHOLDS},
        **{f"onsets {1000 * each:+.0f} ms": _shifted(plain, each) for each in SHIFTS},
    }


def _by(decoding: Decoding) -> Decode:
    return lambda found: found.notes(decoding)


def _earlier(decoding: Decoding, threshold: float) -> Decode:
    return lambda found: earlier_ends(found, found.notes(decoding), threshold)


def _shifted(decoding: Decoding, seconds: float) -> Decode:
    return lambda found: found.notes(decoding).shifted(seconds)
