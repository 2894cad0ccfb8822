"""What became of an attempt: written once, shown to those who carry the cases, with its line in the trail."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from cii.access.hot import SystemStep
from cii.access.system import SystemSession
from cii.audit.models import Act, AuditEvent
from cii.delivery.readers import Reader
from cii.foundation.ids import new_id
from cii.outbox.lifecycle import IN_TROUBLE, WAITING, State, Trouble
from cii.outbox.models import Message, MessageCase

log = logging.getLogger(__name__)

ACTS = {
    State.SENT: Act.MESSAGE_SENT,
    State.STOPPED: Act.MESSAGE_STOPPED,
    State.FAILED: Act.MESSAGE_FAILED,
    State.AMBIGUOUS: Act.MESSAGE_AMBIGUOUS,
    State.BOUNCED: Act.MESSAGE_RETURNED,
}

_messages: sa.Table = Message.__table__  # type: ignore[attr-defined]
_cases: sa.Table = MessageCase.__table__  # type: ignore[attr-defined]
_trail: sa.Table = AuditEvent.__table__  # type: ignore[attr-defined]
_CASES = SystemStep(
    lambda: sa.select(_cases.c.case_id).where(
        _cases.c.message_id == sa.bindparam("message", type_=sa.Uuid())
    )
)
_LINE = SystemStep(lambda: sa.insert(_trail))


def _outcome_from(start: State) -> SystemStep:
    def bound(column: sa.Column[Any]) -> sa.BindParameter[Any]:
        return sa.bindparam(f"new_{column.name}", type_=column.type)

    written = ("state", "trouble", "answer", "sent_at", "next_attempt_at")
    return SystemStep(
        lambda: (
            sa.update(_messages)
            .where(
                _messages.c.id == sa.bindparam("message", type_=sa.Uuid()),
                _messages.c.claimed_by == sa.bindparam("claim", type_=sa.Uuid()),
                _messages.c.state == start,
            )
            .values({name: bound(_messages.c[name]) for name in written})
        )
    )


_FROM_SENDING = _outcome_from(State.SENDING)
_FROM_AMBIGUOUS = _outcome_from(State.AMBIGUOUS)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt. With `over` the relay takes nothing more for now."""

    state: State
    trouble: Trouble | None = None
    answer: str = ""
    over: bool = False
    reason: str = ""


def write_outcome(
    session: SystemSession,
    key: UUID,
    kind: str,
    outcome: Outcome,
    moment: datetime,
    *,
    claim: UUID | None,
    pause: timedelta | None = None,
    reader: Reader | None = None,
    cases: Iterable[UUID] = (),
    encrypted: bool = False,
) -> None:
    """Write what became of an attempt, with its line in the trail; nothing when somebody else settled it meanwhile.

    The sender's own answer is evidence: it also settles a message that was taken for abandoned.
    """
    waits = outcome.state in WAITING
    values: dict[str, Any] = {
        "message": key,
        "claim": claim,
        "new_state": outcome.state,
        "new_trouble": outcome.trouble,
        "new_answer": outcome.answer,
        "new_sent_at": moment if outcome.state is State.SENT else None,
        "new_next_attempt_at": moment + (pause or timedelta()) if waits else None,
    }
    if not _FROM_SENDING.run(session, **values):
        if not _FROM_AMBIGUOUS.run(session, **values):
            log.warning("message %s was settled by somebody else meanwhile", key)
            return
        mark_cases(session, key, None, moment)
    if outcome.state in IN_TROUBLE:
        mark_cases(session, key, outcome.state, moment)
    if outcome.state in ACTS:
        record_message(
            session,
            ACTS[outcome.state],
            key,
            kind,
            moment,
            cases=cases,
            reader=reader,
            ground=outcome.reason or (outcome.trouble.value if outcome.trouble else ""),
            encrypted=encrypted,
        )


def cases_of(session: SystemSession, key: UUID) -> tuple[UUID, ...]:
    """The cases for which a message was queued."""
    return tuple(row[0] for row in _CASES.rows(session, message=key))


def mark_cases(session: SystemSession, key: UUID, trouble: State | None, moment: datetime) -> None:
    """Show to those who carry its cases that a message is in trouble, or no longer."""
    session.execute(
        sa.update(_cases)
        .where(_cases.c.message_id == key)
        .values(trouble=trouble, trouble_at=moment if trouble else None)
    )


def record_message(
    session: SystemSession,
    act: Act,
    key: UUID,
    kind: str,
    moment: datetime,
    *,
    cases: Iterable[UUID] = (),
    reader: Reader | None = None,
    ground: str = "",
    encrypted: bool = False,
    person_id: UUID | None = None,
) -> None:
    """A line in the trail of each case of which a message speaks; one line where it speaks of none."""
    about = tuple(cases) or cases_of(session, key) or (None,)
    details: dict[str, Any] = {"kind": kind}
    if reader is not None:
        details["reader"] = str(reader.actor.membership)
    if encrypted:
        details["encrypted"] = True
    for case_id in about:
        _LINE.run(
            session,
            id=new_id(),
            at=moment,
            act=act,
            person_id=person_id,
            institution_id=None,
            case_id=case_id,
            subject_id=key,
            ground=ground[:400],
            details=details,
        )
