"""Preparation by workers of a scheduler elsewhere: ``python -m experiments.cluster --out OUT [--runs NAME ...]``.

The demo corpus is prepared by local workers into a folder, and then, each time into an empty store, by three workers of
a scheduler, all processes of their own on loopback with a limit of memory each: into a folder, onto an S3 server
(moto's), while a worker is killed, while one joins late, while the scheduler is killed and started again, and with a
worker that has hardly enough memory. The objects of every store are compared with the first one's, byte for
byte.

``processes``: a scheduler and workers
``runs``: the runs and their disturbances
"""

__all__ = ["processes", "runs"]
