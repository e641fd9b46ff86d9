"""Measurements whose figures docs/results.md reports: each module is run by ``python -m benchmarks.<name>``."""
