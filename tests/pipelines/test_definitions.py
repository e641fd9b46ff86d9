"""The graph that Dagster is shown: what is in it, what it refuses, and what listing it costs."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.config_forms import filled
from mir_models import aligned_notes, features
from mir_models.architectures import ARCHITECTURES, ClassArchitecture, members
from mir_models.features import presets
from mir_models.tasks import TASKS
from mir_models.training import distillation
from mir_models.transfer import fine_tuning
from pipelines.dagster_settings import instance_settings
from pipelines.definitions import definitions
from pipelines.instance import prepare_instance, warn_other_instance

CHECKOUT = Path(__file__).parents[2]
HEAVY = ("librosa", "scipy", "matplotlib", "keras", "tensorflow", "jax", "mlflow", "zarr", "dask", "distributed")
MODELS = [f"{architecture.TASK}/{name}" for name, architecture in ARCHITECTURES.entries().items()]


def run(*command: str, home: Path) -> subprocess.CompletedProcess[str]:
    """A command of this Python in the checkout, under a home of its own, with compiled bytecode."""
    surroundings = {**os.environ, "MIRLITON_HOME": str(home), "DAGSTER_HOME": str(home / "dagster")}
    surroundings.pop("PYTHONDONTWRITEBYTECODE", None)
    (home / "dagster").mkdir(parents=True, exist_ok=True)
    return subprocess.run(
        [sys.executable, *command], cwd=CHECKOUT, env=surroundings, capture_output=True, text=True, timeout=120
    )


def spec(key: str) -> dg.AssetSpec:
    """The specification of an asset."""
    return next(spec for spec in definitions.resolve_all_asset_specs() if spec.key.to_user_string() == key)


def settings_of(asset: str, config: dict[str, Any]) -> dict[str, Any]:
    """What Dagster makes of an asset's configuration, as the launchpad does before a run."""
    job = f"train_{asset.split('/')[1]}" if asset.startswith(("models", "reports")) else "prepare_any"
    op = asset.replace("/", "__")
    resolved = dg.validate_run_config(definitions.resolve_job_def(job), {"ops": {op: {"config": config}}})
    return resolved["ops"][op]["config"]


def test_definitions_load_with_all_their_resources() -> None:
    dg.Definitions.validate_loadable(definitions)
    assert set(definitions.resources) == {"find_job", "passes", "store", "workers"}
    tasks = TASKS.names()
    jobs = {job.name for job in definitions.jobs}
    assert jobs == {f"{kind}_{task}" for kind in ("prepare", "train", "retrain") for task in tasks} | {
        "prepare_any",
        "probe_transfer",
    }
    assert list(definitions.schedules) == [], "none that nobody asked for"
    assert [sensor.name for sensor in definitions.sensors] == ["changed_files", "failed_runs"]


def test_the_workspace_file_leads_to_the_definitions(home: Path) -> None:
    checked = run("-m", "dagster", "definitions", "validate", "-w", "workspace.yaml", home=home)
    assert checked.returncode == 0, checked.stderr
    assert "Validation successful for code location" in checked.stdout + checked.stderr


def test_every_preset_has_features_and_shards_and_every_architecture_its_model_and_report() -> None:
    keys = {spec.key.to_user_string() for spec in definitions.resolve_all_asset_specs()}
    by_preset = {f"{kind}/{preset}" for preset in features.presets() for kind in ("features", "shards")}
    by_model = {f"{kind}/{model}" for model in MODELS for kind in ("models", "reports")}
    by_task = {f"champions/{task}" for task in TASKS.names()}
    assert keys == {"raw_audio", "variants", "labels", "transfer/probe"} | by_preset | by_model | by_task


@pytest.mark.parametrize("preset", sorted(features.presets()))
def test_shards_are_made_of_features_and_labels_of_the_same_dataset(preset: str) -> None:
    shards, extracted = spec(f"shards/{preset}"), spec(f"features/{preset}")
    assert {each.asset_key.to_user_string() for each in shards.deps} == {f"features/{preset}", "labels"}
    assert {each.asset_key.to_user_string() for each in extracted.deps} == {"raw_audio", "variants"}
    assert shards.partitions_def == extracted.partitions_def == dg.DynamicPartitionsDefinition(name="dataset")


