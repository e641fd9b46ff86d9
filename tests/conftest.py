"""A small corpus that sounds like a piano, a home of one's own, and the corpus prepared in it."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from absl import logging as absl_logging
from hypothesis import HealthCheck, settings

from mir_models.notes.annotations import Notes
from storage.corpora.catalogue import open_catalogue
from storage.corpora.registrations import Registration
from storage.media import midi
from tests.made_once import copied, made_once

pytest_plugins = ["tests.s3_fixtures", "tests.postgres_fixtures", "tests.file_order", "tests.unflushed"]

SR = 22050
LEAD_IN = 0.75
"""Seconds of silence before the first key: the lag of the labels."""
WORKS = ("fugue", "waltz", "gigue", "étude", "aria", "prelude")
"""By their names, under the seed 0: four of train, one of validation, one of test."""
PRESETS = ("cqt", "cqt_36", "cqt_84")
"""All that networks of the transcription take."""

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

# A busy machine is no fault of a test. All else stays as a profile has it that was loaded before.
settings.register_profile("busy", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")

# Dagster configures logging before every run, which closes all handlers there are, and absl's closes its stream unless
# that is sys.stderr at this moment. Its stream would be the file of pytest's capture, without which no later test can
# be captured: a handler that was made before a test with `capfd` and closed inside it spoilt the rest of the session.
absl_logging.get_absl_handler().python_handler.stream = sys.__stderr__


def notes_of(seed: int, *, n: int = 60, seconds: float = 7.0) -> Notes:
    """Random notes of random keys that end before `seconds`; no two seeds are alike."""
    rng = np.random.default_rng(seed)
    onsets = np.sort(rng.uniform(0.0, seconds - LEAD_IN - 0.6, n))
    return Notes(np.c_[onsets, onsets + 0.3], rng.integers(40, 85, n), rng.integers(50, 110, n))


def sound(notes: Notes, *, lag: float = LEAD_IN, seconds: float = 7.0, sr: int = SR) -> np.ndarray:
    """(n_samples,) decaying harmonic tones that begin `lag` after the notes, over faint noise, peak 0.9."""
    y = 1e-4 * np.random.default_rng(7).standard_normal(round(seconds * sr))
    t = np.arange(round(0.8 * sr)) / sr
    for onset, pitch, velocity in zip(notes.onset_times + lag, notes.pitches, notes.velocities, strict=True):
        f0, first = 440 * 2 ** ((pitch - 69) / 12), round(onset * sr)
        tone = sum(0.6**k * np.sin(2 * np.pi * k * f0 * t) for k in range(1, 6) if k * f0 < sr / 2)
        tone = tone * velocity / 127 * np.exp(-4 * t) * np.minimum(t / 0.004, 1)
        y[first : first + len(t)] += tone[: max(len(y) - first, 0)]
    return (0.9 * y / np.abs(y).max()).astype(np.float32)


def write_track(stem: Path, seed: int, *, sr: int = SR, n_channels: int = 1, subtype: str = "PCM_16") -> None:
    """``<stem>.wav`` and ``<stem>.mid``; the recording of a seed is the same at every call."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    notes = notes_of(seed)
    y = np.repeat(sound(notes, sr=sr)[:, None], n_channels, axis=1)
    stem.with_name(f"{stem.name}.mid").write_bytes(midi.encode(notes))
    soundfile.write(stem.with_name(f"{stem.name}.wav"), y, sr, subtype=subtype)


def deny(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Let a folder be one that cannot be listed."""
    scandir = os.scandir

    def guarded(path: str) -> Any:
        if str(path) == str(folder):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)


def files_below(root: Path) -> dict[str, bytes]:
    """Bytes of every file below `root` by relative path, without what killed writers may have left behind."""
    paths = (path for path in sorted(root.rglob("*")) if path.is_file())
    found = {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}
    return {path: content for path, content in found.items() if not path.startswith(".incomplete/")}


@dataclass(frozen=True)
class Prepared:
    """A home with the dataset "tiny", prepared up to the shards."""

    home: Path
    corpus: Path
    store: Path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty ``MIRLITON_HOME``, with nothing else of mirliton's set in the environment."""
    folder = tmp_path / "home"
    settle(folder, monkeypatch)
    return folder


@pytest.fixture(scope="session")
def tiny_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six recordings of 7 s with 60 notes each, a lead-in before them; four train, one validates, one tests."""
    root = tmp_path_factory.mktemp("tiny")
    for seed, work in enumerate(WORKS):
        write_track(root / work, seed)
    return root


@pytest.fixture(scope="session")
def prepared(tiny_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """The dataset "tiny" registered and prepared through Dagster, in a home of its own and in this process.

    Tests read it and leave it as it is; `at_home` points the environment at it.
    """
    folder = tmp_path_factory.mktemp("prepared")
    with pytest.MonkeyPatch.context() as patch:
        settle(folder, patch)
        prepare("tiny", tiny_corpus, presets=PRESETS)
    return Prepared(folder, tiny_corpus, folder / "store")


@pytest.fixture
def at_home(prepared: Prepared, monkeypatch: pytest.MonkeyPatch) -> Prepared:
    """`prepared`, with ``MIRLITON_HOME`` pointing at its home."""
    settle(prepared.home, monkeypatch)
    return prepared


@pytest.fixture
def preparing(home: Path) -> Callable[..., Any]:
    """`prepare` in the home of this test."""
    return prepare


def prepare(
    name: str,
    root: Path,
    *,
    presets: Sequence[str] = ("cqt",),
    raise_on_error: bool = True,
    loader: str = "folder",
    **registered: Any,
) -> Any:
    """Register a folder, prepare it for transcription in this process, without workers; returns Dagster's result.

    Features and shards are made of `presets` only.
    """
    import dagster as dg

    from pipelines.instance import prepare_instance

    prepare_instance()
    from pipelines.definitions import definitions

    open_catalogue().add(Registration(name, loader, str(root), **registered))
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("dataset", [name])
        return definitions.resolve_job_def("prepare_piano_transcription").execute_in_process(
            instance=instance,
            partition_key=name,
            asset_selection=corpus_assets(presets),
            raise_on_error=raise_on_error,
            run_config={
                "resources": {"workers": {"config": {"n_workers": 0}}},
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            },
        )


def corpus_assets(presets: Sequence[str]) -> list[Any]:
    """Keys of the assets of a corpus up to the shards of some presets."""
    import dagster as dg

    of_presets = [[stage, each] for stage in ("features", "shards") for each in presets]
    return [dg.AssetKey(path) for path in ("raw_audio", "variants", "labels", *of_presets)]


def settle(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Let a folder be ``MIRLITON_HOME``, with nothing else of mirliton's set in the environment."""
    for name in ("MIRLITON_STORE", "MIRLITON_DASK_ADDRESS", "MLFLOW_TRACKING_URI"):
        patch.delenv(name, raising=False)
    patch.setenv("MIRLITON_HOME", str(folder))
    patch.setenv("DAGSTER_HOME", str(folder / "dagster"))


@pytest.fixture(scope="session")
def two_bands(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The home of `tests.two_bands` with what its last run recorded; nobody changes what it holds."""
    from tests.two_bands import reported

    folder, result = made_once(tmp_path_factory, "bands", lambda folder: reported(folder)[1])
    return copied(tmp_path_factory, folder / "home"), result


@pytest.fixture
def own_bands(two_bands: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Any]:
    """A copy of it that can be changed, in use."""
    shutil.copytree(two_bands[0], tmp_path / "home")
    monkeypatch.setenv("MIRLITON_HOME", str(tmp_path / "home"))
    return tmp_path / "home", two_bands[1]
