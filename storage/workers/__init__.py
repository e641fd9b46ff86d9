"""Dask workers, and what they use of the machine."""
