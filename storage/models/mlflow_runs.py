"""Experiment tracking: one MLflow run per training, logged explicitly.

Without ``MLFLOW_TRACKING_URI`` runs go to a SQLite database under ``MIRLITON_HOME``. A training that is resumed goes
on in the run in which it began. Runs that belong together are nested in one: trials of a sweep, seeds, members.
"""

from __future__ import annotations

import io
import os
import platform
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sized
from contextlib import contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from storage.dotted import flatten
from storage.models.addresses import MLFLOW_ADDRESS, address
from storage.models.artifact_locations import artifact_root
from storage.models.devices import device_tags
from storage.models.mlflow_inputs import SplitInput, to_mlflow

if TYPE_CHECKING:
    from storage.records import JsonObject

RECIPE = "recipe.json"
"""Artifact of a run with all of its parameters."""
NETWORK, RECORDINGS = "model", "recordings"
"""Names of a run's models: the network from features to activations, and what takes recordings."""
PARENT, DESCRIPTION = "mlflow.parentRunId", "mlflow.note.content"
"""MLflow's own tags: the run in which another is nested, and the text on its page, as Markdown."""
SAMPLING_SECONDS = 5.0
"""Between two looks at processor, memory and GPU."""
LONGEST_PARAM = 500
"""Characters of a logged parameter; longer ones are in `RECIPE`."""
LIBRARIES = ("keras", "tensorflow", "jax", "torch", "librosa", "numpy", "zarr", "dagster", "mlflow")
"""Libraries whose versions are logged, as far as they are installed."""

_UTILISATION = re.compile(r"system/(cpu_utilization_percentage|system_memory_usage_megabytes|gpu_.*)")


def tracking_uri(home: Path) -> str:
    """The tracking server in use."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{home / 'mlflow' / 'mlflow.db'}"


class TrackedRun:
    """One run of an experiment, begun or taken up again.

    Parameters
    ----------
    home : Path
        ``MIRLITON_HOME``.
    experiment, name : str
        The task, and what the run is called.
    run_id : str or None
        The run to go on with.
    parent : str or None
        The run in which a new one is nested.
    monitored : bool
        Whether processor, memory and GPUs are sampled.
    """

    def __init__(
        self,
        home: Path,
        *,
        experiment: str,
        name: str,
        run_id: str | None = None,
        parent: str | None = None,
        monitored: bool = True,
    ) -> None:
        import mlflow

        (home / "mlflow").mkdir(parents=True, exist_ok=True)
        self.uri = tracking_uri(home)
        self.client = mlflow.MlflowClient(self.uri)
        self.run_id = run_id if run_id and self._exists(run_id) else self._begin(home, experiment, name, parent)
        self.client.update_run(self.run_id, status="RUNNING")
        self._monitor = _started_monitor(self.run_id, self.uri, resumed=run_id == self.run_id) if monitored else None

    def log_params(self, params: Mapping[str, object], tags: Mapping[str, str]) -> None:
        """Log parameters and tags, with the commit, the versions of libraries, and the device.

        Lists that are too long for a parameter, such as the hashes of all recordings, are complete in `RECIPE`.
        """
        self.client.log_dict(self.run_id, dict(params), RECIPE)
        for key, value in flatten(params).items():
            if isinstance(value, Sized) and len(str(value)) > LONGEST_PARAM:
                value = f"{len(value)} in {RECIPE}"
            self.client.log_param(self.run_id, key, value)
        self.set_tags({**environment_tags(), **tags})

    def log_inputs(self, inputs: Iterable[SplitInput]) -> None:
        """Log which data are read; a run that is resumed has them once."""
        self.client.log_inputs(self.run_id, datasets=to_mlflow(inputs))

    def set_tags(self, tags: Mapping[str, str]) -> None:
        """Set tags, replacing those of the same name."""
        for key, tag in tags.items():
            self.client.set_tag(self.run_id, key, tag)

    def nest(self, run_ids: Iterable[str]) -> None:
        """Nest runs that ended before this one began, such as those of an ensemble's members."""
        for run_id in filter(self._exists, run_ids):
            self.client.set_tag(run_id, PARENT, self.run_id)

    def log_epoch(self, log: Mapping[str, float]) -> None:
        """Log the metrics of an epoch."""
        for key, value in log.items():
            if key != "epoch":
                self.client.log_metric(self.run_id, key, float(value), step=int(log["epoch"]))

    def log_figure(self, name: str, png: bytes) -> None:
        """Log a picture."""
        from PIL import Image

        self.client.log_image(self.run_id, Image.open(io.BytesIO(png)), artifact_file=f"figures/{name}.png")

    def log_model(self, model: Any, example: Any) -> None:
        """Log the model with a signature inferred from an example of its input."""
        import keras
        import mlflow
        from mlflow.models import infer_signature

        output = dict(model.predict_on_batch(example))
        versions = library_versions("keras", "numpy", "tensorflow", keras.backend.backend())
        # What `mlflow.keras` logs, does not need TensorFlow, but serves a network of several heads as one array.
        flavor = mlflow.tensorflow if "tensorflow" in versions else mlflow.keras
        with directed(self.uri), mlflow.start_run(run_id=self.run_id):
            flavor.log_model(
                model,
                name=NETWORK,
                signature=infer_signature(example, output),
                pip_requirements=[f"{name}=={number}" for name, number in versions.items()],
            )

    def log_recordings_model(self, files: Mapping[str, bytes], loader: str) -> None:
        """Log what `mlflow.pyfunc.load_model` opens as a model that takes recordings.

        Parameters
        ----------
        files : mapping of str to bytes
            The model's files by name.
        loader : str
            Dotted name of the module whose ``_load_pyfunc`` opens a folder of these; it comes with mirliton, which has
            to be installed where the model is loaded.
        """
        import keras
        import mlflow

        versions = library_versions("mirliton", "keras", "numpy", keras.backend.backend())
        with tempfile.TemporaryDirectory() as folder, directed(self.uri), mlflow.start_run(run_id=self.run_id):
            for name, content in files.items():
                (Path(folder) / name).write_bytes(content)
            mlflow.pyfunc.log_model(
                name=RECORDINGS,
                loader_module=loader,
                data_path=folder,
                pip_requirements=[f"{name}=={number}" for name, number in versions.items()],
            )

    def end(self, status: str = "FINISHED") -> None:
        """End the run: ``FINISHED``, ``FAILED`` or ``KILLED``."""
        if self._monitor:
            self._monitor.finish()
        self.client.set_terminated(self.run_id, status=status)

    def _exists(self, run_id: str) -> bool:
        from mlflow.exceptions import MlflowException

        try:
            self.client.get_run(run_id)
        except MlflowException:  # The tracking server was changed or emptied since.
            return False
        return True

    def _begin(self, home: Path, experiment: str, name: str, parent: str | None) -> str:
        found = self.client.get_experiment_by_name(experiment)
        root = artifact_root(home, self.uri)
        experiment_id = found.experiment_id if found else self.client.create_experiment(experiment, root)
        tags = {PARENT: parent} if parent else None
        return self.client.create_run(experiment_id, run_name=name, tags=tags).info.run_id


