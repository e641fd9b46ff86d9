"""A home in which a network was trained on two artists and evaluated, for the tests of classifications."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from assets.evaluation import interpretability
from mir_models.interpretability.activation_maximisation import Params, maximise_activation
from mir_models.interpretability.convolutions import convolutions
from mir_models.tasks import TASKS
from pipelines.cli.add import register
from pipelines.runs import RunResult, materialise
from storage.corpora.registrations import Registration
from storage.workers.dask_workers import Workers

SR, N_TRACKS = 22050, 8
TASK, NETWORK = "artist_recognition", "patch_cnn"
MODEL, REPORT = f"models/{TASK}/{NETWORK}", f"reports/{TASK}/{NETWORK}"
CONFIG = {"datasets": ["bands"], "training": {"epochs": 3}, "network": {"dense": 16}}


def play(artist: str, number: int) -> np.ndarray:
    """Seven seconds: one artist hums low, the other hisses."""
    rng, seconds = np.random.default_rng([number, len(artist)]), np.arange(7 * SR) / SR
    if artist == "hiss":
        return 0.2 * rng.normal(size=len(seconds)) * (1 + np.sin(2 * np.pi * (1 + number / 9) * seconds)) / 2
    return 0.5 * np.sin(2 * np.pi * (100 + 7 * number) * seconds) + 0.01 * rng.normal(size=len(seconds))


def reported(folder: Path) -> tuple[Path, RunResult]:
    """Make the home below `folder`; returns it with what its last run recorded."""
    return trained_home(folder, "artist", TASK, "mel_patch", N_TRACKS, {MODEL: CONFIG}, [MODEL, REPORT])


def show_little(patch: pytest.MonkeyPatch) -> None:
    """Let reports show two filters of the first two convolutions, each after few steps."""
    patch.setattr(interpretability, "convolutions", lambda model: convolutions(model)[:2])
    patch.setattr(interpretability, "FILTERS", 2)
    patch.setattr(interpretability, "maximise_activation", partial(maximise_activation, params=Params(steps=5)))


def trained_home(
    folder: Path, label: str, task: str, preset: str, n_tracks: int, config: dict[str, Any], assets: list[str]
) -> tuple[Path, RunResult]:
    """A home below `folder` in which assets were made of two bands, whose names are the tracks' `label`.

    The tracks are prepared for networks of one `preset` and the baseline, and in this process: workers would import all
    libraries again.
    """
    for name in ("hum", "hiss"):
        for number in range(n_tracks):
            path = folder / "corpus" / name / f"song {number}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, play(name, number), SR)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIRLITON_HOME", str(folder / "home"))
        patch.delenv("MIRLITON_STORE", raising=False)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        patch.setattr(Workers, "_on_cluster", Workers._in_process)
        options = {"levels": label, "licence": "CC0 1.0"}
        register(Registration("bands", "labelled_folders", str(folder / "corpus"), options, split="song", split_seed=2))
        show_little(patch)
        made = [
            f"{stage}/{each}"
            for stage in ("features", "shards")
            for each in (preset, *TASKS.get(task).BASELINE_FEATURES)
        ]
        materialise(f"prepare_{task}", assets=["raw_audio", "variants", "labels", *made], partition="bands")
        return folder / "home", materialise(f"train_{task}", assets=assets, config=config)
