"""Works that train and evaluate are found by their notes, whatever the files are called and however they are played."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from experiments import shared_works
from experiments.long_runs import definition
from experiments.shared_works import Piece, alike, key_sets, main, shares
from mir_models.errors import MirlitonError
from mir_models.notes.annotations import Notes
from storage.media.rendered_audio import midi_file
from tests.synthetic_piano import piece

Capture = pytest.CaptureFixture[str]
RUN = """
description = "Of a test."
network = "lstm"
feature = "cqt_84"
epochs = 1
options.renderings = { variants = "2" }

[[datasets]]
name = "pieces"
loader = "renderings"
root = "{corpora}/midi"
exclude = [EXCLUDED]

[[datasets]]
name = "recorded"
loader = "maps"
root = "{corpora}/maps"

[[datasets]]
name = "validating"
loader = "table"
root = "{corpora}/maps_real_dev"
options = { table = "{corpora}/maps_real_dev/table.csv" }
"""


def performed(notes: Notes, seed: int) -> Notes:
    """The same work by other hands: chords spread within 20 ms, a note in twenty missing, at another tempo."""
    rng = np.random.default_rng(seed)
    times = 1.2 * notes.intervals + rng.uniform(0.0, 0.02, (len(notes), 1))
    return replace(notes, intervals=times).where(rng.random(len(notes)) > 0.05)


def test_key_sets_are_those_of_seven_consecutive_notes_in_any_order() -> None:
    keys = [60, 64, 67, 72, 76, 79, 84]
    notes = Notes([[i, i + 1] for i in range(7)], keys, [64] * 7)
    expected = {sum(128**i * key for i, key in enumerate([60, *each])) for each in itertools.combinations(keys[1:], 4)}
    assert set(key_sets(notes).tolist()) == expected
    chord = Notes([[0.01 * (7 - i), 1] for i in range(7)], keys, [64] * 7)
    assert set(key_sets(chord).tolist()) == {
        sum(128**i * key for i, key in enumerate(sorted([84, *each]))) for each in itertools.combinations(keys[:-1], 4)
    }
    assert len(key_sets(notes.where(np.arange(7) < 6))) == 0


def test_shares_are_of_the_smaller_file_and_rare_sets_count_more() -> None:
    one, two, three = (np.array(each) for each in ([1, 2, 3, 4], [1, 2, 5, 6, 7], [1, 8]))
    found = shares([one, two, three], [np.array([1, 2, 3, 4]), np.array([9]), np.zeros(0, np.int64)])
    often, twice, once = np.log(4 / 3), np.log(4 / 2), np.log(4)
    whole = often + twice + 2 * once
    np.testing.assert_allclose(found[:, 0], [1.0, (often + twice) / whole, often / (often + once)])
    np.testing.assert_array_equal(found[:, 1:], 0.0)


def test_another_performance_of_a_work_is_found_and_another_work_is_not() -> None:
    works = [piece(seed, n=150, last=40.0) for seed in range(4)]
    rendered = [Piece(f"work {seed}", performed(notes, seed)) for seed, notes in enumerate(works)]
    excerpt = works[2].where(works[2].onset_times > 20.0)
    (pair,) = [pair for pair in alike(rendered, [Piece("test", excerpt)]) if pair.share >= shared_works.SAME]
    assert (pair.trained.name, pair.evaluated.name) == ("work 2", "test")


@pytest.fixture
def corpora(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two pieces, one of which is a test recording of MAPS under another name."""
    works = [piece(seed, n=150, last=40.0) for seed in range(5)]
    places = {
        "midi/a/nocturne.mid": performed(works[0], 1),
        "midi/etude.mid": works[1],
        "maps/SptkBGAm/MUS/MAPS_MUS-chpn_SptkBGAm.mid": works[0],
        "maps/AkPnBcht/MUS/MAPS_MUS-liz_AkPnBcht.mid": performed(works[3], 2),
        "maps/AkPnCGdD/MUS/MAPS_MUS-liz_AkPnCGdD.mid": performed(works[3], 2),
        "maps/AkPnBcht/MUS/MAPS_MUS-deb_AkPnBcht.mid": works[4],
        "maps_real_dev/x.mid": works[2],
        "aligned_dev/y.mid": works[3],
    }
    for name, notes in places.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(midi_file(notes, np.zeros((0, 2))))
    for path in [*(tmp_path / "maps").rglob("*.mid"), tmp_path / "maps_real_dev/x.mid"]:
        path.with_suffix(".wav").touch()
    table = "audio,midi,split\nx.wav,x.mid,validation\n"
    (tmp_path / "maps_real_dev/table.csv").write_text(table, encoding="utf-8")
    return tmp_path


def printed(corpora: Path, run: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> tuple[str, object]:
    """What the command prints of a run, and its exit code."""
    monkeypatch.setattr(definition, "definition_file", lambda _: run.encode())
    with pytest.raises(SystemExit) as ended:
        main(["test", "--corpora", str(corpora)])
    return capsys.readouterr().out, ended.value.code


OF_MAPS = '"AkPnBcht/liz", "AkPnCGdD/liz"'


@pytest.mark.parametrize("excluded", ["", '"a/nocturne~1"', '"a/nocturne~1", "a/nocturne~2"'])
def test_what_is_shared_has_to_be_excluded(
    corpora: Path, excluded: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    run = RUN.replace("EXCLUDED", excluded).replace(
        'root = "{corpora}/maps"', f'root = "{{corpora}}/maps"\nexclude = [{OF_MAPS}]'
    )
    text, code = printed(corpora, run, monkeypatch, capsys)
    is_complete = excluded.count("~") == 2
    assert code == (0 if is_complete else 1)
    assert "| pieces/a/nocturne | maps/chpn | 0." in text
    assert ("| excluded |" if is_complete else "| not excluded |") in text
    assert ('to exclude from pieces:\n"a/nocturne~1", "a/nocturne~2"' in text) is not is_complete
    assert "etude" not in text


def test_recordings_that_train_are_compared_as_well(
    corpora: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    run = RUN.replace("EXCLUDED", '"a/nocturne~1", "a/nocturne~2"')
    text, code = printed(corpora, run, monkeypatch, capsys)
    assert code == 1
    assert "| recorded/liz | aligned_dev/y | 0." in text
    assert f"to exclude from recorded:\n{OF_MAPS}" in text
    assert "recorded/chpn" not in text, "it tests"
    assert "recorded/deb" not in text, "it validates"
    assert "validating" not in text, "it has no track in train"


def test_corpora_that_are_elsewhere_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(MirlitonError):
        main(["gpu", "--corpora", str(tmp_path)])
