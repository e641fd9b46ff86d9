"""The errors of mirliton: every message names what was expected, what was received and the remedy."""

from __future__ import annotations


class MirlitonError(Exception):
    """An error a user can act on; the command line prints it as one sentence."""

    def __init__(self, expected: str, *, received: object, remedy: str) -> None:
        self.expected, self.received, self.remedy = expected, received, remedy
        super().__init__(f"Expected {expected}. Received: {received}. Remedy: {remedy}.")

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.expected, self.received, self.remedy)


class ParameterError(MirlitonError, ValueError):
    """A parameter has a value that it cannot have."""


class TrackError(MirlitonError):
    """One track cannot be used: it goes to quarantine, the rest of the dataset goes on."""


class UnsupportedError(TrackError):
    """One track cannot be used on this machine, where a program is missing: what is stored of it stays."""


def _rebuild(kind: type[MirlitonError], expected: str, received: object, remedy: str) -> MirlitonError:
    return kind(expected, received=received, remedy=remedy)
