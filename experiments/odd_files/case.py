"""A case: an odd input, what is right, and how it is tried on a checkout."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from experiments.odd_files.checkout import Checkout, Crashed


@dataclass(frozen=True)
class Outcome:
    """What came of an input, in a few words, and whether that is right."""

    received: str
    right: bool


class Skipped(Exception):
    """A case cannot be tried on this machine, for example without a program that writes its file."""


class Trial(Protocol):
    """Makes an input below an empty folder and tries it."""

    def __call__(self, code: Checkout, folder: Path) -> Outcome:
        """The outcome."""


@dataclass(frozen=True)
class Case:
    """An odd input.

    Attributes
    ----------
    kind : str
        The kind of fault.
    input : str
        The file, and how it comes about.
    right : str
        What should come of it.
    trial : Trial
    reported : bool
        Whether users reported it; a neighbour of such a case if not.
    """

    kind: str
    input: str
    right: str
    trial: Trial
    reported: bool = False


def run(case: Case, code: Checkout, folder: Path) -> Outcome | Skipped:
    """The outcome of a case, tried below a folder that is empty and removed afterwards."""
    folder.mkdir(parents=True)
    try:
        outcome = case.trial(code, folder)
        return Outcome(outcome.received.replace(f"{folder}{os.sep}", ""), outcome.right)
    except Skipped as reason:
        return reason
    except Crashed as error:
        return Outcome(str(error), right=False)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
