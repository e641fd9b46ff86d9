"""``mirliton datasets NAME`` and ``remove``: the summary of a dataset, and its removal."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import mido
import pytest
import soundfile

from assets.preparation import labels, raw_audio
from mir_models.features import FEATURES
from pipelines.cli import progress_bars
from pipelines.cli.main import main
from storage.corpora.catalogue import open_catalogue
from storage.tracks.arrays import Stored
from storage.tracks.dataset_store import open_dataset
from tests.conftest import PRESETS, Prepared, prepare, write_track
from tests.storage.json_record import JsonRecord

Command = Callable[..., str]


@pytest.fixture
def mirliton(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """A command in this process, on a wide terminal; its output."""
    monkeypatch.setattr(progress_bars.console, "width", 300)

    def run(*arguments: object) -> str:
        monkeypatch.setattr(sys, "argv", ["mirliton", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        streams = capfd.readouterr()
        assert not ended.value.code, streams
        return streams.out

    return run


@pytest.fixture
def corpus(prepared: Prepared, home: Path, tmp_path: Path) -> Iterator[Path]:
    """The prepared dataset in a home of this test's own; its folder is put back afterwards."""
    shutil.copytree(prepared.home, home, dirs_exist_ok=True)
    shutil.copytree(prepared.corpus, tmp_path / "kept", copy_function=shutil.copy2)
    yield prepared.corpus
    shutil.rmtree(prepared.corpus, ignore_errors=True)
    shutil.copytree(tmp_path / "kept", prepared.corpus, copy_function=shutil.copy2)


def row(output: str, first: str) -> list[str]:
    """The cells of the one line of a table that begins with a word."""
    (line,) = [line for line in output.splitlines() if line.startswith(f"│ {first} ")]
    return [cell.strip() for cell in line.strip("│").split("│")]


def test_a_summary_has_hours_labels_splits_and_stages(corpus: Path, mirliton: Command) -> None:
    output = mirliton("datasets", "tiny")
    assert row(output, "all") == ["all", "6", "0.01", "6"]
    assert [row(output, split)[1] for split in ("train", "validation", "test")] == ["4", "1", "1"]
    assert row(output, "notes")[:2] == ["notes", "6"]
    assert row(output, "notes")[3].endswith("aligned by correlation 6")
    assert row(output, "shards/cqt") == ["shards/cqt", "6", "0", "0", "0"]
    assert "on disk: 6 tracks with notes (notes to be aligned, pedal separate)" in output
    assert "splits: work, seed 0" in output
    assert "Nothing has changed on disk" in output


def test_tracks_kept_for_promotion_are_a_row_of_their_own(corpus: Path, home: Path, mirliton: Command) -> None:
    assert not any(line.split()[:2] == ["│", "promotion"] for line in mirliton("datasets", "tiny").splitlines())
    dataset = open_dataset(str(home / "store"), "tiny")
    dataset.promotion.write(record.track for record in dataset.raw_audio.records() if record.split != "test")
    output = mirliton("datasets", "tiny")
    splits = ("train", "validation", "promotion", "test", "all")
    assert [row(output, split)[1] for split in splits] == ["4", "0", "1", "1", "6"]


def test_what_changed_on_disk_is_listed_with_the_remedy(corpus: Path, mirliton: Command) -> None:
    write_track(corpus / "new", 50)
    write_track(corpus / "waltz", 51)
    (corpus / "gigue.wav").unlink()
    output = mirliton("datasets", "tiny")
    assert "1 new on disk: new\n1 changed on disk: waltz\n1 gone on disk: gigue\n" in output
    assert "mirliton backfill tiny" in output
    assert row(output, "shards/cqt") == ["shards/cqt", "6", "2", "0", "0"], "waltz and gigue are stale"
    prepare("tiny", corpus, presets=PRESETS)
    assert "Nothing has changed on disk" in mirliton("datasets", "tiny")


def test_a_recording_in_quarantine_and_one_that_occurs_twice_are_listed(
    corpus: Path, home: Path, mirliton: Command
) -> None:
    (corpus / "bad.wav").write_bytes(b"")
    (corpus / "bad.mid").write_bytes(b"")
    for suffix in (".wav", ".mid"):
        shutil.copy(corpus / f"waltz{suffix}", corpus / f"walzer{suffix}")
    prepare("tiny", corpus, raise_on_error=False)
    output = mirliton("datasets", "tiny")
    assert "bad (raw_audio): Expected a recording. Received: a file of zero bytes in bad.wav" in output
    assert "waltz = walzer + 0.00 s (share 1.00)" in output
    if "walzer" not in {each.track for each in open_dataset(str(home / "store"), "tiny").labels.records()}:
        assert row(output, "labels") == ["labels", "6", "0", "1", "0"], "the check stopped before walzer had labels"


