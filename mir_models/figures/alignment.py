"""Placeholder until the real module lands."""
from matplotlib.figure import Figure


def overlay(alignment, track):
    return Figure()


def lag_histogram(lags):
    return Figure()
