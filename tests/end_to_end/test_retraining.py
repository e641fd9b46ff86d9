"""Scheduled retraining: a tick prepares what is stale and trains a challenger, which is refused or promoted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.resources import StoreResource
from mir_models.architectures import patch_cnn
from pipelines.instance import open_instance
from pipelines.schedules import load_schedules
from storage.models.champions import ChampionStore
from storage.models.retrainings import RetrainingRecord, RetrainingStore
from storage.objects.objects import open_objects
from tests.two_bands import NETWORK, TASK

SMALL = {"dense": 16}
WORSE = {"training": {"epochs": 1, "learning_rate": 1e-9}, "network": SMALL}
BETTER = {"training": {"epochs": 4, "learning_rate": patch_cnn.TRAINING.learning_rate}, "network": SMALL}


@pytest.fixture
def champions(own_bands: tuple[Path, Any]) -> ChampionStore:
    """The decisions in a home in which one network was trained."""
    return StoreResource().champions(TASK)


def tick(**settings: Any) -> dg.DagsterRun:
    """What the schedule requests when it is due, run to its end; the run of the schedule's job."""
    from pipelines.definitions import definitions

    store = RetrainingStore(open_objects(str(StoreResource().home / "store")))
    store.write(RetrainingRecord(task=TASK, datasets=["bands"], cron="0 3 * * 1", timezone="UTC", settings=settings))
    (schedule,) = load_schedules()
    with open_instance() as instance:
        with dg.build_schedule_context(instance=instance) as context:
            (request,) = schedule.evaluate_tick(context).run_requests
        job = definitions.resolve_job_def(schedule.job_name)
        done = job.execute_in_process(instance=instance, run_config=request.run_config, tags=dict(request.tags))
        assert done.success
        return done.dagster_run


def test_a_worse_challenger_is_refused_and_a_better_one_promoted(champions: ChampionStore) -> None:
    good = champions.champion()
    assert good is not None
    first = tick(**WORSE)
    kept = champions.decisions()[-1]
    assert (kept.kind, kept.champion) == ("kept", good)
    assert kept.model is not None
    assert kept.model != good
    assert kept.reason.startswith("not better by the mean")

    champions.promote(kept.model, "to have a champion that is not good")
    tick(**BETTER)
    promoted = champions.decisions()[-1]
    assert (promoted.kind, promoted.champion) == ("promoted", promoted.model)
    assert promoted.model is not None
    assert promoted.model.architecture == NETWORK
    assert promoted.model not in (good, kept.model)
    _check_events(first, [kept.number, promoted.number])


def _check_events(run: dg.DagsterRun, numbers: list[int]) -> None:
    """Every decision is a line in the history of the asset, by a run that names the one that began it."""
    with open_instance() as instance:
        events = instance.fetch_materializations(dg.AssetKey(["champions", TASK]), limit=2).records
        found = [each.asset_materialization for each in reversed(events)]
        assert [each.metadata["number"].value for each in found if each] == numbers
        begun = instance.get_runs(dg.RunsFilter(tags={"mirliton/retraining": run.run_id}))
        assert [each.job_name for each in begun] == [f"train_{TASK}"], "nothing was stale"
        assert {each.run_id for each in begun} == {events[-1].run_id}
