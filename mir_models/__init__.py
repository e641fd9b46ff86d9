"""What mirliton knows about music: features, alignment, piano rolls, networks, metrics, figures.

Nothing here opens a file or knows dagster, zarr, dask or mlflow: arrays come in, arrays go out.
"""
