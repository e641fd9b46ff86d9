"""More tracks in quarantine than a dataset allows: the error blames most tracks' one cause on no file."""

from __future__ import annotations

import pytest

from mir_models.errors import MirlitonError
from storage.tracks import stage_update
from storage.tracks.quarantine import QuarantineRow

STAGE = "raw_audio"


@pytest.mark.parametrize(("n_alike", "remedy"), [(5, "look at its table, root and options"), (4, "mend these files")])
def test_a_cause_of_most_tracks_is_the_datasets_and_of_fewer_the_files(n_alike: int, remedy: str) -> None:
    rows = [QuarantineRow("A", STAGE, "Silent.")]
    rows += [QuarantineRow(f"b{n}", STAGE, f"The file ends at {n} s.") for n in range(n_alike)]
    with pytest.raises(MirlitonError) as error:
        stage_update._check_quarantine(STAGE, rows, 9, 0.2)
    which = "5 of them for one reason, such as b0: The file ends at 0 s" if n_alike == 5 else "the first A: Silent"
    assert error.value.received == f"{n_alike + 1} of 9, {which}"
    assert str(error.value.remedy).startswith(f"{remedy}, or register the dataset")
