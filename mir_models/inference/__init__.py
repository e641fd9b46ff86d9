"""Inference: what a trained network predicts for a recording of any length, in bounded memory.

activations: how are the outputs of overlapping windows joined to activations of a track?
certainty: how sure is a network of the notes of a recording?
transcription: blocks of samples to notes
threads: what follows on a stream is computed side by side
classification: probabilities of windows to the class of a track; losses, targets and scores of such tasks
"""

__all__ = ["activations", "certainty", "classification", "threads", "transcription"]
