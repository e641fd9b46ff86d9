"""reports/<task>/<architecture>: how well a model does on the test split, beside baselines that learnt nothing."""

from types import ModuleType
from typing import Any

import dagster as dg
from pydantic import Field

from assets import checks
from assets.evaluation import classes, notes
from assets.metadata import picture, table
from assets.resources import StoreResource
from assets.training.corpora import Corpora, open_corpora
from assets.training.leakage import refuse_leaks
from mir_models.architectures import ARCHITECTURES
from mir_models.errors import MirlitonError
from mir_models.tasks import TASKS
from storage.examples.shards import tracks
from storage.fingerprints import fingerprint
from storage.models.mlflow_runs import run_address
from storage.reports.evaluations import ReportStore

JUDGES = {"notes": notes, "classes": classes}
"""By the kind of a task."""


class ReportSettings(dg.Config):
    """What is evaluated, and how strictly."""

    datasets: list[str] = Field(default=[], description="Registered datasets; empty: those the model learnt from.")
    must_beat_baselines: bool = Field(default=False, description="Whether a model below a baseline is an error.")


def report_asset(name: str, architecture: ModuleType) -> dg.AssetsDefinition:
    """The asset of one architecture."""
    judges = JUDGES[TASKS.get(architecture.TASK).KIND]
    key = ["reports", architecture.TASK, name]

    @dg.asset(
        name=name,
        key_prefix=key[:-1],
        deps=[dg.AssetKey(["models", architecture.TASK, name]), *_heard_by_baselines(architecture.TASK)],
        group_name=architecture.TASK,
        kinds={"html"},
        description=f"Test scores of {name} beside trivial baselines: a page, a JSON file, the predicted MIDI files.",
        check_specs=checks.specs(key, checks.REPORT),
    )
    def report(config: ReportSettings, store: StoreResource) -> dg.MaterializeResult:
        trained, reports = store.models(architecture.TASK, name).current(), store.reports(architecture.TASK, name)
        record = trained.record()
        labels = TASKS.get(architecture.TASK).LABELS
        corpora = open_corpora(store, config.datasets or record["datasets"], labels, architecture.FEATURE)
        _refuse_heard(record, corpora, f"{architecture.TASK} --model {name}")
        _refuse_known(record, corpora, store)
        shown = [corpora.fingerprint("train", "validation", "test"), corpora.quarantined(), judges.beside(corpora)]
        made_from = fingerprint("report", judges.VERSION, trained.fingerprint, shown)
        written = reports.read()
        if written is None or written["fingerprint"] != made_from:
            written = judges.judge(trained, corpora, reports, made_from, store.home)
        return dg.MaterializeResult(
            metadata=_shown(written, reports, run_address(store.home, record["run_id"])),
            data_version=dg.DataVersion(made_from),
            check_results=checks.of_report(key, written["evaluation"], must=config.must_beat_baselines),
        )

    return report


def _heard_by_baselines(task: str) -> list[dg.AssetKey]:
    return [dg.AssetKey(["shards", preset]) for preset in TASKS.get(task).BASELINE_FEATURES]


def _refuse_heard(record: dict[str, Any], corpora: Corpora, words: str) -> None:
    """Refuse to test a model on recordings that it learnt from."""
    heard = set(record.get("heard", ()))
    known = [track.track for track in corpora.split("test") if track.audio in heard]
    if known:
        raise MirlitonError(
            "test recordings that the model has not heard",
            received=f"{len(known)} it learnt from, the first {known[0]}",
            remedy=_remedy(record, words),
        )


def _remedy(record: dict[str, Any], words: str) -> str:
    """What to do about a model that learnt from what it is tested on, or began with one that did."""
    before = [*filter(None, [record.get("start", {}).get("model")]), *record.get("members", {})]
    if before:
        return f"evaluate it on others with --dataset, or begin with others: it was made of {', '.join(before)}"
    return f"mirliton train {words} again: the splits have changed since, or the dataset is not its own"


def _refuse_known(record: dict[str, Any], corpora: Corpora, store: StoreResource) -> None:
    """Refuse to test a model on works, or copies of recordings, that it learnt from in another dataset."""
    others = sorted(
        set(record.get("heard_datasets", record["datasets"])) & set(store.registered()) - set(corpora.stores)
    )
    stores = {name: store.dataset(name) for name in others}
    learnt = [each for one in stores.values() for each in tracks(one, record["preset"], "train", "validation")]
    refuse_leaks({**corpora.stores, **stores}, [*learnt, *corpora.split("test")])


def _shown(report: dict[str, Any], reports: ReportStore, run: str) -> dict[str, Any]:
    evaluation = report["evaluation"]
    systems = {"model": evaluation, **evaluation["baselines"]}
    rows = [{"system": name, **checks.headline(scores)} for name, scores in systems.items()]
    measures = list(checks.headline(evaluation))
    interval = evaluation["accuracy_interval"] if "accuracy" in evaluation else evaluation["frame"]["interval"]
    return {
        **checks.headline(evaluation),
        "interval": str(interval),
        "scores": table(rows, " ".join(["system", *measures])),
        "page": dg.MetadataValue.path(reports.page),
        "mlflow_run": dg.MetadataValue.url(run) if run.startswith("http") else run,
        "excerpt": picture(reports.picture(_shown_figure(report)) or b"", "what was heard and what is true"),
    }


def _shown_figure(report: dict[str, Any]) -> str:
    """Name of the picture of the middle track, of the last one where there are few; or of the confusions."""
    if "excerpts" not in report:
        return "confusion"
    figures = {each["name"]: each["figure"] for each in report["excerpts"]}
    return figures.get("middle", report["excerpts"][-1]["figure"])


reports = [report_asset(name, architecture) for name, architecture in ARCHITECTURES.entries().items()]
