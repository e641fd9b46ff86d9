"""The table of tracks decides which tracks of validation are kept for promotion."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.preparation.raw_audio import jobs
from storage.corpora.listing import Listing, Promises, TrackFiles
from storage.corpora.registrations import Registration
from storage.tracks.dataset_store import open_dataset


@pytest.mark.parametrize("rule", ["work", "official"])
def test_a_share_of_the_works_in_validation_is_kept_and_stays(tmp_path: Path, rule: str) -> None:
    dataset, registration = open_dataset(str(tmp_path), "mine"), Registration("mine", "folder", "/corpus", split=rule)
    splits = ["train"] * 7 + ["validation"] * 2 + ["test"]

    def validating(n: int) -> set[str]:
        tracks = [TrackFiles(f"t{k:03d}", Path(f"{k}.wav"), f"work {k}", split=splits[k % 10]) for k in range(n)]
        made = jobs(registration, Listing(tracks, Promises(("notes",))), dataset)
        return {job.track for job in made if job.item.split == "validation"}  # type: ignore[union-attr]  # no refusal

    few = validating(60)
    kept = dataset.promotion.read()
    assert kept < few
    assert len(kept) == round(0.3 * len(few))
    more = validating(120)
    assert dataset.promotion.read() & few == kept
    assert dataset.promotion.read() < more
