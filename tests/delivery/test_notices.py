"""Whoever is told something on the first page is told by mail as he or she wishes; the default is calm."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from cii.cases.actions import after_new_procuration, revoke_procuration
from cii.cases.lifecycle import State as CaseState
from cii.cases.models import CaseEmployment
from cii.consent.inputs import RevocationInput
from cii.consent.models import CasePart, Channel, PartKind
from cii.delivery.arranging import forward_notices, last_daily, send_daily
from cii.delivery.sending import deliver
from cii.foundation.clock import now, today
from cii.mails import KINDS
from cii.outbox.actions import notify
from cii.outbox.lifecycle import State
from cii.outbox.models import Message, MessageCase, Notice, Pace, Subject
from cii.outbox.queries import unseen
from cii.settings import Settings
from tests.delivery.house import one, states, tell, told_at_once, wishes, words
from tests.delivery.sink import Sink
from tests.house import House

ZURICH = ZoneInfo("Europe/Zurich")


def zurich(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ZURICH)


def test_who_wishes_it_is_told_at_once_by_reference_and_link_without_a_name(
    house: House, mailing: Settings, sink: Sink
) -> None:
    case = told_at_once(house, "hugo")
    assert deliver(house.store, mailing, KINDS) == 1
    (recipient, content), (mail,) = sink.received[0], sink.mails
    assert recipient == "hugo@example.ch"
    text = words(mail)
    html = words(mail, "html")
    for part in (text, html):
        assert f"Dossier {case.reference} : la personne est admise" in part
        assert f"https://cii.vs.example/cases/{case.id}" in part
    for word in (case.first_name, case.last_name, case.avs_number, "Hugo", "Délèze"):
        assert word not in text + html + str(mail["Subject"])
        assert word.encode() not in content


def test_by_default_news_wait_for_the_one_mail_of_the_next_working_day(
    house: House, mailing: Settings, sink: Sink
) -> None:
    with time_machine.travel(zurich(2026, 11, 20, 6), tick=False) as clock:  # a Friday
        send_daily(house.store, mailing)
        first, second = house.case(), house.case()
        clock.move_to(zurich(2026, 11, 20, 9))
        send_daily(house.store, mailing)
        tell(house, "hugo", first)
        tell(house, "hugo", second, Subject.TO_COMPLETE)
        send_daily(house.store, mailing)
        assert deliver(house.store, mailing, KINDS) == 0
        clock.move_to(zurich(2026, 11, 22, 12))
        assert send_daily(house.store, mailing) == 0
        clock.move_to(zurich(2026, 11, 23, 7))
        assert send_daily(house.store, mailing) == 1
        assert send_daily(house.store, mailing) == 0
        assert deliver(house.store, mailing, KINDS) == 1
    text = words(sink.mails[0])
    assert first.reference in text
    assert second.reference in text
    assert sink.mails[0]["Subject"] == "CII\u00a0: 2 nouvelles de vos dossiers"
    assert {each.case_id for each in house.all(MessageCase)} == {first.id, second.id}


def test_after_days_without_a_worker_there_is_one_mail_and_not_one_for_each_day(
    house: House, mailing: Settings, sink: Sink
) -> None:
    with time_machine.travel(zurich(2026, 11, 16, 10), tick=False) as clock:
        send_daily(house.store, mailing)
        tell(house, "hugo", house.case())
        clock.move_to(zurich(2026, 11, 19, 15))
        send_daily(house.store, mailing)
        send_daily(house.store, mailing)
        assert deliver(house.store, mailing, KINDS) == 1
    assert len(sink.received) == 1


def test_what_was_seen_in_the_product_is_not_sent(
    house: House, mailing: Settings, sink: Sink
) -> None:
    told_at_once(house, "hugo")
    notice = house.all(Notice)[0]
    notice.seen_at = now()
    house.add(notice)
    assert deliver(house.store, mailing, KINDS) == 0
    assert one(house).state is State.STOPPED
    assert sink.received == []


def test_who_reads_in_the_product_alone_gets_no_mail(house: House) -> None:
    wishes(house, "hugo", Pace.NONE)
    tell(house, "hugo", house.case())
    assert house.all(Message) == []


def test_everybody_who_shares_an_inbox_is_told_each_in_his_or_her_way_and_language(
    house: House, mailing: Settings, sink: Sink
) -> None:
    wishes(house, "claire", Pace.AT_ONCE)
    wishes(house, "stefan", Pace.AT_ONCE)
    case = house.case()
    with house.store.session(house.actor("hugo"), writes=True) as session:
        notify(session, [house.institution["bureau"]], Subject.ANNOUNCED, case.id, case.reference)
        session.commit()
    assert forward_notices(house.store) == 1
    assert deliver(house.store, mailing, KINDS) == 2
    said = {
        recipient: (mail["Content-Language"], words(mail))
        for (recipient, _), mail in zip(sink.received, sink.mails, strict=True)
    }
    assert said["claire@example.ch"][0] == "fr"
    assert "une annonce est arrivée" in said["claire@example.ch"][1]
    assert said["stefan@example.ch"][0] == "de"
    assert "Eine Meldung ist eingetroffen" in said["stefan@example.ch"][1]


def test_somebody_with_two_institutions_gets_one_mail_a_day_that_says_which(
    house: House, mailing: Settings, sink: Sink
) -> None:
    with time_machine.travel(zurich(2026, 11, 16, 10), tick=False) as clock:
        send_daily(house.store, mailing)
        sion = house.case(parts=[("sion", PartKind.APPROVAL)])
        saviese = house.case(parts=[("saviese", PartKind.APPROVAL)])
        with house.store.session(house.actor("hugo"), writes=True) as session:
            for name, case in (("sion", sion), ("saviese", saviese)):
                notify(
                    session,
                    [house.institution[name]],
                    Subject.YOUR_TURN,
                    case.id,
                    case.reference,
                )
            session.commit()
        forward_notices(house.store)
        clock.move_to(zurich(2026, 11, 17, 7))
        # Cécile works for both communes, Jérôme for Savièse alone.
        assert send_daily(house.store, mailing) == 2
        assert deliver(house.store, mailing, KINDS) == 2
    said = {
        recipient: words(mail)
        for (recipient, _), mail in zip(sink.received, sink.mails, strict=True)
    }
    assert f"{sion.reference} : c’est à vous d’agir (Commune de Sion)" in said["cecile@example.ch"]
    assert "(Commune de Savièse)" in said["cecile@example.ch"]
    assert sion.reference not in said["jerome@example.ch"]


def test_nothing_leaves_after_a_revocation_but_that_the_access_ended(
    house: House, mailing: Settings, sink: Sink
) -> None:
    case = house.case(by="hugo", state=CaseState.COACHING)
    wishes(house, "amelie", Pace.AT_ONCE)
    tell(house, "amelie", case, Subject.TANDEM_NAMED)
    with house.store.session(house.actor("hugo"), writes=True) as session:
        revoke_procuration(session, case.id, RevocationInput(channel=Channel.PHONE))
        session.commit()
    forward_notices(house.store)
    assert deliver(house.store, mailing, KINDS) == 1
    assert states(house) == ["sent", "stopped"]
    said = words(sink.mails[0])
    assert f"Dossier {case.reference} : l’accès est fermé" in said
    assert "tandem" not in said
    assert str(case.id) not in sink.received[0][1].decode()


def test_nothing_leaves_to_who_lost_the_case(house: House, mailing: Settings, sink: Sink) -> None:
    case = house.case(parts=[("sion", PartKind.APPROVAL)])
    wishes(house, "cecile", Pace.AT_ONCE)
    with house.store.session(house.actor("hugo"), writes=True) as session:
        notify(session, [house.institution["sion"]], Subject.YOUR_TURN, case.id, case.reference)
        session.commit()
    forward_notices(house.store)
    (part,) = house.all(CasePart, CasePart.part == PartKind.APPROVAL)
    part.ends_on = today() - timedelta(days=1)
    house.add(part)
    house.derive(case)
    assert deliver(house.store, mailing, KINDS) == 0
    assert states(house) == ["stopped"]


@pytest.mark.parametrize(
    ("moment", "due"),
    [
        # Before seven in the morning it is yesterday's; on a Sunday it is Friday's.
        (zurich(2026, 11, 24, 6, 59), zurich(2026, 11, 23, 7)),
        (zurich(2026, 11, 24, 7), zurich(2026, 11, 24, 7)),
        (zurich(2026, 11, 22, 12), zurich(2026, 11, 20, 7)),
        # All Saints' Day is a holiday in Valais, 2026 on a Sunday; Immaculate Conception on a Tuesday.
        (zurich(2026, 12, 8, 12), zurich(2026, 12, 7, 7)),
        # The clocks change on the last Sundays of March and October: seven stays seven.
        (zurich(2026, 3, 30, 8), zurich(2026, 3, 30, 7)),
        (zurich(2026, 10, 26, 8), zurich(2026, 10, 26, 7)),
    ],
)
def test_the_mail_of_the_day_is_due_on_working_days_at_seven_in_valais(
    moment: datetime, due: datetime
) -> None:
    assert last_daily(moment, 7) == due


def test_all_notices_are_arranged_once(house: House) -> None:
    told_at_once(house, "hugo")
    assert forward_notices(house.store) == 0
    assert states(house) == ["queued"]


def test_the_bureau_is_told_of_an_announcement_by_mail_and_in_its_work_list(
    house: House, mailing: Settings, sink: Sink
) -> None:
    case = house.case(by="hugo", state=CaseState.TO_COMPLETE)
    (employment,) = house.all(CaseEmployment)
    employment.limited_adapted_activity = True
    house.add(employment)
    wishes(house, "claire", Pace.AT_ONCE)
    with house.store.session(house.actor("hugo"), writes=True) as session:
        after_new_procuration(session, case.id)
        session.commit()
    with house.store.session(house.actor("claire"), writes=False) as session:
        assert unseen(session) == []
    forward_notices(house.store)
    assert deliver(house.store, mailing, KINDS) == 1
    assert f"Dossier {case.reference} : une annonce est arrivée" in words(sink.mails[0])
