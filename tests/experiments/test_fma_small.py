"""The command for FMA small, on a miniature in the corpus' true layout."""

from __future__ import annotations

import runpy
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from assets.evaluation import classes
from experiments import fma_small
from experiments.fma_small import ENSEMBLES, FIRST, ROWS, THIRDS, Row, Settings, page
from experiments.trials import read_results
from mir_models.architectures import ARCHITECTURES
from mir_models.training.normalisation import Scale
from storage.workers.dask_workers import Workers
from tests.storage.datasets.test_fma_loader import corpus, row

SR, SECONDS = 22050, 30
SETTINGS = Settings("official", epochs=1)
RUN = ("crnn, first 640 frames", "parallel_cnn_rnn, first 640 frames")
"""Of seven rows those that an ensemble needs: a training and its report take ten seconds each."""


def test_the_references_have_their_input_and_a_clip_has_three_segments() -> None:
    n_frames = 1 + 30 * 22050 // 1024
    assert n_frames == 646
    assert FIRST.starts(n_frames).tolist() == [0]
    assert THIRDS.starts(n_frames).tolist() == [0, 200, 400]
    assert all(len({each.window for each in rows}) == 1 for rows in ENSEMBLES.values())
    assert {each.architecture for rows in ENSEMBLES.values() for each in rows} == {"crnn", "parallel_cnn_rnn"}


@pytest.mark.parametrize("row_of", ROWS, ids=lambda row: row.name)
def test_every_row_has_a_network_for_its_window(row_of: Row) -> None:
    network = ARCHITECTURES.get(row_of.architecture)
    scale = Scale(np.zeros(128), np.ones(128))
    model = network.build(network.Params(), scale=scale, n_frames=row_of.window.frames, n_classes=8)
    assert model.output["class"].shape == (None, 8)


def miniature(root: Path) -> Path:
    """Two genres, six artists each, in the proportions 4 : 1 : 1 of training, validation and test."""
    rows, splits = [], ("training",) * 4 + ("validation", "test")
    for genre, first in (("Rock", 100), ("Electronic", 200)):
        for number, split in enumerate(splits):
            given = {"set_split": split, "track_genre_top": genre, "artist_id": f"{first + number}"}
            rows.append(
                row(first + number, **given, artist_name=f"artist {first + number}", album_id=f"{first + number}")
            )
    corpus(root, rows)
    for each in rows:
        number = int(each[0])
        path = root / "fma_small" / "000" / f"{number:06d}.mp3"
        soundfile.write(path, clip(number), SR, format="MP3", subtype="MPEG_LAYER_III")
    return root


def clip(number: int) -> np.ndarray:
    """Thirty seconds: hiss that pulses, or a tone."""
    rng, t = np.random.default_rng(number), np.arange(SECONDS * SR) / SR
    if number < 200:
        return 0.2 * rng.normal(size=len(t)) * (1 + np.sin(2 * np.pi * (1 + number % 7) * t)) / 2
    return 0.5 * np.sin(2 * np.pi * (200 + 10 * (number % 9)) * t) + 0.01 * rng.normal(size=len(t))


def settle(patch: pytest.MonkeyPatch, root: Path, out: Path, *more: str) -> None:
    """Let this process be that of the command, with one seed and no other process."""
    for name in ("MIRLITON_HOME", "MIRLITON_STORE", "MLFLOW_TRACKING_URI", "DAGSTER_HOME"):
        patch.setenv(name, "")
        patch.delenv(name)
    patch.setattr(sys, "argv", ["fma_small", str(root), "--out", str(out), "--seeds", "1", *more])
    patch.setattr(Workers, "_on_cluster", Workers._in_process)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command, run on the miniature with one epoch: where it wrote."""
    folder = tmp_path_factory.mktemp("fma")
    with pytest.MonkeyPatch.context() as patch:
        settle(patch, miniature(folder / "fma"), folder / "out", "--epochs", "1", "--rows", *RUN)
        patch.setattr(classes, "interpretability_figures", lambda *_: {})  # No figure is in the table.
        fma_small.main()
    return folder / "out"


def test_the_command_makes_the_table(finished: Path) -> None:
    table = (finished / "fma_small.md").read_text(encoding="utf-8")
    names = [line.split(" | ")[0].removeprefix("| ") for line in table.splitlines() if line.startswith("| ")]
    baselines = {"mfcc statistics, SVM", "random weights, SVM", "majority"}
    assert set(names) == {"system", "---", *baselines, *RUN, "genre_ensemble, first 640 frames"}
    assert "2 test tracks" in table


@pytest.fixture
def settings(finished: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings of the command, with the data that it prepared."""
    monkeypatch.setenv("MIRLITON_HOME", str(finished / "home"))
    return fma_small.with_data(SETTINGS)


def test_results_are_of_these_data_and_this_training(finished: Path, settings: Settings) -> None:
    def missing(other: Settings) -> list[str]:
        return [trial.name for trial in fma_small.trials(finished, other, RUN, 1) if not trial.path.exists()]

    assert settings.data
    assert not missing(settings)
    assert len(missing(replace(settings, data="others"))) == len(RUN)
    assert len(missing(replace(settings, epochs=None))) == len(RUN), "one epoch is no result of the whole training"


def test_the_ensemble_is_the_mean(finished: Path, settings: Settings) -> None:
    found = [read_results([each.result_file(finished, settings, 0)])[0] for each in ROWS[:2]]
    together = fma_small._averaged(found)
    for track, each in together["tracks"].items():
        sides = [one["tracks"][track]["probabilities"] for one in found]
        np.testing.assert_allclose(each["probabilities"], np.mean(sides, axis=0))


@pytest.mark.filterwarnings("ignore:.*found in sys.modules:RuntimeWarning")
def test_a_corpus_that_cannot_be_decoded_is_an_error_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    root = miniature(tmp_path / "fma")
    for path in (root / "fma_small").rglob("*.mp3"):
        path.write_bytes(b"no music")
    settle(monkeypatch, root, tmp_path / "out")
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("experiments.fma_small", run_name="__main__", alter_sys=True)
    assert str(ended.value.code).startswith("error: ")
    assert len(str(ended.value.code).splitlines()) == 1
    assert "Traceback" not in capfd.readouterr().err


def test_a_table_without_results_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIRLITON_HOME", str(tmp_path / "home"))
    assert fma_small.with_data(Settings("song")) == Settings("song")
    assert page(tmp_path, Settings("song"), 5) == "Split rule song: no results yet."
