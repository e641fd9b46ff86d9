"""Leakage: tracks that a model was trained on are not its test."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest

from assets.training import leakage
from assets.training.leakage import check_leakage, check_not_trained_on, shared_with_training
from mir_models.errors import MirlitonError
from tests.stored_records import model_record

TRACKS: Any = [SimpleNamespace(track=name, audio_content=f"audio of {name}") for name in ("a", "b", "c")]


def test_tracks_of_the_training_are_refused_by_their_audio() -> None:
    record = model_record(training_audio=["audio of c", "audio of b", "audio of x"])
    with pytest.raises(MirlitonError) as error:
        check_not_trained_on(record, TRACKS, remedy="take others")
    assert str(error.value) == (
        "Expected tracks that the model was not trained on. "
        "Received: 2 that it was trained on, the first b. Remedy: take others."
    )


@pytest.mark.parametrize("training_audio", [[], ["audio of x"]])
def test_other_tracks_pass(training_audio: list[str]) -> None:
    check_not_trained_on(model_record(training_audio=training_audio), TRACKS, remedy="")


SPLIT_OF = {
    ("mine", "trains"): "train",
    ("mine", "validates"): "validation",
    ("maps", "apart"): "promotion",
    ("maps", "validates"): "validation",
    ("maps", "tests"): "test",
}


def of_corpora(monkeypatch: pytest.MonkeyPatch, *copies: list[leakage.Address]) -> tuple[Any, Any]:
    """Stores and tracks of two datasets with some recordings in common, and no works."""
    monkeypatch.setattr(leakage, "copies_across", lambda _: list(copies))
    monkeypatch.setattr(leakage, "_notes", lambda *_: [])
    tracks = [SimpleNamespace(dataset=name, track=track, split=split) for (name, track), split in SPLIT_OF.items()]
    return {"mine": object(), "maps": object()}, tracks


@pytest.mark.parametrize(
    ("other", "is_refused"),
    [(("maps", "apart"), False), (("maps", "validates"), False), (("maps", "tests"), True)],
)
def test_the_promotion_split_is_a_part_of_validation(
    monkeypatch: pytest.MonkeyPatch, other: leakage.Address, is_refused: bool
) -> None:
    stores, tracks = of_corpora(monkeypatch, [("mine", "validates"), other])
    with pytest.raises(MirlitonError, match="every recording in one split") if is_refused else nullcontext():
        check_leakage(stores, tracks)


def test_tracks_that_share_a_recording_with_what_trains_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    copies: list[list[leakage.Address]] = [
        [("mine", "trains"), ("maps", "apart"), ("maps", "not listed")],
        [("mine", "validates"), ("maps", "validates")],
    ]
    stores, tracks = of_corpora(monkeypatch, *copies)
    assert shared_with_training(stores, tracks) == {("maps", "apart")}
    assert shared_with_training({"maps": stores["maps"]}, tracks) == set()
