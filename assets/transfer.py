"""transfer/probe: how well another label can be predicted from the layers of a trained network."""

import json
from dataclasses import dataclass
from typing import Any, Literal

import dagster as dg

from assets.config_forms import check_registered, config_of, filled, form
from assets.evaluation.transfer import Probe, check_label, probe_network, table_fingerprint
from assets.inference import loaded_model
from assets.metadata import table
from assets.resources import StoreResource
from assets.training.dataset_shards import open_dataset_shards
from assets.training.leakage import check_not_trained_on
from mir_models.architectures import ARCHITECTURES
from mir_models.setting_types import Count, check_settings
from mir_models.transfer import embeddings
from storage.corpora.label_kinds import CLASSES
from storage.reports.pages import transfer as page


@dataclass(frozen=True)
class ProbeSettings:
    """Which network is probed, and for which label.

    Attributes
    ----------
    model : str
        TASK/NETWORK for the current model of the store, or the id of an MLflow run.
    label : str
        The kind of label that is predicted, e.g. instrument.
    datasets : tuple of str
        Registered datasets with it; empty: all that have it.
    layer : str
        Name of a layer; all: every one, side by side.
    seeds : int
        How often folds are drawn, and random weights.
    group : str
        What no fold divides; empty: by the label.
    """

    model: str
    label: str
    datasets: tuple[str, ...] = ()
    layer: str = embeddings.ALL
    seeds: Count = 5
    group: Literal["", "work", "artist", "album"] = ""

    def __post_init__(self) -> None:
        check_settings(self)


DEFAULTS = ProbeSettings(model="", label="")


@dg.asset(
    key_prefix="transfer",
    name="probe",
    deps=[dg.AssetKey(["models", each.TASK, name]) for name, each in ARCHITECTURES.entries().items()],
    group_name="transfer",
    kinds={"html"},
    description="Scores of probes that predict another label from a layer: a table beside random weights and MFCCs.",
    config_schema=form(
        DEFAULTS, choices={"label": CLASSES}, names={"datasets": check_registered}, required=("model", "label")
    ),
)
def probe(context: dg.AssetExecutionContext, store: StoreResource) -> dg.MaterializeResult:
    """Scores of probes that predict another label from a layer."""
    config: ProbeSettings = filled(config_of(context), DEFAULTS)
    check_label(config.label)
    model = loaded_model.load_model(config.model)
    data = open_dataset_shards(store, config.datasets, config.label, model.record.preset)
    check_not_trained_on(model.record, data.tracks, remedy="name other datasets with --dataset")
    settings = Probe(config.label, config.layer, config.seeds, config.group)
    made_from = table_fingerprint(model, data, settings)
    transfers = store.transfers(config.label, model.metadata["name"], config.layer)
    written = transfers.read()
    if written is None or written.fingerprint != made_from:
        written = probe_network(model, data, settings, made_from)
        transfers.replace(page.render(written), written, {})
    shown = [{**row, "interval": row["macro_f1_interval"]} for row in written.rows]
    metadata: dict[str, Any] = {
        "scores": table(shown, "system probe macro_f1 interval accuracy"),
        "page": transfers.page,
        "report": json.dumps(written.to_json()),
    }
    return dg.MaterializeResult(metadata=metadata, data_version=dg.DataVersion(made_from))


transfer = [probe]
"""The assets of this file."""
