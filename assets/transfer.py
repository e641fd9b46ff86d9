"""transfer/probe: how well another label can be predicted from the layers of a trained network."""

import json
from typing import Any

import dagster as dg
from pydantic import Field

from assets.evaluation.transfer import Probe, check_label, probe_network, table_fingerprint
from assets.inference import loaded_model
from assets.metadata import table
from assets.resources import StoreResource
from assets.training.dataset_shards import open_dataset_shards
from assets.training.leakage import check_not_trained_on
from mir_models.transfer import embeddings
from storage.reports.pages import transfer as page


class ProbeSettings(dg.Config):
    """Which network is probed, and for which label."""

    model: str = Field(description="TASK/NETWORK for the current model of the store, or the id of an MLflow run.")
    label: str = Field(description="The label kind that is predicted, e.g. instrument.")
    datasets: list[str] = Field(default=[], description="Registered datasets with it; empty: all that have it.")
    layer: str = Field(default=embeddings.ALL, description="Name of a layer; all: every one, side by side.")
    seeds: int = Field(default=5, ge=1, description="How often folds are drawn, and random weights.")
    group: str = Field(default="", description="What no fold divides: work, artist or album; empty: by the label.")


@dg.asset(
    key_prefix="transfer",
    name="probe",
    group_name="transfer",
    kinds={"html"},
    description="Scores of probes that predict another label from a layer: a table beside random weights and MFCCs.",
)
def probe(config: ProbeSettings, store: StoreResource) -> dg.MaterializeResult:
    """Scores of probes that predict another label from a layer."""
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
