"""Calendar quarters: the periods of a commune's account (A-04)."""

from datetime import date, timedelta
from typing import NamedTuple, Self

from cii.foundation.days import FIRST_YEAR, LAST_YEAR
from cii.foundation.texts import N_, Phrase

_NAMES = (
    N_("1er trimestre {year}"),
    N_("2e trimestre {year}"),
    N_("3e trimestre {year}"),
    N_("4e trimestre {year}"),
)


class Quarter(NamedTuple):
    """Three months of a year; quarters compare in the order of time."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Self:
        """The quarter in which a day lies."""
        return cls(day.year, (day.month + 2) // 3)

    @classmethod
    def named(cls, year: int, number: int) -> "Quarter | None":
        """The quarter that an address names, or None when there is none."""
        known = FIRST_YEAR < year < LAST_YEAR and number in {1, 2, 3, 4}
        return cls(year, number) if known else None

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return self.next.first - timedelta(days=1)

    @property
    def next(self) -> "Quarter":
        """The quarter after it."""
        return self.after(1)

    def after(self, quarters: int) -> "Quarter":
        """The quarter so many later; earlier with a negative number."""
        year, place = divmod(self.year * 4 + self.number - 1 + quarters, 4)
        return Quarter(year, place + 1)

    def until(self, last: "Quarter") -> "list[Quarter]":
        """The quarters from this one to another one, both included."""
        count = (last.year - self.year) * 4 + last.number - self.number
        return [self.after(place) for place in range(count + 1)]

    @property
    def name(self) -> Phrase:
        """The quarter in words: 3e trimestre 2026, 3. Quartal 2026."""
        return Phrase(_NAMES[self.number - 1], year=self.year)

    @property
    def short_name(self) -> Phrase:
        """The quarter in few letters, as below a bar: T3 2026, Q3 2026."""
        return Phrase("T{number} {year}", number=self.number, year=self.year)

    @property
    def path(self) -> str:
        """As it stands in an address: 2026/3."""
        return f"{self.year}/{self.number}"
