"""What the relay does, and what becomes of the mail: nothing lost, nothing sent twice by itself."""

import subprocess
from pathlib import Path

import pytest
import time_machine

from cii.access.system import Reason
from cii.delivery.queries import undelivered
from cii.delivery.sending import deliver
from cii.organisations.models import Person
from cii.outbox.lifecycle import State, Trouble
from cii.outbox.models import MessageCase
from cii.settings import Settings
from tests.delivery.conftest import with_relay
from tests.delivery.house import KINDS_AND_PLAIN, PLAIN, one, queued, states, told_at_once, words
from tests.delivery.sink import Sink, server_context, smtp_sink, taking
from tests.house import House

MONDAY = "2026-11-23T08:00:00+01:00"


def send(house: House, settings: Settings) -> int:
    return deliver(house.store, settings, KINDS_AND_PLAIN)


def test_a_relay_that_is_down_for_a_day_loses_nothing(house: House, settings: Settings) -> None:
    with smtp_sink() as gone:
        down = with_relay(settings, gone)
    with time_machine.travel(MONDAY, tick=False) as clock:
        for number in range(3):
            queued(house, key=str(number))
        for _ in range(48):
            assert send(house, down) == 0
            clock.shift(30 * 60)
        assert set(states(house)) == {"delayed"}
        with smtp_sink() as sink:
            up = with_relay(settings, sink)
            clock.shift(60)
            assert send(house, up) == 3
            assert sorted(sink.ids) == sorted(set(sink.ids))
    assert states(house) == ["sent"] * 3


def test_while_the_relay_is_down_one_mail_a_minute_asks_for_it(
    house: House, settings: Settings
) -> None:
    with smtp_sink() as gone:
        down = with_relay(settings, gone)
    with time_machine.travel(MONDAY, tick=False) as clock:
        queued(house, key="first")
        queued(house, key="second")
        send(house, down)
        clock.shift(5)
        send(house, down)
        assert states(house) == ["delayed", "queued"]


def test_an_address_that_the_relay_refuses_is_a_dead_letter_for_the_tandem_to_see(
    house: House, mailing: Settings, sink: Sink
) -> None:
    sink.at_rcpt = lambda address: "550 5.1.1 <hugo@example.ch> does not live here"
    told_at_once(house, "hugo")
    send(house, mailing)
    mail = one(house)
    assert (mail.state, mail.trouble, mail.answer) == (State.FAILED, Trouble.REFUSED, "550 5.1.1")
    assert house.all(MessageCase)[0].trouble is State.FAILED
    with house.store.session(house.actor("claire"), writes=False) as session:
        assert [each.reader for each in undelivered(session)] == ["Hugo Délèze"]
    with house.store.session(house.actor("ines"), writes=False) as session:
        assert undelivered(session) == []


def test_the_others_leave_although_one_is_refused(
    house: House, mailing: Settings, sink: Sink
) -> None:
    sink.at_rcpt = lambda address: "550 5.1.1 no" if address.startswith("hugo") else None
    for who in ("amelie", "hugo", "claire"):
        queued(house, who, key=who)
    assert send(house, mailing) == 2
    assert states(house) == ["failed", "sent", "sent"]
    assert sink.connections == 1


def test_a_relay_that_asks_for_time_is_asked_again_later_and_later(
    house: House, mailing: Settings, sink: Sink
) -> None:
    sink.at_rcpt = lambda address: "451 4.7.1 greylisted"
    with time_machine.travel(MONDAY, tick=False) as clock:
        queued(house)
        waits = []
        for _ in range(4):
            send(house, mailing)
            mail = one(house)
            assert (mail.state, mail.trouble) == (State.DELAYED, Trouble.REFUSED_FOR_NOW)
            assert mail.next_attempt_at
            assert mail.claimed_at
            waits.append((mail.next_attempt_at - mail.claimed_at).total_seconds())
            clock.move_to(mail.next_attempt_at)
        assert waits == [60, 120, 240, 480]
        sink.at_rcpt = lambda address: None
        assert send(house, mailing) == 1


def test_after_five_days_of_that_it_is_given_up_and_shown(
    house: House, mailing: Settings, sink: Sink
) -> None:
    sink.at_rcpt = lambda address: "451 4.7.1 greylisted"
    with time_machine.travel(MONDAY, tick=False) as clock:
        queued(house)
        send(house, mailing)
        clock.shift(5 * 24 * 3600 + 60)
        send(house, mailing)
    assert (one(house).state, one(house).trouble) == (State.FAILED, Trouble.TOO_LATE)


def test_a_connection_cut_before_the_answer_leaves_an_uncertain_mail_that_is_not_sent_again(
    house: House, mailing: Settings, sink: Sink
) -> None:
    sink.cut_after = True
    with time_machine.travel(MONDAY, tick=False) as clock:
        told_at_once(house, "hugo")
        send(house, mailing)
        assert (one(house).state, one(house).trouble) == (State.AMBIGUOUS, Trouble.NO_ANSWER)
        sink.cut_after = False
        clock.shift(30 * 24 * 3600)
        assert send(house, mailing) == 0
    assert len(sink.received) == 1
    assert house.all(MessageCase)[0].trouble is State.AMBIGUOUS


