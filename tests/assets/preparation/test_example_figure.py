"""A training example of a dataset as a picture."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from assets.preparation.example_figure import example_picture
from storage.tracks.dataset_store import open_dataset
from tests.conftest import Prepared


def test_the_picture_is_a_function_of_what_it_is_made_from(prepared: Prepared) -> None:
    dataset = open_dataset(str(prepared.store), "tiny")
    first, again = (example_picture(dataset, "cqt", "00ff") for _ in range(2))
    assert first == again
    assert first is not None
    pixels = np.asarray(Image.open(io.BytesIO(first)).convert("RGB")).reshape(-1, 3)
    assert (pixels == (213, 94, 0)).all(axis=1).any(), "onsets"


def test_a_dataset_without_shards_has_none(prepared: Prepared) -> None:
    assert example_picture(open_dataset(str(prepared.store), "nothing"), "cqt", "00ff") is None