def test_notes_and_channels_that_were_read_by_a_rule_are_counted(corpus: Path, mirliton: Command) -> None:
    for seed, name in ((60, "inverted"), (61, "unended")):
        write_track(corpus / name, seed, n_channels=2)
    y, sr = soundfile.read(corpus / "inverted.wav")
    soundfile.write(corpus / "inverted.wav", y * [1, -1], sr)
    file = mido.MidiFile(corpus / "unended.mid")
    track = next(each for each in file.tracks if any(message.type.startswith("note") for message in each))
    last = max(n for n, message in enumerate(track) if message.type.startswith("note"))
    track[last] = mido.MetaMessage("text", text="no note-off", time=track[last].time)
    file.save(corpus / "unended.mid")
    assert "channels mixed" not in mirliton("datasets", "tiny")
    prepare("tiny", corpus, presets=PRESETS)
    output = mirliton("datasets", "tiny")
    rule = "without a note-off, ended with the file or with all notes of the channel"
    assert f"1 note in 1 of 8 label files: {rule}\n" in output
    (mixed,) = [line for line in output.splitlines() if line.startswith("channels mixed")]
    assert mixed.endswith(" 1 of 8 tracks")


def test_what_another_version_made_is_counted_though_nothing_changed_on_disk(
    corpus: Path, mirliton: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "another version" not in mirliton("datasets", "tiny")
    monkeypatch.setattr(raw_audio, "_DECODING", "another")
    monkeypatch.setattr(labels, "VERSION", labels.VERSION + 1)
    output = mirliton("datasets", "tiny")
    assert "Nothing has changed on disk" in output
    counts = "raw_audio of 6 tracks, labels of 6 tracks"
    assert f"by another version or with other settings, and once more by the next backfill: {counts}." in output
    prepare("tiny", corpus, presets=PRESETS)
    assert "another version" not in mirliton("datasets", "tiny")


def test_what_was_made_with_other_settings_is_counted_and_what_is_stale_is_not(
    corpus: Path, mirliton: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FEATURES.get("cqt"), "VERSION", 99)
    counts = ", ".join(f"features/{preset} of 6 tracks" for preset in PRESETS)
    assert f"by the next backfill: {counts}." in mirliton("datasets", "tiny")
    write_track(corpus / "waltz", 51)
    prepare("tiny", corpus, presets=["cqt", "cqt_36"])
    assert "by the next backfill: features/cqt_84 of 5 tracks." in mirliton("datasets", "tiny"), (
        "that of waltz is stale"
    )


def test_a_corpus_that_is_away_is_a_warning_and_the_rest_is_printed(corpus: Path, mirliton: Command) -> None:
    shutil.rmtree(corpus)
    output = mirliton("datasets", "tiny")
    assert "The corpus cannot be listed: " in output
    assert row(output, "all")[1] == "6"


def test_a_removed_dataset_is_forgotten_and_its_stores_are_kept_by_default(corpus: Path, mirliton: Command) -> None:
    from pipelines.instance import add_partition, open_instance

    add_partition("tiny")
    output = mirliton("remove", "tiny")
    assert "Its stores are kept" in output
    with open_instance() as instance:
        assert instance.get_dynamic_partitions("dataset") == []
    assert "No dataset yet" in mirliton("datasets")
    mirliton("add", "tiny", "--loader", "folder", "--root", corpus)
    assert row(mirliton("datasets", "tiny"), "shards/cqt")[1] == "6"
    assert "its stores deleted" in mirliton("remove", "tiny", "--stores")
    mirliton("add", "tiny", "--loader", "folder", "--root", corpus)
    assert "shards/cqt" not in mirliton("datasets", "tiny")
    assert len(list(corpus.iterdir())) == 12, "the recordings are never touched"


def test_a_dataset_that_is_not_registered_cannot_be_removed(corpus: Path, home: Path, mirliton: Command) -> None:
    with pytest.raises(AssertionError, match="a registered dataset"):
        mirliton("remove", "nope", "--stores")
    assert open_catalogue().names() == ["tiny"]


def test_what_an_older_version_prepared_is_named_and_prepared_anew(corpus: Path, home: Path, mirliton: Command) -> None:
    """Version 0.1.0 kept no identity, no landmarks and no classes."""
    store = open_dataset(str(home / "store"), "tiny")
    old = {"identity", "heard", "stamp", "classes", "start", "end", "file"}
    for stage in ("raw_audio", "labels", "shards/cqt", "shards/cqt_84"):
        kept = store.stage(stage)
        for name, record in kept.named_records().items():
            arrays = {key: each[...] for key, each in kept.arrays(record.track, name.rsplit("@")[1]).items()}
            arrays.pop("landmarks", None)
            values = {key: value for key, value in record.to_json().items() if key not in old}
            kept.objects.delete(f"{kept.prefix}/{name}")
            kept.write(record.track, "0123456789abcdef", Stored(JsonRecord(values), arrays))
        kept.objects.delete(f"{kept.prefix}.records.json")
    store.objects.delete(store.landmarks_key)
    assert "Prepared by an older version" in mirliton("datasets", "tiny")
    assert "tiny" in mirliton("datasets")
    prepare("tiny", corpus, presets=PRESETS)
    output = mirliton("datasets", "tiny")
    assert row(output, "shards/cqt") == ["shards/cqt", "6", "0", "0", "0"]
    assert "Nothing has changed on disk" in output
