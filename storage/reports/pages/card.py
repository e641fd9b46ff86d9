"""The model card of an exported model, in Markdown: input and output, licences, training data, scores, limits."""

from __future__ import annotations

import re
from collections.abc import Mapping

from storage.models.record import ExportedModelRecord, Score
from storage.reports.pages.templates import template

KINDS = {
    "accuracy": "accuracy",
    "macro_f1": "macro F1",
    "frame": "frames",
    "note_onset": "notes, by onset",
    "note_onset_offset": "notes, by onset and offset",
    "note_onset_offset_velocity": "notes, by onset, offset and velocity",
}
"""Kinds of scores, as the table of scores names them."""
PEDAL = {
    "applied": "A note lasts until its key is up **and** the sustain pedal is; the pedal itself is not transcribed.",
    "separate": "A note lasts until its key is up; the sustain pedal is not transcribed.",
}
"""What the ends of notes mean, by the pedal rule of the reference."""
_MARKUP = re.compile(r"[\\`*\[\]<>|]|\b_|_\b")


def render(record: ExportedModelRecord, sizes: Mapping[str, int]) -> str:
    """The card.

    Parameters
    ----------
    record : ExportedModelRecord
        With scores.
    sizes : mapping of str to int
        Bytes of the files of weights by name.
    """
    assert record.scores is not None
    systems, convention = record.scores["systems"], record.scores["convention"]
    kinds = [kind for kind in KINDS if kind in systems["model"]]
    card = template("class_card.md" if "classes" in record.decoding else "note_card.md", plain=plain).render(
        record=record,
        convention=convention,
        sizes={name: _size(n_bytes) for name, n_bytes in sizes.items()},
        names={kind: KINDS[kind] for kind in kinds},
        systems={name: [_score_cell(scores.get(kind)) for kind in kinds] for name, scores in systems.items()},
        pedal=PEDAL.get(str(convention.get("pedal"))),
    )
    return f"{card}\n"


def _score_cell(score: Score | None) -> str:
    if score is None:
        return "–"
    low_high = "" if score["interval"] is None else " [{:.3f}, {:.3f}]".format(*score["interval"])
    return f"{score['score']:.3f}{low_high}"


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:.1f} MB" if n_bytes >= 1e5 else f"{n_bytes / 1e3:.0f} kB"


def plain(text: str) -> str:
    """Text on one line with Markdown's markup escaped."""
    return _MARKUP.sub(r"\\\g<0>", " ".join(text.split())) or "not stated"
