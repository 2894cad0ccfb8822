"""What waits for whom: each capability adds its own lines to the first page."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from cii.access.actor import Kind, Role
from cii.access.guard import GuardedSession
from cii.access.permissions import May, may
from cii.cases.lifecycle import State
from cii.cases.queries import Waiting, expiring, to_start, waiting, without_successor
from cii.delivery.queries import undelivered
from cii.foundation.clock import local
from cii.foundation.texts import N_, Phrase
from cii.outbox.lifecycle import STATE_LABELS


@dataclass(frozen=True, slots=True)
class Todo:
    """One line of the first page: what to do, since when it waits, until when."""

    group: str
    text: str | Phrase
    href: str
    since: date | None = None
    due: date | None = None
    # What can be done from the list itself: the label of its button, where it is sent.
    one_click: tuple[str, str] | None = None
    # The case of which the line says something: reading the list is recorded.
    case_id: UUID | None = None


# What a capability adds to the first page; app.py lists them.
Waits = Callable[[GuardedSession], list[Todo]]

# The groups of the first page, the most pressing first.
URGENT_MEASURES = N_("Mesures qui commencent bientôt")
MEASURES = N_("Mesures à traiter")
STATEMENTS = N_("Décomptes trimestriels")
TO_ADMIT = N_("Annonces à examiner")
TO_NAME = N_("Tandems à désigner")
TO_ANSWER = N_("À compléter")
TO_START = N_("Coachings à commencer")
TO_READ = N_("Mises à jour à lire")
UPDATES = N_("Mises à jour à écrire")
UPDATES_LATE = N_("Mises à jour en retard")
APPOINTMENTS = N_("Rendez-vous")
OVERDUE = N_("Objectifs dont l’échéance est passée")
DRAFTS = N_("Brouillons")
UNDELIVERED = N_("Messages qui ne sont pas arrivés")
EXPIRING = N_("Procurations qui arrivent à échéance")
SUSPENDED = N_("Dossiers suspendus")
GROUPS = (
    URGENT_MEASURES,
    MEASURES,
    STATEMENTS,
    TO_ADMIT,
    TO_NAME,
    TO_ANSWER,
    TO_START,
    TO_READ,
    UPDATES,
    UPDATES_LATE,
    APPOINTMENTS,
    OVERDUE,
    DRAFTS,
    UNDELIVERED,
    EXPIRING,
    SUSPENDED,
)

# What each state asks of whom: the group, the page that answers it.
_OF_THE_BUREAU = {
    State.ANNOUNCED: (TO_ADMIT, "/cases/{id}/admission"),
    State.ADMITTED: (TO_NAME, "/cases/{id}/admission"),
    State.SUSPENDED: (SUSPENDED, "/cases/{id}/consent"),
}
_OF_WHO_ANNOUNCED = {
    State.DRAFT: (DRAFTS, "/cases/{id}/announcement"),
    State.TO_COMPLETE: (TO_ANSWER, "/cases/{id}/announcement"),
    State.SUSPENDED: (SUSPENDED, "/cases/{id}/consent"),
}
_OF_THE_TANDEM = {State.TANDEM_ASSIGNED: (TO_START, "/cases/{id}")}


def todo_list(
    session: GuardedSession, waiting_lists: Iterable[Waits]
) -> list[tuple[str, list[Todo]]]:
    """Everything that waits for the actor, in groups."""
    todos = [todo for waits in waiting_lists for todo in waits(session)]
    return [
        (group, [todo for todo in todos if todo.group == group])
        for group in GROUPS
        if any(t.group == group for t in todos)
    ]


def cases_waiting(session: GuardedSession) -> list[Todo]:
    """Cases whose state asks something of the actor."""
    actor = session.actor
    if not may(actor, May.READ_CASE):
        return []
    if actor.kind is Kind.BUREAU:
        return [
            _todo(
                case,
                _OF_THE_BUREAU,
                Phrase("{name} ({institution})", name=_name(case), institution=case.institution),
            )
            for case in waiting(session, _OF_THE_BUREAU)
        ] + [
            Todo(
                TO_NAME,
                Phrase("{name} : une place du tandem est à repourvoir", name=_name(case)),
                f"/cases/{case.id}/admission",
                case_id=case.id,
            )
            for case in without_successor(session)
        ]
    todos: list[Todo] = []
    if actor.kind in {Kind.ORP, Kind.CMS}:
        found = waiting(session, _OF_WHO_ANNOUNCED, own=True)
        todos += [_todo(case, _OF_WHO_ANNOUNCED, _name(case)) for case in found]
    if actor.role in {Role.ORP_ADVISER, Role.SOCIAL_WORKER}:
        todos += [_todo(case, _OF_THE_TANDEM, _name(case)) for case in to_start(session)]
    return todos


def _todo(case: Waiting, pages: Mapping[State, tuple[str, str]], text: str | Phrase) -> Todo:
    group, href = pages[case.state]
    return Todo(group, text, href.format(id=case.id), local(case.since).date(), case_id=case.id)


def _name(case: Waiting) -> str:
    return f"{case.first_name} {case.last_name}" if case.last_name else case.reference


def procurations_expiring(days: int) -> Waits:
    """Procurations that end within this number of days (product default, a setting)."""

    def waits(session: GuardedSession) -> list[Todo]:
        if session.actor.kind not in {Kind.ORP, Kind.CMS, Kind.BUREAU}:
            return []
        return [
            Todo(
                EXPIRING,
                f"{first_name} {last_name}" if last_name else reference,
                f"/cases/{case_id}/consent",
                due=last_day,
                case_id=case_id,
            )
            for case_id, reference, last_name, first_name, last_day in expiring(session, days)
        ]

    return waits


def mails_undelivered(session: GuardedSession) -> list[Todo]:
    """Mails about the actor's cases that did not reach their reader, for the tandem and the bureau CII."""
    actor = session.actor
    if actor.kind not in {Kind.ORP, Kind.CMS, Kind.BUREAU}:
        return []
    return [
        Todo(
            UNDELIVERED,
            Phrase(
                "Message à {reader}, dossier {reference} : {state}",
                reader=each.reader,
                reference=each.reference,
                state=Phrase(STATE_LABELS[each.state]),
            ),
            "/messages" if may(actor, May.WATCH_MESSAGES) else f"/cases/{each.case_id}",
            local(each.since).date(),
            case_id=each.case_id,
        )
        for each in undelivered(session)
    ]
