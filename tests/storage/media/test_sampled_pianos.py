"""Sampled pianos on disk: every row of the table is a zone, and what is wrong with one is named."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mir_models.errors import MirlitonError
from storage.media import sampled_pianos
from tests import small_piano
from tests.small_piano import SR

HEAD = "file,root_key,lo_key,hi_key,lo_vel,hi_vel,tune_cents,gain_db,licence,release_s,lowpass_hz\n"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_piano.write(tmp_path_factory.mktemp("pianos") / "small")


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    """A piano to be changed."""
    return shutil.copytree(written, tmp_path / "small")


def test_every_row_is_a_zone(folder: Path) -> None:
    piano = sampled_pianos.read(folder, SR)
    assert piano.name == "small"
    assert len(piano.zones) == len(small_piano.zones())
    for found, written in zip(piano.zones, small_piano.zones(), strict=True):
        settings = [(each.root_key, each.keys, each.velocities, each.gain, each.release) for each in (found, written)]
        assert settings[0] == settings[1]
        assert found.lowpass is None
        assert found.sr == round(1.1 * SR)
        assert len(found.y) / found.sr == pytest.approx(small_piano.SECONDS, abs=0.001)
    energies = [[np.sum(zone.y.astype(np.float64) ** 2) / zone.sr for zone in each] for each in (piano.zones,)]
    written_energies = [np.sum(zone.y.astype(np.float64) ** 2) / zone.sr for zone in small_piano.zones()]
    np.testing.assert_allclose(energies[0], written_energies, rtol=0.02)


def test_what_a_row_leaves_out_has_its_default(folder: Path) -> None:
    (folder / "samples.csv").write_text(
        HEAD + "60-0.wav,60,0,60,0,127,1.5,-3,CC0,,\n\n60-64.wav,60,61,127,0,127,-2,0,CC0,0.25,1200\n"
    )
    one, other = sampled_pianos.read(folder, SR).zones
    assert (one.release, one.lowpass, one.cents, one.gain) == (sampled_pianos.RELEASE, None, 1.5, -3.0)
    assert (other.release, other.lowpass, other.cents) == (0.25, 1200.0, -2.0)
    (folder / "samples.csv").write_text(
        HEAD.replace(",licence,release_s,lowpass_hz", "") + "60-0.wav,60,0,127,0,127,0,0\n"
    )
    assert sampled_pianos.read(folder, SR).zones[0].release == sampled_pianos.RELEASE


def test_a_file_of_several_rows_is_read_once(folder: Path) -> None:
    row = "60-0.wav,60,{},{},0,127,0,0,CC0,,\n"
    (folder / "samples.csv").write_text(HEAD + row.format(0, 60) + row.format(61, 127))
    one, other = sampled_pianos.read(folder, SR).zones
    assert one.y is other.y
    assert sampled_pianos.size(folder) == (folder / "60-0.wav").stat().st_size


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (None, r"a folder with samples.csv. Received: .*small.*No such file"),
        ("", r"a table of samples. Received: .*samples.csv without file, root_key"),
        (HEAD, r"a table of samples. Received: .*samples.csv without a row"),
        (HEAD.replace("gain_db", "gain") + "60-0.wav,60,0,60,0,127,0,0,CC0,,\n", r"samples.csv without gain_db"),
        (HEAD.replace(",", ";"), r"samples.csv without file, root_key.*with commas between them"),
        (HEAD + "60-0.wav,60,0,60,0,127,0\n", r"as many cells as columns. Received: others in line 2 of .*samples.csv"),
        (HEAD + "60-0.wav,60,0,60,0,127,0,0,CC0,,,\n", r"as many cells as columns. Received: others in line 2 of"),
        (HEAD + "\n60-0.wav,60,0,sixty,0,127,0,0,CC0,,\n", r"with numbers. Received: .*'sixty' in line 3 of .*"),
        (HEAD + ",60,0,60,0,127,0,0,CC0,,\n", r"the name of a sound file. Received: none in line 2 of"),
        (HEAD + "60-0.wav,60,64,60,0,127,0,0,CC0,,\n", r"keys from low to high, 0 to 127. Received: 64 to 60 in"),
        (HEAD + "60-0.wav,60,0,60,0,128,0,0,CC0,,\n", r"velocities from low .*. Received: 0 to 128 in line 2 of"),
        (HEAD + "60-0.wav,600,0,60,0,127,0,0,CC0,,\n", r"a root key from 0 to 127. Received: 600 in line 2 of"),
        (HEAD + "60-0.wav,60,0,60,0,127,nan,0,CC0,,\n", r"±1200 cents at most. Received: nan in line 2 of"),
        (HEAD + "60-0.wav,60,0,60,0,127,0,inf,CC0,,\n", r"±100 dB at most. Received: inf in line 2 of"),
        (HEAD + "60-0.wav,60,0,60,0,127,0,0,CC0,0,\n", r"a release of 0.001 to 100 s. Received: 0.0 in line 2 of"),
        (HEAD + "60-0.wav,60,0,60,0,127,0,0,CC0,,-1\n", r"a low-pass filter from 10 Hz.*. Received: -1.0 in line 2 of"),
        (
            HEAD + "60-0.wav,60,21,107,1,127,0,0,CC0,,\n60-64.wav,60,108,108,60,127,0,0,CC0,,\n",
            r"all keys from 21 to 108 at all velocities from 1 to 127. Received: none for key 108 at velocities 1 to "
            r"59 in .*samples.csv. Remedy: .* of line 3: keys 108 to 108, velocities 60 to 127",
        ),
        (HEAD + "none.wav,60,0,127,0,127,0,0,CC0,,\n", r"sound files beside samples.csv. Received: .*none.wav: no"),
    ],
    ids=[
        "no table", "an empty table", "no row", "no column", "semicolons", "a short row", "a long row", "no number",
        "no name", "keys", "velocities", "root", "cents", "gain", "release", "lowpass", "a gap", "no file",
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(folder: Path, table: str | None, words: str) -> None:
    (folder / "samples.csv").unlink() if table is None else (folder / "samples.csv").write_text(table)
    with pytest.raises(MirlitonError, match=words):
        sampled_pianos.read(folder, SR)


def test_the_table_of_a_spreadsheet_is_read(folder: Path) -> None:
    text = (folder / "samples.csv").read_text()
    expected = [vars(row.region) for row in sampled_pianos.read_table(folder)]
    (folder / "samples.csv").write_text(text.replace(",", ", ").replace("\n", "\r\n"), encoding="utf-8-sig", newline="")
    assert [vars(row.region) for row in sampled_pianos.read_table(folder)] == expected


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (lambda content: content[:60_000], "sound files beside samples.csv. Received: .*60-64.wav: a truncated file"),
        (lambda content: content[:44] + bytes(len(content) - 44), "Received: .*60-64.wav, which is silent"),
        (lambda content: content[:44] + bytes(1400) + content[44:-1400], "60-64.wav, which begins after 0.032 s"),
        (lambda _: b"no sound", "Received: .*60-64.wav: "),
    ],
    ids=["cut", "silent", "late", "none"],
)
def test_a_sound_that_is_broken_is_named(folder: Path, broken: Callable[[bytes], bytes], words: str) -> None:
    path = folder / "60-64.wav"
    path.write_bytes(broken(path.read_bytes()))
    with pytest.raises(MirlitonError, match=words):
        sampled_pianos.read(folder, SR)


def test_the_size_of_a_piano_that_is_not_whole_is_none(folder: Path) -> None:
    (folder / "60-0.wav").unlink()
    with pytest.raises(MirlitonError, match=r"the sound files of .*samples.csv"):
        sampled_pianos.size(folder)