def test_a_connection_cut_before_the_mail_was_taken_is_as_uncertain(
    house: House, mailing: Settings, sink: Sink
) -> None:
    sink.cut_before = True
    queued(house)
    send(house, mailing)
    assert one(house).state is State.AMBIGUOUS
    assert sink.received == []


def test_a_relay_too_slow_before_the_mail_is_tried_again(house: House, settings: Settings) -> None:
    with smtp_sink() as sink:
        sink.slow = 3
        slow = with_relay(settings, sink, mail_timeout=1)
        queued(house)
        assert send(house, slow) == 0
    assert (one(house).state, one(house).trouble) == (State.DELAYED, Trouble.CONNECTION)


def test_a_relay_that_closes_after_each_mail_gets_a_new_connection(
    house: House, mailing: Settings, sink: Sink
) -> None:
    queued(house, key="first")
    queued(house, key="second")
    taken = []

    def once(address: str) -> str | None:
        taken.append(address)
        return "421 4.3.2 come back" if len(taken) == 2 else None

    sink.at_rcpt = once
    with time_machine.travel(MONDAY, tick=False) as clock:
        queued(house, key="third")
        send(house, mailing)
        clock.shift(3600)
        send(house, mailing)
    assert states(house) == ["sent"] * 3
    assert len(set(sink.ids)) == len(sink.ids) == 3


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1, signed by itself, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=127.0.0.1",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-keyout",
            str(folder / "key.pem"),
            "-out",
            str(folder / "cert.pem"),
        ],
        check=True,
        capture_output=True,
    )
    return folder


def test_with_starttls_and_a_password_the_mail_leaves(
    house: House, settings: Settings, authority: Path
) -> None:
    context = server_context(str(authority / "cert.pem"), str(authority / "key.pem"))
    account = {"authenticator": taking("cii", "secret"), "auth_required": True}
    with smtp_sink(tls_context=context, **account) as sink:
        protected = {"mail_security": "starttls", "mail_ca": str(authority / "cert.pem")}
        queued(house)
        wrong = with_relay(settings, sink, **protected, mail_user="cii", mail_password="guess")
        with time_machine.travel(MONDAY, tick=False) as clock:
            clock.shift(3600 * 24 * 365)
            queued(house, key="other")
            assert send(house, wrong) == 0
            assert set(states(house)) == {"delayed", "queued"}
            clock.shift(120)
            right = with_relay(settings, sink, **protected, mail_user="cii", mail_password="secret")
            assert deliver(house.store, right, [PLAIN]) == 2


def test_a_certificate_that_nobody_vouches_for_stops_everything(
    house: House, settings: Settings, authority: Path
) -> None:
    context = server_context(str(authority / "cert.pem"), str(authority / "key.pem"))
    queued(house)
    with smtp_sink(tls_context=context) as sink:
        assert send(house, with_relay(settings, sink, mail_security="starttls")) == 0
    assert (one(house).state, one(house).trouble) == (State.DELAYED, Trouble.CERTIFICATE)
    assert sink.received == []


def test_with_tls_from_the_first_byte_the_mail_leaves(
    house: House, settings: Settings, authority: Path
) -> None:
    context = server_context(str(authority / "cert.pem"), str(authority / "key.pem"))
    queued(house)
    with smtp_sink(ssl_context=context) as sink:
        tls = with_relay(settings, sink, mail_security="tls", mail_ca=str(authority / "cert.pem"))
        assert send(house, tls) == 1


def test_a_relay_without_starttls_gets_nothing(
    house: House, settings: Settings, sink: Sink
) -> None:
    queued(house)
    assert send(house, with_relay(settings, sink, mail_security="starttls")) == 0
    assert one(house).state is State.DELAYED
    assert sink.received == []


def test_somebody_whose_access_is_closed_gets_no_mail(
    house: House, mailing: Settings, sink: Sink
) -> None:
    told_at_once(house, "hugo")
    with house.store.system(Reason.SET_UP) as session:
        person = session.get(Person, house.person["hugo"])
        assert person is not None
        person.active = False
        session.add(person)
    send(house, mailing)
    assert (one(house).state, one(house).trouble) == (State.FAILED, Trouble.NO_ADDRESS)
    assert sink.received == []


def test_a_mail_that_cannot_be_composed_waits_for_the_fault_to_be_repaired(
    house: House, mailing: Settings, sink: Sink, caplog: pytest.LogCaptureFixture
) -> None:
    queued(house)
    assert deliver(house.store, mailing, []) == 0
    assert (one(house).state, one(house).trouble) == (State.DELAYED, Trouble.NOT_COMPOSED)
    assert "could not be composed" in caplog.text


def test_a_line_that_is_only_a_dot_arrives_as_it_was_written(
    house: House, mailing: Settings, sink: Sink
) -> None:
    queued(house, word="un\n.\n..deux\n")
    assert send(house, mailing) == 1
    assert words(sink.mails[0]) == "Bonjour, un\n.\n..deux\n"


def test_the_rate_is_limited_where_the_relay_wishes_it(
    house: House, mailing: Settings, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("cii.delivery.sending.time.sleep", pauses.append)
    for key in ("first", "second", "third"):
        queued(house, key=key)
    assert send(house, mailing.model_copy(update={"mail_per_minute": 120})) == 3
    assert pauses == [0.5, 0.5, 0.5]
