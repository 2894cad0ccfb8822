"""Moments are UTC, days are those of Valais."""

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
import time_machine

from cii.foundation import clock


def test_shortly_before_midnight_utc_valais_has_the_next_day():
    with time_machine.travel(datetime(2026, 12, 31, 23, 30, tzinfo=UTC), tick=False):
        assert clock.now() == datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
        assert clock.now().tzinfo is UTC
        assert clock.today() == date(2027, 1, 1)


def test_in_summer_the_day_changes_two_hours_before_utc():
    with time_machine.travel(datetime(2026, 7, 31, 21, 59, tzinfo=UTC), tick=False):
        assert clock.today() == date(2026, 7, 31)
    with time_machine.travel(datetime(2026, 7, 31, 22, 0, tzinfo=UTC), tick=False):
        assert clock.today() == date(2026, 8, 1)


def test_a_moment_is_shown_on_a_valais_clock():
    shown = clock.local(datetime(2026, 7, 1, 12, 5, tzinfo=UTC))
    assert (shown.hour, shown.minute) == (14, 5)
    tokyo = timezone(timedelta(hours=9))
    assert clock.local(datetime(2026, 1, 1, 9, tzinfo=tokyo)).hour == 1


def test_a_moment_without_time_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        clock.local(datetime(2026, 7, 1, 12, 5))  # noqa: DTZ001 - the mistake to refuse


@pytest.mark.parametrize(
    ("day", "hour", "moment"),
    [
        (date(2026, 12, 1), time(7), datetime(2026, 12, 1, 6, tzinfo=UTC)),
        (date(2026, 7, 1), time(7), datetime(2026, 7, 1, 5, tzinfo=UTC)),
        # 29 March 2026, 2:00 becomes 3:00; 25 October, 3:00 becomes 2:00.
        (date(2026, 3, 29), time(2, 30), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        (date(2026, 10, 25), time(2, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ],
)
def test_the_moment_of_a_local_hour(day, hour, moment):
    assert clock.moment_of(day, hour) == moment


def test_a_day_begins_at_its_midnight():
    assert clock.moment_of(date(2026, 12, 1)) == datetime(2026, 11, 30, 23, tzinfo=UTC)
