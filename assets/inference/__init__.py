"""Trained models on recordings: loading, transcription, classification, export."""