def logged_recipe(home: Path, run_id: str) -> JsonObject:
    """The parameters of a run, as `TrackedRun.log_params` logged them, also of one that is not finished."""
    import mlflow

    from storage.records import parse_json_object  # It needs NumPy, without which `mirliton ui` starts faster.

    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    with tempfile.TemporaryDirectory() as folder:
        path = mlflow.artifacts.download_artifacts(
            run_id=run_id, artifact_path=RECIPE, dst_path=folder, tracking_uri=tracking_uri(home)
        )
        return parse_json_object(Path(path).read_bytes(), where=f"{RECIPE} of run {run_id}", remedy="train again")


def run_tags(home: Path, run_id: str) -> dict[str, str]:
    """The tags of a run, see `environment_tags`."""
    import mlflow

    return dict(mlflow.MlflowClient(tracking_uri(home)).get_run(run_id).data.tags)


def utilisation(home: Path, run_id: str) -> dict[str, float]:
    """Means over a run of what was sampled of the processor and of every GPU: per cent, MB of memory, watts."""
    import mlflow

    client = mlflow.MlflowClient(tracking_uri(home))
    names = sorted(name for name in client.get_run(run_id).data.metrics if _UTILISATION.fullmatch(name))
    values = {name: [each.value for each in client.get_metric_history(run_id, name)] for name in names}
    return {name.removeprefix("system/"): sum(each) / len(each) for name, each in values.items()}


def run_address(home: Path, run_id: str) -> str:
    """URL of a run at the address of `MLFLOW_ADDRESS`, else on the tracking server.

    Its id where there is neither, or the server does not know the run.
    """
    import mlflow
    from mlflow.exceptions import MlflowException

    uri = tracking_uri(home)
    base = address(home, MLFLOW_ADDRESS) or (uri.rstrip("/") if uri.startswith("http") else "")
    if not base:
        return run_id
    try:
        experiment = mlflow.MlflowClient(uri).get_run(run_id).info.experiment_id
    except MlflowException:  # It was changed or emptied since.
        return run_id
    return f"{base}/#/experiments/{experiment}/runs/{run_id}"


def _started_monitor(run_id: str, uri: str, *, resumed: bool) -> Any:
    """MLflow's monitor of processor, memory and GPUs, in a thread of its own."""
    from mlflow.system_metrics.system_metrics_monitor import SystemMetricsMonitor

    monitor = SystemMetricsMonitor(run_id, sampling_interval=SAMPLING_SECONDS, resume_logging=resumed, tracking_uri=uri)
    monitor.start()
    return monitor


@contextmanager
def directed(uri: str) -> Iterator[None]:
    """MLflow's module-level calls directed to `uri`; afterwards its global state is what it was."""
    import mlflow

    before = os.environ.get("MLFLOW_TRACKING_URI")
    mlflow.set_tracking_uri(uri)
    try:
        yield
    finally:
        mlflow.set_tracking_uri(before or "")
        if before is None:
            os.environ.pop("MLFLOW_TRACKING_URI", None)


def environment_tags() -> dict[str, str]:
    """Tags about the environment of a run: commit, Python, libraries, backend, device, processor."""
    import keras

    return {
        **{f"version.{name}": number for name, number in library_versions(*LIBRARIES).items()},
        "git.commit": _commit(),
        "version.python": platform.python_version(),
        "backend": keras.backend.backend(),
        **device_tags(),
        "machine": f"{_processor()}, {os.cpu_count()} cores",
    }


def library_versions(*names: str) -> dict[str, str]:
    """Version by name of those libraries that are installed."""
    found = {}
    for name in names:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def _processor() -> str:
    """Name of the processor from /proc/cpuinfo, else its architecture."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _commit() -> str:
    """``MIRLITON_COMMIT``, else that of this checkout, with a plus when files differ from it; else "unknown"."""
    if named := os.environ.get("MIRLITON_COMMIT"):  # A copy of the code is no checkout.
        return named
    folder = Path(__file__).parent
    try:
        commit = subprocess.run(
            ["git", "describe", "--always", "--abbrev=12", "--dirty=+"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return commit.stdout.strip()
