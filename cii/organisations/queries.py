"""Reading people and institutions, in lists and one by one, within what an administrator manages."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import select

from cii.access.actor import Actor, Kind, Role, role_of
from cii.access.guard import GuardedSession, Hidden
from cii.access.permissions import May, may
from cii.foundation.names import search_key
from cii.organisations.models import Institution, Membership, Person

PAGE = 50


@dataclass(frozen=True, slots=True)
class ListedSeat:
    """A seat as lists show it: where, and what somebody is there."""

    institution: str
    role: Role
    title: str
    active: bool


@dataclass(frozen=True, slots=True)
class ListedPerson:
    """One line of the list of people."""

    id: UUID
    search_name: str
    first_name: str
    last_name: str
    email: str
    seats: list[ListedSeat] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PersonFile:
    """A person with the seats that the actor manages; `is_whole` when there are no others."""

    person: Person
    seats: list[tuple[Membership, Institution]]
    is_whole: bool


def scope_of(actor: Actor) -> UUID | None:
    """The institution whose people the actor manages; None for those of all institutions."""
    return None if may(actor, May.MANAGE_INSTITUTIONS) else actor.institution


def people(
    session: GuardedSession,
    *,
    words: str = "",
    inactive: bool = False,
    after: tuple[str, UUID] | None = None,
) -> tuple[list[ListedPerson], bool]:
    """A page of the people the actor manages, by name, and whether there are more.

    `after` is the folded name and the key of the last person of the page before. With `inactive`,
    those who can no longer act.
    """
    scope = scope_of(session.actor)
    statement = (
        sa.select(Person.id, Person.search_name, Person.first_name, Person.last_name, Person.email)
        .order_by(Person.search_name, Person.id)
        .limit(PAGE + 1)
    )
    can_act = Person.active if scope is None else sa.and_(Person.active, _seated(scope, True))
    statement = statement.where(sa.not_(can_act) if inactive else can_act)
    if scope is not None:
        statement = statement.where(_seated(scope))
    for word in search_key(words).split():
        text = Person.search_name + " " + Person.email
        statement = statement.where(text.contains(word, autoescape=True))
    if after is not None:
        statement = statement.where(sa.tuple_(Person.search_name, Person.id) > after)
    found = [ListedPerson(*row) for row in session.execute(statement)]
    shown = found[:PAGE]
    _add_seats(session, shown, scope)
    return shown, len(found) > PAGE


def _seated(institution_id: UUID, active: bool | None = None) -> sa.ColumnElement[bool]:
    statement = sa.select(Membership.id).where(
        Membership.person_id == Person.id, Membership.institution_id == institution_id
    )
    if active is not None:
        statement = statement.where(Membership.active == active)
    return statement.exists()


def _add_seats(session: GuardedSession, shown: Iterable[ListedPerson], scope: UUID | None) -> None:
    by_key = {person.id: person for person in shown}
    statement = (
        sa.select(
            Membership.person_id,
            Institution.name_de if session.actor.language == "de" else Institution.name,
            Institution.kind,
            Membership.seat,
            Membership.title,
            Membership.active,
        )
        .join(Institution, Institution.id == Membership.institution_id)
        .where(Membership.person_id.in_(by_key))
        .order_by(Institution.name)
    )
    if scope is not None:
        statement = statement.where(Membership.institution_id == scope)
    for person_id, institution, kind, seat, title, active in session.execute(statement):
        by_key[person_id].seats.append(ListedSeat(institution, role_of(kind, seat), title, active))


def person_file(session: GuardedSession, person_id: UUID) -> PersonFile:
    """A person whom the actor manages; Hidden for somebody who works elsewhere only.

    Name, address, invitation and access as a whole belong to whoever manages all seats (`is_whole`):
    otherwise an institution could take over an account that opens another institution's cases.
    """
    person = session.find(Person, person_id)
    seats = session.exec(
        select(Membership, Institution)
        .join(Institution, Institution.id == Membership.institution_id)
        .where(Membership.person_id == person_id)
        .order_by(Institution.name)
    ).all()
    scope = scope_of(session.actor)
    managed = [each for each in seats if scope in {None, each[1].id}]
    if scope is not None and not managed:
        raise Hidden("Person")
    return PersonFile(person, managed, len(managed) == len(seats))


def managed_seat(
    session: GuardedSession, person_id: UUID, membership_id: UUID
) -> tuple[Person, Membership, Institution]:
    """One seat of a person whom the actor manages; Hidden otherwise."""
    found = person_file(session, person_id)
    for seat, institution in found.seats:
        if seat.id == membership_id:
            return found.person, seat, institution
    raise Hidden("Membership")


@dataclass(frozen=True, slots=True)
class ListedInstitution:
    """One line of the list of institutions; `people` counts those who can act for it."""

    id: UUID
    kind: Kind
    name: str
    name_de: str
    active: bool
    people: int


def institutions(session: GuardedSession, kind: Kind | None = None) -> list[ListedInstitution]:
    """The institutions, those of one kind or all; by kind, the many communes last, then by name."""
    statement = (
        sa.select(
            Institution.id,
            Institution.kind,
            Institution.name,
            Institution.name_de,
            Institution.active,
            sa.func.count(Person.id),
        )
        .outerjoin(
            Membership, sa.and_(Membership.institution_id == Institution.id, Membership.active)
        )
        .outerjoin(Person, sa.and_(Person.id == Membership.person_id, Person.active))
        .group_by(Institution.id)
    )
    if kind is not None:
        statement = statement.where(Institution.kind == kind)
    order = [*(each for each in Kind if each is not Kind.COMMUNE), Kind.COMMUNE]
    return sorted(
        (ListedInstitution(*row) for row in session.execute(statement)),
        key=lambda each: (order.index(each.kind), search_key(each.name)),
    )


def institution_choices(session: GuardedSession) -> list[tuple[str, str]]:
    """Key and name of every active institution, for a form."""
    german = session.actor.language == "de"
    return [
        (str(each.id), each.name_de if german else each.name)
        for each in institutions(session)
        if each.active
    ]
