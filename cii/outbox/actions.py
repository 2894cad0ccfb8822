"""Telling somebody that something happened, and queuing mails, in the transaction in which it happened."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from cii.access.guard import GuardedSession
from cii.access.system import Reason, SystemSession, joined_system_session
from cii.foundation.clock import now
from cii.outbox.models import (
    TOLD_WITHOUT_ACCESS,
    DuePeriod,
    MailChoice,
    Message,
    MessageCase,
    Notice,
    Pace,
    Subject,
)


def notify(
    session: GuardedSession,
    readers: Iterable[UUID],
    subject: Subject,
    case_id: UUID,
    reference: str,
) -> None:
    """Put a notice on the first page of these readers; whoever wishes is told by mail as well."""
    with joined_system_session(session, Reason.RECORD) as system:
        notify_by_system(system, readers, subject, case_id, reference)


def notify_by_system(
    session: SystemSession,
    readers: Iterable[UUID],
    subject: Subject,
    case_id: UUID,
    reference: str,
) -> None:
    """The same in the system's own transaction: a reminder that is due."""
    for reader in sorted(set(readers)):
        session.add(
            Notice(reader_id=reader, subject=subject, case_id=case_id, case_reference=reference)
        )


def withhold(session: GuardedSession | SystemSession, case_id: UUID) -> None:
    """The consent ended: what waits to be told about this case by mail is told in the product alone.

    That the access ended is told nevertheless.
    """
    if isinstance(session, GuardedSession):
        with joined_system_session(session, Reason.RECORD) as system:
            return withhold(system, case_id)
    session.execute(
        sa.update(Notice)
        .where(
            Notice.case_id == case_id,
            Notice.withheld_at.is_(None),
            Notice.subject.not_in(TOLD_WITHOUT_ACCESS),
        )
        .values(withheld_at=now())
    )
    return None


def queue(
    session: GuardedSession | SystemSession,
    kind: str,
    membership_id: UUID,
    *,
    key: str,
    cases: Iterable[tuple[UUID, str]] = (),
    facts: Mapping[str, Any] | None = None,
    due_at: datetime | None = None,
) -> UUID | None:
    """Queue one message to one seat, from `due_at` on; its key, or None when `key` was queued before.

    `key` says what is sent once and comes from the scheduled time, never from the time it is now:
    "update:2026-11:<membership>". `cases` are the keys and references of the cases it speaks of;
    `facts` are keys and dates from which it will be composed, never content.
    """
    if isinstance(session, GuardedSession):
        with joined_system_session(session, Reason.RECORD) as system:
            return queue(
                system, kind, membership_id, key=key, cases=cases, facts=facts, due_at=due_at
            )
    moment = now()
    message = Message(
        key=key,
        kind=kind,
        membership_id=membership_id,
        facts=dict(facts or {}),
        queued_at=moment,
        due_at=due_at or moment,
        next_attempt_at=due_at or moment,
    )
    if not session.add_once(message):
        return None
    for case_id, reference in sorted(set(cases)):
        session.add(
            MessageCase(
                message_id=message.id,
                case_id=case_id,
                case_reference=reference,
                kind=kind,
                membership_id=membership_id,
            )
        )
    session.flush()
    return message.id


def claim_period(session: SystemSession, job: str, scheduled_for: datetime) -> bool:
    """Claim a due period of a job; False when it was claimed before.

    The claim is committed together with what the period owes, or not at all: of several workers one
    does the work, and one that is killed leaves it to the next.
    """
    return session.add_once(DuePeriod(job=job, scheduled_for=scheduled_for))


def choose_pace(session: GuardedSession, pace: Pace) -> None:
    """Say how one wishes to be told by mail."""
    choice = session.get(MailChoice, session.actor.person)
    if choice is None:
        choice = MailChoice(person_id=session.actor.person, pace=pace)
    choice.pace, choice.chosen_at = pace, now()
    session.add(choice)
