"""Sampled pianos on disk: every row of the table is a zone, and what is wrong with one is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mir_models.errors import MirlitonError
from storage.media import sampled_pianos
from tests import small_piano
from tests.small_piano import SR

HEAD = "file,root_key,lo_key,hi_key,lo_vel,hi_vel,tune_cents,gain_db,licence,release_s,lowpass_hz\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_piano.write(tmp_path / "small")


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
        HEAD + "60-0.wav,60,0,60,0,127,1.5,-3,CC0,,\n60-64.wav,60,61,127,0,127,-2,0,CC0,0.25,1200\n"
    )
    one, other = sampled_pianos.read(folder, SR).zones
    assert (one.release, one.lowpass, one.cents, one.gain) == (sampled_pianos.RELEASE, None, 1.5, -3.0)
    assert (other.release, other.lowpass, other.cents) == (0.25, 1200.0, -2.0)
    (folder / "samples.csv").write_text(
        HEAD.replace(",licence,release_s,lowpass_hz", "") + "60-0.wav,60,0,60,0,127,0,0\n"
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
        (HEAD, r"a table of samples. Received: .*samples.csv without a row"),
        (HEAD.replace("gain_db", "gain") + "60-0.wav,60,0,60,0,127,0,0,CC0,,\n", r"samples.csv without gain_db"),
        (HEAD + "60-0.wav,60,0,60,0,127,0\n", r"samples.csv without gain_db"),
        (
            HEAD + "60-0.wav,60,0,sixty,0,127,0,0,CC0,,\n",
            r"with numbers. Received: .*'sixty' in line 2 of .*samples.csv",
        ),
        (HEAD + "none.wav,60,0,60,0,127,0,0,CC0,,\n", r"sound files beside samples.csv. Received: none.wav: "),
    ],
    ids=["no table", "no row", "no column", "a short row", "no number", "no file"],
)
def test_what_is_wrong_is_named(folder: Path, table: str | None, words: str) -> None:
    (folder / "samples.csv").unlink() if table is None else (folder / "samples.csv").write_text(table)
    with pytest.raises(MirlitonError, match=words):
        sampled_pianos.read(folder, SR)


def test_the_size_of_a_piano_that_is_not_whole_is_none(folder: Path) -> None:
    (folder / "60-0.wav").unlink()
    with pytest.raises(MirlitonError, match=r"the sound files of .*samples.csv"):
        sampled_pianos.size(folder)
