"""Sending what is due. Never lost, never silently twice, never after a revocation.

For each message: the intent is written and committed; the relay hears for whom it is; the message is
composed with its reader's eyes of that moment, so that consent is asked last; it is handed over; what
became of it is written, in one transaction with the intent for the next. A sender that is killed
leaves one message of which nobody here knows whether it left: it is never sent again by itself.
"""

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from cii.access.store import Store
from cii.access.system import Reason, SystemSession
from cii.audit.models import Act, AuditEvent
from cii.delivery.desk import ReaderDesk, leave_token
from cii.delivery.mime import Envelope, boundary_of, encrypted, entity, message
from cii.delivery.readers import Reader, reader_at
from cii.delivery.relay import Outcome, Relay, Stop, relay_of
from cii.delivery.sealing import seal
from cii.foundation.clock import local, now
from cii.foundation.ids import new_id
from cii.outbox.kinds import MessageKind, Nothing, Order
from cii.outbox.lifecycle import IN_TROUBLE, OF_THE_RELAY, State, Trouble
from cii.outbox.models import Message, MessageCase
from cii.settings import Settings, product_secret

log = logging.getLogger(__name__)

# Longer than all answers of a relay together may take: whoever still sends after it was killed.
CLAIM = timedelta(minutes=15)
# While the relay itself does not work, one message a minute asks whether it does again.
RELAY_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=4)

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

_moment = sa.bindparam("moment", type_=_messages.c.next_attempt_at.type)
_NEXT = (
    sa.select(_messages.c.id)
    .where(_messages.c.next_attempt_at <= _moment)
    .order_by(_messages.c.next_attempt_at, _messages.c.id)
    .limit(1)
)
_CLAIM = (
    sa.update(_messages)
    .where(_messages.c.id == _NEXT.with_for_update(skip_locked=True).scalar_subquery())
    .values(
        state=State.SENDING,
        next_attempt_at=None,
        claimed_by=sa.bindparam("claim", type_=sa.Uuid()),
        claimed_at=_moment,
        attempts=_messages.c.attempts + 1,
    )
    .returning(
        _messages.c.id,
        _messages.c.kind,
        _messages.c.membership_id,
        _messages.c.facts,
        _messages.c.due_at,
        _messages.c.attempts,
    )
)
_CASES = sa.select(_cases.c.case_id).where(
    _cases.c.message_id == sa.bindparam("message_id", type_=sa.Uuid())
)
_RELAY_FAILED = sa.select(
    sa.exists().where(
        _messages.c.state == State.DELAYED,
        _messages.c.trouble.in_(OF_THE_RELAY),
        _messages.c.claimed_at > sa.bindparam("since", type_=_messages.c.claimed_at.type),
    )
)


@dataclass(slots=True)
class Taken:
    """A message that this sender has claimed, with its reader of now."""

    claim: UUID
    order: Order
    membership_id: UUID
    attempts: int
    reader: Reader | None
    cases: tuple[UUID, ...]
    encrypted: bool = False


