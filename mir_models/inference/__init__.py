"""Inference: activations over a track, transcription and classification of a recording."""
