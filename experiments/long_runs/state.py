"""How far runs are: epochs, scores, hours, time left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from experiments.long_runs import training, weights
from experiments.long_runs.home import RunHome
from experiments.tables import markdown_table

RECENT = 3
"""Epochs whose mean duration stands for those to come: the machine may have been shared before."""
MONITORS = ("val_note_f1", "val_frame_f1")
"""Scores by which epochs are chosen; of a network without an onset head the second."""
HEADS = ("run", "code", "epochs", "hours", "min an epoch", "hours left", "last F1", "best", "validation loss")


@dataclass(frozen=True)
class RunState:
    """How far a run is.

    Attributes
    ----------
    run, commit : str
    n_epochs : int
        That there will be at most.
    n_before : int
        Epochs of an earlier home, with whose weights this one began.
    history : sequence of dict
        Metrics of each epoch that is done; of a run that began with weights, of those since.
    seconds : sequence of float
        Duration of each of these epochs.
    is_finished : bool
        Whether its model was chosen; it may have stopped before its last epoch.
    """

    run: str
    commit: str
    n_epochs: int
    n_before: int
    history: Sequence[dict[str, float]]
    seconds: Sequence[float]
    is_finished: bool = False

    @property
    def n_done(self) -> int:
        """Epochs that are done."""
        return self.n_before + len(self.history)

    @property
    def hours(self) -> float:
        """Of the epochs that are done."""
        return sum(self.seconds) / 3600

    @property
    def epoch_minutes(self) -> float | None:
        """Mean duration of the last epochs; None before the first."""
        recent = self.seconds[-RECENT:]
        return sum(recent) / len(recent) / 60 if recent else None

    @property
    def hours_left(self) -> float | None:
        """Of the epochs to come, if they take as long as the last; None before the first."""
        minutes = self.epoch_minutes
        return None if minutes is None else (self.n_epochs - self.n_done) * minutes / 60

    def best(self) -> tuple[int, float] | None:
        """The epoch, counted from 1, with the highest validation score, and its score; None before the first."""
        scores = [score_of(log) for log in self.history]
        known = [score for score in scores if score == score]
        return (self.n_before + scores.index(max(known)) + 1, max(known)) if known else None


def score_of(log: dict[str, float]) -> float:
    """The score of an epoch by which it would be chosen; NaN without one."""
    return next((log[name] for name in MONITORS if name in log), float("nan"))


def run_state(home: RunHome) -> RunState:
    """How far the run in a home is."""
    record, found, start = home.record(), training.checkpoints(home), weights.start_record(home)
    n_epochs, n_before = home.definition().epochs, start.n_epochs if start else 0
    history = found.state()[1] if found else []
    ends = epoch_ends(home.store / found.prefix, len(history)) if found else []
    starts = [start.began for start in training.starts(home)]
    is_finished = found is not None and found.record() is not None
    return RunState(record.run, record.commit, n_epochs, n_before, history, durations(ends, starts), is_finished)


def epoch_ends(folder: Path, n_epochs: int) -> list[float]:
    """When each epoch of a training was saved, in seconds since 1970."""
    return [(folder / "epochs" / f"epoch-{epoch:03d}.keras").stat().st_mtime for epoch in range(n_epochs)]


def durations(ends: Sequence[float], starts: Sequence[float]) -> list[float]:
    """Duration of each epoch: from the end of the one before, or from the training's last start where that is later.

    Parameters
    ----------
    ends : sequence of float
        When each epoch ended, in seconds.
    starts : sequence of float
        When the training was started. What was done of an epoch before another start counts for nothing.
    """
    before = [float("-inf"), *ends]
    begun = [max([last, *(start for start in starts if start <= end)]) for last, end in zip(before, ends, strict=False)]
    return [end - begin if begin != float("-inf") else 0.0 for end, begin in zip(ends, begun, strict=True)]


def state_table(states: Sequence[RunState]) -> str:
    """A row per run, in Markdown."""
    return markdown_table(HEADS, map(_row, states))


def _row(state: RunState) -> list[str]:
    best, last = state.best(), state.history[-1] if state.history else {}
    return [
        state.run,
        state.commit[:12] + "+" * state.commit.endswith("+"),
        f"{state.n_done} of {state.n_epochs}",
        f"{state.hours:.1f}",
        _number(state.epoch_minutes, ".1f"),
        "finished" if state.is_finished else _number(state.hours_left, ".1f"),
        "" if not last else _number(score_of(last), ".4f"),
        f"{best[1]:.4f} (epoch {best[0]})" if best else "",
        _number(last.get("val_loss"), ".4f"),
    ]


def _number(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)
