"""Where a list goes on: behind the line that an address of ours names, by its day or moment and its key."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import TypeVar
from uuid import UUID

When = TypeVar("When", date, datetime)


def behind_day(text: str) -> tuple[date, UUID] | None:
    """The day and the key; None for anything else."""
    return _behind(text, date.fromisoformat)


def behind_moment(text: str) -> tuple[datetime, UUID] | None:
    """The moment, in UTC, and the key; None for anything else."""
    return _behind(text, _moment)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"a moment needs its time zone: {text!r}")
    return moment.astimezone(UTC)


def _behind(text: str, read: Callable[[str], When]) -> tuple[When, UUID] | None:
    when, _, key = text.partition("_")
    try:
        return read(when), UUID(key)
    except (ValueError, OverflowError):
        return None
