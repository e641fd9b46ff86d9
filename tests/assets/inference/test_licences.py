"""Licences of training data: what a card says of them was stated by someone who knows them."""

from __future__ import annotations

import pytest

from assets.inference.licences import stated_licences
from mir_models.errors import MirlitonError, ParameterError
from storage.datasets import folder, labelled_folders, maps, renderings, table

RECORDED = {"maps": maps.LICENCE, "music": renderings.LICENCE, "own": "CC0 1.0"}


def test_licences_that_are_stated_now_take_the_place_of_recorded_ones() -> None:
    given = {"music": "CC BY-SA 3.0 DE", "own": "CC BY 4.0"}
    assert stated_licences(RECORDED, given) == {"maps": maps.LICENCE, **given}


@pytest.mark.parametrize("loader", [folder, labelled_folders, renderings, table], ids=lambda each: each.NAME)
def test_what_a_loader_states_of_files_that_it_does_not_know_is_no_licence(loader: object) -> None:
    recorded = {"b": loader.LICENCE, "a": loader.LICENCE, "own": "CC0"}  # type: ignore[attr-defined]
    remedy = r"--data-licence 'a=WORDS' --data-licence 'b=WORDS'; for trainings to come, mirliton add"
    with pytest.raises(MirlitonError, match=rf"none of a, b\. Remedy: {remedy}"):
        stated_licences(recorded, {})


def test_a_licence_of_another_dataset_and_one_without_words_are_refused() -> None:
    with pytest.raises(ParameterError, match=r"Received: musik\. Remedy: did you mean music\? Else choose among maps"):
        stated_licences(RECORDED, {"musik": "CC0"})
    with pytest.raises(ParameterError, match=r"the licence of music\. Received: no words"):
        stated_licences(RECORDED, {"music": " "})
