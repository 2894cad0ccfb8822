"""When an update is due, when the tandem is reminded, when the digest leaves: by the working days of Valais."""

from datetime import date, datetime, time

from cii.foundation.calendar import add_working_days, first_working_day, last_working_day
from cii.foundation.clock import moment_of
from cii.foundation.days import months_after
from cii.monthly.models import MonthlySettings


def month_of(day: date) -> date:
    """The first day of the month in which a day lies."""
    return day.replace(day=1)


def due_day(month: date, settings: MonthlySettings) -> date:
    """Until when the update of a month is owed: its last working day, or so many working days before (A-03)."""
    last = last_working_day(month)
    return add_working_days(last, -settings.due_before) if settings.due_before else last


def reminders_by(day: date, due_on: date, settings: MonthlySettings) -> int:
    """How many reminders the tandem has had by this day: none, one or two, and none after the due day."""
    before = [each for each in (settings.first_reminder, settings.second_reminder) if each]
    if day > due_on:
        return 0
    return sum(day >= add_working_days(due_on, -each) for each in before)


def digest_moment(month: date, settings: MonthlySettings) -> datetime:
    """When the updates of a month leave: a working day of the next month, at an hour of Valais clocks."""
    day = first_working_day(months_after(month_of(month), 1))
    if settings.digest_day > 1:
        day = add_working_days(day, settings.digest_day - 1)
    return moment_of(day, time(settings.digest_hour))
