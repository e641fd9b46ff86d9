"""Downloads of corpora from their owners: HTTP, checksums, archives.

* `archives`: safe unpacking of ZIP and TAR
* `download`: the files of a corpus: verified, unpacked, in place
* `http`: one file over HTTP, resumed by ranges
"""

__all__ = ["archives", "download", "http"]
