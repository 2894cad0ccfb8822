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
from uuid import UUID, uuid4

import sqlalchemy as sa

from cii.access.hot import SystemStep
from cii.access.store import Store
from cii.access.system import Reason, SystemSession
from cii.delivery.desk import ReaderDesk, leave_token
from cii.delivery.mime import Envelope, boundary_of, encrypted, entity, message
from cii.delivery.outcomes import Outcome, cases_of, write_outcome
from cii.delivery.readers import Reader, reader_at
from cii.delivery.relay import Relay, Stop, relay_of
from cii.delivery.sealing import seal
from cii.foundation.clock import local, now
from cii.outbox.kinds import MessageKind, Nothing, Order
from cii.outbox.lifecycle import OF_THE_RELAY, State, Trouble
from cii.outbox.models import Message
from cii.settings import Settings, product_secret

log = logging.getLogger(__name__)

# Longer than all answers of a relay together may take: whoever still sends after it was killed.
CLAIM = timedelta(minutes=15)
# While the relay itself does not work, one message a minute asks whether it does again.
RELAY_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=4)

_messages: sa.Table = Message.__table__  # type: ignore[attr-defined]

_moment = sa.bindparam("moment", type_=_messages.c.next_attempt_at.type)
_NEXT = (
    sa.select(_messages.c.id)
    .where(_messages.c.next_attempt_at <= _moment)
    .order_by(_messages.c.next_attempt_at, _messages.c.id)
    .limit(1)
)
_DUE = SystemStep(lambda: _NEXT)
_CLAIM = SystemStep(
    lambda: (
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
            if not _DUE.rows(session, moment=moment):
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
        rows = _CLAIM.rows(session, moment=moment, claim=claim)
        if not rows:
            return None
        key, kind, membership_id, facts, due_at, attempts = rows[0]
        cases = cases_of(session, key)
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
        if reader is None or not _is_plain(reader.address):
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


def _is_plain(address: str) -> bool:
    """Whether every relay takes this address: no letters beyond ASCII, nothing that could end it."""
    return address.isascii() and address.isprintable() and not set(address) & set(' <>"')


def _pause(outcome: Outcome, attempts: int) -> timedelta:
    # The relay as a whole has its own pause; a single message waits twice as long each time.
    if outcome.trouble in OF_THE_RELAY:
        return RELAY_PAUSE
    return min(timedelta(minutes=2 ** min(attempts - 1, 10)), LONGEST_PAUSE)
