"""A user's own folder: what counts as a track, and the errors when names do not fit."""

from __future__ import annotations

import os
import sys
import unicodedata
from pathlib import Path

import pytest

from mir_models.errors import MirlitonError
from storage.corpora.files import AUDIO_SUFFIXES, FilesByName, visible_files
from storage.corpora.listing import Promises, TrackFiles
from storage.datasets import folder

OPTIONS = folder.Options()


def _lay_out(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def test_tracks_are_found_in_all_folders_sorted_by_id(tmp_path: Path) -> None:
    listing = folder.tracks(_lay_out(tmp_path, "z.wav", "z.mid", "a/b/c.flac", "a/b/c.midi", "a.ogg", "a.mid"), OPTIONS)
    assert listing.tracks == [
        TrackFiles("a", tmp_path / "a.ogg", "a", {"notes": tmp_path / "a.mid"}),
        TrackFiles("a/b/c", tmp_path / "a/b/c.flac", "a/b/c", {"notes": tmp_path / "a/b/c.midi"}),
        TrackFiles("z", tmp_path / "z.wav", "z", {"notes": tmp_path / "z.mid"}),
    ]
    assert (listing.dropped, listing.refused) == ({}, {})


@pytest.mark.parametrize("suffix", AUDIO_SUFFIXES)
def test_every_suffix_counts_in_either_case(tmp_path: Path, suffix: str) -> None:
    (track,) = folder.tracks(_lay_out(tmp_path, f"x{suffix.upper()}", "x.MID"), OPTIONS).tracks
    assert (track.id, track.labels) == ("x", {"notes": tmp_path / "x.MID"})


def test_dots_and_blanks_belong_to_the_name(tmp_path: Path) -> None:
    (track,) = folder.tracks(_lay_out(tmp_path, "op. 27 no.2.wav", "op. 27 no.2.mid", "op. 27 no.mid"), OPTIONS).tracks
    assert track.id == "op. 27 no.2"
    assert track.labels == {"notes": tmp_path / "op. 27 no.2.mid"}


def test_audio_without_midi_is_listed_without_labels(tmp_path: Path) -> None:
    listing = folder.tracks(_lay_out(tmp_path, "x.wav", "notes.txt"), OPTIONS)
    assert [(track.id, track.labels) for track in listing.tracks] == [("x", {})]
    assert listing.notices == ()


def test_midi_files_without_a_recording_are_counted_and_the_first_named(tmp_path: Path) -> None:
    _lay_out(tmp_path, "x.wav", "x.mid", "d.mid", "b/y.MID", "c.midi", "a.mid", "m4a.m4a", "m4a.mid")
    (notice,) = folder.tracks(tmp_path, OPTIONS).notices
    assert notice.startswith("4 MIDI files without a recording: a.mid, b/y.MID, c.midi, …. Remedy: ")


def test_midi_files_of_a_tree_of_their_own_without_a_recording_are_named(tmp_path: Path) -> None:
    _lay_out(tmp_path, "audio/x.wav", "midi/x.mid", "midi/y.mid")
    (notice,) = folder.tracks(tmp_path, folder.Options(audio="audio", midi="midi")).notices
    assert notice.startswith("1 MIDI file without a recording: y.mid.")


def test_a_recording_that_only_ffmpeg_reads_is_a_track_with_its_midi(tmp_path: Path) -> None:
    (track,) = folder.tracks(_lay_out(tmp_path, "x.m4a", "x.mid"), OPTIONS).tracks
    assert track == TrackFiles("x", tmp_path / "x.m4a", "x", {"notes": tmp_path / "x.mid"})


def test_two_recordings_that_only_ffmpeg_reads_are_not_guessed(tmp_path: Path) -> None:
    listing = folder.tracks(_lay_out(tmp_path, "x.m4a", "x.wma"), OPTIONS)
    assert (listing.tracks, list(listing.refused)) == ([], ["x"])


def test_ids_are_nfc_however_the_files_are_spelt(tmp_path: Path) -> None:
    composed, decomposed = (unicodedata.normalize(form, "Für Élise ピアノ") for form in ("NFC", "NFD"))
    (track,) = folder.tracks(_lay_out(tmp_path, f"{decomposed}.wav", f"{composed}.mid"), OPTIONS).tracks
    assert track.id == track.work == composed
    assert track.audio.is_file()
    assert track.labels == {"notes": tmp_path / f"{composed}.mid"}


def test_of_two_recordings_with_one_name_neither_is_guessed(tmp_path: Path) -> None:
    listing = folder.tracks(_lay_out(tmp_path, "s/a.wav", "s/a.ogg", "s/a.mid", "b.wav"), OPTIONS)
    assert [track.id for track in listing.tracks] == ["b"]
    assert (list(listing.refused), listing.dropped) == (["s/a"], {})
    assert all(word in listing.refused["s/a"] for word in ("s/a.ogg", "s/a.wav", "rename"))


def test_of_two_midi_files_with_one_name_neither_is_guessed(tmp_path: Path) -> None:
    listing = folder.tracks(_lay_out(tmp_path, "a.wav", "a.mid", "a.midi"), OPTIONS)
    assert listing.tracks == []
    assert all(word in listing.refused["a"] for word in ("a.mid ", "a.midi"))


def test_two_midi_files_without_audio_are_no_error(tmp_path: Path) -> None:
    listing = folder.tracks(_lay_out(tmp_path, "a.wav", "b.mid", "b.midi"), OPTIONS)
    assert (len(listing.tracks), listing.refused) == (1, {})


@pytest.mark.skipif(sys.platform != "linux", reason="the file system refuses such a name")
def test_a_name_that_is_no_utf_8_is_refused_in_words_that_can_be_written(tmp_path: Path) -> None:
    for name in (b"F\xfcr Elise.wav", b"F\xfcr Elise.mid", "Für Elise.wav".encode()):
        open(os.path.join(os.fsencode(tmp_path), name), "wb").close()
    listing = folder.tracks(tmp_path, OPTIONS)
    assert [track.id for track in listing.tracks] == ["Für Elise"]
    assert list(listing.refused) == [r"F\xfcr Elise"]
    assert all(word in listing.refused[r"F\xfcr Elise"] for word in (r"F\xfcr Elise.wav", "UTF-8", "rename it"))


def test_hidden_files_and_folders_are_skipped(tmp_path: Path) -> None:
    names = ("x.wav", "._x.wav", ".cache/y.wav", "a/.z.flac", "__MACOSX/x.wav", "@eaDir/x.wav", "desktop.ini")
    listing = folder.tracks(_lay_out(tmp_path, *names), OPTIONS)
    assert [track.id for track in listing.tracks] == ["x"]


def test_a_hidden_folder_above_the_root_hides_nothing(tmp_path: Path) -> None:
    root = _lay_out(tmp_path / ".home", "x.wav")
    assert [track.id for track in folder.tracks(root, OPTIONS).tracks] == ["x"]


def test_a_folder_named_like_a_recording_is_none(tmp_path: Path) -> None:
    listing = folder.tracks(_lay_out(tmp_path, "live.wav/x.wav"), OPTIONS)
    assert [track.id for track in listing.tracks] == ["live.wav/x"]


@pytest.mark.parametrize("names", [[], ["x.mid"], ["x.pdf"], [".x.wav"]])
def test_a_folder_without_audio_is_refused_by_name(tmp_path: Path, names: list[str]) -> None:
    with pytest.raises(MirlitonError, match=r"\.flac") as error:
        folder.tracks(_lay_out(tmp_path, *names), OPTIONS)
    assert str(tmp_path) in str(error.value)


def test_a_root_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(MirlitonError, match="not here"):
        folder.tracks(tmp_path / "not here", OPTIONS)


def test_parallel_trees_match_by_the_path_below_them(tmp_path: Path) -> None:
    names = ("audio/a/x.flac", "midi/a/x.mid", "audio/b/x.flac", "midi/b/x.MIDI", "audio/a/x.mid", "audio/y.flac")
    listing = folder.tracks(_lay_out(tmp_path, *names), folder.Options(audio="audio", midi="midi"))
    assert [(track.id, track.labels) for track in listing.tracks] == [
        ("a/x", {"notes": tmp_path / "midi/a/x.mid"}),
        ("b/x", {"notes": tmp_path / "midi/b/x.MIDI"}),
        ("y", {}),
    ]


def test_trees_may_lie_elsewhere_and_one_of_them_in_the_root(tmp_path: Path) -> None:
    _lay_out(tmp_path, "here/x.wav", "there/x.mid", "here/scores/x.mid")
    elsewhere = folder.tracks(tmp_path / "here", folder.Options(midi=str(tmp_path / "there")))
    assert [track.labels for track in elsewhere.tracks] == [{"notes": tmp_path / "there/x.mid"}]
    below = folder.tracks(tmp_path / "here", folder.Options(midi="scores"))
    assert [track.labels for track in below.tracks] == [{"notes": tmp_path / "here/scores/x.mid"}]


def test_parallel_trees_are_not_guessed_but_their_options_are_named(tmp_path: Path) -> None:
    _lay_out(tmp_path, "my wavs/a/x.wav", "my wavs/y.wav", "labels/a/x.mid", "labels/y.mid", "other/y.mid")
    with pytest.raises(MirlitonError, match="2 recordings in 'my wavs' whose MIDI files are in 'labels'") as error:
        folder.tracks(tmp_path, OPTIONS)
    assert "--option 'audio=my wavs' --option midi=labels" in str(error.value)


def test_one_midi_file_beside_its_recording_is_enough_for_no_guess(tmp_path: Path) -> None:
    _lay_out(tmp_path, "audio/x.wav", "midi/x.mid", "y.wav", "y.mid")
    assert [bool(track.labels) for track in folder.tracks(tmp_path, OPTIONS).tracks] == [False, True]


@pytest.mark.parametrize("options", [folder.Options(audio="wavs"), folder.Options(midi="wavs")])
def test_a_tree_that_is_not_there_is_refused_by_name(tmp_path: Path, options: folder.Options) -> None:
    with pytest.raises(MirlitonError, match="wavs, which is none"):
        folder.tracks(_lay_out(tmp_path, "x.wav"), options)


def test_the_first_folders_are_splits_on_request(tmp_path: Path) -> None:
    names = ("Train/x.wav", "valid/x.wav", "dev/y.wav", "test/a/x.wav", "extra/x.wav", "train.wav")
    listing = folder.tracks(_lay_out(tmp_path, *names), folder.Options(split_folders=True))
    assert {track.id: track.split for track in listing.tracks} == {
        "Train/x": "train",
        "valid/x": "validation",
        "dev/y": "validation",
        "test/a/x": "test",
    }
    assert listing.promises.official_splits
    assert listing.refused.keys() == {"extra/x", "train"}
    assert all(word in listing.refused["extra/x"] for word in ("'extra'", "extra/x", "validation"))
    assert {track.split for track in folder.tracks(tmp_path, OPTIONS).tracks} == {None}


def test_split_folders_that_are_not_there_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(MirlitonError, match=r"Received: bach, liszt\. Remedy: leave option split_folders out"):
        folder.tracks(_lay_out(tmp_path, "bach/x.wav", "liszt/x.wav"), folder.Options(split_folders=True))


def test_options_of_the_labels_are_guaranteed(tmp_path: Path) -> None:
    options = folder.Options(labels_exact=True, pedal="applied")
    promises = folder.tracks(_lay_out(tmp_path, "x.wav"), options).promises
    assert promises == Promises(("notes",), labels_exact=True, pedal="applied")
    with pytest.raises(MirlitonError, match=r"Received: 'on'\. Remedy: give applied .* or separate"):
        folder.Options(pedal="on")


def test_the_licence_is_the_one_given(tmp_path: Path) -> None:
    assert folder.licence(folder.Options(licence="CC0")) == "CC0"
    assert folder.licence(OPTIONS) == folder.LICENCE


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege")
def test_links_to_folders_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    _lay_out(tmp_path, "disk/a.wav", "root/x.wav")
    (tmp_path / "root/disk").symlink_to(tmp_path / "disk")
    (tmp_path / "disk/back").symlink_to(tmp_path / "root")
    (tmp_path / "root/self").symlink_to(tmp_path / "root")
    assert visible_files(tmp_path / "root") == ["disk/a.wav", "x.wav"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege")
def test_a_recording_whose_link_leads_nowhere_does_not_vanish(tmp_path: Path) -> None:
    _lay_out(tmp_path, "x.wav", "x.mid", "y.mid")
    (tmp_path / "y.wav").symlink_to(tmp_path / "disk that is not mounted" / "y.wav")
    assert [track.id for track in folder.tracks(tmp_path, OPTIONS).tracks] == ["x", "y"]


def test_a_file_is_found_in_either_unicode_form_and_as_spelt_first(tmp_path: Path) -> None:
    composed, decomposed = (unicodedata.normalize(form, "Für") for form in ("NFC", "NFD"))
    _lay_out(tmp_path, f"{decomposed}/{decomposed}.wav")
    files = FilesByName()
    assert files.find(f"{tmp_path}/{composed}/{composed}.wav") == f"{tmp_path}/{decomposed}/{decomposed}.wav"
    _lay_out(tmp_path, f"both/{composed}.wav", f"both/{decomposed}.wav")
    for spelt in (composed, decomposed):
        assert files.find(f"{tmp_path}/both/{spelt}.wav") == f"{tmp_path}/both/{spelt}.wav"
    assert files.find(f"{tmp_path}/both/../both/x.wav") is None
    assert files.find(f"{tmp_path}/bo\0th/x.wav") is None
