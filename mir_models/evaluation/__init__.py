"""Evaluation: scores of a model and of its baselines on test tracks, with intervals.

metrics: precision, recall, F1 of frames, notes and classes; bootstrap intervals
notes: how good is a transcription, compared with silence and an energy threshold?
note_baselines: which notes does a threshold on the constant-Q transform find?
classes: how good is a classification, compared with its baselines?
class_baselines: the majority class, and a support vector machine on MFCC statistics
thresholds: which decoding thresholds are best on the validation tracks?
"""

__all__ = ["class_baselines", "classes", "metrics", "note_baselines", "notes", "thresholds"]
