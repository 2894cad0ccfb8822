"""What time it is. Moments are stored as aware UTC; days and hours on screen are those of Valais."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

ZURICH: Final = ZoneInfo("Europe/Zurich")


_lived: ContextVar[datetime | None] = ContextVar("lived", default=None)


def now() -> datetime:
    """This moment, aware, in UTC."""
    return _lived.get() or datetime.now(UTC)


def today() -> date:
    """The day it is now in Valais."""
    return now().astimezone(ZURICH).date()


@contextmanager
def living_at(moment: datetime) -> Iterator[None]:
    """Live through something that happened then: how the demo canton gets its past."""
    token = _lived.set(moment)
    try:
        yield
    finally:
        _lived.reset(token)


def local(moment: datetime) -> datetime:
    """The same moment on a Valais clock; ValueError for a moment without time zone."""
    if moment.tzinfo is None:
        raise ValueError(f"A moment needs its time zone: {moment!r}.")
    return moment.astimezone(ZURICH)


def moment_of(day: date, hour: time = time()) -> datetime:
    """The UTC moment at which a Valais clock shows this day and hour (without hour: the start of the day).

    An hour that the spring change skips is the moment one hour later; of an hour that the autumn change
    repeats, the first.
    """
    return datetime.combine(day, hour, tzinfo=ZURICH).astimezone(UTC)