def deliver(
    store: Store,
    settings: Settings,
    kinds: Iterable[MessageKind],
    *,
    relay: Relay | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> int:
    """Send everything that is due now; returns how many left. Several may do so at once."""
    out = relay or relay_of(settings)
    settle_abandoned(store, out, now())
    return Postman(store, settings, kinds, out, stopping).run()


def settle_abandoned(store: Store, relay: Relay, moment: datetime) -> int:
    """Take away messages from senders that were killed; how many. Without evidence they are ambiguous."""
    late = (Message.state == State.SENDING, Message.claimed_at < moment - CLAIM)
    with store.system(Reason.DELIVER, writes=False) as session:
        if not session.scalar(sa.select(sa.exists().where(*late))):
            return 0
    unknown = Outcome(State.AMBIGUOUS, Trouble.SENDER_GONE)
    with store.system(Reason.DELIVER) as session:
        rows = session.execute(
            sa.select(Message.id, Message.kind, Message.claimed_by, Message.membership_id)
            .where(*late)
            .with_for_update(skip_locked=True)
        ).all()
        for key, kind, claim, _ in rows:
            outcome = relay.evidence(key) or unknown
            write_outcome(session, key, kind, outcome, moment, claim=claim)
    return len(rows)


class Postman:
    """One sender: goes through what is due, one message after the other, over one connection."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        kinds: Iterable[MessageKind],
        relay: Relay,
        stopping: Callable[[], bool],
    ) -> None:
        self.store = store
        self.settings = settings
        self.kinds = {kind.name: kind for kind in kinds}
        self.relay = relay
        self.stopping = stopping
        self.secret = product_secret(settings)

    def run(self) -> int:
        """Send what is due; returns how many left."""
        sent = 0
        if not self._is_due():
            return sent
        done: tuple[Taken, Outcome] | None = None
        try:
            while True:
                goes_on = not self.stopping() and not (done and done[1].over)
                taken = self._turn(done, take=goes_on)
                if taken is None:
                    return sent
                outcome = self._attempt(taken)
                sent += outcome.state is State.SENT
                done = (taken, outcome)
                if self.settings.mail_per_minute:
                    self._turn(done, take=False)
                    done = done if outcome.over else None
                    time.sleep(60 / self.settings.mail_per_minute)
        finally:
            self.relay.close()

    def _is_due(self) -> bool:
        moment = now()
        with self.store.system(Reason.DELIVER, writes=False) as session:
            if session.execute(_NEXT, {"moment": moment}).first() is None:
                return False
            return not session.scalar(_RELAY_FAILED, {"since": moment - RELAY_PAUSE})

    def _turn(self, done: tuple[Taken, Outcome] | None, *, take: bool) -> Taken | None:
        """Write what became of the last message and the intent for the next, in one transaction."""
        if done is None and not take:
            return None
        moment = now()
        with self.store.system(Reason.DELIVER) as session:
            if done is not None:
                self._note(session, *done, moment)
            return self._claim(session, moment) if take else None

    def _claim(self, session: SystemSession, moment: datetime) -> Taken | None:
        claim = uuid4()
        row = session.execute(_CLAIM, {"moment": moment, "claim": claim}).first()
        if row is None:
            return None
        key, kind, membership_id, facts, due_at, attempts = row
        cases = tuple(session.scalars(_CASES, {"message_id": key}))
        reader = reader_at(session, membership_id, local(moment).date(), moment)
        return Taken(
            claim, Order(key, kind, facts, cases, due_at), membership_id, attempts, reader, cases
        )

    def _note(
        self, session: SystemSession, taken: Taken, outcome: Outcome, moment: datetime
    ) -> None:
        order = taken.order
        pause = None
        if outcome.state is State.DELAYED:
            pause = _pause(outcome, taken.attempts)
            given_up = moment > order.due_at + timedelta(days=self.settings.mail_give_up_days)
            if given_up and outcome.trouble not in OF_THE_RELAY:
                outcome = Outcome(State.FAILED, Trouble.TOO_LATE, outcome.answer)
        write_outcome(
            session,
            order.id,
            order.kind,
            outcome,
            moment,
            claim=taken.claim,
            pause=pause,
            reader=taken.reader,
            cases=taken.cases,
            encrypted=taken.encrypted,
        )

    def _attempt(self, taken: Taken) -> Outcome:
        reader = taken.reader
        if reader is None or not reader.address.isascii():
            return Outcome(State.FAILED, Trouble.NO_ADDRESS)
        return self.relay.send(taken.order.id, reader.address, lambda: self._compose(taken, reader))

    def _compose(self, taken: Taken, reader: Reader) -> bytes:
        try:
            return self._bytes(taken, reader)
        except Stop:
            raise
        except Exception as error:
            log.exception("message %s could not be composed", taken.order.id)
            raise Stop(Outcome(State.DELAYED, Trouble.NOT_COMPOSED)) from error

    def _bytes(self, taken: Taken, reader: Reader) -> bytes:
        order = taken.order
        kind = self.kinds[order.kind]
        desk = ReaderDesk(self.store, self.settings, reader)
        composed = kind.compose(desk, order)
        if isinstance(composed, Nothing):
            raise Stop(Outcome(State.STOPPED, reason=composed.reason))
        if composed.carries_content and not desk.may_carry_content:
            raise Stop(Outcome(State.STOPPED, reason="not-protected"))
        if composed.cases is not None:
            taken.cases = composed.cases
        content = entity(composed, boundary_of(order.id))
        if composed.carries_content and reader.certificate is not None:
            content, taken.encrypted = encrypted(seal(content, reader.certificate)), True
        token = leave_token(self.secret, order.id)
        envelope = Envelope(
            id=order.id,
            domain=self.settings.mail_domain_name,
            sender=self.settings.mail_from,
            reply_to=self.settings.mail_reply_to,
            recipient=reader.address,
            date=local(now()),
            language=desk.language,
            leave=desk.link(f"/mail/leave/{token}") if kind.leaving else "",
        )
        return message(envelope, composed.subject, content)


def _pause(outcome: Outcome, attempts: int) -> timedelta:
    # The relay as a whole has its own pause; a single message waits twice as long each time.
    if outcome.trouble in OF_THE_RELAY:
        return RELAY_PAUSE
    return min(timedelta(minutes=2 ** min(attempts - 1, 10)), LONGEST_PAUSE)


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
    values: dict[str, Any] = {
        "state": outcome.state,
        "trouble": outcome.trouble,
        "answer": outcome.answer,
    }
    if outcome.state is State.SENT:
        values["sent_at"] = moment
    if outcome.state in {State.DELAYED, State.QUEUED}:
        values["next_attempt_at"] = moment + (pause or timedelta())
    own = sa.update(_messages).where(_messages.c.id == key, _messages.c.claimed_by == claim)
    if not _changed(session, own.where(_messages.c.state == State.SENDING).values(values)):
        if not _changed(session, own.where(_messages.c.state == State.AMBIGUOUS).values(values)):
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


def _changed(session: SystemSession, statement: sa.Update) -> bool:
    return bool(session.execute(statement).rowcount)  # type: ignore[attr-defined]


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
    about = tuple(cases) or tuple(session.scalars(_CASES, {"message_id": key})) or (None,)
    details: dict[str, Any] = {"kind": kind}
    if reader is not None:
        details["reader"] = str(reader.actor.membership)
    if encrypted:
        details["encrypted"] = True
    session.execute(
        sa.insert(_trail),
        [
            {
                "id": new_id(),
                "at": moment,
                "act": act,
                "person_id": person_id,
                "institution_id": None,
                "case_id": case_id,
                "subject_id": key,
                "ground": ground[:400],
                "details": details,
            }
            for case_id in about
        ],
    )
