"""A training that has nothing to go by, and whether its end is clear about it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from experiments.odd_files import music, transcriptions
from experiments.odd_files.case import Case, Outcome
from experiments.odd_files.checkout import Checkout, shortened

KIND = "trainings without success"
GENRES = ("blues", "classical", "country", "disco", "hip hop", "jazz", "metal", "pop", "reggae", "rock")
CLIPS = 10
"""Of each genre."""
EPOCHS = 30
SECONDS = 8


def _noise(code: Checkout, folder: Path) -> Outcome:
    """Clips of noise in folders named as genres: right is a sentence with chance and the number of steps."""
    rng = np.random.default_rng(0)
    for genre in GENRES:
        (folder / "corpus" / genre).mkdir(parents=True)
        for index in range(CLIPS):
            y = (0.1 * rng.standard_normal((SECONDS * music.SR, 2))).astype(np.float32)
            transcriptions.write(folder / "corpus" / genre, y, f"{index}.wav")
    root = ["--root", str(folder / "corpus")]
    code.command(["add", "mine", "--loader", "labelled_folders", *root], folder)
    code.command(["backfill", "mine", "--feature", "log_mel_1024_ln"], folder)
    ended = code.command(
        ["train", "genre_recognition", "--model", "crnn", "--set", f"training.epochs={EPOCHS}"], folder
    )
    lines = [line.strip() for line in ended.text.splitlines() if "chance" in line]
    clear = any("steps" in line and ("learnt" in line or "cannot show" in line) for line in lines)
    return Outcome(shortened(lines[-1]) if lines else ended.summary().partition(" MLflow run")[0], clear)


CASES = (
    Case(
        KIND,
        "100 clips of noise as ten genres, 30 epochs of crnn",
        "“it has not learnt”, steps, chance",
        _noise,
        reported=True,
    ),
)
