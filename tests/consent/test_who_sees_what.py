"""Qui voit quoi: the page says what is open to whom today, and it is exactly what the guard opens."""

import pytest
import sqlalchemy as sa
from sqlmodel import select

from cii.access.actor import Kind
from cii.access.models import CaseAccess
from cii.access.system import Reason
from cii.cases.lifecycle import State
from cii.consent.models import PartKind
from cii.consent.queries import who_sees, who_sees_briefly
from cii.consent.topics import ALL, NEEDS, Topic
from cii.foundation.clock import today
from tests.access.conftest import database  # noqa: F401 - on both databases
from tests.house import Consent, House

MEASURES = (
    ("sion", PartKind.APPROVAL),
    ("sas", PartKind.OPINION),
    ("lmmt", PartKind.DECISION),
)
WITHOUT_PARTNERS = {kind: NEEDS[kind] for kind in (Kind.ORP, Kind.CMS, Kind.BUREAU)}
SITUATIONS = {
    "a draft": {"state": State.DRAFT},
    "announced": {"state": State.ANNOUNCED},
    "without a procuration": {"state": State.TO_COMPLETE, "consent": None},
    "coached": {"state": State.COACHING},
    "with measures": {"state": State.COACHING, "parts": MEASURES},
    "partners left out": {
        "state": State.COACHING,
        "parts": MEASURES,
        "consent": Consent(topics=WITHOUT_PARTNERS),
    },
    "health closed": {
        "state": State.COACHING,
        "consent": Consent(topics={**NEEDS, Kind.ORP: ALL & ~Topic.HEALTH}),
    },
    "more than needed": {
        "state": State.COACHING,
        "parts": MEASURES,
        "consent": Consent(topics=dict.fromkeys(NEEDS, ALL)),
    },
    "to come": {"state": State.SUSPENDED, "consent": Consent(starts=1)},
    "expired": {"state": State.SUSPENDED, "consent": Consent(starts=-30, ends=-1)},
    "last day": {"state": State.COACHING, "consent": Consent(starts=-30, ends=0)},
    "revoked": {"state": State.SUSPENDED, "consent": Consent(revoked=True)},
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_page_says_what_the_guard_opens(house: House, situation):
    case = house.case(**SITUATIONS[situation])
    with house.store.system(Reason.CHECK, writes=False) as system:
        granted = {
            line.reader_id: Topic(line.topics)
            for line in system.exec(select(CaseAccess).where(CaseAccess.case_id == case.id))
            if line.valid_from <= today() <= line.valid_until
        }
    with house.store.session(house.actor("hugo"), writes=False) as session:
        sights = who_sees_briefly(session, case.id)
    assert {each.institution: each.open | Topic.CASE for each in sights} == {
        reader: topics for reader, topics in granted.items() if reader in house.institution.values()
    }


def test_a_replaced_procuration_counts_no_longer(house):
    case = house.case(state=State.COACHING)
    house.consent(
        case, Consent(starts=0, topics={Kind.ORP: Topic.IDENTITY}), replaces=case.procurations[0]
    )
    with house.store.session(house.actor("hugo"), writes=False) as session:
        opened = {each.kind: each.open for each in who_sees_briefly(session, case.id)}
    assert opened == {
        Kind.ORP: Topic.IDENTITY | Topic.NOTES,
        Kind.CMS: Topic(0),
        Kind.BUREAU: Topic(0),
    }


@pytest.mark.parametrize("parts", [(), MEASURES])
def test_it_takes_one_query_however_many_take_part(house, parts):
    case = house.case(state=State.COACHING, parts=parts)
    house.consent(case, Consent(starts=0), replaces=case.procurations[0])
    with house.store.session(house.actor("hugo"), writes=False) as session:
        cursors = []
        connection = session.raw()
        real = connection.connection.cursor

        def counted(*args, **kwargs):
            cursors.append(args)
            return real(*args, **kwargs)

        connection.connection.cursor = counted  # type: ignore[method-assign]
        assert len(who_sees_briefly(session, case.id)) == 3 + len(parts)
    assert len(cursors) == 1


def test_each_institution_is_named_with_its_part_its_professional_and_since_when(house):
    case = house.case(state=State.COACHING)
    page = house.client("claire").get(f"/cases/{case.id}/consent")
    assert "tandem, côté ORP : Amélie Favre, depuis le" in page.main.replace("\xa0", " ")
    assert "institution qui annonce : Hugo Délèze" in page.main.replace("\xa0", " ")


def test_who_carries_the_case_is_shown_what_the_person_closed(house):
    case = house.case(
        state=State.COACHING,
        parts=MEASURES,
        consent=Consent(topics={**NEEDS, Kind.ORP: ALL & ~Topic.HEALTH, Kind.SAS: Topic(0)}),
    )
    for who in ("hugo", "amelie", "claire"):
        page = house.client(who).get(f"/cases/{case.id}/consent")
        # Health for the ORP; identity, finances and measures for the SAS.
        assert page.texts("td", class_="is-closed") == ["fermé"] * 4
    for who in ("cecile", "laurent"):
        page = house.client(who).get(f"/cases/{case.id}/consent")
        assert page.find("td", class_="is-closed") == []
        assert "fermé" not in page.main


def test_who_will_come_later_is_announced_with_what_it_would_see(house):
    case = house.case(
        state=State.COACHING,
        consent=Consent(topics={**NEEDS, Kind.COMMUNE: Topic.IDENTITY, Kind.LMMT: Topic(0)}),
    )
    main = house.client("hugo").get(f"/cases/{case.id}/consent").main.replace("\xa0", " ")
    assert (
        "commune, dès qu’une mesure lui est soumise verra : identité fermé par la personne : mesures"
        in main
    )
    assert "SAS, dès qu’une mesure lui est soumise verra : identité, finances, mesures" in main
    assert "LMMT, dès qu’une mesure lui est soumise fermé par la personne : identité" in main


def test_before_the_tandem_is_named_both_sides_of_it_stand_under_later(house):
    case = house.case(state=State.ADMITTED)
    with house.store.session(house.actor("hugo"), writes=False) as session:
        later = {each.kind for each in who_sees(session, case.id).later}
    assert later == {Kind.ORP, Kind.CMS, Kind.COMMUNE, Kind.SAS, Kind.LMMT}


def test_who_has_no_part_finds_no_such_page(house):
    case = house.case(state=State.COACHING)
    for who in ("gaelle", "nicolas", "bastien", "cecile", "sophie", "regula", "odile", "pia"):
        house.client(who).get(f"/cases/{case.id}/consent", status=404)


def test_the_page_speaks_german(house):
    case = house.case(by="ursula", state=State.COACHING, tandem=("ursula", "hugo"))
    main = house.client("ursula").get(f"/cases/{case.id}/consent").main
    for words in (
        "Wer sieht was",
        "RAV Oberwallis",
        "Tandem, für das RAV",
        "soziale Lage",
        "sobald ihr",
    ):
        assert words in main


class TestReaders:
    """Qui a consulté le dossier: every reading, with name and institution."""

    def test_readings_stand_there_with_the_last_first(self, house):
        case = house.case(state=State.COACHING)
        house.client("amelie").get(f"/cases/{case.id}/consent")
        house.client("claire").get(f"/cases/{case.id}/documents")
        rows = house.client("hugo").get(f"/cases/{case.id}/readers").texts("tr")
        assert "Claire Zufferey Bureau CII dossier consulté : documents" in rows[1].replace(
            "\xa0", " "
        )
        assert "Amélie Favre ORP Sion dossier consulté : qui voit quoi" in rows[2].replace(
            "\xa0", " "
        )

    def test_on_request_all_acts(self, house):
        case = house.case(state=State.COACHING)
        hugo = house.client("hugo")
        hugo.post(f"/cases/{case.id}/procuration/revoke", {"channel": "oral"})
        house.consent(case, Consent(starts=0), replaces=case.procurations[0])
        assert "procuration révoquée" not in hugo.get(f"/cases/{case.id}/readers").main
        assert "procuration révoquée" in hugo.click("Tous les actes").main

    def test_long_lists_go_on_page_by_page_without_a_gap(self, house, monkeypatch):
        monkeypatch.setattr("cii.cases.screens.procurations.PAGE", 3)
        case = house.case(state=State.COACHING)
        hugo = house.client("hugo")
        for who in ("amelie", "claire", "amelie", "claire", "amelie", "claire", "patrick"):
            house.client(who).get(f"/cases/{case.id}/documents")
        page = hugo.get(f"/cases/{case.id}/readers")
        seen = page.texts("td", data_l="Qui")
        while "Plus anciennes" in page.links:
            page = hugo.click("Plus anciennes")
            seen += page.texts("td", data_l="Qui")
        own = [name for name in seen if name.startswith("Hugo")]
        others = [name.split()[0] for name in seen if name not in own]
        assert others == ["Patrick", "Claire", "Amélie", "Claire", "Amélie", "Claire", "Amélie"]

    def test_an_address_that_makes_no_sense_shows_the_first_page(self, house):
        case = house.case(state=State.COACHING)
        for after in ("x", "2026-01-01_x", "2026-01-01T00:00:00_" + str(case.id), "%00"):
            house.client("hugo").get(f"/cases/{case.id}/readers?after={after}")

    def test_the_bureau_sees_its_own_readings_and_is_told_so(self, house):
        case = house.case(state=State.COACHING)
        house.client("amelie").get(f"/cases/{case.id}/consent")
        claire = house.client("claire")
        claire.get(f"/cases/{case.id}/consent")
        page = claire.get(f"/cases/{case.id}/readers")
        assert "vos propres consultations" in page.main
        assert "Amélie" not in page.main

    def test_partners_have_no_such_page(self, house):
        case = house.case(state=State.COACHING, parts=MEASURES)
        for who in ("cecile", "sophie", "laurent"):
            house.client(who).get(f"/cases/{case.id}/readers", status=404)
            assert "Qui a consulté" not in house.client(who).get(f"/cases/{case.id}/consent").main

    def test_a_long_list_takes_no_more_queries_than_a_short_one(self, house):
        case = house.case(state=State.COACHING)
        hugo = house.client("hugo")
        statements = []

        def count(*event):
            statements.append(event[2])

        sa.event.listen(house.store.engine, "before_cursor_execute", count)
        counts = []
        for readings in (1, 12):
            for _ in range(readings):
                house.client("amelie").get(f"/cases/{case.id}/consent")
            statements.clear()
            hugo.get(f"/cases/{case.id}/readers")
            counts.append(len(statements))
        assert counts[0] == counts[1]
