"""What a piano roll is given: notes as rows, a spectrum as a grey picture."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest

from storage.pages.piano_roll import (
    SCRIPTS,
    STYLES,
    WIDEST,
    RollNote,
    RollSpectrum,
    RollView,
    asset,
    levels_png,
    view_json,
)


def pixels(png):
    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(png)))


def test_loud_is_white_and_the_highest_bin_is_the_first_row():
    levels = np.full((4, 3), -90.0, dtype=np.float32)
    levels[0, 2], levels[3, 0], levels[1, 0] = -10.0, -10.0, -40.0
    picture = pixels(levels_png(levels))
    assert picture.shape == (3, 4)
    assert (picture[0, 0], picture[2, 3], picture[1, 1]) == (252, 252, 0)
    assert picture[2, 1] == 4 * round(63 / 2), "half of the 60 dB that are drawn"


def test_silence_is_black():
    assert not pixels(levels_png(np.full((5, 2), -120.0, dtype=np.float32))).any()


def test_a_long_spectrum_has_the_loudest_of_neighbours():
    levels = np.full((2 * WIDEST + 1, 1), -60.0, dtype=np.float32)
    levels[2 * WIDEST] = levels[1] = 0.0
    picture = pixels(levels_png(levels))
    assert picture.shape == (1, -(-len(levels) // 3))
    assert picture[0, 0] == picture[0, -1] == 252
    assert not picture[0, 1:-1].any()


def test_columns_that_no_note_has_are_left_out():
    view = RollView(1.0, 2.0, [RollNote(1.00049, 1.5, 60), RollNote(1.2, 1.4, 62, velocity=80)])
    assert view_json(view) == {
        "start": 1.0,
        "stop": 2.0,
        "notes": {
            "columns": ["onset", "offset", "pitch", "velocity"],
            "rows": [[1.0, 1.5, 60, None], [1.2, 1.4, 62, 80]],
        },
        "spectrum": None,
    }
    assert view_json(RollView(0.0, 1.0, []))["notes"] == {"columns": ["onset", "offset", "pitch"], "rows": []}


def test_a_spectrum_is_inside():
    found = view_json(RollView(0.0, 1.0, [], RollSpectrum(b"png", -0.01, 1.01, 23.5, 107.5)))["spectrum"]
    assert base64.b64decode(found.pop("url").partition(",")[2]) == b"png"
    assert found == {"start": -0.01, "stop": 1.01, "lowest": 23.5, "highest": 107.5}


@pytest.mark.parametrize("name", [*SCRIPTS, *STYLES])
def test_the_files_of_the_roll_fetch_nothing_and_evaluate_no_text(name):
    text = asset(name)
    for word in ("http", "import(", "eval(", "Function(", "fetch(", "XMLHttp", "@import", "url(", "innerHTML", "</"):
        assert word not in text, word
