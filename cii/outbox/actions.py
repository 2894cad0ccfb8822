"""Telling somebody that something happened, in the transaction in which it happened."""

from collections.abc import Iterable
from uuid import UUID

from cii.access.guard import GuardedSession
from cii.access.system import Reason, joined_system_session
from cii.outbox.models import Notice, Subject


def notify(
    session: GuardedSession,
    readers: Iterable[UUID],
    subject: Subject,
    case_id: UUID,
    reference: str,
) -> None:
    """Put a notice on the first page of these readers."""
    with joined_system_session(session, Reason.RECORD) as system:
        for reader in sorted(set(readers)):
            system.add(
                Notice(reader_id=reader, subject=subject, case_id=case_id, case_reference=reference)
            )
