"""What the relay's log says about messages of which nobody here knows whether they left.

The log is read as postfix writes it, one event a line, the first words as the log's programs like:

    <time> <host> postfix/cleanup[4]: 4ZK1: message-id=<019a...@cii.vs.example>     which message it is
    <time> <host> postfix/qmgr[3]: 4ZK1: from=<cii@...>, size=9, nrcpt=1 (queue active)   it was accepted
    <time> <host> postfix/smtp[9]: 4ZK1: to=<...>, relay=..., status=sent (250 ...)   what became of it

`message-id` alone is no evidence: the relay also writes it for a mail whose sender hung up before the end.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import select

from cii.access.store import Store
from cii.access.system import Reason, SystemSession
from cii.audit.models import Act
from cii.delivery.actions import set_bounced, set_queued, set_sent
from cii.delivery.mime import message_key
from cii.delivery.outcomes import mark_cases, record_message
from cii.foundation.clock import now
from cii.outbox.lifecycle import State
from cii.outbox.models import Message

_RETURNED = frozenset({"bounced", "expired"})


@dataclass(frozen=True, slots=True)
class Reconciled:
    """How many ambiguous messages had left, came back, are sent again, are still open."""

    sent: int = 0
    returned: int = 0
    again: int = 0
    open: int = 0


def read_log(lines: Iterable[str]) -> dict[UUID, State]:
    """What the log says of our messages: SENT where the relay accepted one, BOUNCED where it gave it back."""
    names: dict[str, UUID] = {}
    accepted: set[str] = set()
    returned: set[str] = set()
    for line in lines:
        queue_id, _, said = line.partition("]: ")[2].partition(": ")
        if said.startswith("message-id="):
            key = message_key(said.removeprefix("message-id=").partition(" ")[0])
            if key is not None:
                names[queue_id] = key
        elif said.startswith("from=") and said.rstrip().endswith("(queue active)"):
            accepted.add(queue_id)
        elif ", status=" in said:
            accepted.add(queue_id)
            status = said.partition(", status=")[2].partition(" ")[0].rstrip(",")
            if status in _RETURNED:
                returned.add(queue_id)
    said_of: dict[UUID, State] = {}
    for queue_id, key in names.items():
        if queue_id in returned:
            said_of.setdefault(key, State.BOUNCED)
        elif queue_id in accepted:
            said_of[key] = State.SENT
    return said_of


def reconcile(store: Store, lines: Iterable[str], *, complete: bool = False) -> Reconciled:
    """Settle ambiguous messages by the relay's log; with `complete`, what it does not name is sent again.

    `complete` is the operator's word that the log covers the whole time in question.
    """
    said_of = read_log(lines)
    sent = returned = again = still_open = 0
    with store.system(Reason.DELIVER) as session:
        ambiguous = session.exec(
            select(Message)
            .where(Message.state == State.AMBIGUOUS)
            .order_by(Message.id)
            .with_for_update()
        ).all()
        for message in ambiguous:
            said = said_of.get(message.id)
            if said is State.SENT:
                sent += 1
                set_sent(message, now())
            elif said is State.BOUNCED:
                returned += 1
                set_bounced(session, message, now())
                continue
            elif complete:
                again += 1
                set_queued(message, now())
            else:
                still_open += 1
                continue
            _note(session, message)
    return Reconciled(sent, returned, again, still_open)


def _note(session: SystemSession, message: Message) -> None:
    session.add(message)
    session.flush()
    mark_cases(session, message.id, None, now())
    ground = f"log: {message.state.value}"
    record_message(session, Act.MESSAGE_SETTLED, message.id, message.kind, now(), ground=ground)
