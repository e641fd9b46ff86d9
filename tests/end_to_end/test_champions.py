"""The life of models: a worse training never replaces the one in use, a better one does, and each can be taken back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assets.inference.classifier import find_classifier
from assets.resources import StoreResource
from mir_models.errors import MirlitonError
from pipelines.cli.console import console
from pipelines.cli.models import models
from pipelines.cli.promote import promote
from pipelines.cli.rollback import rollback
from pipelines.cli.train import train
from pipelines.instance import open_instance
from storage.models.champions import ChampionStore
from storage.reports.evaluations import ReportStore
from tests.two_bands import NETWORK, TASK

NOTHING_GAINED = ["training.epochs=1", "training.learning_rate=1e-9", "network.dense=16"]
"""Settings of a training after which a network is as good as none."""
VALIDATION = "Compared on validation: no tracks kept apart for promotion"


@pytest.fixture
def champions(own_bands: tuple[Path, Any]) -> ChampionStore:
    """The decisions in a home in which one network was trained."""
    return StoreResource().champions(TASK)


def printed(command: Any, *arguments: Any, **options: Any) -> str:
    """What a command prints, in one line."""
    with console.capture() as captured:
        command(*arguments, **options)
    return " ".join(captured.get().split())


def run_in_use(model: str | None = None) -> str:
    """The run that trained the network with which `mirliton classify` works."""
    return find_classifier(TASK, model).reference.run_id


def test_a_worse_training_never_replaces_the_one_in_use(champions: ChampionStore) -> None:
    (first,) = champions.decisions()
    assert first.reason == "the first network that was trained for it"
    good = first.model
    assert good is not None

    assert f"In use since {first.time[:10]} (the first network that was trained for it)." in _report(champions)

    text = printed(train, TASK, NETWORK, set=NOTHING_GAINED)
    assert f"A challenger: in use stays the champion {NETWORK} (since {first.time[:10]}, run {good.run_id})." in text
    assert f"then mirliton promote {TASK} {NETWORK}" in text
    assert {run_in_use(), run_in_use(NETWORK)} == {good.run_id}

    with pytest.raises(MirlitonError, match=r"not better by the mean: accuracy 0\.\d+ beside 1\.0000") as refused:
        promote(TASK, NETWORK)
    assert VALIDATION in str(refused.value)
    assert run_in_use() == good.run_id
    kept = champions.decisions()[-1]
    assert (kept.kind, kept.champion) == ("kept", good)
    worse = kept.model
    assert worse is not None

    assert "on request: to look at its mistakes; by the rule it is kept" in printed(
        promote, TASK, NETWORK, anyway=True, reason="to look at its mistakes"
    )
    assert run_in_use() == run_in_use(NETWORK) == worse.run_id
    assert f"In use from {first.time[:10]} to " in _report(champions)
    assert f"(run {good.run_id}) is in use since" in printed(promote, TASK, good.run_id)
    assert champions.decisions()[-1].reason.startswith("better by the mean: accuracy 1.0000 beside 0.")
    assert run_in_use() == good.run_id

    assert f"(run {worse.run_id}) is in use again" in printed(rollback, TASK)
    assert f"(run {good.run_id}) is in use again" in printed(rollback, TASK, reason="enough of it")
    with pytest.raises(MirlitonError, match=r"it was rolled back on .* and is promoted on request only"):
        promote(TASK, NETWORK)
    assert run_in_use() == good.run_id
    _check_history(champions)


def _report(champions: ChampionStore) -> str:
    """The page of the report, which is of the first training."""
    page = champions.objects.read(ReportStore(champions.objects, TASK, NETWORK).prefix + "/report.html")
    assert page is not None
    return page.decode()


def _check_history(champions: ChampionStore) -> None:
    """Every decision is a line in the history of the asset, and in what `mirliton models` lists."""
    kinds = [each.kind for each in champions.decisions()]
    assert kinds == ["promoted", "kept", "promoted", "promoted", "rolled_back", "rolled_back", "kept"]
    with open_instance() as instance:
        events = instance.fetch_materializations(_key(), limit=20).records
    assert len(events) == len(kinds) - 1  # The first was decided by the training.
    shown = printed(models, TASK)
    assert shown.startswith("network state since validation promotion test run")
    assert f"{NETWORK} champion" in shown
    assert f"{NETWORK} former" in shown  # The cell may have two lines.
    assert "6. " in shown
    assert "enough of it" in shown


def _key() -> Any:
    import dagster as dg

    return dg.AssetKey(["champions", TASK])
