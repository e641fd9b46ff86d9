"""Launchpad forms: every field has a type, a range and a description, and what cannot be is refused before a run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._config.config_type import ConfigScalar, ConfigType
from dagster._config.snap import ConfigTypeSnap

from pipelines.definitions import definitions
from storage import home as homes
from storage.corpora.catalogue import open_catalogue
from storage.corpora.registrations import Registration

MODEL, GENRES = "models/piano_transcription/lstm", "models/genre_recognition/crnn"


def resolved(asset: str, config: dict[str, Any]) -> dict[str, Any]:
    """What Dagster makes of an asset's configuration when a run is asked for."""
    job = {"models": "train_", "reports": "train_", "transfer": "probe_transfer"}.get(
        asset.split("/")[0], "prepare_any"
    )
    job = job + asset.split("/")[1] if job.endswith("_") else job
    op = asset.replace("/", "__")
    values: dict[str, Any] = dg.validate_run_config(
        definitions.resolve_job_def(job), {"ops": {op: {"config": config}}}
    )["ops"][op]["config"]
    return values


def fields(config: ConfigType, path: str = "") -> Iterator[tuple[str, dg.Field]]:
    """The fields of a form by path, nested ones included; not the forms that have them."""
    for name, field in getattr(config, "fields", {}).items():
        inner = f"{path}.{name}" if path else name
        if getattr(field.config_type, "fields", None):
            yield from fields(field.config_type, inner)
        else:
            yield inner, field


def forms() -> dict[str, dg.Field]:
    """The form of every asset that has one."""
    found = {}
    for each in definitions.resolve_asset_graph().assets_defs:
        schema = each.op.config_schema.as_field() if each.op.config_schema else None
        if schema is not None and getattr(schema.config_type, "fields", None):
            found[each.key.to_user_string()] = schema
    return found


def test_every_setting_of_every_asset_is_described() -> None:
    described = {
        f"{asset}: {path}": field for asset, form in forms().items() for path, field in fields(form.config_type)
    }
    assert len(described) > 700
    assert [path for path, field in described.items() if not field.description] == []
    reST = (":mod:", ":class:", "]_", "``")
    assert [path for path, field in described.items() if any(mark in str(field.description) for mark in reST)] == []


def test_a_field_of_the_launchpad_has_its_range_as_its_type_and_its_choices_as_an_enumeration() -> None:
    of = dict(fields(forms()[MODEL].config_type))
    assert of["training.epochs"].config_type.given_name == "Int at least 1"
    assert of["network.dropout"].config_type.given_name == "Float at least 0, below 1"
    snap = of["training.schedule"].config_type.snapshot
    assert isinstance(snap, ConfigTypeSnap)
    assert [each.value for each in snap.enum_values or []] == ["plateau", "cosine"]
    assert of["training.epochs"].default_value == 40
    assert of["training.epochs"].description == "Maximum number of epochs."
    labels = dict(fields(forms()["labels"].config_type))
    assert "drift" in [each.value for each in labels["method"].config_type.snapshot.enum_values or []]


def test_types_of_one_name_are_one_type() -> None:
    """Dagster knows the types of a job by their keys."""
    scalars: dict[str, ConfigScalar] = {}
    for form in forms().values():
        for _, field in fields(form.config_type):
            if isinstance(field.config_type, ConfigScalar):
                one = scalars.setdefault(field.config_type.key, field.config_type)
                assert (one.scalar_kind, one.given_name) == (
                    field.config_type.scalar_kind,
                    field.config_type.given_name,
                )


@pytest.mark.parametrize(
    ("asset", "config", "message"),
    [
        (MODEL, {"training": {"schedule": "cosin"}}, "training:schedule not in enum type schedule: plateau, cosine"),
        (MODEL, {"training": {"epochs": -3}}, "Expected epochs at least 1. Received: epochs=-3"),
        (MODEL, {"training": {"epochs": 1.5}}, "training:epochs"),
        (MODEL, {"network": {"dropout": 1.0}}, "Expected dropout at least 0, below 1. Received: dropout=1.0"),
        (MODEL, {"datasets": ["demoo"]}, "Expected a registered dataset. Received: 'demoo'. Remedy: did you mean demo"),
        (MODEL, {"weights": {"demo2": 2}}, "Received: 'demo2'"),
        (MODEL, {"start": {"frozen": 2}}, "Received: frozen=2 of no model"),
        (MODEL, {"minutes": -1}, "Expected minutes at least 0"),
        (GENRES, {"window": {"frames": 0}}, "Expected frames at least 1"),
        ("reports/piano_transcription/lstm", {"datasets": ["demoo"]}, "did you mean demo"),
        ("features/cqt", {"hop_length": 0}, "Expected hop_length at least 1. Received: hop_length=0"),
        ("features/cqt", {"sr": 8000}, "Expected filters up to 4000 Hz"),
        ("features/log_mel", {"fmax": 12000.0}, "Expected fmin below fmax, and that at most half of sr=22050"),
        ("features/log_mel", {"unit": "sone"}, "not in enum type unit: dB, ln"),
        ("features/mfcc", {"n_mfcc": 200}, "Expected n_mfcc of at most n_mels=128"),
        ("labels", {"method": "drft"}, "method not in enum type method: by_loader, "),
        ("labels", {"dtw": {"stiff": {"smoothing": 2}}}, "an odd smoothing"),
        ("shards/cqt", {"regressed_onsets": 1}, "regressed_onsets of 0, or of 2"),
        ("transfer/probe", {"model": "x", "label": "mood"}, "label not in enum type label: genre, artist"),
        ("transfer/probe", {"label": "genre"}, 'Missing required config entry "model"'),
    ],
)
def test_what_cannot_be_is_refused_before_a_run_begins(
    home: Path, asset: str, config: dict[str, Any], message: str
) -> None:
    open_catalogue().add(Registration("demo", "folder", str(home)))
    with pytest.raises(dg.DagsterInvalidConfigError) as error:
        resolved(asset, config)
    assert message in str(error.value)


def test_what_can_be_is_taken_as_it_is(home: Path) -> None:
    assert homes.home() == home
    open_catalogue().add(Registration("demo", "folder", str(home)))
    config = {"datasets": ["demo"], "weights": {"demo": 2}, "training": {"epochs": 3, "schedule": "cosine"}}
    found = resolved(MODEL, config)
    assert (found["datasets"], found["weights"]) == (["demo"], {"demo": 2.0})
    assert (found["training"]["epochs"], found["training"]["schedule"]) == (3, "cosine")
    assert found["network"]["units"] == 120
