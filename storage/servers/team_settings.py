"""The settings of a team's instance: what all homes of a team share, as ``mirliton.env`` has it."""

from __future__ import annotations

from dataclasses import dataclass

from storage.settings_file import quoted

DAGSTER_DATABASE = "MIRLITON_DAGSTER_DATABASE"
"""The variable with the URL of the database of Dagster's instance; without it, SQLite under ``MIRLITON_HOME``."""
SWEEP_DATABASE = "MIRLITON_SWEEP_DATABASE"
"""The variable with the URL of the database of sweeps; without it, SQLite under ``MIRLITON_HOME``."""
SCHEMAS = ("dagster", "mlflow", "sweeps")
"""Of PostgreSQL, in one database."""

HEAD = """\
# Settings of this home, written by `mirliton init --team`. mirliton reads the file at every start; a variable that the
# environment has wins. Docker Compose (env_file:) and a shell (set -a; . ./mirliton.env) read it as well.
# Every machine of a team has this file in a MIRLITON_HOME of its own; only that of `mirliton ui` runs schedules.
"""
PURPOSES = {
    "MIRLITON_STORE": "Stores, registrations, models and reports.",
    "AWS_ENDPOINT_URL": "The server of s3://, where it is not Amazon's; MLflow asks it for its files as well.",
    "AWS_DEFAULT_REGION": "Its region, where the server has some.",
    "AWS_ACCESS_KEY_ID": "Who asks the object store; without these two, ~/.aws/credentials or the machine's role.",
    "AWS_SECRET_ACCESS_KEY": "",
    DAGSTER_DATABASE: "Runs, events and schedules of Dagster. The driver has to be named.",
    "MLFLOW_TRACKING_URI": "MLflow's database, or its server (https://…), which then keeps the files of runs itself.",
    SWEEP_DATABASE: "Trials of `mirliton sweep`.",
    "PGPASSWORD": "The password of the databases; without it, ~/.pgpass.",
    "MIRLITON_DASK_ADDRESS": "A Dask scheduler whose workers see corpora and store; without it, local workers.",
    "MIRLITON_DAGSTER_URL": "Where people reach Dagster, for links in MLflow and in reports.",
    "MIRLITON_MLFLOW_URL": "Where people reach MLflow, for links in Dagster and in reports.",
}
"""What each variable of the file is for."""


@dataclass(frozen=True)
class TeamSettings:
    """What a team shares.

    Attributes
    ----------
    store : str
        Folder or URL of stores, registrations, models, reports.
    dagster, sweeps : str
        URLs of databases, without passwords.
    tracking : str
        The URL of MLflow's database, or of its server.
    password : str
        Of the databases; empty: libpq looks for it in ``~/.pgpass``, or needs none.
    endpoint : str
        The server of ``s3://`` addresses; empty: Amazon's.
    region : str
        Its region; empty: as the machine is set up.
    dask : str
        The address of a Dask scheduler; empty: local workers.
    """

    store: str
    dagster: str
    tracking: str
    sweeps: str
    password: str = ""
    endpoint: str = ""
    region: str = ""
    dask: str = ""

    def variables(self) -> dict[str, str]:
        """The variables with which mirliton uses the instance; those that are empty are left out."""
        values = {
            "MIRLITON_STORE": self.store,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_DEFAULT_REGION": self.region,
            DAGSTER_DATABASE: self.dagster,
            "MLFLOW_TRACKING_URI": self.tracking,
            SWEEP_DATABASE: self.sweeps,
            "PGPASSWORD": self.password,
            "MIRLITON_DASK_ADDRESS": self.dask,
        }
        return {name: value for name, value in values.items() if value}

    def file(self) -> str:
        """The text of ``mirliton.env``: every variable with what it is for; those that are empty as comments."""
        values = self.variables()
        rows = []
        for name, purpose in PURPOSES.items():
            line = f"{name}={quoted(values[name])}" if name in values else f"# {name}="
            rows.append(f"\n# {purpose}\n{line}\n" if purpose else f"{line}\n")
        return HEAD + "".join(rows)
