"""Names of files that somebody else chose."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.servers.uploads import file_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a.wav", "a.wav"),
        ("Étude in A.flac", "Étude in A.flac"),
        ("/etc/passwd", "passwd"),
        ("..\\..\\a.mp3", "a.mp3"),
        ("../..", "recording"),
        ("", "recording"),
        (".wav", "wav"),
        ("a\n\x00b.wav", "ab.wav"),
        ("what.is.this", "what.is.this"),
        ("a.recording", "a.recording"),
    ],
)
def test_a_name_is_the_last_part_of_what_was_given(text: str, name: str) -> None:
    assert file_name(text) == name


@given(st.text(max_size=400))
def test_every_name_is_one_file_in_its_folder(text: str) -> None:
    name = file_name(text)
    assert Path("folder", name).parent == Path("folder")
    assert Path("folder", name).name == name
    assert 0 < len(name.encode()) <= 130
    assert "\x00" not in name
    assert file_name(name) == name
