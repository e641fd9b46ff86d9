"""Figures: arrays in, matplotlib figures out; storage writes them."""
