"""Who stands in for whom, from which day to which (A-11); the cases follow in the same transaction."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import select

from cii.access.actor import SHARED_INBOX, Actor, Seat
from cii.access.guard import GuardedSession, Hidden
from cii.access.system import Reason, joined_system_session
from cii.audit.actions import record
from cii.audit.models import Act
from cii.consent.derive import derive_by_system
from cii.consent.inputs import DeputyInput
from cii.consent.models import CasePart
from cii.foundation.days import format_day
from cii.foundation.texts import Phrase
from cii.organisations.actions import NotPossible
from cii.organisations.models import Deputyship, Institution, Membership, Person


@dataclass(frozen=True, slots=True)
class StandIn:
    """One absence with the colleague who stands in; days included."""

    id: UUID
    absent_id: UUID
    deputy_id: UUID
    absent: str
    deputy: str
    starts_on: date
    ends_on: date
    may_end: bool = False


def names_for_others(actor: Actor) -> bool:
    """Whether the actor names deputies for colleagues, or only his or her own."""
    return actor.seat is not Seat.MEMBER


def needs_deputies(actor: Actor) -> bool:
    """Whether cases have a named professional in this institution; a shared inbox needs no deputy."""
    return actor.kind not in SHARED_INBOX


def colleagues(session: GuardedSession) -> list[tuple[UUID, str]]:
    """Those of the actor's institution who can be absent or stand in, by name."""
    rows = session.execute(
        sa.select(Membership.id, Person.last_name, Person.first_name)
        .join(Person, Person.id == Membership.person_id)
        .where(
            Membership.institution_id == session.actor.institution,
            Membership.seat == Seat.MEMBER,
            Membership.active,
            Person.active,
        )
        .order_by(Person.search_name, Membership.id)
    )
    return [(key, f"{last} {first}") for key, last, first in rows]


def stand_ins(session: GuardedSession) -> list[StandIn]:
    """The absences of the actor's institution that last or are to come, the earliest first."""
    absent, deputy = aliased(Membership), aliased(Membership)
    away, there = aliased(Person), aliased(Person)
    rows = session.execute(
        sa.select(
            Deputyship.id,
            Deputyship.absent_id,
            Deputyship.deputy_id,
            away.first_name,
            away.last_name,
            there.first_name,
            there.last_name,
            Deputyship.starts_on,
            Deputyship.ends_on,
        )
        .join(absent, absent.id == Deputyship.absent_id)
        .join(away, away.id == absent.person_id)
        .join(deputy, deputy.id == Deputyship.deputy_id)
        .join(there, there.id == deputy.person_id)
        .where(Deputyship.ends_on >= session.actor.day)
        .order_by(Deputyship.starts_on, Deputyship.id)
    )
    return [
        StandIn(
            id=row[0],
            absent_id=row[1],
            deputy_id=row[2],
            absent=f"{row[3]} {row[4]}",
            deputy=f"{row[5]} {row[6]}",
            starts_on=row[7],
            ends_on=row[8],
            may_end=_may_end(session.actor, row[1], row[2]),
        )
        for row in rows
    ]


def _may_end(actor: Actor, absent_id: UUID, deputy_id: UUID) -> bool:
    return names_for_others(actor) or actor.membership in {absent_id, deputy_id}


