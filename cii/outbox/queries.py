"""The notices that wait to be seen."""

from sqlmodel import select

from cii.access.guard import GuardedSession
from cii.outbox.models import ONLY_BY_MAIL, Notice


def unseen(session: GuardedSession, limit: int = 20) -> list[Notice]:
    """The actor's notices, the newest first."""
    return list(
        session.exec(
            select(Notice)
            .where(Notice.seen_at.is_(None), Notice.subject.not_in(ONLY_BY_MAIL))
            .order_by(Notice.at.desc())
            .limit(limit)
        ).all()
    )
