"""Music information retrieval without files: features, alignment, piano rolls, networks, metrics, figures.

Nothing here opens a file or imports dagster, zarr, dask or mlflow: arrays come in, arrays go out.
"""
