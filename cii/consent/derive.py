"""Deriving the access table: parts and procurations of a case become lines of case_access.

One line says: this reader sees these topics of this case from this day until that day. The
computation is pure (`lines_of`); `derive` runs it in the transaction that changed a part, a
procuration or a deputyship.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import select

from cii.access.actor import SHARED_INBOX, Kind
from cii.access.guard import GuardedSession
from cii.access.models import ALWAYS, CaseAccess
from cii.access.system import Reason, SystemSession, joined_system_session
from cii.consent.models import CasePart, Procuration, ProcurationLine, Revocation
from cii.consent.topics import Topic, opened
from cii.foundation.clock import now, today
from cii.organisations.models import Deputyship, Institution


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


def lines_of(parts: Iterable[Part], grants: Sequence[Grant]) -> list[Line]:
    """All lines of one case: periods of a reader do not overlap, neighbours with equal sight are joined."""
    pieces: dict[UUID, list[tuple[Span, Topic]]] = {}
    for part in parts:
        for reader, span in _readers(part):
            seen = pieces.setdefault(reader, [])
            seen.append((span, Topic.CASE))
            for grant in grants:
                topics = opened(part.kind, dict(grant.topics).get(part.kind, Topic(0)))
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
    """Bring case_access up to date for these cases."""
    system.flush()
    parts, grants = _read(system, case_ids)
    before = {
        (line.reader_id, line.case_id): line.changed_at
        for line in system.exec(
            select(CaseAccess).where(CaseAccess.case_id.in_(case_ids))  # type: ignore[attr-defined]
        )
    }
    system.execute(sa.delete(CaseAccess).where(CaseAccess.case_id.in_(case_ids)))  # type: ignore[attr-defined]
    moment = now()
    rows = [
        {
            "reader_id": line.reader,
            "case_id": case_id,
            "valid_from": line.span.first,
            "valid_until": line.span.last,
            "topics": int(line.topics),
            "changed_at": before.get((line.reader, case_id), moment),
        }
        for case_id in case_ids
        for line in lines_of(parts.get(case_id, ()), grants.get(case_id, ()))
    ]
    if rows:
        system.execute(sa.insert(CaseAccess), rows)


def _read(
    system: SystemSession, case_ids: Sequence[UUID]
) -> tuple[dict[UUID, list[Part]], dict[UUID, list[Grant]]]:
    stand_ins: dict[UUID, list[tuple[UUID, Span]]] = {}
    for absent, deputy, first, last in system.exec(
        select(
            Deputyship.absent_id, Deputyship.deputy_id, Deputyship.starts_on, Deputyship.ends_on
        ).where(Deputyship.ends_on >= today())
    ):
        stand_ins.setdefault(absent, []).append((deputy, Span(first, last)))
    parts: dict[UUID, list[Part]] = {}
    for part, kind in system.exec(
        select(CasePart, Institution.kind)
        .join(Institution, Institution.id == CasePart.institution_id)  # type: ignore[arg-type]
        .where(CasePart.case_id.in_(case_ids))  # type: ignore[attr-defined]
    ):
        parts.setdefault(part.case_id, []).append(
            Part(
                kind,
                part.institution_id,
                part.membership_id,
                Span(part.starts_on, part.ends_on or ALWAYS),
                tuple(stand_ins.get(part.membership_id, ())) if part.membership_id else (),
            )
        )
    return parts, _grants(system, case_ids)


def _grants(system: SystemSession, case_ids: Sequence[UUID]) -> dict[UUID, list[Grant]]:
    ended: dict[UUID, date | None] = {
        procuration: None
        for procuration in system.exec(
            select(Revocation.procuration_id).where(Revocation.case_id.in_(case_ids))  # type: ignore[attr-defined]
        )
    }
    procurations = system.exec(select(Procuration).where(Procuration.case_id.in_(case_ids))).all()  # type: ignore[attr-defined]
    for successor in procurations:
        if successor.replaces_id and successor.replaces_id not in ended:
            ended[successor.replaces_id] = successor.valid_from - timedelta(days=1)
    topics: dict[UUID, list[tuple[Kind, Topic]]] = {}
    for line in system.exec(select(ProcurationLine).where(ProcurationLine.case_id.in_(case_ids))):  # type: ignore[attr-defined]
        topics.setdefault(line.procuration_id, []).append((line.kind, line.topics))
    grants: dict[UUID, list[Grant]] = {}
    for procuration in procurations:
        last: date | None = procuration.valid_until
        if procuration.id in ended:
            until = ended[procuration.id]
            # A revocation ends it at once, whatever the day; a successor from its own first day on.
            last = None if until is None else min(until, procuration.valid_until)
        if last is not None and procuration.valid_from <= last:
            grants.setdefault(procuration.case_id, []).append(
                Grant(Span(procuration.valid_from, last), tuple(topics.get(procuration.id, ())))
            )
    return grants


def touch(session: GuardedSession, case_id: UUID, topic: Topic) -> None:
    """Move the case up in the work lists of those who can see a change of this topic, and of nobody else."""
    with joined_system_session(session, Reason.DERIVE_ACCESS) as system:
        system.execute(
            sa.update(CaseAccess)
            .where(
                CaseAccess.case_id == case_id,  # type: ignore[arg-type]
                sa.type_coerce(CaseAccess.topics, sa.Integer).op("&")(int(topic)) == int(topic),
            )
            .values(changed_at=now())
        )
