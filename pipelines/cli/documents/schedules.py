"""Documents on scheduled retrainings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class ScheduledRetraining:
    """A schedule: what is retrained, on which datasets, when; `next` are the next times, ISO 8601.

    `models` is empty where the network in use is trained; `settings` differ from those of the champion, by part.
    """

    task: str
    datasets: Sequence[str]
    models: Sequence[str]
    cron: str
    timezone: str
    settings: Mapping[str, Mapping[str, object]]
    next: Sequence[str]


@dataclass(frozen=True)
class Retrained:
    """What a retraining came to.

    `prepared` are datasets that were prepared, `failed` reasons by dataset that could not be, `decision` is
    ``"promoted"`` or ``"kept"``, `champion` the model in use in words.
    """

    prepared: Sequence[str]
    failed: Mapping[str, str]
    models: Sequence[str]
    decision: str
    reason: str
    champion: str


@dataclass(frozen=True)
class ScheduleDocument:
    """Schedules, and with ``--now`` what the retraining came to."""

    schedules: Sequence[ScheduledRetraining]
    retrained: Retrained | None = None
