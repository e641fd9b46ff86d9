"""Trials of a sweep on disk: what was tried is found again, what was cut off goes on, what is worse is pruned."""

from __future__ import annotations

from pathlib import Path

import pytest

from mir_models.errors import MirlitonError
from mir_models.training.search_space import Choices, Floats, Integers, SearchSpace
from storage.models.sweeps import COMPLETE, FAILED, PRUNED, UNFINISHED, Sweep, TrialRow
from storage.servers.team_settings import SWEEP_DATABASE

SPACE = SearchSpace({"units": Integers(2, 64), "rate": Floats(1e-4, 1e-2, log=True), "batch": Choices((8, 16))})
FIRST = {"units": 40, "rate": 1e-3, "batch": 16}


@pytest.fixture(autouse=True)
def own_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SWEEP_DATABASE, raising=False)


def opened(home: Path, name: str = "a", epochs: int = 10) -> Sweep:
    return Sweep(home, name, SPACE, FIRST, epochs=epochs)


def test_the_first_trial_is_the_one_that_is_given_and_others_differ(tmp_path: Path) -> None:
    sweep = opened(tmp_path)
    first = sweep.next_trial()
    assert (first.number, first.settings) == (0, FIRST)
    first.complete(0.5, 7, "run 0")
    second = sweep.next_trial()
    assert second.settings != FIRST
    assert 2 <= second.settings["units"] <= 64
    second.complete(0.75, 9, "run 1")
    assert sweep.best() == TrialRow(1, COMPLETE, 0.75, 9, second.settings, run_id="run 1")


def test_a_sweep_that_is_opened_again_has_its_trials_and_draws_others(tmp_path: Path) -> None:
    drawn = []
    for number in range(4):
        sweep = opened(tmp_path)
        assert len(sweep.rows()) == number
        trial = sweep.next_trial()
        drawn.append(tuple(trial.settings.values()))
        trial.complete(number / 10, 1, "")
    assert len(set(drawn)) == 4
    assert opened(tmp_path, "another").rows() == []


def test_a_trial_that_was_cut_off_goes_on_with_what_it_reported(
    tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    trial = opened(tmp_path).next_trial()
    trial.begin("fingerprint")
    assert not trial.should_stop([0.25])
    again = opened(tmp_path).next_trial()
    assert (again.number, again.settings) == (0, FIRST)
    assert not again.should_stop([0.25, 0.5])
    assert again.row() == TrialRow(0, UNFINISHED, 0.5, 2, FIRST, fingerprint="fingerprint")
    assert not [each for each in recwarn if "ignored" in str(each.message)]


def test_a_trial_below_the_median_is_pruned_once_some_are_complete_and_some_epochs_are_done(tmp_path: Path) -> None:
    sweep = opened(tmp_path, epochs=10)
    for score in (0.5, 0.6, 0.7, 0.8):
        trial = sweep.next_trial()
        assert not trial.should_stop([score, score])
        trial.complete(score, 2, "")
    worse = sweep.next_trial()
    assert not worse.should_stop([0.1]), "a tenth of the epochs is left to each"
    assert worse.should_stop([0.1, 0.2])
    worse.prune("run")
    assert (worse.row().state, worse.row().score, worse.row().run_id) == (PRUNED, 0.2, "run")
    better = sweep.next_trial()
    assert not better.should_stop([0.1, 0.9])


def test_a_trial_that_fails_states_why_and_is_not_the_best(tmp_path: Path) -> None:
    sweep = opened(tmp_path)
    trial = sweep.next_trial()
    trial.fail("a window that is too short")
    assert sweep.rows() == [TrialRow(0, FAILED, None, 0, FIRST, reason="a window that is too short")]
    assert sweep.best() is None


def test_the_run_of_a_sweep_is_kept(tmp_path: Path) -> None:
    sweep = opened(tmp_path)
    assert sweep.run_id is None
    sweep.keep_run("abc")
    assert opened(tmp_path).run_id == "abc"


@pytest.mark.parametrize(
    "url", ["postgresql+psycopg2://nobody@127.0.0.1:1/none", "nonsense", "sqlite:////proc/none.db"]
)
def test_a_database_that_cannot_be_used_is_one_sentence(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SWEEP_DATABASE, url)
    with pytest.raises(MirlitonError, match=f"a database of sweeps that answers.*look at {SWEEP_DATABASE}"):
        opened(tmp_path)
