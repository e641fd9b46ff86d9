"""Telling recordings apart: landmarks of a recording, and the pairs of tracks that hold the same one."""

from mir_models.identification.landmarks import VERSION, Params, extract
from mir_models.identification.matches import Match, Search, duplicates

__all__ = ["VERSION", "Match", "Params", "Search", "duplicates", "extract"]
