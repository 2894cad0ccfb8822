"""Three months of updates: written from what the tandem noted, nothing new on a bridge of holidays, and one that is missed.

Ursula, adviser at the RAV Oberwallis, announced Lucie Morard; Amélie (ORP Sion) and Hugo (CMS Sion)
coach her. Spring 2029: the last day of May is Corpus Christi, on which nobody works in Valais.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from cii.cases.lifecycle import State
from cii.delivery.mailbox import WrittenMail, written_mail, written_mails
from cii.delivery.sending import deliver
from cii.foundation.clock import living_at
from cii.jobs import hand_over_updates, open_monthly_updates, remind_tandems
from cii.mails import KINDS
from cii.monthly.models import Update
from cii.outbox.lifecycle import State as MailState
from cii.outbox.models import Message
from cii.settings import Settings
from tests.house import CaseFile, Consent, House
from tests.pages import PageClient

VALAIS = ZoneInfo("Europe/Zurich")


class Story:
    """Lucie's coaching, lived through day by day with the worker's rounds."""

    def __init__(self, house: House, settings: Settings) -> None:
        self.house, self.settings = house, settings
        with self.on(date(2029, 4, 3)):
            self.case = self.announced("ursula")

    def announced(self, by: str, **options: Any) -> CaseFile:
        """A person whom somebody announced and whom Amélie and Hugo coach."""
        options.setdefault("consent", Consent(ends=700))
        return self.house.case(by=by, state=State.COACHING, tandem=("amelie", "hugo"), **options)

    @contextmanager
    def on(self, day: date, hour: int = 9, minute: int = 0) -> Iterator[None]:
        """It is this day, on a Valais clock; the worker has done its rounds of the hour."""
        moment = datetime(day.year, day.month, day.day, hour, minute, tzinfo=VALAIS)
        with living_at(moment):
            open_monthly_updates(self.house.store, self.settings)
            remind_tandems(self.house.store, self.settings)
            hand_over_updates(self.house.store, self.settings)
            deliver(self.house.store, self.settings, KINDS)
            yield

    def client(self, who: str) -> PageClient:
        """Somebody signs in on that day."""
        return self.house.new_client(who)

    def mails_to(self, who: str) -> list[WrittenMail]:
        """The monthly mails that left for somebody, the oldest first."""
        address = f"{who}@example.ch"
        found = [each for each in written_mails(self.settings) if address in each.recipient]
        read = [written_mail(self.settings, each.key) for each in reversed(found)]
        return [each for each in read if each and "/follow-ups" in each.text]

    @property
    def path(self) -> str:
        """The address of the case."""
        return f"/cases/{self.case.id}"


@pytest.fixture
def story(app: Flask, house: House, settings: Settings) -> Story:
    """Lucie's story, from the beginning."""
    return Story(house, settings)


def test_three_months(story: Story) -> None:
    """Once a month, by e-mail, to the professional first in charge: implementation and evolution (VS-27)."""
    april(story)
    may(story)
    june(story)


