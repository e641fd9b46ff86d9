"""Rows of the robustness experiment: equal budgets, one change each, scores that know a recording's lag."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.robustness import __main__, training
from experiments.robustness.__main__ import result_file
from experiments.robustness.data import CHOICE, REAL, UNHEARD, Recording
from experiments.robustness.evaluation import evaluate, note_f1, without_lag
from experiments.robustness.finished import from_file, included
from experiments.robustness.plan import Plan
from experiments.robustness.rows import BASE, ROWS, Row, rows_of
from experiments.robustness.table import page
from experiments.robustness.training import settings
from mir_models.architectures import harmonic_resnet
from mir_models.errors import ParameterError
from mir_models.features import cqt
from mir_models.notes.annotations import Notes
from mir_models.tasks import piano_transcription
from mir_models.training import normalisation

PARAMS = cqt.PRESETS["cqt_36"]
PLAN = Plan(thresholds=(0.3, 0.5))


def notes(*rows: tuple[float, float, int]) -> Notes:
    return Notes(np.array([row[:2] for row in rows]), np.array([row[2] for row in rows]), np.full(len(rows), 64))


def test_rows_have_names_of_their_own_and_shares_of_all_frames() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS)
    assert ROWS[0].name == BASE
    for row in ROWS:
        assert sum(row.shares.values()) == pytest.approx(1.0), row.name
        assert any(getattr(row, each.name) != getattr(ROWS[0], each.name) for each in fields(Row)[1:]) or row is ROWS[0]


def test_settings_of_a_row_are_the_plan_s_but_for_what_it_changes() -> None:
    (row,) = rows_of(["focal loss"])
    network, training, augmentation = settings(row, PLAN, seed=3)
    assert (training.focal_gamma, training.epochs, training.seed, training.ema) == (1.0, 1, 3, PLAN.ema)
    assert (network.filters, augmentation.softer) == (48, 12.0)
    (narrow,) = rows_of(["32 filters"])
    assert settings(narrow, PLAN, seed=0)[0].filters == 32


def test_an_unknown_row_is_refused() -> None:
    with pytest.raises(ParameterError, match="choose among"):
        rows_of(["more of everything"])


def test_a_result_belongs_to_its_row_its_plan_and_its_seed(tmp_path: Path) -> None:
    row, other = ROWS[:2]
    files = {
        result_file(row, 0, plan=PLAN, out=tmp_path),
        result_file(row, 1, plan=PLAN, out=tmp_path),
        result_file(other, 0, plan=PLAN, out=tmp_path),
        result_file(row, 0, plan=Plan(frames=1000), out=tmp_path),
    }
    assert len(files) == 4


def test_a_training_is_scored_again_when_decoding_changes_but_not_trained_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = replace(rows_of(["32 filters"])[0], sizes={"filters": 2, "stem": 2})
    trainings: list[str] = []

    def train(row: Row, seed: int, plan: Plan, home: Path, on_progress: Any) -> training.Trained:
        trainings.append(row.name)
        scale = normalisation.Scale(np.full(PARAMS.n_bins, 3.0), np.ones(PARAMS.n_bins))
        model = harmonic_resnet.build(settings(row, plan, seed)[0], scale=scale)
        return training.Trained(model, {"parameters": 1, "n_bins": PARAMS.n_bins})

    monkeypatch.setattr(training, "train", train)
    monkeypatch.setattr(__main__, "_scores", lambda model, *of: [weight.tolist() for weight in model.get_weights()])
    run = partial(__main__.result, row, 1, print, plan=PLAN, home=tmp_path, out=tmp_path)
    assert run() == run()
    assert trainings == ["32 filters"]
    before = result_file(row, 1, plan=PLAN, out=tmp_path)
    monkeypatch.setattr(piano_transcription, "decoding_version", lambda heads: 99)
    assert before != result_file(row, 1, plan=PLAN, out=tmp_path)


def test_a_finished_network_is_scored_again_when_its_weights_change(tmp_path: Path) -> None:
    def path(content: bytes) -> Path:
        (tmp_path / "run.keras").write_bytes(content)
        found = from_file(tmp_path / "run.keras")
        assert (found.name, found.preset) == ("weights run", "cqt_36")
        return result_file(found, 0, plan=PLAN, out=tmp_path)

    assert path(b"one") == path(b"one") != path(b"two")
    assert included().parameters > 0


def test_a_lag_is_taken_out_and_notes_within_150_ms_are_found() -> None:
    ref = notes((1.0, 1.5, 60), (2.0, 2.5, 62), (3.0, 3.5, 64), (4.0, 4.5, 65))
    late = ref.shifted(0.08)
    assert note_f1(ref, late) == 0.0
    assert note_f1(ref, late, within=0.15) == 1.0
    np.testing.assert_allclose(without_lag(ref, late).intervals, ref.intervals)
    assert note_f1(ref, late.where(np.array([True, True, True, False])), within=0.15) == pytest.approx(6 / 7)


class Perfect:
    """A network that finds every note of one recording: a rise at its onset, a run of frames."""

    def __init__(self, played: Notes) -> None:
        self.played = played

    def predict_on_batch(self, features: np.ndarray) -> dict[str, np.ndarray]:
        heads = {name: np.zeros((*features.shape[:2], 88), np.float32) for name in ("frame", "onset_regressed")}
        for (onset, offset), pitch in zip(self.played.intervals, self.played.pitches, strict=True):
            first, last = (round(96 + each * PARAMS.grid.frame_rate) for each in (onset, offset))
            heads["frame"][:, first:last, pitch - 21] = 0.9
            heads["onset_regressed"][:, first, pitch - 21] = 0.4
        return heads


def test_thresholds_are_chosen_on_other_recordings_and_scores_are_means_over_those_of_a_set() -> None:
    played = notes((1.0, 1.5, 60), (2.0, 2.5, 62))
    silence = np.full((200, PARAMS.n_bins), PARAMS.silence, dtype=np.float32)
    none = notes()
    recordings = [
        Recording(CHOICE, "another piano", silence, none),
        Recording(REAL, "right", silence, played),
        Recording(REAL, "one missed", silence, notes((1.0, 1.5, 60), (2.0, 2.5, 62), (3.0, 3.5, 64))),
        Recording(UNHEARD, "right", silence, played),
    ]
    high_first = evaluate(Perfect(played), recordings, PARAMS, Plan(thresholds=(0.5, 0.3)))
    assert (high_first[REAL]["note onset F1"], high_first[REAL]["at the best threshold"]) == (0.0, pytest.approx(0.9))
    recordings[0] = Recording(CHOICE, "another piano", silence, played)
    scores = evaluate(Perfect(played), recordings, PARAMS, PLAN)
    assert scores[REAL]["recordings"] == {"right": 1.0, "one missed": pytest.approx(0.8)}
    assert scores[REAL]["note onset F1"] == scores[REAL]["at the best threshold"] == pytest.approx(0.9)
    assert scores[REAL]["thresholds"]["onset"] == 0.3
    assert scores[UNHEARD]["note onset F1"] == scores[UNHEARD]["onset + offset"] == 1.0


def test_the_table_has_means_and_differences_over_the_recordings_of_common_seeds() -> None:
    def result(row: str, seed: int, f1s: tuple[float, float]) -> dict[str, Any]:
        measures = (
            "note onset F1",
            "at the best threshold",
            "lag taken out",
            "within 150 ms",
            "onset + offset",
            "frame F1",
        )
        of = dict.fromkeys(measures, float(np.mean(f1s))) | {"recordings": dict(zip("ab", f1s, strict=True))}
        scores = {REAL: of, UNHEARD: dict.fromkeys(measures, 0.5)}
        return {"row": row, "seed": seed, "scores": scores, "parameters": 10, "train_s": 60.0}

    results = [result(BASE, 0, (0.8, 0.6)), result("wider", 0, (0.9, 0.7)), result("wider", 1, (0.1, 0.1))]
    base, wider = page(results).splitlines()[2:]
    assert "| 0.700 |" in base
    assert "+0.100 [+0.100, +0.100]" in wider
    assert "0.450 ± 0.495" in wider
