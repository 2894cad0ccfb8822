"""Mails that come back, and what the relay's log says of those nobody knows about."""

import mailbox
from pathlib import Path
from uuid import UUID

import pytest

from cii.delivery.queries import undelivered
from cii.delivery.reconciling import Reconciled, read_log, reconcile
from cii.delivery.returned import read_returned, returned_messages
from cii.delivery.sending import deliver
from cii.outbox.lifecycle import State
from cii.outbox.models import Message
from cii.settings import Settings
from tests.delivery.house import KINDS_AND_PLAIN, log_of, one, queued, states, told_at_once
from tests.delivery.sink import Sink
from tests.house import House


def notification(
    message_id: str, action: str = "failed", original: str = "text/rfc822-headers"
) -> bytes:
    """What a relay sends back (RFC 3464)."""
    return f"""\
From: MAILER-DAEMON@relay.example
To: cii@vs.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain; charset=us-ascii

<somebody@example.ch>: does not live here. Message-ID: <{"0" * 32}@vs.example>

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example

Final-Recipient: rfc822; somebody@example.ch
Action: {action}
Status: 5.1.1

--B
Content-Type: {original}

Subject: CII
Message-ID: {message_id}

--B--
""".encode()


@pytest.fixture
def sent(house: House, mailing: Settings, sink: Sink) -> Message:
    """A mail about a case that left."""
    told_at_once(house, "hugo")
    assert deliver(house.store, mailing, KINDS_AND_PLAIN) == 1
    return one(house)


def put(path: Path, *contents: bytes) -> None:
    box = mailbox.Maildir(path) if path.suffix != ".mbox" else mailbox.mbox(path)
    for content in contents:
        box.add(content)
    box.close()


@pytest.mark.parametrize("name", ["returned", "returned.mbox"])
@pytest.mark.parametrize("original", ["text/rfc822-headers", "message/rfc822"])
def test_a_mail_that_came_back_is_shown_to_those_who_carry_the_case(
    house: House,
    settings: Settings,
    sent: Message,
    sink: Sink,
    tmp_path: Path,
    name: str,
    original: str,
) -> None:
    put(tmp_path / name, notification(sink.ids[0], original=original))
    reading = settings.model_copy(update={"mail_returned": str(tmp_path / name)})
    assert read_returned(house.store, reading) == 1
    assert read_returned(house.store, reading) == 0
    assert one(house).state is State.BOUNCED
    with house.store.session(house.actor("claire"), writes=False) as session:
        assert [each.state for each in undelivered(session)] == [State.BOUNCED]


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed"])
def test_what_was_only_delayed_did_not_come_back(sent: Message, sink: Sink, action: str) -> None:
    assert returned_messages(notification(sink.ids[0], action)) == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"Subject: Je suis en vacances\nIn-Reply-To: <x@y>\n\nBonjour",
        notification("<somebody-elses@example.ch>"),
        notification(""),
        b"Content-Type: multipart/report; boundary=B\n\n--B\nContent-Type: message/delivery-status\n\n--B--\n",
    ],
)
def test_other_mails_in_the_folder_change_nothing(
    house: House, settings: Settings, sent: Message, tmp_path: Path, content: bytes
) -> None:
    put(tmp_path / "returned", content)
    reading = settings.model_copy(update={"mail_returned": str(tmp_path / "returned")})
    assert read_returned(house.store, reading) == 0
    assert one(house).state is State.SENT


@pytest.mark.parametrize("message_id", ["<", "<0@", "<a@[", "<a@[x"])
@pytest.mark.parametrize("original", ["text/rfc822-headers", "message/rfc822"])
def test_a_mail_that_no_library_can_read_does_not_keep_the_others_from_being_read(
    house: House,
    settings: Settings,
    sent: Message,
    sink: Sink,
    tmp_path: Path,
    message_id: str,
    original: str,
) -> None:
    """Anybody can write to the address for returned mails."""
    hostile = notification(message_id, original=original)
    box = tmp_path / "returned.mbox"
    put(box, hostile, notification(sink.ids[0]), hostile)
    reading = settings.model_copy(update={"mail_returned": str(box)})
    assert read_returned(house.store, reading) == 1
    assert one(house).state is State.BOUNCED
    assert read_returned(house.store, reading) == 0


def test_without_a_folder_there_is_nothing_to_read(house: House, settings: Settings) -> None:
    assert read_returned(house.store, settings) == 0
    away = settings.model_copy(update={"mail_returned": "/nowhere/at/all"})
    assert read_returned(house.store, away) == 0


# The relay's log


KEY = UUID("019a0000-0000-7000-8000-0000000000ff")
NAMED = f"Nov 22 10:00:00 relay postfix/cleanup[81]: 4ZK1: message-id=<{KEY.hex}@vs.example>"
ACTIVE = "Nov 22 10:00:00 relay postfix/qmgr[12]: 4ZK1: from=<cii@vs.example>, size=900, nrcpt=1 (queue active)"
DELIVERED = "Nov 22 10:00:01 relay postfix/smtp[90]: 4ZK1: to=<h@example.ch>, relay=mx[192.0.2.1]:25, delay=1, dsn=2.0.0, status=sent (250 ok)"
GIVEN_BACK = "Nov 22 10:00:01 relay postfix/smtp[90]: 4ZK1: to=<h@example.ch>, relay=mx[192.0.2.1]:25, delay=1, dsn=5.1.1, status=bounced (host said: 550)"
EXPIRED = "Nov 27 10:00:01 relay postfix/qmgr[12]: 4ZK1: from=<cii@vs.example>, status=expired, returned to sender"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        # The relay writes the name before it has taken the mail.
        ([NAMED], {}),
        ([NAMED, ACTIVE], {KEY: State.SENT}),
        ([NAMED, ACTIVE, DELIVERED], {KEY: State.SENT}),
        ([NAMED, ACTIVE, GIVEN_BACK], {KEY: State.BOUNCED}),
        ([NAMED, ACTIVE, EXPIRED], {KEY: State.BOUNCED}),
        (
            [NAMED.replace("2026", "").replace("Nov 22", "2026-11-22T10:00:00+01:00"), ACTIVE],
            {KEY: State.SENT},
        ),
        ([ACTIVE, DELIVERED], {}),
        (["", "]: ", "garbage", "x]: y: message-id=", "x]: y: message-id=<>"], {}),
    ],
)
def test_the_log_says_what_the_relay_took(lines: list[str], said: dict[UUID, State]) -> None:
    assert read_log(lines) == said


def test_the_log_settles_what_it_names_and_the_rest_stays_open_until_it_is_complete(
    house: House, mailing: Settings, sink: Sink
) -> None:
    sink.cut_after = True
    queued(house, key="arrived")
    deliver(house.store, mailing, KINDS_AND_PLAIN)
    sink.cut_after, sink.cut_before = False, True
    queued(house, key="lost")
    deliver(house.store, mailing, KINDS_AND_PLAIN)
    sink.cut_before = False
    assert states(house) == ["ambiguous", "ambiguous"]
    assert reconcile(house.store, log_of(sink.ids)) == Reconciled(sent=1, open=1)
    assert states(house) == ["ambiguous", "sent"]
    assert reconcile(house.store, log_of(sink.ids), complete=True) == Reconciled(again=1)
    assert deliver(house.store, mailing, KINDS_AND_PLAIN) == 1
    assert states(house) == ["sent", "sent"]
    assert len(set(sink.ids)) == len(sink.ids) == 2
