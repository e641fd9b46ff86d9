"""The graph of Dagster: its assets and their checks, config and resources; one file per asset or family of assets.

* ``raw_audio``, ``variants``, ``features``, ``labels``, ``shards``: the preparation of a dataset
* ``models``, ``reports``, ``transfer``: trainings, evaluations, probes of what was trained
* ``checks``: what must hold of each asset
* ``partitions``: one partition per dataset, several in one run
* ``config_forms``: launchpad forms of the algorithms' settings
* ``metadata``: tables and pictures of a materialisation
* ``resources``: stores, registered datasets, workers

The packages below do the work, without dagster: ``preparation`` (on one track), ``training``, ``evaluation`` and
``inference``.
"""

__all__ = [
    "checks",
    "config_forms",
    "features",
    "labels",
    "metadata",
    "models",
    "partitions",
    "raw_audio",
    "reports",
    "resources",
    "shards",
    "transfer",
    "variants",
]
