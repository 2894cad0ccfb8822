"""What is waiting, what is in trouble, and of which cases: references, never a person coached."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import select

from cii.access.guard import GuardedSession
from cii.access.system import Reason, SystemSession, joined_system_session
from cii.delivery.models import ReaderCertificate
from cii.organisations.models import Institution, Membership, Person
from cii.outbox.lifecycle import IN_TROUBLE, OF_THE_RELAY, WAITING, State, Trouble
from cii.outbox.models import MailChoice, Message, MessageCase, Pace

SHOWN = 200


@dataclass(frozen=True, slots=True)
class TroubledMessage:
    """A message that did not reach its reader, or perhaps not."""

    id: UUID
    kind: str
    state: State
    trouble: Trouble | None
    answer: str
    since: datetime
    reader: str
    institution: str
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """How delivery stands: how many in each state, since when the oldest waits, whether the relay works."""

    counts: dict[State, int]
    waiting_since: datetime | None
    relay_trouble: Trouble | None
    abandoned: int
    unsettled: int

    @property
    def waiting(self) -> int:
        """How many wait for their next attempt."""
        return sum(self.counts.get(state, 0) for state in WAITING)

    @property
    def sent(self) -> int:
        """How many left."""
        return self.counts.get(State.SENT, 0)


def standing(session: SystemSession, moment: datetime, claim: timedelta) -> Standing:
    """How delivery stands now; `claim` is the time after which a sender no longer sends."""
    counts = session.execute(sa.select(Message.state, sa.func.count()).group_by(Message.state))
    last = session.execute(
        sa.select(Message.trouble)
        .where(Message.state == State.DELAYED, Message.trouble.in_(OF_THE_RELAY))
        .order_by(Message.claimed_at.desc())
        .limit(1)
    ).scalar()
    return Standing(
        counts={row[0]: row[1] for row in counts},
        waiting_since=session.scalar(
            sa.select(sa.func.min(Message.due_at)).where(
                Message.next_attempt_at.is_not(None), Message.due_at <= moment
            )
        ),
        relay_trouble=last,
        abandoned=session.scalar(
            sa.select(sa.func.count()).where(
                Message.state == State.SENDING, Message.claimed_at < moment - claim
            )
        )
        or 0,
        unsettled=session.scalar(
            sa.select(sa.func.count()).where(
                Message.state.in_(IN_TROUBLE), Message.put_away_at.is_(None)
            )
        )
        or 0,
    )


def standing_for(session: GuardedSession, moment: datetime, claim: timedelta) -> Standing:
    """The same, for somebody who watches delivery."""
    with joined_system_session(session, Reason.DELIVER) as system:
        return standing(system, moment, claim)


def troubled(session: GuardedSession, message_id: UUID | None = None) -> list[TroubledMessage]:
    """Messages in trouble that nobody settled, the oldest first; of whoever reads, whatever the case."""
    chosen = (Message.id == message_id) if message_id else sa.true()
    german = session.actor.language == "de"
    with joined_system_session(session, Reason.DELIVER) as system:
        rows = system.execute(
            sa.select(
                Message.id,
                Message.kind,
                Message.state,
                Message.trouble,
                Message.answer,
                Message.claimed_at,
                Person.first_name,
                Person.last_name,
                Institution.name_de if german else Institution.name,
            )
            .join(Membership, Membership.id == Message.membership_id)
            .join(Person, Person.id == Membership.person_id)
            .join(Institution, Institution.id == Membership.institution_id)
            .where(Message.state.in_(IN_TROUBLE), Message.put_away_at.is_(None), chosen)
            .order_by(Message.id)
            .limit(SHOWN)
        ).all()
        references = _references(system, [row[0] for row in rows])
    return [
        TroubledMessage(
            id=row[0],
            kind=row[1],
            state=row[2],
            trouble=row[3],
            answer=row[4],
            since=row[5],
            reader=f"{row[6]} {row[7]}",
            institution=row[8],
            references=tuple(references.get(row[0], ())),
        )
        for row in rows
    ]


def _references(system: SystemSession, keys: Iterable[UUID]) -> dict[UUID, list[str]]:
    found: dict[UUID, list[str]] = {}
    rows = system.execute(
        sa.select(MessageCase.message_id, MessageCase.case_reference)
        .where(MessageCase.message_id.in_(keys))
        .order_by(MessageCase.case_reference)
    )
    for key, reference in rows:
        found.setdefault(key, []).append(reference)
    return found


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A case of which a mail did not reach its reader."""

    case_id: UUID
    reference: str
    state: State
    since: datetime
    reader: str


def undelivered(session: GuardedSession) -> list[Undelivered]:
    """Mails in trouble about the cases that the actor carries, the oldest first."""
    rows = session.execute(
        sa.select(
            MessageCase.case_id,
            MessageCase.case_reference,
            MessageCase.trouble,
            MessageCase.trouble_at,
            Person.first_name,
            Person.last_name,
        )
        .join(Membership, Membership.id == MessageCase.membership_id)
        .join(Person, Person.id == Membership.person_id)
        .where(MessageCase.trouble.is_not(None))
        .order_by(MessageCase.trouble_at)
        .limit(SHOWN)
    )
    return [
        Undelivered(case_id, reference, state, since, f"{first} {last}")
        for case_id, reference, state, since, first, last in rows
    ]


def pace_of(session: GuardedSession) -> Pace:
    """How the actor wishes to be told; one mail a day unless chosen otherwise."""
    choice = session.get(MailChoice, session.actor.person)
    return choice.pace if choice else Pace.DAILY


def certificate_of(session: GuardedSession, person_id: UUID) -> ReaderCertificate | None:
    """The certificate that was entered for somebody."""
    return session.exec(
        select(ReaderCertificate).where(ReaderCertificate.person_id == person_id)
    ).first()
