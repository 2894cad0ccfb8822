"""What people choose and settle about mails, and the mails of a demonstration."""

from uuid import uuid4

import pytest
from flask import Flask

from cii.audit.models import Act, AuditEvent
from cii.cases.lifecycle import State as CaseState
from cii.delivery.desk import leave_token
from cii.delivery.models import ReaderCertificate
from cii.delivery.relay import FolderRelay
from cii.delivery.sending import CLAIM, deliver, settle_abandoned
from cii.foundation.clock import now
from cii.outbox.lifecycle import State
from cii.outbox.models import MailChoice, Message, MessageCase, Pace
from cii.settings import Settings
from tests.delivery.house import KINDS_AND_PLAIN, one, queued, told_at_once
from tests.delivery.sink import Sink
from tests.house import House


@pytest.fixture
def house(app: Flask, house: House) -> House:
    """The cast, with the product in front of it."""
    return house


@pytest.fixture
def uncertain(house: House, mailing: Settings, sink: Sink) -> Message:
    """A mail about Hugo's case of which nobody knows whether it left."""
    sink.cut_after = True
    told_at_once(house, "hugo", state=CaseState.COACHING)
    deliver(house.store, mailing, KINDS_AND_PLAIN)
    sink.cut_after = False
    return one(house)


def test_who_chose_nothing_gets_one_mail_a_day_and_can_choose_otherwise(house: House) -> None:
    hugo = house.client("hugo")
    page = hugo.get("/account/messages")
    assert page.form("/account/messages").value("pace") == "daily"
    hugo.submit("/account/messages", {"pace": "at-once"})
    assert house.all(MailChoice)[0].pace is Pace.AT_ONCE
    hugo.submit("/account/messages", {"pace": "none"})
    assert [each.pace for each in house.all(MailChoice)] == [Pace.NONE]
    hugo.post("/account/messages", {"pace": "hourly"}, status=422)


def test_an_uncertain_mail_is_shown_by_reference_to_bureau_and_administrator(
    house: House, uncertain: Message
) -> None:
    (case,) = house.all(MessageCase)
    for who in ("claire", "pia"):
        text = house.client(who).get("/messages").main
        assert case.case_reference in text
        assert "Hugo Délèze" in text
        assert "Morard" not in text
    for who in ("hugo", "odile"):
        house.client(who).get("/messages", status=404)


def test_it_is_on_the_first_page_of_the_tandem(house: House, uncertain: Message) -> None:
    (case,) = house.all(MessageCase)
    said = f"Message à Hugo Délèze, dossier {case.case_reference}"
    assert said in house.client("amelie").get("/").main
    assert said in house.client("claire").get("/").main
    assert said not in house.client("ines").get("/").main


@pytest.mark.parametrize(
    ("settled", "state", "sends"),
    [("sent", State.SENT, 0), ("again", State.QUEUED, 1), ("away", State.AMBIGUOUS, 0)],
)
def test_the_bureau_settles_it_with_a_reason_that_stays(
    house: House,
    mailing: Settings,
    sink: Sink,
    uncertain: Message,
    settled: str,
    state: State,
    sends: int,
) -> None:
    claire = house.client("claire")
    path = f"/messages/{uncertain.id}"
    claire.get("/messages")
    claire.click("nouvelle")
    claire.submit(path, {"settled": settled}, status=422)
    claire.post(path, {"settled": "burn", "reason": "parce que"}, status=422)
    claire.get(path)
    claire.submit(path, {"settled": settled, "reason": "vu dans le journal"})
    assert one(house).state is state
    claire.get(path, status=404)
    claire.post(path, {"settled": settled, "reason": "encore"}, status=404)
    assert house.all(MessageCase)[0].trouble is None
    (line,) = house.all(AuditEvent, AuditEvent.act == Act.MESSAGE_SETTLED)
    assert line.ground == f"{settled}: vu dans le journal"
    assert line.person_id == house.person["claire"]
    assert deliver(house.store, mailing, KINDS_AND_PLAIN) == sends


def test_a_dead_letter_is_sent_again_when_the_address_is_right(
    house: House, mailing: Settings, sink: Sink
) -> None:
    sink.at_rcpt = lambda address: "550 5.1.1 no"
    queued(house)
    deliver(house.store, mailing, KINDS_AND_PLAIN)
    sink.at_rcpt = lambda address: None
    pia = house.client("pia")
    path = f"/messages/{one(house).id}"
    # That a refused mail left nobody can say.
    pia.post(path, {"settled": "sent", "reason": "il est parti"}, status=422)
    pia.get(path)
    pia.submit(path, {"settled": "again", "reason": "adresse corrigée"})
    assert deliver(house.store, mailing, KINDS_AND_PLAIN) == 1


