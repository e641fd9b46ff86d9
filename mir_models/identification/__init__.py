"""Audio identification: which tracks are the same recording.

* `landmarks`: pairs of spectral peaks of a recording (an audio fingerprint)
* `matches`: pairs of tracks whose landmarks agree at one offset
"""

__all__ = ["landmarks", "matches"]
