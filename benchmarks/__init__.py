"""Measurements of speed, memory and growth for docs/results.md: each module runs by ``python -m benchmarks.<name>``.

``growth``: seconds of one more track, by the size of the dataset
``planning``: estimates of ``mirliton plan`` against a measured backfill
``preparation``: seconds and memory of the preparation of a dataset
"""

from mirliton import check_import_names

__all__ = ["growth", "planning", "preparation"]

check_import_names()
