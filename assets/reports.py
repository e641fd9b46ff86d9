"""reports/<task>/<architecture>: test scores of a model and of baselines, one asset per architecture."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import dagster as dg

from assets import checks
from assets.config_forms import check_registered, config_of, filled, form
from assets.evaluation import classes, notes
from assets.evaluation.headline import headline, of_classes, with_intervals
from assets.evaluation.standing import show_standings
from assets.inference.loaded_model import feature_params
from assets.metadata import picture, table
from assets.resources import StoreResource
from assets.run_log import progress_in_log
from assets.training.dataset_shards import DatasetShards, open_dataset_shards
from assets.training.leakage import check_leakage, check_not_trained_on
from assets.training.tracking import split_inputs
from mir_models.architectures import ARCHITECTURES, Architecture
from mir_models.tasks import TASKS
from storage.examples.track_shards import tracks
from storage.fingerprints import fingerprint
from storage.models.checkpoints import Training
from storage.models.mlflow_reports import log_report
from storage.models.mlflow_runs import run_address
from storage.models.record import ModelRecord
from storage.reports.evaluations import ReportStore
from storage.reports.record import ReportRecord
from storage.reports.report_folder import PAGE


class Evaluation(Protocol):
    """A module that evaluates models of one kind of task."""

    VERSION: int

    def baseline_shards(self, data: DatasetShards) -> list[tuple[str, str, str]]:
        """Dataset, track and fingerprint of the shards that only the baselines read."""

    def evaluate(
        self, training: Training, data: DatasetShards, reports: ReportStore, made_from: str, home: Path
    ) -> ReportRecord:
        """Evaluate on the test split, write the report, and return it."""


EVALUATIONS: dict[str, Evaluation] = {"notes": notes, "classes": classes}
"""The module that evaluates, by the kind of the task."""


@dataclass(frozen=True)
class ReportSettings:
    """What is evaluated, and how strictly.

    Attributes
    ----------
    datasets : tuple of str
        Registered datasets; empty: those the model was trained on.
    must_beat_baselines : bool
        Whether a model below a baseline is an error.
    """

    datasets: tuple[str, ...] = ()
    must_beat_baselines: bool = False


def report_asset(name: str, architecture: Architecture) -> dg.AssetsDefinition:
    """The asset of one architecture."""
    evaluation = EVALUATIONS[TASKS.get(architecture.TASK).KIND]
    key = ["reports", architecture.TASK, name]

    @dg.asset(
        name=name,
        key_prefix=key[:-1],
        deps=[dg.AssetKey(["models", architecture.TASK, name]), *_baseline_shards(architecture.TASK)],
        group_name=architecture.TASK,
        kinds={"html"},
        description=f"Test scores of {name} beside trivial baselines: a page, a JSON file, the predicted MIDI files.",
        config_schema=form(ReportSettings(), names={"datasets": check_registered}),
        check_specs=checks.specs(key, checks.REPORT),
    )
    def report(context: dg.AssetExecutionContext, store: StoreResource) -> dg.MaterializeResult:
        config: ReportSettings = filled(config_of(context), ReportSettings())
        training, reports = store.models(architecture.TASK, name).current(), store.reports(architecture.TASK, name)
        record, labels = training.finished_record(), TASKS.get(architecture.TASK).LABELS
        data = open_dataset_shards(store, config.datasets or record.datasets, labels, architecture.FEATURE)
        check_not_trained_on(record, data.split("test"), remedy=_remedy(record))
        _check_training_datasets(record, data, store)
        made_from = _fingerprint(evaluation, record, data)
        written = reports.read()
        if written is None or written.fingerprint != made_from:
            with progress_in_log(context):
                written = evaluation.evaluate(training, data, reports, made_from, store.home)
        show_standings(store.champions(architecture.TASK))
        _log(written, reports, record, data, store)
        return dg.MaterializeResult(
            metadata=_metadata(written, reports, run_address(store.home, record.run_id)),
            data_version=dg.DataVersion(made_from),
            check_results=checks.of_report(key, written.evaluation, must=config.must_beat_baselines),
        )

    return report


def _log(
    report: ReportRecord, reports: ReportStore, model: ModelRecord, data: DatasetShards, store: StoreResource
) -> None:
    """Let the MLflow run of the training have the scores and the page."""
    scores = {name: each for name, each in with_intervals(report.evaluation).items() if each}
    inputs = split_inputs(data, "test", frame_rate=feature_params(model).grid.frame_rate)
    page = reports.objects.read(f"{reports.prefix}/{PAGE}") or b""
    log_report(store.home, model.run_id, report.fingerprint, scores, {PAGE: page}, inputs)


def _baseline_shards(task: str) -> list[dg.AssetKey]:
    return [dg.AssetKey(["shards", preset]) for preset in TASKS.get(task).BASELINE_FEATURES]


def _fingerprint(evaluation: Evaluation, model: ModelRecord, data: DatasetShards) -> str:
    """Of everything that is shown in a report."""
    shards = data.fingerprint("train", "validation", "test")
    shown = [shards, data.quarantined(), evaluation.baseline_shards(data)]
    return fingerprint("report", evaluation.VERSION, model.decoded_fingerprint, shown)


def _remedy(record: ModelRecord) -> str:
    """What to do about a model that was trained on what it is tested on, or that began with one that was."""
    earlier = [*filter(None, (each.get("model") for each in (record.start, record.teacher))), *record.members]
    if earlier:
        return f"evaluate it on others with --dataset, or begin with others: it was made of {', '.join(earlier)}"
    command = f"mirliton train {record.task} --model {record.architecture}"
    return f"{command} again: the splits have changed since, or the dataset is not its own"


def _check_training_datasets(record: ModelRecord, data: DatasetShards, store: StoreResource) -> None:
    """Refuse to test a model on works, or copies of recordings, that it was trained on in another dataset."""
    trained_on = set(record.training_datasets or record.datasets)
    names = sorted(trained_on & set(store.registered()) - set(data.stores))
    others = {name: store.dataset(name) for name in names}
    trained = [each for one in others.values() for each in tracks(one, record.preset, "train", "validation")]
    check_leakage({**data.stores, **others}, [*trained, *data.split("test")])


def _metadata(report: ReportRecord, reports: ReportStore, run: str) -> dict[str, Any]:
    """Metadata of the materialisation."""
    evaluation = report.evaluation
    systems = {"model": evaluation, **evaluation["baselines"]}
    rows = [{"system": name, **headline(scores)} for name, scores in systems.items()]
    measures = list(headline(evaluation))
    interval = evaluation["accuracy_interval"] if of_classes(evaluation) else evaluation["frame"]["interval"]
    return {
        **headline(evaluation),
        "interval": str(interval),
        "scores": table(rows, " ".join(["system", *measures])),
        "page": dg.MetadataValue.path(reports.page),
        "mlflow_run": dg.MetadataValue.url(run) if run.startswith("http") else run,
        "excerpt": picture(reports.picture(_figure(report)) or b"", "predictions and reference"),
    }


def _figure(report: ReportRecord) -> str:
    """Name of the figure of the middle track, of the last one where there are few; or of the confusion matrix."""
    if not report.excerpts:
        return "confusion"
    figures = {each.name: each.figure for each in report.excerpts}
    return figures.get("middle", report.excerpts[-1].figure)


reports = [report_asset(name, architecture) for name, architecture in ARCHITECTURES.entries().items()]
"""The assets of this file."""
