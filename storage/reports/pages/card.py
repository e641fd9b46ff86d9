"""The card of an exported model, in Markdown: what it is, of what data, under which licence, how good, how limited."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

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


def render(record: Mapping[str, Any], sizes: Mapping[str, int]) -> str:
    """The card.

    Parameters
    ----------
    record : mapping
        Of the exported model, see `storage.models.exported`.
    sizes : mapping of str to int
        Bytes of the files of weights by name.
    """
    systems, convention = record["scores"]["systems"], record["scores"]["convention"]
    kinds = [kind for kind in KINDS if kind in systems["model"]]
    card = template("class_card.md" if "classes" in record["decoding"] else "note_card.md", plain=plain).render(
        record=record,
        convention=convention,
        sizes={name: _size(n_bytes) for name, n_bytes in sizes.items()},
        protocols=record.get("protocols", {}),
        names={kind: KINDS[kind] for kind in kinds},
        systems={name: [_said(scores.get(kind)) for kind in kinds] for name, scores in systems.items()},
        pedal=PEDAL.get(convention.get("pedal")),
    )
    return f"{card}\n"


def _said(scores: Mapping[str, Any] | None) -> str:
    if scores is None:
        return "–"
    low_high = "" if scores["interval"] is None else " [{:.3f}, {:.3f}]".format(*scores["interval"])
    return f"{scores['score']:.3f}{low_high}"


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:.1f} MB" if n_bytes >= 1e5 else f"{n_bytes / 1e3:.0f} kB"


def plain(words: str) -> str:
    """Words of others on one line, of which Markdown makes nothing."""
    return _MARKUP.sub(r"\\\g<0>", " ".join(words.split())) or "not stated"
