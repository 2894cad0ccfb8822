"""What a procuration leaves closed stays closed, in every page, list and download.

Lucie Morard's case: Hugo (CMS Sion) announced it and coaches it with Amélie (ORP Sion); the commune of
Sion, the SAS and the LMMT have a measure before them. Each topic holds a document whose name one would
recognise anywhere.
"""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from cii.access.actor import Kind
from cii.cases.lifecycle import State
from cii.consent.models import PartKind
from cii.consent.topics import ALL, NEEDS, OPENABLE, Topic
from cii.files.actions import add_file
from cii.files.models import StoredFile
from cii.files.storage import Shelf
from cii.foundation.clock import today
from cii.outbox.models import Notice
from tests.access.conftest import database  # noqa: F401 - on both databases
from tests.consent.reading import in_another_thread, keys
from tests.files import specimens
from tests.house import CaseFile, Consent, House

ZURICH = ZoneInfo("Europe/Zurich")
WITH_A_MEASURE = (
    ("sion", PartKind.APPROVAL),
    ("sas", PartKind.OPINION),
    ("lmmt", PartKind.DECISION),
)
PARTNERS = {"cecile": Kind.COMMUNE, "sophie": Kind.SAS, "laurent": Kind.LMMT}
FIRST_NAME, LAST_NAME = "Lucie", "Morard"


def canary(topic: Topic) -> str:
    return f"canari-{topic.name}"


@pytest.fixture
def shelf(app) -> Shelf:
    return Shelf.of(app.extensions["settings"])


class Documented:
    """A case in which a document was added under each topic, by the one who announced it."""

    def __init__(self, house: House, shelf: Shelf, consent: Consent | None) -> None:
        self.house = house
        self.case: CaseFile = house.case(
            state=State.COACHING, consent=consent, parts=WITH_A_MEASURE
        )
        self.file = self.add(shelf, "hugo", *OPENABLE)

    def add(self, shelf: Shelf, who: str, *topics: Topic) -> dict[Topic, str]:
        """Add a document under each of these topics; where each is downloaded."""
        with self.house.store.session(self.house.actor(who), writes=True) as session:
            files = {
                topic: add_file(
                    session, shelf, self.case.id, topic, f"{canary(topic)}.pdf", specimens.pdf()
                )
                for topic in topics
            }
            session.commit()
        return {topic: f"/files/{file.id}" for topic, file in files.items()}

    def open_to(self, who: str) -> Topic:
        """The topics that somebody finds open, by list, page and download alike."""
        client = self.house.new_client(who, self.house.home(who))
        pages = [client.get("/cases").html, client.post("/cases/search", {"q": LAST_NAME}).html]
        for page in ("", "/documents", "/consent", "/announcement", "/plan", "/readers"):
            response = client.client.get(f"/cases/{self.case.id}{page}")
            pages.append(response.get_data(as_text=True))
        html = "".join(pages)
        found = Topic(0)
        for topic, path in self.file.items():
            answer = client.client.get(path).status_code
            listed = canary(topic) in html
            assert (answer, listed) in {(200, True), (404, False)}, (who, topic, answer, listed)
            if listed:
                found |= topic
        assert (FIRST_NAME in html) == bool(found & Topic.IDENTITY), (
            f"{who}: the name does not agree"
        )
        return found


@pytest.fixture
def documented(house, shelf):
    return lambda consent=None, **given: Documented(house, shelf, consent or Consent(**given))


def test_everybody_sees_what_his_or_her_kind_may_need_and_no_more(documented):
    case = documented()
    assert case.open_to("amelie") == ALL
    assert case.open_to("claire") == NEEDS[Kind.BUREAU]
    for who, kind in PARTNERS.items():
        assert case.open_to(who) == NEEDS[kind]


def test_a_procuration_that_leaves_out_commune_sas_and_lmmt_opens_them_nothing(documented):
    case = documented(topics={kind: NEEDS[kind] for kind in (Kind.ORP, Kind.CMS, Kind.BUREAU)})
    for who in PARTNERS:
        assert case.open_to(who) == Topic(0)
    assert case.open_to("amelie") == ALL


def test_a_topic_that_was_struck_out_is_closed_and_the_others_are_open(documented):
    case = documented(topics={**NEEDS, Kind.ORP: ALL & ~Topic.HEALTH})
    assert case.open_to("amelie") == ALL & ~Topic.HEALTH
    assert case.open_to("hugo") == ALL


def test_what_was_ticked_beyond_the_need_of_a_kind_opens_nothing(documented):
    case = documented(topics=dict.fromkeys(NEEDS, ALL))
    for who, kind in PARTNERS.items():
        assert case.open_to(who) == NEEDS[kind]


def test_what_is_open_to_one_kind_is_not_open_to_another(documented):
    case = documented(topics={Kind.CMS: ALL})
    for who in ("amelie", "claire", *PARTNERS):
        assert case.open_to(who) == Topic(0)


def test_without_a_procuration_nobody_sees_more_than_what_he_or_she_wrote(house, shelf):
    case = Documented(house, shelf, None)
    for who in ("amelie", "claire", *PARTNERS):
        assert case.open_to(who) == Topic(0)
    assert case.open_to("hugo") == ALL


def test_a_procuration_that_is_still_to_come_opens_nothing(documented):
    case = documented(starts=1)
    for who in ("amelie", "claire", *PARTNERS):
        assert case.open_to(who) == Topic(0)


def test_a_new_procuration_closes_what_the_old_one_had_opened(documented, house):
    case = documented()
    house.consent(
        case.case,
        Consent(starts=0, topics={**NEEDS, Kind.ORP: Topic.IDENTITY}),
        replaces=case.case.procurations[0],
    )
    assert case.open_to("amelie") == Topic.IDENTITY
    assert case.open_to("cecile") == NEEDS[Kind.COMMUNE]


