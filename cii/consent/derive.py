"""Deriving the access table: parts and procurations of a case become lines of case_access.

One line says: this reader sees these topics of this case from this day until that day. The
computation is pure (`periods`, `lines_of`); `derive` runs it in the transaction that changed a
part, a procuration or a deputyship.
"""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import select

from cii.access.actor import SHARED_INBOX, Kind
from cii.access.guard import GuardedSession
from cii.access.models import ALWAYS, CaseAccess
from cii.access.system import Reason, SystemSession, joined_system_session
from cii.consent.models import (
    NEEDS_BY_PART,
    CasePart,
    Procuration,
    ProcurationLine,
    Revocation,
)
from cii.consent.topics import ALL, Topic, opened
from cii.foundation.clock import now
from cii.organisations.models import Deputyship, Institution

# The cases belong to a package that builds on this one: known here by name, for their states alone.
_CASES = sa.table("cases", sa.column("id", sa.Uuid()), sa.column("state", sa.String()))


@dataclass(frozen=True, slots=True)
class Span:
    """Days from the first to the last, both included."""

    first: date
    last: date

    def within(self, other: "Span") -> "Span | None":
        """What both have in common, or None."""
        first, last = max(self.first, other.first), min(self.last, other.last)
        return Span(first, last) if first <= last else None


@dataclass(frozen=True, slots=True)
class Part:
    """An institution's part in the case, with those who stand in for its professional."""

    kind: Kind
    institution: UUID
    membership: UUID | None
    span: Span
    deputies: tuple[tuple[UUID, Span], ...] = ()
    at_most: Topic = ALL


