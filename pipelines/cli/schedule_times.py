"""Crons and time zones of schedules: whether they are valid, and when they are due."""

import zoneinfo
from datetime import UTC, datetime
from itertools import islice

from mir_models.errors import ParameterError
from mir_models.similar_names import suggestion


def check_cron(cron: str) -> None:
    """Refuse what is no cron of five fields.

    Raises
    ------
    ParameterError
    """
    from dagster._utils.schedules import is_valid_cron_schedule  # What Dagster itself takes.

    if len(cron.split()) != 5 or not is_valid_cron_schedule(cron):
        expected = "a cron of five fields: minute, hour, day of the month, month, day of the week"
        remedy = "e.g. --cron '0 3 * * 1' for Mondays at 3:00"
        raise ParameterError(expected, received=repr(cron), remedy=remedy)


def check_timezone(name: str) -> None:
    """Refuse a name that is no time zone.

    Raises
    ------
    ParameterError
        Names those that are spelt like it.
    """
    known = zoneinfo.available_timezones()
    if name not in known:
        remedy = f"{suggestion(name, known)}give one of the IANA database, e.g. --timezone Europe/Vienna"
        raise ParameterError("a time zone", received=repr(name), remedy=remedy)


def next_times(cron: str, timezone: str, n: int = 3) -> list[str]:
    """The times at which a cron is due next, ISO 8601 in its time zone."""
    from dagster._utils.schedules import schedule_execution_time_iterator

    times = schedule_execution_time_iterator(datetime.now(UTC).timestamp(), cron, timezone)
    return [time.isoformat(timespec="minutes") for time in islice(times, n)]
