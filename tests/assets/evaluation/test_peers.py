"""Scores of other programs by their MIDI files."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from assets.evaluation.peers import score_peer
from mir_models.errors import MirlitonError
from storage.media import midi
from tests.mir_models.evaluation.predicted_tracks import notes

REF = notes((0.0, 1.0, 60), (1.0, 2.0, 62))


@pytest.fixture
def data() -> Any:
    """Two test tracks of one dataset, the second of which has a slash in its name and a recording of another."""
    tracks = [SimpleNamespace(track="a", dataset="mine"), SimpleNamespace(track="works/b 1", dataset="mine")]
    recordings = [SimpleNamespace(track="works/b 1", path="/corpus/rec_7.wav")]
    return SimpleNamespace(
        stores={"mine": SimpleNamespace(raw_audio=SimpleNamespace(records=lambda: recordings))},
        split=lambda split: tracks,
        name=lambda track: track.track,
        notes=lambda track: REF,
    )


def test_files_are_called_like_tracks_or_like_recordings(tmp_path: Path, data: Any) -> None:
    (tmp_path / "a.mid").write_bytes(midi.encode(REF))
    (tmp_path / "rec_7.midi").write_bytes(midi.encode(notes((0.0, 0.5, 60))))
    scored = score_peer("theirs", tmp_path, data)
    assert scored["a"]["note_onset_f1"] == scored["a"]["note_onset_offset_f1"] == 1.0
    assert scored["works/b 1"]["note_onset_f1"] == pytest.approx(2 / 3)
    assert scored["works/b 1"]["note_onset_offset_f1"] == 0.0


def test_a_track_without_a_file_and_a_folder_that_is_none_are_refused(tmp_path: Path, data: Any) -> None:
    (tmp_path / "a.mid").write_bytes(midi.encode(REF))
    with pytest.raises(MirlitonError, match=r"MIDI file of theirs for each track.*none for 1 of 2, works/b 1.*call it"):
        score_peer("theirs", tmp_path, data)
    with pytest.raises(MirlitonError, match="a folder of theirs"):
        score_peer("theirs", tmp_path / "nowhere", data)


def test_a_name_that_two_tracks_have_is_none_of_a_file(tmp_path: Path, data: Any) -> None:
    data.split("test").append(SimpleNamespace(track="others/b 1", dataset="mine"))
    for name in ("a", "b 1"):
        (tmp_path / f"{name}.mid").write_bytes(midi.encode(REF))
    with pytest.raises(MirlitonError, match=r"none for 2 of 3"):
        score_peer("theirs", tmp_path, data)
