"""Adding a line to the trail, in the transaction of the act itself."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from cii.access.guard import GuardedSession
from cii.access.hot import HotAdd
from cii.access.store import Store
from cii.access.system import Reason, SystemSession
from cii.audit.models import Act, AuditEvent
from cii.foundation.clock import now
from cii.foundation.ids import new_id

# Every page of a case adds a line: it costs no more than the insert.
_ADD = HotAdd(AuditEvent, person="person_id", institution="institution_id")


def record(
    session: GuardedSession,
    act: Act,
    *,
    case_id: UUID | None = None,
    subject_id: UUID | None = None,
    ground: str = "",
    **details: Any,
) -> None:
    """Record an act of the session's actor; `details` are keys and numbers, never content."""
    _ADD.run(
        session,
        id=new_id(),
        at=now(),
        act=act,
        case_id=case_id,
        subject_id=subject_id,
        ground=ground,
        details=details,
    )


def record_by_system(
    session: SystemSession,
    act: Act,
    *,
    person_id: UUID | None = None,
    institution_id: UUID | None = None,
    case_id: UUID | None = None,
    subject_id: UUID | None = None,
    ground: str = "",
    **details: Any,
) -> None:
    """Record an act in the system's own transaction: a sign-in, an import, a suspension at expiry."""
    session.add(
        AuditEvent(
            act=act,
            person_id=person_id,
            institution_id=institution_id,
            case_id=case_id,
            subject_id=subject_id,
            ground=ground,
            details=details,
        )
    )


def record_shown(
    store: Store, person: UUID, institution: UUID, cases: Iterable[UUID], **details: Any
) -> None:
    """Record that pages of cases were read although what was asked for is undone: a form that comes back (VS-40)."""
    with store.system(Reason.RECORD) as session:
        for case_id in cases:
            record_by_system(
                session,
                Act.CASE_READ,
                person_id=person,
                institution_id=institution,
                case_id=case_id,
                ground="VS-40",
                **details,
            )


def record_refusal(
    store: Store, person: UUID, institution: UUID, ground: str, **details: Any
) -> None:
    """Record that something was refused; in a transaction of its own, since the refused one is undone."""
    with store.system(Reason.RECORD) as session:
        record_by_system(
            session,
            Act.REFUSED,
            person_id=person,
            institution_id=institution,
            ground=ground,
            **details,
        )
