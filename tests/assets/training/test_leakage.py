"""Leakage: tracks that a model was trained on are not its test."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from assets.training.leakage import check_not_trained_on
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