def name_deputy(session: GuardedSession, given: DeputyInput) -> Deputyship:
    """Let a colleague of the same institution stand in from the first to the last day (A-11).

    He or she sees what the absent one sees, exactly on these days, and acts under the own name.
    NotPossible names the field: a day that is past, an absence that has a deputy already, somebody
    who is away. Hidden for somebody whose deputy the actor may not name.
    """
    actor = session.actor
    known = dict(colleagues(session)) if needs_deputies(actor) else {}
    absent_id = given.absent if names_for_others(actor) else actor.membership
    if absent_id is None:
        raise NotPossible("absent", Phrase("Choisissez la personne absente."))
    if absent_id not in known or (given.absent or absent_id) != absent_id:
        raise Hidden("Membership")
    if given.deputy not in known:
        raise NotPossible("deputy", Phrase("Choisissez une des personnes proposées."))
    if given.deputy == absent_id:
        raise NotPossible(
            "deputy", Phrase("Choisissez une autre personne que la personne absente.")
        )
    if given.starts_on < actor.day:
        raise NotPossible("starts_on", Phrase("Une suppléance commence aujourd’hui ou plus tard."))
    _wait_turn(session)
    for field, phrase in _conflicts(session, absent_id, given):
        raise NotPossible(field, phrase)
    deputyship = Deputyship(
        institution_id=actor.institution,
        absent_id=absent_id,
        deputy_id=given.deputy,
        starts_on=given.starts_on,
        ends_on=given.ends_on,
        named_by=actor.person,
    )
    session.add(deputyship)
    _record(session, Act.DEPUTY_NAMED, deputyship)
    _bring_cases_up_to_date(session, absent_id)
    return deputyship


def _wait_turn(session: GuardedSession) -> None:
    # Of two who name at the same moment the second finds what the first agreed.
    with joined_system_session(session, Reason.DERIVE_ACCESS) as system:
        own = sa.select(Institution.id).where(Institution.id == session.actor.institution)
        system.execute(own.with_for_update(key_share=True))


def _conflicts(
    session: GuardedSession, absent_id: UUID, given: DeputyInput
) -> Iterator[tuple[str, Phrase]]:
    """What stands against it on one of these days: the tandem stays one and one, and nobody is in two places."""
    for each in stand_ins(session):
        if each.ends_on < given.starts_on or each.starts_on > given.ends_on:
            continue
        days = {"first": format_day(each.starts_on), "last": format_day(each.ends_on)}
        if each.absent_id == absent_id:
            yield (
                "starts_on",
                Phrase(
                    "{name} assure déjà la suppléance du {first} au {last}.",
                    name=each.deputy,
                    **days,
                ),
            )
        elif each.absent_id == given.deputy:
            yield (
                "deputy",
                Phrase("{name} s’absente du {first} au {last}.", name=each.absent, **days),
            )
        elif each.deputy_id == absent_id:
            yield (
                "starts_on",
                Phrase(
                    "{name} assure la suppléance pour {absent} du {first} au {last} : terminez-la d’abord.",
                    name=each.deputy,
                    absent=each.absent,
                    **days,
                ),
            )


def end_deputy(session: GuardedSession, deputyship_id: UUID) -> None:
    """End a deputyship now, or take back one that is to come; Hidden when it is not the actor's to end.

    What was written meanwhile stays, under the name of whoever wrote it.
    """
    deputyship = session.find(Deputyship, deputyship_id)
    if not _may_end(session.actor, deputyship.absent_id, deputyship.deputy_id):
        raise Hidden("Deputyship")
    if deputyship.ends_on < session.actor.day:
        return
    _record(session, Act.DEPUTY_ENDED, deputyship)
    if deputyship.starts_on < session.actor.day:
        deputyship.ends_on = session.actor.day - timedelta(days=1)
        session.add(deputyship)
    else:
        session.delete(deputyship)
    _bring_cases_up_to_date(session, deputyship.absent_id)


def _record(session: GuardedSession, act: Act, deputyship: Deputyship) -> None:
    record(
        session,
        act,
        subject_id=deputyship.id,
        ground="A-11",
        absent=str(deputyship.absent_id),
        deputy=str(deputyship.deputy_id),
        first=deputyship.starts_on.isoformat(),
        last=deputyship.ends_on.isoformat(),
    )


def _bring_cases_up_to_date(session: GuardedSession, absent_id: UUID) -> None:
    # Who names a deputy need not see the cases that it opens: the people's administrator sees none.
    with joined_system_session(session, Reason.DERIVE_ACCESS) as system:
        case_ids = system.exec(
            select(CasePart.case_id)
            .where(
                CasePart.membership_id == absent_id,
                sa.or_(CasePart.ends_on.is_(None), CasePart.ends_on >= session.actor.day),
            )
            .distinct()
        ).all()
        derive_by_system(system, case_ids)
