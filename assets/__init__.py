"""The graph of Dagster: its assets and their checks, config and resources; one file per asset or family of assets.

* ``raw_audio``, ``variants``, ``features``, ``labels``, ``shards``: the preparation of a dataset
* ``models``, ``reports``, ``transfer``: trainings, evaluations, probes of what was trained
* ``champions``: which model is in use for a task
* ``checks``: what must hold of each asset
* ``partitions``: one partition per dataset, several in one run
* ``config_forms``: launchpad forms of the algorithms' settings
* ``descriptions``: docstrings as Markdown, for the UI
* ``metadata``: tables and pictures of a materialisation
* ``resources``: stores, registered datasets, workers
* ``run_log``: progress in the log of a run

The packages below do the work, without dagster: ``preparation`` (on one track), ``training``, ``evaluation`` and
``inference``.
"""

__all__ = [
    "champions",
    "checks",
    "config_forms",
    "descriptions",
    "features",
    "labels",
    "metadata",
    "models",
    "partitions",
    "raw_audio",
    "reports",
    "resources",
    "run_log",
    "shards",
    "transfer",
    "variants",
]
