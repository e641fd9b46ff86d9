"""``dagster.yaml``: how Dagster's instance queues, retries and keeps runs."""

import re

from storage.servers.team_settings import DAGSTER_DATABASE

COMMON = """\
telemetry:
  enabled: false
nux:
  enabled: false  # The first page without its pop-up.
run_coordinator:
  module: dagster.core.run_coordinator
  class: QueuedRunCoordinator
concurrency:
  runs:
    max_concurrent_runs: {runs}
  pools:  # One training at a time, also where more runs may be under way.
    granularity: run
    default_limit: 1
run_retries:  # A run whose process was killed is started once more, one that failed by its data is not.
  enabled: true
  max_retries: 1
  retry_on_asset_or_op_failure: false
"""
SHARED = f"""\
storage:
  postgres:
    postgres_url:
      env: {DAGSTER_DATABASE}
"""
EARLIER = (
    """\
telemetry:
  enabled: false
run_coordinator:
  module: dagster.core.run_coordinator
  class: QueuedRunCoordinator
  config:
    max_concurrent_runs: 1
""",
)
"""What versions up to 0.2 wrote, which is replaced."""


def instance_settings(*, shared: bool, runs: int = 1) -> str:
    """The text of ``dagster.yaml``.

    Parameters
    ----------
    shared : bool
        Whether the instance is a team's, in PostgreSQL; else it is SQLite in its folder.
    runs : int
        How many may be under way at a time.
    """
    return COMMON.format(runs=runs) + (SHARED if shared else "")


def is_ours(text: str) -> bool:
    """Whether a text is one that mirliton wrote, of this version or an earlier one, and nobody changed."""
    written = {instance_settings(shared=shared, runs=_runs(text)) for shared in (True, False)}
    return text in {*written, *EARLIER}


def _runs(text: str) -> int:
    found = re.search(r"max_concurrent_runs: (\d+)", text)
    return int(found[1]) if found else 1