@pytest.mark.parametrize("model", MODELS)
def test_a_model_is_made_of_the_shards_of_the_preset_that_its_network_names(model: str) -> None:
    task, _, name = model.rpartition("/")
    architecture = ARCHITECTURES.get(name)
    joined = {f"models/{task}/{each}" for each in members(architecture)}
    trained, report = spec(f"models/{model}"), spec(f"reports/{model}")
    assert {each.asset_key.to_user_string() for each in trained.deps} == {f"shards/{architecture.FEATURE}"} | joined
    baselines = {f"shards/{each}" for each in TASKS.get(model.split("/")[0]).BASELINE_FEATURES}
    assert {each.asset_key.to_user_string() for each in report.deps} == {f"models/{model}"} | baselines
    assert trained.partitions_def is None
    assert report.partitions_def is None


def test_the_kinds_of_jobs_divide_the_graph() -> None:
    """Preparation, training and probing: together all assets, and none twice."""
    selections = [definitions.resolve_job_def("prepare_any")]
    selections += [definitions.resolve_job_def(f"train_{task}") for task in TASKS.names()]
    selections += [definitions.resolve_job_def("probe_transfer")]
    keys = [key for job in selections for key in job.asset_layer.executable_asset_keys]
    assert sorted(keys) == sorted(spec.key for spec in definitions.resolve_all_asset_specs())
    assert selections[0].partitions_def == dg.DynamicPartitionsDefinition(name="dataset")
    assert all(job.partitions_def is None for job in selections[1:])


@pytest.mark.parametrize("task", TASKS.names())
def test_what_is_prepared_for_a_task_is_what_its_networks_and_baselines_take(task: str) -> None:
    keys = definitions.resolve_job_def(f"prepare_{task}").asset_layer.executable_asset_keys
    prepared = {key.path[-1] for key in keys if key.path[0] == "shards"}
    inputs = {each.FEATURE for each in ARCHITECTURES.entries().values() if task == each.TASK}
    assert prepared == inputs | set(TASKS.get(task).BASELINE_FEATURES) < set(presets())
    assert {key.path[-1] for key in keys if key.path[0] == "features"} == prepared
    assert {"raw_audio", "variants", "labels"} <= {key.path[0] for key in keys}


def test_nothing_runs_by_itself_before_somebody_turns_it_on() -> None:
    """A sensor that only tells of failed runs is on: it begins none."""
    status = {sensor.name: sensor.default_status for sensor in definitions.sensors}
    assert status == {"changed_files": dg.DefaultSensorStatus.STOPPED, "failed_runs": dg.DefaultSensorStatus.RUNNING}


def test_the_help_of_a_command_and_a_tick_load_no_heavy_library(home: Path) -> None:
    help_of = "from typer.testing import CliRunner; from pipelines.cli.main import app"
    help_of += "; assert all(CliRunner().invoke(app, [*name, '--help']).exit_code == 0 for name in ([], ['train']))"
    listed = "import dagster as dg; from pipelines.definitions import definitions"
    listed += "; list(definitions.resolve_all_asset_specs()); dg.Definitions.validate_loadable(definitions)"
    tick = "i = dg.DagsterInstance.ephemeral(); from pipelines.schedules import retraining_schedule"
    tick += "; from storage.models.retrainings import RetrainingRecord as Record"
    tick += "; record = Record(task='genre_recognition', datasets=['a'], cron='0 3 * * 1', timezone='UTC')"
    tick += "; retraining_schedule(record).evaluate_tick(dg.build_schedule_context(instance=i))"
    watch = "definitions.sensors[0].evaluate_tick(dg.build_sensor_context(instance=i))"
    loaded = f"import sys; print('loaded', [name for name in {HEAVY} if name in sys.modules])"
    for program in (help_of, f"{listed}\n{tick}\n{watch}"):
        done = run("-c", f"{program}\n{loaded}", home=home)
        assert done.returncode == 0, done.stderr
        assert "loaded []" in done.stdout


