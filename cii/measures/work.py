"""What waits of measures: for the tandem, the social worker in charge, the SAS, the LMMT and the communes."""

from cii.access.guard import GuardedSession
from cii.access.permissions import May, may
from cii.cases.work import MEASURES, URGENT_MEASURES, Todo, Waits
from cii.foundation.clock import local
from cii.foundation.days import format_day
from cii.foundation.texts import N_, Phrase
from cii.measures.queries import Listed, inbox


def measures_waiting(urgent_days: int) -> Waits:
    """The actor's inbox; what starts within this number of days stands first (product default, a setting)."""

    def waits(session: GuardedSession) -> list[Todo]:
        if not may(session.actor, May.READ_MEASURES):
            return []
        return [
            Todo(
                URGENT_MEASURES if each.is_urgent(session.actor.day, urgent_days) else MEASURES,
                _named(each),
                f"/measures/{each.id}",
                since=local(each.since).date(),
                case_id=each.case_id,
            )
            for each in inbox(session, limit=100)
        ]

    return waits


def _named(each: Listed) -> Phrase:
    return Phrase(
        N_("{name} : {measure}, dès le {day}"),
        name=each.name,
        measure=each.type_name,
        day=format_day(each.starts_on),
    )
