"""Mails of the tests: told to somebody of the cast, and seen from outside."""

from collections.abc import Iterable
from datetime import timedelta
from email.message import EmailMessage
from uuid import UUID

from cii.access.system import Reason
from cii.delivery.arranging import forward_notices
from cii.mails import KINDS
from cii.outbox.actions import notify, queue
from cii.outbox.kinds import Composed, Desk, MessageKind, Order
from cii.outbox.models import MailChoice, Message, Pace, Subject
from tests.house import CaseFile, House

AN_HOUR = timedelta(hours=1)


def wishes(house: House, who: str, pace: Pace) -> None:
    """Somebody chose how to be told."""
    house.add(MailChoice(person_id=house.person[who], pace=pace))


def tell(house: House, who: str, case: CaseFile, subject: Subject = Subject.ADMITTED) -> None:
    """The bureau CII does something of which somebody is told; the worker arranges the mails."""
    with house.store.session(house.actor("claire"), writes=True) as session:
        notify(session, [house.membership(who)], subject, case.id, case.reference)
        session.commit()
    forward_notices(house.store)


def told_at_once(house: House, who: str = "hugo", **case: object) -> CaseFile:
    """A case of which somebody is told by a mail at once: the mail is queued."""
    if not house.count(MailChoice, MailChoice.person_id == house.person[who]):
        wishes(house, who, Pace.AT_ONCE)
    made = house.case(by=who, **case)  # type: ignore[arg-type]
    tell(house, who, made)
    return made


def queued(house: House, who: str = "hugo", key: str = "one", **facts: str) -> UUID:
    """A small message to somebody, of the kind `plain`."""
    with house.store.system(Reason.SCHEDULE) as session:
        made = queue(session, "plain", house.membership(who), key=key, facts=facts)
    assert made is not None
    return made


def plain(desk: Desk, order: Order) -> Composed:
    """The shortest mail."""
    return Composed(subject="Bonjour", text=f"Bonjour, {order.facts.get('word', '')}")


PLAIN = MessageKind("plain", "bonjour", plain)
KINDS_AND_PLAIN = (*KINDS, PLAIN)


def one(house: House) -> Message:
    """The only message."""
    (found,) = house.all(Message)
    assert isinstance(found, Message)
    return found


def states(house: House) -> list[str]:
    """Where all messages stand."""
    return sorted(each.state.value for each in house.all(Message))


def log_of(ids: Iterable[str]) -> list[str]:
    """The relay's log about the mails that it took."""
    lines = []
    for number, message_id in enumerate(ids):
        queue_id = f"4Z{number:05}"
        lines += [
            f"Nov 22 10:00:00 relay postfix/cleanup[81]: {queue_id}: message-id={message_id}",
            f"Nov 22 10:00:00 relay postfix/qmgr[12]: {queue_id}: from=<cii@vs.example>, size=900, nrcpt=1 (queue active)",
        ]
    return lines


def words(mail: EmailMessage, part: str = "plain") -> str:
    """A part of a mail as one reads it: ordinary spaces, ordinary line ends."""
    body = mail.get_body((part,))
    assert body is not None
    text: str = body.get_content()
    return text.replace("\r\n", "\n").replace("\u00a0", " ")
