"""Settling what became of a message, by evidence or by hand; certificates of readers."""

from datetime import datetime
from uuid import UUID

from cii.access.guard import GuardedSession, Hidden
from cii.access.system import Reason, SystemSession, joined_system_session
from cii.audit.actions import record
from cii.audit.models import Act
from cii.delivery.inputs import SettlementInput
from cii.delivery.models import ReaderCertificate
from cii.delivery.outcomes import mark_cases, record_message
from cii.delivery.sealing import read_certificate
from cii.foundation.clock import now
from cii.organisations.models import Person
from cii.outbox.kinds import MessageKind
from cii.outbox.lifecycle import IN_TROUBLE, NoSuchStep, State, Trouble, step
from cii.outbox.models import Message


def settle(session: GuardedSession, message_id: UUID, given: SettlementInput) -> None:
    """Say what became of a message in trouble: it left, it is sent again, or it is left as it is.

    Hidden when there is no such message; NoSuchStep when somebody else settled it meanwhile. What is
    sent again is composed anew: consent is asked again.
    """
    with joined_system_session(session, Reason.DELIVER) as system:
        message = system.get(Message, message_id, with_for_update=True, populate_existing=True)
        if message is None:
            raise Hidden("Message")
        if message.state not in IN_TROUBLE or message.put_away_at is not None:
            raise NoSuchStep("nothing is in trouble here")
        if given.settled == "sent":
            step(message.state, State.SENT)
            set_sent(message, now())
        elif given.settled == "again":
            set_queued(message, now())
        else:
            message.put_away_at = now()
        system.add(message)
        system.flush()
        mark_cases(system, message.id, None, now())
        record_message(
            system,
            Act.MESSAGE_SETTLED,
            message.id,
            message.kind,
            now(),
            ground=f"{given.settled}: {given.reason}",
            person_id=session.actor.person,
        )


def set_sent(message: Message, moment: datetime) -> None:
    """The message left: there is evidence, or a person's word."""
    message.state, message.sent_at = step(message.state, State.SENT), moment
    message.trouble, message.answer = None, ""


def set_queued(message: Message, moment: datetime) -> None:
    """The message did not arrive: it is sent from now on, as if it were new."""
    message.state, message.next_attempt_at = step(message.state, State.QUEUED), moment
    message.due_at, message.attempts, message.claimed_by = moment, 0, None
    message.trouble, message.answer = None, ""


def set_bounced(session: SystemSession, message: Message, moment: datetime) -> None:
    """The message came back: its reader does not have it, and those who carry its cases are shown that."""
    message.state, message.trouble = step(message.state, State.BOUNCED), Trouble.CAME_BACK
    message.put_away_at = None
    session.add(message)
    session.flush()
    mark_cases(session, message.id, State.BOUNCED, moment)
    record_message(session, Act.MESSAGE_RETURNED, message.id, message.kind, moment)


def leave(session: SystemSession, kind: MessageKind, message: Message, person_id: UUID) -> None:
    """Stop sending a kind of message to its reader, who asked for it from the message itself."""
    assert kind.leaving is not None, "only kinds that one may leave have the link"
    kind.leaving.leave(session, person_id, message.membership_id)
    record_message(
        session,
        Act.MAIL_CHOICE_CHANGED,
        message.id,
        message.kind,
        now(),
        ground="list-unsubscribe",
        person_id=person_id,
    )


def enter_certificate(session: GuardedSession, person: Person, content: bytes) -> None:
    """Keep the S/MIME certificate of a professional; WrongInput with a sentence when it cannot be used."""
    found = read_certificate(content, person.email, now())
    session.merge(
        ReaderCertificate(
            person_id=person.id,
            der=found.der,
            fingerprint=found.fingerprint,
            valid_from=found.valid_from,
            valid_until=found.valid_until,
            entered_by=session.actor.person,
            entered_at=now(),
        )
    )
    record(session, Act.PERSON_CHANGED, subject_id=person.id, ground="certificate")


def remove_certificate(session: GuardedSession, person: Person) -> None:
    """From now on mails to this professional carry references and links alone."""
    kept = session.get(ReaderCertificate, person.id)
    if kept is not None:
        session.delete(kept)
        record(session, Act.PERSON_CHANGED, subject_id=person.id, ground="certificate-removed")
