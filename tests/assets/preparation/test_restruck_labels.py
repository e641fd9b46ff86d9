"""Labels whose notes of restruck keys begin where they were measured to sound."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from assets.preparation import labels
from mir_models import aligned_notes
from mir_models.alignment import RestrikeParams, is_restruck
from mir_models.errors import ParameterError
from storage.corpora.registrations import Registration
from storage.media import midi
from storage.tracks.arrays import Stored
from storage.tracks.records import LabelFile
from tests.mir_models.alignment.restrikes import LEADS, recording, repeated_chords
from tests.storage.track_records import raw_audio_record
from tests.synthetic_piano import SECONDS, SR


@cache
def labelled(restruck: str, *, exact: bool) -> Stored:
    """The stage on repeated chords of which those of restruck keys sound early."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        soundfile.write(folder / "a.wav", recording(), SR)
        (folder / "a.mid").write_bytes(midi.encode(repeated_chords()))
        file = LabelFile(path=str(folder / "a.mid"), content="0123", exact=exact, pedal="separate")
        record = raw_audio_record("a", path=str(folder / "a.wav"), labels={"notes": file}, duration=float(SECONDS))
        params = aligned_notes.Params(restruck=restruck)
        (job,) = labels.jobs([record], Registration("x", "folder", str(folder)), params)
        made = labels.label(job.item)
    assert isinstance(made, Stored)
    return made


def onsets(made: Stored, pitch: int) -> NDArray[np.float64]:
    rows = made.arrays["notes"]
    return np.array([row[0] for row in rows.tolist() if row[2] == pitch])


@pytest.mark.parametrize("exact", [True, False])
def test_notes_of_restruck_keys_begin_where_they_sound(exact: bool) -> None:
    written, sounding = (
        labelled(restruck, exact=exact) for restruck in (aligned_notes.WRITTEN, aligned_notes.SOUNDING)
    )
    moved = onsets(written, 48) - onsets(sounding, 48)
    lead = LEADS(np.array([25]))[0]
    assert moved[0] == 0
    np.testing.assert_allclose(moved[1:], lead, atol=0.006)
    np.testing.assert_array_equal(onsets(written, 72), onsets(sounding, 72))


def test_a_record_counts_the_notes_that_were_moved() -> None:
    made = {each: labelled(each, exact=True).record for each in (aligned_notes.WRITTEN, aligned_notes.SOUNDING)}
    n = int(is_restruck(repeated_chords(), RestrikeParams()).sum())
    assert made[aligned_notes.SOUNDING].counts["restruck_early"] == n  # type: ignore[attr-defined]
    assert "restruck_early" not in made[aligned_notes.WRITTEN].counts  # type: ignore[attr-defined]


def test_the_setting_has_two_values() -> None:
    with pytest.raises(ParameterError, match="one of written, sounding"):
        aligned_notes.Params(restruck="early")
