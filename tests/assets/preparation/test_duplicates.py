"""Record of the equal recordings of a dataset: a damaged one is named with its remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.preparation.duplicates import stored_matches
from mir_models.errors import MirlitonError
from storage.tracks.dataset_store import open_dataset


@pytest.mark.parametrize(
    ("content", "expected", "received"),
    [
        (b'{"search": "a", "mat', "JSON", "Unterminated string starting at: line 1 column 17 (char 16)"),
        (b"", "JSON", "Expecting value: line 1 column 1 (char 0)"),
        (b'{"matches": 3}', "matches of type array", "one of type int"),
    ],
)
def test_a_damaged_record_of_duplicates_is_named(tmp_path: Path, content: bytes, expected: str, received: str) -> None:
    dataset = open_dataset(str(tmp_path), "tiny")
    dataset.objects.write(dataset.duplicates_key, content)
    with pytest.raises(MirlitonError) as error:
        stored_matches(dataset)
    assert error.value.expected == f"{expected} in datasets/tiny/raw_audio.duplicates.json"
    assert str(error.value.received) == received
    assert error.value.remedy == "delete that file: the next backfill writes it"


def test_a_dataset_whose_recordings_were_never_compared_has_no_matches(tmp_path: Path) -> None:
    assert stored_matches(open_dataset(str(tmp_path), "tiny")) == []