def april(story: Story) -> None:
    """A normal month: prepared, written by both, read, shown to have been read."""
    with story.on(date(2029, 4, 12)):
        story.house.note(
            story.case, "hugo", "Un transporteur de Viège offre un stage.", significant=True
        )
        story.house.note(story.case, "hugo", "Elle préfère le matin.")
    with story.on(date(2029, 4, 20)):
        page = story.client("amelie").get("/")
        assert "Lucie Morard, avril 2029" in page.links
        assert "échéance le 30.04.2029" in page.main
        assert "bientôt attendue" not in page.main
    with story.on(date(2029, 4, 23)):
        # Five working days before the 30th, a Monday.
        assert "la mise à jour mensuelle est bientôt attendue" in story.client("hugo").get("/").main
    with story.on(date(2029, 4, 24)):
        amelie = story.client("amelie")
        page = amelie.get(f"{story.path}/update/2029-04")
        assert "12.04.2029" in str(page.form("update").fields["text"])
        assert "transporteur de Viège" in str(page.form("update").fields["text"])
        assert "Elle préfère le matin" not in page.html
        amelie.submit("update", press="Garder et voir l’aperçu")
        assert "Ce que Ursula Amherd reçoit aujourd’hui" in amelie.page.main  # type: ignore[union-attr]
        assert "Neue Aktualisierung: April 2029." in amelie.page.main  # type: ignore[union-attr]
        amelie.submit(f"{story.path}/update/2029-04", press="Publier")
    with story.on(date(2029, 4, 25)):
        hugo = story.client("hugo")
        page = hugo.get(f"{story.path}/update/2029-04")
        texts = page.form("update").fields["text"]
        hugo.submit("update", {"text": [*texts[:-1], "Le stage commence le 7 mai."]})
        assert story.mails_to("ursula") == []
    with story.on(date(2029, 5, 1), 6, 59):
        assert story.mails_to("ursula") == []
    with story.on(date(2029, 5, 1), 7, 1):
        # The first of May is a working day in Valais.
        (mail,) = story.mails_to("ursula")
        assert mail.date == datetime(2029, 5, 1, 7, 1, tzinfo=VALAIS)
        assert mail.subject == "CII: Aktualisierungen, April 2029"
        assert story.case.reference in mail.text
        assert "Morard" not in mail.text + mail.html
        assert "Viège" not in mail.text + mail.html
        ursula = story.client("ursula")
        page = ursula.get("/follow-ups")
        assert "1 Aktualisierung zu lesen" in page.main
        ursula.get(f"{story.path}/update/2029-04")
        assert "Le stage commence le 7 mai." in ursula.page.main  # type: ignore[union-attr]
        assert "zu lesen" not in ursula.get("/follow-ups").main
        page = story.client("hugo").get(f"{story.path}/updates")
        assert "lue par Ursula Amherd, ORP Haut-Valais" in page.main


def may(story: Story) -> None:
    """Nothing new, in one click from the first page; due on the 30th, since the 31st is Corpus Christi."""
    with story.on(date(2029, 5, 22)):
        hugo = story.client("hugo")
        page = hugo.get("/")
        assert "échéance le 30.05.2029" in page.main
        hugo.submit(f"{story.path}/update/2029-05/nothing-new", press=None)
        assert "Lucie Morard, mai 2029" not in hugo.page.links  # type: ignore[union-attr]
    with story.on(date(2029, 6, 1), 7, 1):
        mail = story.mails_to("ursula")[-1]
        assert "Nichts Neues: Mai 2029." in mail.text


def june(story: Story) -> None:
    """Nobody writes: late for the tandem, its head and the bureau, missing in the mail; July tells it all."""
    with story.on(date(2029, 7, 1)):
        for who in ("patrick", "claire"):
            client = story.client(who)
            assert "Mises à jour en retard : 1" in client.get("/").links
            page = client.click("Mises à jour en retard : 1")
            assert "juin 2029" in page.main
            assert "Amélie Favre, Hugo Délèze" in page.main
    with story.on(date(2029, 7, 2), 7, 1):
        mail = story.mails_to("ursula")[-1]
        assert "Die Aktualisierung fehlt: Juni 2029." in mail.text
        assert "Amélie Favre (RAV Sitten)" in mail.text
    with story.on(date(2029, 7, 10)):
        amelie = story.client("amelie")
        assert "Lucie Morard, juin 2029, juillet 2029" in amelie.get("/").links
        amelie.get(f"{story.path}/update/2029-07")
        amelie.submit("update", {"text": ["", "Le stage est devenu un emploi."]})
        states = {each.month.month: each.state.value for each in story.house.all(Update)}
        assert states == {4: "published", 5: "nothing-new", 6: "missed", 7: "published"}
        assert "en retard" not in story.client("claire").get("/").main
    with story.on(date(2029, 7, 31)):
        assert len(story.mails_to("ursula")) == 3