def test_no_such_mail_is_no_page(house: House) -> None:
    house.client("pia").get(f"/messages/{uuid4()}", status=404)


# Leaving by one click


def test_looking_at_the_link_changes_nothing_and_posting_leaves_without_signing_in(
    app: Flask, house: House, mailing: Settings, sink: Sink
) -> None:
    told_at_once(house, "hugo")
    deliver(house.store, mailing, KINDS_AND_PLAIN)
    link = str(sink.mails[0]["List-Unsubscribe"]).strip("<>")
    path = link.removeprefix("https://cii.vs.example")
    # A mail program, not a browser: no cookie, no token, no origin.
    program = app.test_client()
    assert program.get(path).status_code == 200
    assert house.all(MailChoice)[0].pace is Pace.AT_ONCE
    answer = program.post(path, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert house.all(MailChoice)[0].pace is Pace.NONE
    (line,) = house.all(AuditEvent, AuditEvent.act == Act.MAIL_CHOICE_CHANGED)
    assert line.person_id == house.person["hugo"]
    assert program.post(path).status_code == 200


def test_a_link_that_we_did_not_make_is_no_page(app: Flask, house: House) -> None:
    key = queued(house)
    program = app.test_client()
    good = leave_token(app.extensions["secret"], key)
    for token in (good, good[:-1] + ("0" if good[-1] != "0" else "1"), "x", "-", key.hex, "é"):
        # The first is well signed, of a kind that one cannot leave.
        assert program.get(f"/mail/leave/{token}").status_code == 404
        assert program.post(f"/mail/leave/{token}").status_code == 404


# Certificates


def test_the_administrator_enters_and_removes_a_certificate(
    house: House, certificate: bytes
) -> None:
    pia = house.client("pia")
    path = f"/people/{house.person['hugo']}/certificate"
    pia.get(f"/people/{house.person['hugo']}")
    pia.click("Certificat pour chiffrer les messages")
    pia.submit(path, {"certificate": (b"bonjour", "cert.pem")}, status=422)
    page = pia.submit(path, {"certificate": (certificate, "cert.pem")})
    (kept,) = house.all(ReaderCertificate)
    assert kept.person_id == house.person["hugo"]
    assert kept.fingerprint in page.main
    pia.post(path, {"act": "remove"})
    assert house.all(ReaderCertificate) == []
    house.client("hugo").get(path, status=404)
    house.client("odile").get(f"/people/{house.person['gaelle']}/certificate", status=404)


# The folder of mails


@pytest.mark.parametrize("settings", [{"demo": True}], indirect=True)
def test_in_a_demonstration_everybody_reads_the_mails_that_were_written(
    house: House, settings: Settings
) -> None:
    case = told_at_once(house, "hugo")
    assert deliver(house.store, settings, KINDS_AND_PLAIN) == 1
    (file,) = (settings.var / "outbox").iterdir()
    assert file.suffix == ".eml"
    ines = house.client("ines")
    assert "hugo@example.ch" in ines.get("/mailbox").main
    mail = ines.get(f"/mailbox/{one(house).id}")
    assert case.reference in mail.main
    page = ines.client.get(mail.links["Voir avec la mise en forme"])
    assert page.status_code == 200
    policy = page.headers["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "unsafe" not in policy
    ines.get(f"/mailbox/{uuid4()}", status=404)
    ines.get(f"/mailbox/{uuid4()}/page", status=404)


def test_elsewhere_only_the_administrator_reads_them(house: House, settings: Settings) -> None:
    told_at_once(house, "hugo")
    deliver(house.store, settings, KINDS_AND_PLAIN)
    pia = house.client("pia")
    pia.get("/messages")
    pia.click("Voir les messages écrits")
    for path in ("/mailbox", f"/mailbox/{one(house).id}", f"/mailbox/{one(house).id}/page"):
        house.client("claire").get(path, status=404)


def test_the_folder_itself_knows_what_a_killed_sender_wrote(
    house: House, settings: Settings
) -> None:
    written, unwritten = queued(house, key="written"), queued(house, key="unwritten")
    relay = FolderRelay(settings.var / "outbox")
    relay.send(written, "hugo@example.ch", lambda: b"Date: x\r\n")
    for message in house.all(Message):
        message.state, message.next_attempt_at = State.SENDING, None
        message.claimed_at, message.claimed_by = now() - CLAIM * 2, uuid4()
        house.add(message)
    assert settle_abandoned(house.store, relay, now()) == 2
    found = {each.id: each.state for each in house.all(Message)}
    assert found == {written: State.SENT, unwritten: State.QUEUED}
