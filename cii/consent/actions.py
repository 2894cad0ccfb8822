"""Giving and ending parts, recording and revoking procurations; the access table follows at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import select

from cii.access.actor import SHARED_INBOX
from cii.access.guard import GuardedSession, Hidden
from cii.access.system import Reason, joined_system_session
from cii.audit.actions import record
from cii.audit.models import Act
from cii.consent.derive import derive
from cii.consent.inputs import ProcurationInput, RevocationInput
from cii.consent.models import (
    CasePart,
    PartKind,
    Procuration,
    ProcurationLine,
    Revocation,
    RevocationGround,
    SignedForm,
)
from cii.consent.topics import NEEDS
from cii.foundation.ids import new_id
from cii.organisations.models import Institution


def give_part(
    session: GuardedSession,
    case_id: UUID,
    institution_id: UUID,
    part: PartKind,
    starts_on: date,
    membership_id: UUID | None = None,
) -> None:
    """Give an institution (and its named professional) a part in a case, from this day on."""
    # The part is the system's to write: with the first one the institution begins to see the case.
    with joined_system_session(session, Reason.DERIVE_ACCESS) as system:
        kind = system.exec(select(Institution.kind).where(Institution.id == institution_id)).one()
        system.add(
            CasePart(
                case_id=case_id,
                institution_id=institution_id,
                membership_id=None if kind in SHARED_INBOX else membership_id,
                part=part,
                starts_on=starts_on,
            )
        )
    derive(session, case_id)


@dataclass(frozen=True, slots=True)
class Stay:
    """How long somebody has a part: until a day (included), or for as long as it is not known."""

    institution: UUID
    part: PartKind
    last_day: date | None
    membership: UUID | None = None


def keep_parts(session: GuardedSession, case_id: UUID, stays: Iterable[Stay]) -> None:
    """Give these parts, prolong or shorten those that are there already; safe to repeat.

    A part that is over stays over; where it is needed again, another one begins today.
    """
    day = session.actor.day
    with joined_system_session(session, Reason.DERIVE_ACCESS) as system:
        there = system.exec(
            select(CasePart).where(
                CasePart.case_id == case_id,
                sa.or_(CasePart.ends_on.is_(None), CasePart.ends_on >= day),
            )
        ).all()
        changed = False
        for stay in stays:
            row = next(
                (
                    each
                    for each in there
                    if (each.institution_id, each.part, each.membership_id)
                    == (stay.institution, stay.part, stay.membership)
                ),
                None,
            )
            if row is None:
                if stay.last_day is not None and stay.last_day < day:
                    continue
                row = CasePart(
                    case_id=case_id,
                    institution_id=stay.institution,
                    membership_id=stay.membership,
                    part=stay.part,
                    starts_on=day,
                )
            elif row.ends_on == stay.last_day:
                continue
            row.ends_on = stay.last_day and max(stay.last_day, row.starts_on)
            system.add(row)
            changed = True
    if changed:
        derive(session, case_id)


def record_procuration(
    session: GuardedSession, case_id: UUID, given: ProcurationInput, file_id: UUID | None
) -> Procuration:
    """Record what the person signed; it replaces an earlier procuration from its first day (VS-40)."""
    latest = session.exec(
        select(Procuration)
        .where(Procuration.case_id == case_id)
        .order_by(Procuration.recorded_at.desc())
    ).first()
    procuration = Procuration(
        id=given.key or new_id(),
        case_id=case_id,
        signed_on=given.signed_on,
        valid_from=given.valid_from or given.signed_on,
        valid_until=given.valid_until,
        replaces_id=latest.id if latest else None,
        recorded_by=session.actor.person,
        recorded_for=session.actor.institution,
    )
    session.add(procuration)
    session.flush()
    session.add(
        SignedForm(
            procuration_id=procuration.id,
            case_id=case_id,
            institution_id=session.actor.institution,
            purpose=given.purpose,
            explained=given.explained,
            language=given.language,
            file_id=file_id,
        )
    )
    # Every kind has its line, also where all was struck out: nothing can be added to it afterwards.
    session.add_all(
        ProcurationLine(
            procuration_id=procuration.id,
            kind=kind,
            case_id=case_id,
            topics=given.topics_for(kind),
        )
        for kind in NEEDS
    )
    derive(session, case_id)
    record(
        session,
        Act.PROCURATION_RECORDED,
        case_id=case_id,
        subject_id=procuration.id,
        ground="VS-40",
    )
    return procuration


def recorded_before(session: GuardedSession, case_id: UUID, key: UUID | None) -> bool:
    """Whether the procuration with this key is recorded already; Hidden when it is another case's."""
    if key is None:
        return False
    with joined_system_session(session, Reason.CHECK) as system:
        found = system.exec(select(Procuration.case_id).where(Procuration.id == key)).first()
    if found not in {None, case_id}:
        raise Hidden("Procuration")
    return found is not None


def revoke(session: GuardedSession, case_id: UUID, given: RevocationInput) -> bool:
    """End every procuration of the case at once; False when none was left to revoke (VS-40, A-09)."""
    revoked = set(
        session.exec(select(Revocation.procuration_id).where(Revocation.case_id == case_id))
    )
    procurations = session.exec(select(Procuration).where(Procuration.case_id == case_id)).all()
    open_ones = [each for each in procurations if each.id not in revoked]
    for each in open_ones:
        session.add(
            Revocation(
                procuration_id=each.id,
                case_id=case_id,
                institution_id=session.actor.institution,
                recorded_by=session.actor.person,
            )
        )
        session.add(
            RevocationGround(
                procuration_id=each.id,
                case_id=case_id,
                institution_id=session.actor.institution,
                channel=given.channel,
                reason=given.reason,
            )
        )
    if open_ones:
        derive(session, case_id)
        record(session, Act.PROCURATION_REVOKED, case_id=case_id, ground="VS-40")
    return bool(open_ones)
