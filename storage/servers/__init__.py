"""Servers that a team shares: their addresses, and whether they answer.

* `dask_scheduler`: the scheduler of ``MIRLITON_DASK_ADDRESS``
* `postgres`: PostgreSQL: URLs, schemas
* `team_settings`: the settings of a team's instance, as ``mirliton.env`` has them
* `tracking_server`: MLflow's server or database, and where it keeps files
* `web_pages`: addresses that people open in a browser
"""

__all__ = ["dask_scheduler", "postgres", "team_settings", "tracking_server", "web_pages"]