def test_until_its_first_day_the_old_one_holds(documented, house):
    case = documented()
    house.consent(
        case.case, Consent(starts=3, topics={Kind.CMS: ALL}), replaces=case.case.procurations[0]
    )
    assert case.open_to("amelie") == ALL


@pytest.mark.parametrize(
    ("days", "clock", "is_open"),
    [
        (-1, time(23, 59, 59), False),
        (0, time(0, 0, 1), True),
        (5, time(23, 59, 59), True),
        (6, time(0, 0, 1), False),
    ],
)
def test_it_opens_at_midnight_of_its_first_day_and_closes_at_midnight_after_its_last(
    documented, time_machine, days, clock, is_open
):
    case = documented(starts=10, ends=15)
    day = today() + timedelta(days=10 + days)
    time_machine.move_to(datetime.combine(day, clock, tzinfo=ZURICH), tick=False)
    assert case.open_to("amelie") == (ALL if is_open else Topic(0))
    assert case.open_to("cecile") == (NEEDS[Kind.COMMUNE] if is_open else Topic(0))


class TestRevocation:
    """Lucie tells Hugo on the phone that she takes her procuration back."""

    @pytest.fixture
    def case(self, documented):
        return documented()

    def revoke(self, house, case):
        hugo = house.client("hugo")
        path = f"/cases/{case.case.id}/procuration/revoke"
        hugo.get(path)
        return hugo.submit(path, {"channel": "phone", "reason": "Elle ne veut plus."})

    def test_everything_closes_at_once(self, house, case):
        assert case.open_to("amelie") == ALL
        page = self.revoke(house, case)
        assert "Aucune procuration n’est en vigueur" in page.main
        for who in ("amelie", "claire", *PARTNERS):
            assert case.open_to(who) == Topic(0)

    def test_a_page_that_a_partner_has_open_leads_nowhere_any_more(self, house, case):
        amelie = house.client("amelie")
        amelie.get(f"/cases/{case.case.id}/documents")
        self.revoke(house, case)
        amelie.click(f"{canary(Topic.HEALTH)}.pdf", status=404)
        assert FIRST_NAME not in amelie.get(f"/cases/{case.case.id}/documents").html

    def test_partners_lose_the_case_from_their_lists(self, house, case):
        for who in ("amelie", *PARTNERS):
            assert f"/cases/{case.case.id}" in house.client(who).get("/cases").links.values()
        self.revoke(house, case)
        for who in ("amelie", *PARTNERS):
            assert f"/cases/{case.case.id}" not in house.client(who).get("/cases").links.values()

    def test_who_announced_and_the_bureau_keep_its_cover(self, house, case):
        self.revoke(house, case)
        for who in ("hugo", "claire"):
            assert f"/cases/{case.case.id}" in house.client(who).get("/cases").links.values()
        assert (
            case.case.reference in house.client("claire").get(f"/cases/{case.case.id}/consent").main
        )

    def test_own_writings_stay_with_their_institution(self, house, case, shelf):
        own = case.add(shelf, "amelie", Topic.HEALTH)[Topic.HEALTH]
        self.revoke(house, case)
        assert house.client("amelie").client.get(own).status_code == 200
        assert house.client("hugo").client.get(own).status_code == 404
        assert case.open_to("hugo") == ALL

    def test_the_others_are_told_that_it_ended_and_not_why(self, house, case):
        self.revoke(house, case)
        for who in ("amelie", "claire", "cecile"):
            client = house.client(who)
            assert case.case.reference in client.get("/").main
            page = client.get(f"/cases/{case.case.id}/consent")
            assert "terminée" in page.main
            assert "Elle ne veut plus" not in page.html
            assert "téléphone" not in page.main
        own = house.client("hugo").get(f"/cases/{case.case.id}/consent").main
        assert "par téléphone" in own
        assert "Elle ne veut plus." in own

    def test_what_was_signed_in_words_closes_as_well(self, house, case):
        """Its purpose and how it was explained are about the person: neither bureau nor partner keeps them."""
        assert "Lue ensemble" in house.client("claire").get(f"/cases/{case.case.id}/consent").main
        self.revoke(house, case)
        for who in ("amelie", "claire", "cecile"):
            page = house.client(who).get(f"/cases/{case.case.id}/consent")
            assert "Lue ensemble" not in page.html

    def test_whoever_reads_at_that_moment_reads_nothing_afterwards(self, house, case):
        """A reader in the middle of a page while the revocation is recorded; the next request is closed."""
        with house.store.session(house.actor("amelie"), writes=False) as reading:
            assert len(keys(reading, StoredFile)) == len(OPENABLE)
            in_another_thread(lambda: self.revoke(house, case))
            keys(reading, StoredFile)
        with house.store.session(house.actor("amelie"), writes=False) as reading:
            assert keys(reading, StoredFile) == []
        assert case.open_to("amelie") == Topic(0)

    def test_a_new_procuration_opens_the_case_again(self, house, case):
        self.revoke(house, case)
        house.consent(case.case, Consent(starts=0), replaces=case.case.procurations[0])
        assert case.open_to("amelie") == ALL

    def test_taking_back_twice_changes_nothing_more(self, house, case):
        self.revoke(house, case)
        hugo = house.client("hugo")
        path = f"/cases/{case.case.id}/procuration/revoke"
        assert "aucune procuration à révoquer" in hugo.get(path).main
        hugo.post(path, {"channel": "letter"})
        assert "par lettre" not in hugo.get(f"/cases/{case.case.id}/consent").main
        assert house.count(Notice, Notice.reader_id == house.membership("amelie")) == 1
