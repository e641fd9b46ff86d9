"""The questions: data, rooms, network and training of every row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mir_models.errors import ParameterError

SHARE_ALIKE = {"piano_midi_de": 1.0}
"""Share of the frames by dataset, of the sources that are share-alike or freer as far as was read."""
EVERY = {"piano_midi_de": 0.5, "performances": 0.2, "maps": 0.3}
ONLY_MAPS = {"maps": 1.0}
BASE = "all sources, rooms"


@dataclass(frozen=True)
class Row:
    """One training.

    Attributes
    ----------
    name : str
    shares : mapping
        Share of the frames by dataset of the home.
    recordings : {"all", "originals", "variants"}
        Recordings as they are, their variants in rooms, or both.
    network : str
        Of `mir_models.architectures`.
    sizes, training, augmentation : mappings
        Settings of the network, of its training and of the augmentation of spectra where they are not the default.
    """

    name: str
    shares: Mapping[str, float] = field(default_factory=lambda: EVERY)
    recordings: str = "all"
    network: str = "harmonic_resnet"
    sizes: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    augmentation: Mapping[str, Any] = field(default_factory=dict)


OF_0_2 = {"softer": 6.0, "louder": 3.0}
"""Changes of level of the network that was shipped before, in dB."""
OF_BASE = {"softer": 12.0, "louder": 6.0}
"""Those of the base, which that network has not by default."""
ROWS = (
    Row(BASE),
    Row("the network and data of 0.2", ONLY_MAPS, "originals", "onsets_frames", augmentation=OF_0_2),
    Row("the network of 0.2", network="onsets_frames", augmentation=OF_BASE),
    Row("MAPS only, no rooms", ONLY_MAPS, "originals"),
    Row("MAPS only, rooms", ONLY_MAPS),
    Row("no rooms", recordings="originals"),
    Row("only rooms", recordings="variants"),
    Row("piano-midi.de and sampled pianos only", SHARE_ALIKE),
    Row("32 filters", sizes={"filters": 32, "stem": 16}),
    Row("64 filters", sizes={"filters": 64}),
    Row("levels within 9 dB", augmentation=OF_0_2),
    Row("focal loss", training={"focal_gamma": 1.0}),
)


def rows_of(names: list[str] | None) -> tuple[Row, ...]:
    """The rows of these names, in the order of `ROWS`; all without names."""
    known = {row.name: row for row in ROWS}
    if wrong := [name for name in names or () if name not in known]:
        raise ParameterError("names of rows", received=", ".join(wrong), remedy=f"choose among {', '.join(known)}")
    return tuple(row for row in ROWS if not names or row.name in names)
