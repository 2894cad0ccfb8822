"""Days and hours as people write and read them: 31.12.2026, 3.2.26, "3 février 2026", "gestern", 14h30.

Formatting is done by hand, the same in both languages except for the names of the months: lists show many
dates, and a general formatter costs a hundred times as much.
"""

import re
from calendar import monthrange
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

from cii.foundation.clock import local
from cii.foundation.names import search_key
from cii.foundation.texts import Phrase, Texts, WrongInput

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2100

MONTHS: Final = {
    "fr": (
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ),
    "de": (
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ),
}

# Keys are folded by search_key: without accents, in lower case.
_DAY_WORDS: Final = {
    "avant-hier": -2,
    "hier": -1,
    "aujourd'hui": 0,
    "demain": 1,
    "apres-demain": 2,
    "vorgestern": -2,
    "gestern": -1,
    "heute": 0,
    "morgen": 1,
    "ubermorgen": 2,
    "uebermorgen": 2,
}
_MONTH_WORDS: Final = {
    search_key(name): n for names in MONTHS.values() for n, name in enumerate(names, start=1)
} | {
    "janv": 1,
    "jan": 1,
    "janner": 1,
    "fev": 2,
    "fevr": 2,
    "feb": 2,
    "maerz": 3,
    "mar": 3,
    "mrz": 3,
    "avr": 4,
    "apr": 4,
    "jun": 6,
    "juil": 7,
    "jul": 7,
    "aug": 8,
    "sep": 9,
    "sept": 9,
    "oct": 10,
    "okt": 10,
    "nov": 11,
    "dec": 12,
    "dez": 12,
}
_WEEKDAY: Final = (
    r"(?:(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche"
    r"|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag),?\s+(?:le\s+|den\s+)?)?"
)
_NUMBERS: Final = re.compile(
    _WEEKDAY + r"([0-9]{1,2})\s?([./ -])\s?([0-9]{1,2})\s?\2\s?([0-9]{4}|[0-9]{2})"
)
_ISO: Final = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_WORDS: Final = re.compile(
    _WEEKDAY + r"([0-9]{1,2})(?:er|\.)?\s*([a-z]{3,9})\.?\s*([0-9]{4}|[0-9]{2})"
)
_TIME: Final = re.compile(r"([0-9]{1,2})(?:\s?(?::|\.|h|uhr)\s?([0-9]{2})?)?(?:\s?(?:h|uhr))?")
_LONGEST: Final = 40


class DayError(WrongInput):
    """What was written is no day."""


class TimeError(WrongInput):
    """What was written is no hour of the day."""


def parse_day(text: str, today: date, *, past: bool = False) -> date:
    """The day that a person wrote, in French or German, with numbers or words.

    A two-digit year is the one between eighty years ago and twenty years ahead; with `past` (birth dates) the
    latest one whose day is not after today. Raises DayError.
    """
    folded = search_key(text).rstrip(".") if len(text) <= _LONGEST else ""
    if folded in _DAY_WORDS:
        return today + timedelta(days=_DAY_WORDS[folded])
    if found := _NUMBERS.fullmatch(folded):
        day, _, month, year = found.groups()
    elif found := _ISO.fullmatch(folded):
        year, month, day = found.groups()
    elif (found := _WORDS.fullmatch(folded)) and found[2] in _MONTH_WORDS:
        day, year = found[1], found[3]
        month = str(_MONTH_WORDS[found[2]])
    else:
        raise DayError(Phrase("Écrivez la date comme 31.12.2026."))
    return _day(int(day), int(month), year, today, past)


def _day(day: int, month: int, year: str, today: date, past: bool) -> date:
    full_year = int(year)
    if len(year) == 2:
        full_year += (today.year + 20) // 100 * 100
        if full_year > today.year + 20:
            full_year -= 100
        if past and (full_year, month, day) > (today.year, today.month, today.day):
            full_year -= 100
    if not FIRST_YEAR <= full_year <= LAST_YEAR:
        raise DayError(
            Phrase(
                "L’année doit être comprise entre {first} et {last}.",
                first=FIRST_YEAR,
                last=LAST_YEAR,
            )
        )
    try:
        return date(full_year, month, day)
    except ValueError:
        written = f"{day:02}.{month:02}.{full_year}"
        raise DayError(Phrase("La date {value} n’existe pas.", value=written)) from None


def months_after(day: date, months: int) -> date:
    """The same day so many months later; where the month is too short, its last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def parse_time(text: str) -> time:
    """The hour that a person wrote: 14h, 14h30, 14:00, 14.30, 14 Uhr. Raises TimeError."""
    found = _TIME.fullmatch(search_key(text)) if len(text) <= _LONGEST else None
    if found is None:
        raise TimeError(Phrase("Écrivez l’heure comme 14:30."))
    hour, minute = int(found[1]), int(found[2] or 0)
    if hour > 23 or minute > 59:
        raise TimeError(Phrase("L’heure {value} n’existe pas.", value=f"{hour:02}:{minute:02}"))
    return time(hour, minute)


@lru_cache(maxsize=8192)
def format_day(day: date) -> str:
    """A day as 31.12.2026, in both languages. A moment is refused: its day depends on the time zone."""
    if isinstance(day, datetime):
        raise TypeError(
            "A moment is shown by format_moment, or by format_day(local(moment).date())."
        )
    return f"{day.day:02}.{day.month:02}.{day.year:04}"


def format_moment(moment: datetime) -> str:
    """A moment on a Valais clock, as 31.12.2026, 14:05."""
    shown = local(moment)
    return f"{format_day(shown.date())}, {shown.hour:02}:{shown.minute:02}"


def format_month(day: date, language: str) -> str:
    """The month of a day in words: décembre 2026, Dezember 2026."""
    return f"{MONTHS[language][day.month - 1]} {day.year}"


def ago(day: date, today: date, texts: Texts) -> str:
    """Since when something waits: "depuis 8 jours", "seit 8 Tagen"; a day to come is "dans 8 jours"."""
    days = (today - day).days
    if days == 0:
        return texts.say("depuis aujourd’hui")
    if days == 1:
        return texts.say("depuis hier")
    if days < 0:
        return texts.plural("dans {n} jour", "dans {n} jours", -days)
    return texts.plural("depuis {n} jour", "depuis {n} jours", days)
