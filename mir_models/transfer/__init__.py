"""Transfer learning: embeddings of a trained network predict other classes, and training starts from its weights.

embeddings: what is one row of numbers per track, from the layers of a network?
probes: how well do simple classifiers on such rows predict classes, by cross-validation?
comparison: trained network, random weights and MFCC statistics in one table
fine_tuning: which weights are copied from a trained network, and which layers are frozen?
"""

__all__ = ["comparison", "embeddings", "fine_tuning", "probes"]
