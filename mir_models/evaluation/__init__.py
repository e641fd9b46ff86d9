"""Evaluation: scores of a model and of its baselines on test tracks, with intervals.

comparison: how do systems compare on the same tracks, with paired intervals?
matched_notes: which notes were found, added or missed, and how do they end?
metrics: precision, recall, F1 of frames, notes and classes; bootstrap intervals
notes: how good is a transcription, compared with silence and an energy threshold?
note_baselines: which notes does a threshold on the constant-Q transform find?
classes: how good is a classification, compared with its baselines?
promotion: does a challenger replace the champion, by their scores on the same tracks?
class_baselines: the majority class, and a support vector machine on MFCC statistics
thresholds: which decoding thresholds are best on the validation tracks?
"""

__all__ = [
    "class_baselines",
    "classes",
    "comparison",
    "matched_notes",
    "metrics",
    "note_baselines",
    "notes",
    "promotion",
    "thresholds",
]
