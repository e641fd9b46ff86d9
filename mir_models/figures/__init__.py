"""Figures: arrays go in, a ``matplotlib.figure.Figure`` comes out, without pyplot; storage writes it to a file."""