def test_help_appears_within_a_second(home: Path) -> None:
    """A second of processor time: other tests run beside this one."""
    took = []
    for _ in range(3):
        before = os.times()
        assert run("-m", "pipelines.cli.main", "--help", home=home).returncode == 0
        after = os.times()
        took.append(after.children_user + after.children_system - before.children_user - before.children_system)
    assert 0 < min(took) < 1.0


@pytest.mark.parametrize("model", MODELS)
def test_the_form_of_a_model_has_the_defaults_of_its_dataclasses(model: str) -> None:
    architecture = ARCHITECTURES.get(model.rpartition("/")[2])
    filled_in = settings_of(f"models/{model}", {})
    declared = {
        "network": architecture.Params(),
        "training": architecture.TRAINING,
        "augmentation": architecture.AUGMENTATION,
        "start": fine_tuning.Params(),
        **(
            {"window": architecture.WINDOW}
            if isinstance(architecture, ClassArchitecture)
            else {"distillation": distillation.Params()}
        ),
    }
    own = {} if members(architecture) else {part: asdict(params) for part, params in declared.items()}
    assert filled_in == {**own, "datasets": [], "weights": {}, "minutes": 0.0}


@pytest.mark.parametrize("preset", sorted(features.presets()))
def test_the_form_of_a_feature_has_the_defaults_of_its_preset(preset: str) -> None:
    assert settings_of(f"features/{preset}", {}) == asdict(features.feature_of(preset).PRESETS[preset])


def test_the_form_of_labels_has_the_defaults_of_every_method() -> None:
    assert settings_of("labels", {}) == asdict(aligned_notes.Params())


def test_a_filled_form_is_the_dataclass_again() -> None:
    defaults = aligned_notes.Params()
    assert filled({}, defaults) == filled(settings_of("labels", {}), defaults) == defaults
    changed = filled(settings_of("labels", {"max_outside": 0.5, "correlation": {"max_lag": 5}}), defaults)
    assert (changed.max_outside, changed.correlation.max_lag) == (0.5, 5.0)
    assert changed.correlation.hop_length == defaults.correlation.hop_length
    assert changed.performance == defaults.performance


@pytest.mark.parametrize(
    ("asset", "config", "misspelt"),
    [
        ("features/cqt", {"hop_lenght": 256}, "hop_lenght"),
        ("labels", {"correlation": {"maxlag": 3.0}}, "maxlag"),
        (f"models/{MODELS[0]}", {"training": {"epoch": 3}}, "epoch"),
        (f"models/{MODELS[0]}", {"networks": {}}, "networks"),
        (f"reports/{MODELS[0]}", {"must_beat_baseline": True}, "must_beat_baseline"),
    ],
)
def test_a_misspelt_setting_is_refused_by_name(asset: str, config: dict[str, Any], misspelt: str) -> None:
    with pytest.raises(dg.DagsterInvalidConfigError, match=f'unexpected config entry "{misspelt}"'):
        settings_of(asset, config)


def test_another_instance_than_the_commands_is_named_with_its_remedy(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DAGSTER_HOME")
    ours = home / "dagster"
    with pytest.warns(UserWarning, match=f"Remedy: mirliton ui, or mkdir -p {ours} && export DAGSTER_HOME={ours}"):
        warn_other_instance()


def test_the_instance_of_the_commands_is_made_once_and_keeps_what_a_user_writes_into_it(
    home: Path, recwarn: pytest.WarningsRecorder
) -> None:
    assert prepare_instance() == home / "dagster"
    assert (home / "dagster" / "dagster.yaml").read_text() == instance_settings(shared=False)
    (home / "dagster" / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    prepare_instance()
    assert "run_coordinator" not in (home / "dagster" / "dagster.yaml").read_text()
    warn_other_instance()
    assert not [warning for warning in recwarn if "Dagster instance" in str(warning.message)]
