"""Training examples: features and targets of a track cut to equal lengths, and batches of them.

shards: how is a track cut into stored examples of 512 frames?
segments: how are shorter examples drawn from shards, across their borders?
windows: where do the windows of a classification begin?
gathering: how are the arrays of many examples read at once?
batches: which examples in which order make the batches of an epoch?
prefetched: how are batches made while the device computes?
"""

__all__ = ["batches", "gathering", "prefetched", "segments", "shards", "windows"]
