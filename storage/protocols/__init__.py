"""Splits that others published for a corpus which does not carry them itself: facts, with their source."""
