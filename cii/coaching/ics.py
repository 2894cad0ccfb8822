"""Appointments as a calendar file: the case by its reference, never by the person's name."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cii.coaching.models import Appointment, AppointmentState
from cii.foundation.names import search_key
from cii.foundation.texts import Texts


@dataclass(frozen=True, slots=True)
class Entered:
    """An appointment for a calendar: of which case, and the person's names as far as they are known."""

    appointment: Appointment
    reference: str
    names: tuple[str, ...] = ()


def calendar_of(entries: Iterable[Entered], texts: Texts, stamp: datetime) -> bytes:
    """Appointments for a calendar of the reader's own, in UTC; always the same UID, SEQUENCE counts changes.

    What they are about stays in the product; the place too, where one of the person's names stands in it
    or where they are not known.
    """
    # Imported here: a process that never gives out a calendar file does not need it.
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", "-//CII//CII//FR")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for each in entries:
        appointment, event = each.appointment, Event()
        event.add("uid", f"{appointment.id}@cii")
        event.add("sequence", appointment.sequence)
        event.add("dtstamp", stamp)
        event.add("dtstart", appointment.at)
        event.add("dtend", appointment.at + timedelta(minutes=appointment.minutes))
        event.add(
            "summary",
            texts.say("CII : rendez-vous, dossier {reference}", reference=each.reference),
        )
        cancelled = appointment.state is AppointmentState.CANCELLED
        event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
        place = appointment.place
        if each.names and place and not _names_somebody(place, each.names):
            event.add("location", place)
        calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written


def _names_somebody(place: str, names: Iterable[str]) -> bool:
    words = search_key(place)
    digits = "".join(letter for letter in place if letter.isdigit())
    return "756" in digits or any(search_key(name) in words for name in names if name)
