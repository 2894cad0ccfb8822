"""Working days of Valais in 2026 and 2027, from the cantonal règlement 822.200 and printed calendars."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cii.foundation.calendar import (
    add_working_days,
    first_working_day,
    is_working_day,
    last_working_day,
)

# Nouvel An, Saint-Joseph, Ascension, Fête-Dieu, 1er août, Assomption, Toussaint, Immaculée Conception, Noël.
HOLIDAYS = {
    2026: ["01-01", "03-19", "05-14", "06-04", "08-01", "08-15", "11-01", "12-08", "12-25"],
    2027: ["01-01", "03-19", "05-06", "05-27", "08-01", "08-15", "11-01", "12-08", "12-25"],
}


@pytest.mark.parametrize("year", HOLIDAYS)
def test_nobody_works_on_the_nine_holidays_and_on_weekends_and_on_no_other_day_off(year):
    holidays = {date.fromisoformat(f"{year}-{day}") for day in HOLIDAYS[year]}
    day = date(year, 1, 1)
    while day.year == year:
        assert is_working_day(day) == (day.weekday() < 5 and day not in holidays), day
        day += timedelta(days=1)


@pytest.mark.parametrize(
    "day",
    [date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 25), date(2026, 1, 2), date(2027, 3, 26)],
)
def test_good_friday_easter_monday_whit_monday_and_the_second_of_january_are_worked_in_valais(day):
    assert is_working_day(day)


def test_berne_and_geneva_have_their_own_holidays():
    good_friday, saint_joseph = date(2026, 4, 3), date(2026, 3, 19)
    assert not is_working_day(good_friday, "BE")
    assert not is_working_day(good_friday, "GE")
    assert is_working_day(saint_joseph, "BE")


@pytest.mark.parametrize(
    ("month", "first", "last"),
    [
        (date(2026, 10, 17), date(2026, 10, 1), date(2026, 10, 30)),
        (date(2026, 11, 1), date(2026, 11, 2), date(2026, 11, 30)),
        (date(2026, 12, 31), date(2026, 12, 1), date(2026, 12, 31)),
        # 1 January is a Friday in 2027, the 31st a Sunday.
        (date(2027, 1, 15), date(2027, 1, 4), date(2027, 1, 29)),
        (date(2027, 2, 28), date(2027, 2, 1), date(2027, 2, 26)),
        # 1 August 2026 is a Saturday, the 31st a Monday.
        (date(2026, 8, 1), date(2026, 8, 3), date(2026, 8, 31)),
        # Fête-Dieu on Thursday 27 May, Monday 31 May is worked.
        (date(2027, 5, 27), date(2027, 5, 3), date(2027, 5, 31)),
    ],
)
def test_first_and_last_working_day_of_a_month(month, first, last):
    assert first_working_day(month) == first
    assert last_working_day(month) == last


@pytest.mark.parametrize(
    ("day", "n", "found"),
    [
        # Thursday 24 December: Christmas and a weekend lie between.
        (date(2026, 12, 24), 1, date(2026, 12, 28)),
        (date(2026, 12, 28), -1, date(2026, 12, 24)),
        # Five working days before Thursday 31 December 2026.
        (date(2026, 12, 31), -5, date(2026, 12, 23)),
        # Wednesday 18 March: Saint-Joseph on Thursday.
        (date(2026, 3, 18), 1, date(2026, 3, 20)),
        (date(2026, 3, 18), 10, date(2026, 4, 2)),
        (date(2026, 11, 22), 0, date(2026, 11, 23)),
        (date(2026, 11, 23), 0, date(2026, 11, 23)),
        (date(2026, 11, 21), 1, date(2026, 11, 23)),
        (date(2026, 11, 22), -1, date(2026, 11, 20)),
        # Over the turn of the year: 1 January 2027 is a Friday.
        (date(2026, 12, 31), 1, date(2027, 1, 4)),
    ],
)
def test_working_days_are_counted_without_the_days_off(day, n, found):
    assert add_working_days(day, n) == found


@given(st.dates(date(2020, 1, 1), date(2035, 12, 31)), st.integers(1, 30))
def test_counting_forth_and_back_comes_home(day, n):
    start = add_working_days(day, 0)
    there = add_working_days(start, n)
    assert is_working_day(there)
    assert add_working_days(there, -n) == start
