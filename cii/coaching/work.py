"""What waits for the tandem and the announcing social worker: appointments, objectives, drafts."""

from cii.access.actor import Role
from cii.access.guard import GuardedSession
from cii.cases.work import APPOINTMENTS, DRAFTS, OVERDUE, Todo
from cii.coaching.queries import Pending, appointments_soon, drafts, objectives_overdue
from cii.foundation.clock import local
from cii.foundation.days import format_moment
from cii.foundation.texts import Phrase

DAYS_AHEAD = 7


def coaching_waiting(session: GuardedSession) -> list[Todo]:
    """Appointments of the next seven days, objectives whose day has passed, notes begun and not published."""
    if session.actor.role not in {Role.ORP_ADVISER, Role.SOCIAL_WORKER}:
        return []
    return [
        *(_appointment(each) for each in appointments_soon(session, DAYS_AHEAD)),
        *(
            Todo(
                OVERDUE,
                _named(each),
                f"/cases/{each.case_id}/plan",
                due=each.due_on,
                case_id=each.case_id,
            )
            for each in objectives_overdue(session)
        ),
        *(
            Todo(
                DRAFTS,
                Phrase("Note : {name}", name=_name(each)),
                f"/cases/{each.case_id}",
                since=local(each.at).date() if each.at else None,
                case_id=each.case_id,
            )
            for each in drafts(session)
        ),
    ]


def _appointment(each: Pending) -> Todo:
    moment = format_moment(each.at) if each.at else ""
    text = (
        Phrase("{moment} : {name}, {place}", moment=moment, name=_name(each), place=each.words)
        if each.words
        else Phrase("{moment} : {name}", moment=moment, name=_name(each))
    )
    return Todo(APPOINTMENTS, text, f"/cases/{each.case_id}/plan", case_id=each.case_id)


def _named(each: Pending) -> Phrase:
    return Phrase("{name} : {goal}", name=_name(each), goal=each.words)


def _name(each: Pending) -> str:
    return f"{each.first_name} {each.last_name}" if each.last_name else each.reference