def test_while_somebody_is_absent_the_deputies_write_and_read(story: Story) -> None:
    with story.on(date(2029, 4, 10)):
        own = story.announced("amelie", first_name="Marc", last_name="Bonvin")
        story.house.deputy("amelie", "nicolas", starts=0, ends=40)
    with story.on(date(2029, 4, 23)):
        nicolas = story.client("nicolas")
        assert "la mise à jour mensuelle est bientôt attendue" in nicolas.get("/").main
        nicolas.get(f"{story.path}/update/2029-04")
        nicolas.submit("update", {"text": ["", "Vu pendant l’absence."]})
        nicolas.get(f"/cases/{own.id}/update/2029-04")
        nicolas.submit("update", {"text": ["", "Marc va bien."]})
    with story.on(date(2029, 5, 2)):
        assert story.mails_to("amelie") == []
        (mail,) = story.mails_to("nicolas")
        assert own.reference in mail.text
        assert "Marc Bonvin" in story.client("nicolas").get("/follow-ups").main


def test_nothing_leaves_after_a_revocation_between_queuing_and_sending(story: Story) -> None:
    with story.on(date(2029, 4, 24)):
        hugo = story.client("hugo")
        hugo.get(f"{story.path}/update/2029-04")
        hugo.submit("update", {"text": ["", "Le stage commence."]})
    with living_at(datetime(2029, 5, 1, 7, 1, tzinfo=VALAIS)):
        hand_over_updates(story.house.store, story.settings)
        story.house.revoke(story.case)
        deliver(story.house.store, story.settings, KINDS)
    (message,) = story.house.all(Message, Message.kind == "monthly-digest")
    assert message.state is MailState.STOPPED
    assert story.mails_to("ursula") == []


def test_two_of_the_tandem_at_once_lose_nothing(story: Story) -> None:
    with story.on(date(2029, 4, 24)):
        amelie, hugo = story.client("amelie"), story.client("hugo")
        for client in (amelie, hugo):
            client.get(f"{story.path}/update/2029-04")
        amelie.submit(
            "update", {"text": ["Vu avec l’employeur.", ""]}, press="Garder comme brouillon"
        )
        page = hugo.submit("update", {"text": ["", "Budget revu."]}, press="Publier", status=409)
        assert "Amélie Favre l’a enregistrée avant vous" in page.main
        kept = page.form("update").fields["text"]
        assert {"Vu avec l’employeur.", "Budget revu."} <= set(kept)
        hugo.submit("update", press="Publier")
        page = hugo.get(f"{story.path}/update/2029-04")
        assert {"Vu avec l’employeur.", "Budget revu."} <= set(page.form("update").fields["text"])


def test_paragraphs_are_moved_without_javascript(story: Story) -> None:
    with story.on(date(2029, 4, 24)):
        hugo = story.client("hugo")
        path = f"{story.path}/update/2029-04"
        hugo.get(path)
        hugo.submit("update", {"text": ["Un", ""]}, press="Garder comme brouillon")
        hugo.submit("update", {"text": ["Un", "Deux", ""]}, press="Garder comme brouillon")

        def order() -> list[str]:
            return [each for each in hugo.get(path).form("update").fields["text"] if each]

        assert order() == ["Un", "Deux"]
        hugo.submit("update", press="Descendre")
        assert order() == ["Deux", "Un"]
        to_evolution = next(
            each[0] for each in hugo.get(path).form("update").buttons if "Évolution" in each[0]
        )
        hugo.submit("update", press=to_evolution)
        assert order() == ["Un", "Deux"]
        hugo.submit("update", press="Retirer")
        assert order() == ["Deux"]


def test_who_paused_the_mail_gets_it_again(story: Story) -> None:
    with story.on(date(2029, 4, 24)):
        ursula = story.client("ursula")
        ursula.get("/follow-ups")
        ursula.submit("/follow-ups/mail", press="Die E-Mail aussetzen")
        assert "Ausgesetzt seit dem 24.04.2029" in ursula.page.main  # type: ignore[union-attr]
    with story.on(date(2029, 5, 2)):
        assert story.mails_to("ursula") == []
        ursula = story.client("ursula")
        ursula.get("/follow-ups")
        ursula.submit("/follow-ups/mail", press="Die E-Mail wieder erhalten")
    with story.on(date(2029, 6, 1) + timedelta(days=3)):
        assert len(story.mails_to("ursula")) == 1
