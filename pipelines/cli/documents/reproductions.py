"""Documents on reproductions of trainings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines.cli.documents.models import Interval


@dataclass(frozen=True)
class ReproDocument:
    """A training beside new ones with the same data and settings.

    Attributes
    ----------
    task, model, mlflow_run : str
        Of the training.
    datasets : list of str
    prepared : list of str
        Those of the datasets that were prepared again.
    measure : str
        The validation score that is compared, of the best epoch.
    original : float
        That of the training.
    by_seed : dict of int to float
        Those of the new ones; the first is of the same seed.
    band : [low, high] or None
        In which one more training lies with a probability of 95 %; None of fewer than two new ones.
    verdict : str
        ``"equal"`` to the one of the same seed, ``"within"`` the band, ``"outside"`` of it, or ``"unknown"``.
    changed : list of str
        Parts of the code that have another version now.
    """

    task: str
    model: str
    mlflow_run: str
    datasets: Sequence[str]
    prepared: Sequence[str]
    measure: str
    original: float
    by_seed: Mapping[int, float]
    band: Interval
    verdict: str
    changed: Sequence[str]