@dataclass(frozen=True, slots=True)
class Grant:
    """What one procuration opens to each kind, as long as it is valid."""

    span: Span
    topics: tuple[tuple[Kind, Topic], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One reader's sight in one period."""

    reader: UUID
    span: Span
    topics: Topic


@dataclass(frozen=True, slots=True)
class Signed:
    """A procuration as it was signed: its days, and which one it replaces."""

    id: UUID
    span: Span
    replaces: UUID | None


def periods(signed: Iterable[Signed], revoked: Container[UUID]) -> dict[UUID, Span]:
    """The days on which each procuration is in force; one that is never in force is not in it.

    A revocation ends a procuration at once, whatever the day. A successor ends all that were
    recorded before it, from its own first day on: what the person struck out stays struck out.
    """
    all_signed = list(signed)
    successor = {each.replaces: each for each in all_signed if each.replaces}
    in_force: dict[UUID, Span] = {}
    for each in all_signed:
        last = each.span.last
        later = successor.get(each.id)
        while later is not None:
            last = min(last, later.span.first - timedelta(days=1))
            later = successor.get(later.id)
        if each.id not in revoked and each.span.first <= last:
            in_force[each.id] = Span(each.span.first, last)
    return in_force


def lines_of(parts: Iterable[Part], grants: Sequence[Grant]) -> list[Line]:
    """All lines of one case: periods of a reader do not overlap, neighbours with equal sight are joined."""
    pieces: dict[UUID, list[tuple[Span, Topic]]] = {}
    for part in parts:
        for reader, span in _readers(part):
            seen = pieces.setdefault(reader, [])
            seen.append((span, Topic.CASE))
            for grant in grants:
                topics = opened(
                    part.kind, dict(grant.topics).get(part.kind, Topic(0)) & part.at_most
                )
                common = span.within(grant.span)
                if topics and common:
                    seen.append((common, topics))
    return [
        Line(reader, span, topics)
        for reader, seen in pieces.items()
        for span, topics in _disjoint(seen)
    ]


def _readers(part: Part) -> list[tuple[UUID, Span]]:
    readers = [(part.institution, part.span)]
    if part.kind in SHARED_INBOX or part.membership is None:
        return readers
    readers.append((part.membership, part.span))
    for deputy, absence in part.deputies:
        common = part.span.within(absence)
        if common:
            readers.append((deputy, common))
    return readers


def _disjoint(seen: list[tuple[Span, Topic]]) -> list[tuple[Span, Topic]]:
    borders = {span.first for span, _ in seen}
    borders |= {_after(span.last) for span, _ in seen if span.last < ALWAYS}
    cuts = sorted(borders)
    result: list[tuple[Span, Topic]] = []
    for place, first in enumerate(cuts):
        last = cuts[place + 1] - timedelta(days=1) if place + 1 < len(cuts) else ALWAYS
        topics = Topic(0)
        for span, opened_topics in seen:
            if span.first <= first and last <= span.last:
                topics |= opened_topics
        if not topics:
            continue
        if result and result[-1][1] == topics and _after(result[-1][0].last) == first:
            result[-1] = (Span(result[-1][0].first, last), topics)
        else:
            result.append((Span(first, last), topics))
    return result


def _after(day: date) -> date:
    return day + timedelta(days=1)


def derive(session: GuardedSession, case_id: UUID) -> None:
    """Bring case_access up to date for one case, in the session's own transaction."""
    with joined_system_session(session, Reason.DERIVE_ACCESS) as system:
        derive_by_system(system, [case_id])


def derive_by_system(system: SystemSession, case_ids: Sequence[UUID]) -> None:
    """Bring case_access up to date for these cases, which have been written before."""
    system.flush()
    # Whoever moves one of them meanwhile waits: the lines would refer to a state that is gone.
    states = _states(system, case_ids, lock=True)
    parts, grants = _read(system, case_ids)
    before = {
        (reader, case): moment
        for reader, case, moment in system.exec(
            select(CaseAccess.reader_id, CaseAccess.case_id, CaseAccess.changed_at).where(
                CaseAccess.case_id.in_(case_ids)
            )
        )
    }
    system.execute(sa.delete(CaseAccess).where(CaseAccess.case_id.in_(case_ids)))
    moment = now()
    rows = [
        {
            "reader_id": line.reader,
            "case_id": case_id,
            "valid_from": line.span.first,
            "valid_until": line.span.last,
            "topics": int(line.topics),
            "changed_at": before.get((line.reader, case_id), moment),
            "state": states[case_id],
        }
        for case_id in case_ids
        for line in lines_of(parts.get(case_id, ()), grants.get(case_id, ()))
    ]
    if rows:
        system.execute(sa.insert(CaseAccess.__table__), rows)  # type: ignore[attr-defined]


def _states(
    system: SystemSession, case_ids: Sequence[UUID], *, lock: bool = False
) -> dict[UUID, str]:
    cases = sa.select(_CASES.c.id, _CASES.c.state).where(_CASES.c.id.in_(case_ids))
    if lock:
        cases = cases.order_by(_CASES.c.id).with_for_update(read=True, key_share=True)
    return dict(system.execute(cases).all())


def _read(
    system: SystemSession, case_ids: Sequence[UUID]
) -> tuple[dict[UUID, list[Part]], dict[UUID, list[Grant]]]:
    stand_ins: dict[UUID, list[tuple[UUID, Span]]] = {}
    for absent, deputy, first, last in system.exec(
        select(
            Deputyship.absent_id, Deputyship.deputy_id, Deputyship.starts_on, Deputyship.ends_on
        ).where(
            Deputyship.absent_id.in_(
                select(CasePart.membership_id).where(CasePart.case_id.in_(case_ids))
            )
        )
    ):
        stand_ins.setdefault(absent, []).append((deputy, Span(first, last)))
    parts: dict[UUID, list[Part]] = {}
    for case, part, institution, membership, starts_on, ends_on, kind in system.execute(
        sa.select(
            CasePart.case_id,
            CasePart.part,
            CasePart.institution_id,
            CasePart.membership_id,
            CasePart.starts_on,
            CasePart.ends_on,
            Institution.kind,
        )
        .join(Institution, Institution.id == CasePart.institution_id)
        .where(CasePart.case_id.in_(case_ids))
    ):
        parts.setdefault(case, []).append(
            Part(
                kind,
                institution,
                membership,
                Span(starts_on, ends_on or ALWAYS),
                tuple(stand_ins.get(membership, ())) if membership else (),
                NEEDS_BY_PART.get(part, ALL),
            )
        )
    return parts, _grants(system, case_ids)


def _grants(system: SystemSession, case_ids: Sequence[UUID]) -> dict[UUID, list[Grant]]:
    revoked = set(
        system.exec(select(Revocation.procuration_id).where(Revocation.case_id.in_(case_ids)))
    )
    procurations = system.exec(select(Procuration).where(Procuration.case_id.in_(case_ids))).all()
    in_force = periods(map(as_signed, procurations), revoked)
    topics: dict[UUID, list[tuple[Kind, Topic]]] = {}
    for key, kind, granted in system.exec(
        select(ProcurationLine.procuration_id, ProcurationLine.kind, ProcurationLine.topics).where(
            ProcurationLine.case_id.in_(case_ids)
        )
    ):
        topics.setdefault(key, []).append((kind, granted))
    grants: dict[UUID, list[Grant]] = {}
    for procuration in procurations:
        if procuration.id in in_force:
            grants.setdefault(procuration.case_id, []).append(
                Grant(in_force[procuration.id], tuple(topics.get(procuration.id, ())))
            )
    return grants


def as_signed(procuration: Procuration) -> Signed:
    """What counts of a procuration for its period."""
    return Signed(
        procuration.id,
        Span(procuration.valid_from, procuration.valid_until),
        procuration.replaces_id,
    )


def touch(session: GuardedSession, case_id: UUID, topic: Topic) -> None:
    """Move the case up in the work lists of those who can see a change of this topic, and of nobody else."""
    with joined_system_session(session, Reason.DERIVE_ACCESS) as system:
        system.execute(
            sa.update(CaseAccess)
            .where(
                CaseAccess.case_id == case_id,
                sa.type_coerce(CaseAccess.topics, sa.Integer).op("&")(int(topic)) == int(topic),
            )
            .values(changed_at=now())
        )


def touch_readers(session: GuardedSession, case_id: UUID, readers: Iterable[UUID | None]) -> None:
    """Move the case up in the work lists of these readers alone: of something that only they can see."""
    named = {reader for reader in readers if reader is not None}
    with joined_system_session(session, Reason.DERIVE_ACCESS) as system:
        system.execute(
            sa.update(CaseAccess)
            .where(CaseAccess.case_id == case_id, CaseAccess.reader_id.in_(named))
            .values(changed_at=now())
        )


def differences(system: SystemSession, step: int = 500) -> list[UUID]:
    """The cases whose access table is not what their parts and procurations say; an independent recount."""
    wrong: list[UUID] = []
    last: UUID | None = None
    while True:
        query = select(CasePart.case_id).distinct().order_by(CasePart.case_id).limit(step)
        case_ids = list(system.exec(query.where(CasePart.case_id > last) if last else query).all())
        if not case_ids:
            return wrong
        last = case_ids[-1]
        states, (parts, grants) = _states(system, case_ids), _read(system, case_ids)
        there: dict[UUID, set[tuple[UUID, date, date, int, str | None]]] = {}
        for line in system.exec(select(CaseAccess).where(CaseAccess.case_id.in_(case_ids))):
            there.setdefault(line.case_id, set()).add(
                (line.reader_id, line.valid_from, line.valid_until, line.topics, line.state)
            )
        for case_id in case_ids:
            state = states.get(case_id)
            wanted = {
                (line.reader, line.span.first, line.span.last, int(line.topics), state)
                for line in lines_of(parts.get(case_id, ()), grants.get(case_id, ()))
            }
            if wanted != there.get(case_id, set()):
                wrong.append(case_id)
