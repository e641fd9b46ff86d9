"""Object stores, as tables: ``python -m experiments.object_store --out OUT [--parts clients chain long]``.

``chain``: some works of the demo corpus are prepared, a network trained, evaluated and used: in a folder, on an S3
server on loopback (moto's), and on the same server while every 20th request fails (500, 503, 429, cut, cut in the
middle, answer lost). The objects of the datasets, the network's weights and a transcription are compared byte for byte.

``clients``: seconds of obstore and s3fs for many small objects and a large one, in turn, on the loopback and at a
distance of some milliseconds. s3fs runs in another Python, ``--s3fs-python``, since it excludes the botocore of this
one.

``long``: a recording of 45 minutes with a variant, prepared on S3.

``chain``: the chain in a folder, on S3, and on S3 that fails now and then
``clients``: obstore and s3fs at one server
``comparison``: the objects of a store, the weights of a Keras file
``fault_proxy``: a proxy that lets requests fail
``long_recording``: a recording of 45 minutes on S3
``server``: an S3 server on loopback
"""

__all__ = ["chain", "clients", "comparison", "fault_proxy", "long_recording", "server"]
