"""Working days: Monday to Friday without the public holidays of the canton.

Valais keeps nine of them (règlement 822.200, art. 1, and 1 August); Good Friday and Easter Monday are not among them.
"""

from datetime import date, timedelta
from functools import cache
from typing import Final

VALAIS: Final = "VS"


@cache
def _holidays(year: int, subdivision: str) -> frozenset[date]:
    # Imported here because it takes a fifth of a second and most processes never ask.
    import holidays

    return frozenset(holidays.country_holidays("CH", subdiv=subdivision, years=year))


def is_working_day(day: date, subdivision: str = VALAIS) -> bool:
    """Whether offices of the canton (two letters, as VS, BE, GE) work on this day."""
    return day.weekday() < 5 and day not in _holidays(day.year, subdivision)


def add_working_days(day: date, n: int, subdivision: str = VALAIS) -> date:
    """The n-th working day after this day, before it where `n` is negative.

    With 0: the day itself, or the next working day where nobody works on it.
    """
    step = timedelta(days=-1 if n < 0 else 1)
    if n == 0:
        while not is_working_day(day, subdivision):
            day += step
        return day
    for _ in range(abs(n)):
        day += step
        while not is_working_day(day, subdivision):
            day += step
    return day


def first_working_day(month: date, subdivision: str = VALAIS) -> date:
    """The first working day of the month in which the given day lies."""
    return add_working_days(month.replace(day=1), 0, subdivision)


def last_working_day(month: date, subdivision: str = VALAIS) -> date:
    """The last working day of the month in which the given day lies."""
    next_month = (month.replace(day=1) + timedelta(days=31)).replace(day=1)
    return add_working_days(next_month, -1, subdivision)
