"""The time limit of a training: it stops after an epoch, and goes on when it is started again."""

import time


class TrainingStopped(Exception):
    """A training that was stopped after an epoch, before its last one, on purpose."""


class TimeLimitReached(TrainingStopped):
    """A training that stopped after an epoch, before its last one; the message says how far it is."""


class TimeLimit:
    """A limit of wall-clock time, counted from the moment it is made.

    Parameters
    ----------
    minutes : float
        0: no limit.
    """

    def __init__(self, minutes: float) -> None:
        self.minutes = minutes
        self._began = self._latest = time.monotonic()
        self._longest = 0.0

    def begin_epochs(self) -> None:
        """Called before the first epoch: what came before, the data opened, is none of its time."""
        self._latest = time.monotonic()

    def check(self, n_done: int, n_epochs: int) -> None:
        """Called after an epoch was saved, while more are to come; the first one is always begun.

        Parameters
        ----------
        n_done, n_epochs : int
            Epochs that are done, and that there will be at most.

        Raises
        ------
        TimeLimitReached
            Where another epoch, if it takes as long as the longest so far, would end after the limit.
        """
        now = time.monotonic()
        self._longest, self._latest = max(self._longest, now - self._latest), now
        self._check(now, f"{n_done} of {n_epochs} epochs are done")

    def check_trials(self, n_done: int, n_trials: int) -> None:
        """Called before a trial of a sweep.

        Raises
        ------
        TimeLimitReached
            Where its first epoch would end after the limit.
        """
        self._check(time.monotonic(), f"{n_done} of {n_trials} trials are done")

    def _check(self, now: float, done: str) -> None:
        if self.minutes and now + self._longest > self._began + 60 * self.minutes:
            raise TimeLimitReached(
                f"{done}: another epoch does not fit into {self.minutes:g} minutes. The same command goes on from there"
            )
