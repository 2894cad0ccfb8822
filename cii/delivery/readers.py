"""To whom a message goes: the seats behind a reader's key, and where a seat's mail is read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from cii.access.actor import Actor, reader_of
from cii.access.hot import SystemStep
from cii.access.system import SystemSession
from cii.delivery.models import ReaderCertificate
from cii.organisations.models import Institution, Membership, Person

_seat = sa.orm.aliased(Membership)


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody to whom a message goes, with every seat in which he or she can act today."""

    address: str
    actors: tuple[Actor, ...]
    certificate: bytes | None

    @property
    def actor(self) -> Actor:
        """The seat to which the message goes."""
        return self.actors[0]


def _reader_rows() -> Any:
    return (
        sa.select(
            Person.id,
            Person.first_name,
            Person.last_name,
            Person.email,
            Person.language,
            Membership.id,
            Membership.seat,
            Institution.id,
            Institution.kind,
            Institution.name,
            Institution.name_de,
            ReaderCertificate.der,
            ReaderCertificate.valid_from,
            ReaderCertificate.valid_until,
        )
        .join_from(_seat, Person, Person.id == _seat.person_id)
        .join(Membership, Membership.person_id == Person.id)
        .join(Institution, Institution.id == Membership.institution_id)
        .outerjoin(ReaderCertificate, ReaderCertificate.person_id == Person.id)
        .where(
            _seat.id == sa.bindparam("membership_id", type_=sa.Uuid()),
            Person.active,
            Membership.active,
            Institution.active,
        )
        .order_by(Institution.name)
    )


_READER = SystemStep(_reader_rows)


def reader_at(
    session: SystemSession, membership_id: UUID, day: date, moment: datetime
) -> Reader | None:
    """Who reads the mail of this seat now; None when seat, person or institution is closed, or without address."""
    found = _READER.rows(session, membership_id=membership_id)
    rows = sorted(found, key=lambda row: bool(row[5] != membership_id))
    if not rows or rows[0][5] != membership_id or "@" not in rows[0][3]:
        return None
    actors = tuple(
        Actor(
            person=row[0],
            membership=row[5],
            institution=row[7],
            kind=row[8],
            seat=row[6],
            day=day,
            language=row[4],
            name=f"{row[1]} {row[2]}",
            institution_name=row[10] if row[4] == "de" else row[9],
            seats=len(rows),
        )
        for row in rows
    )
    address, der, first, last = rows[0][3], *rows[0][11:]
    return Reader(address, actors, der if der and first <= moment <= last else None)


def seats_of_readers(
    session: SystemSession, readers: Iterable[UUID]
) -> dict[UUID, list[tuple[UUID, UUID]]]:
    """Person and seat of everybody who reads under these keys: a professional, a head, a shared inbox."""
    wanted = set(readers)
    found: dict[UUID, list[tuple[UUID, UUID]]] = {key: [] for key in wanted}
    rows = session.execute(
        sa.select(
            Membership.id, Membership.person_id, Membership.seat, Institution.id, Institution.kind
        )
        .join(Institution, Institution.id == Membership.institution_id)
        .join(Person, Person.id == Membership.person_id)
        .where(
            sa.or_(Membership.id.in_(wanted), Membership.institution_id.in_(wanted)),
            Membership.active,
            Person.active,
            Institution.active,
        )
        .order_by(Membership.id)
    )
    for membership, person, seat, institution, kind in rows:
        key = reader_of(kind, seat, institution, membership)
        if key in found:
            found[key].append((person, membership))
    return found
