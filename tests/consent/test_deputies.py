"""Somebody stands in for a colleague who is away (A-11): exactly on these days, under the own name."""

import threading
from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from cii.access.actor import Seat
from cii.access.guard import Hidden
from cii.access.store import Store
from cii.audit.models import Act, AuditEvent
from cii.cases.lifecycle import State
from cii.cases.models import Case
from cii.coaching.models import JournalEntry
from cii.consent.actions import revoke
from cii.consent.deputies import name_deputy
from cii.consent.inputs import DeputyInput, RevocationInput
from cii.consent.models import Revocation
from cii.foundation.clock import today
from cii.foundation.days import format_day
from cii.organisations.actions import NotPossible
from cii.organisations.models import Deputyship, Membership, Person
from tests.house import House
from tests.postgres import APP

ZURICH = ZoneInfo("Europe/Zurich")


def in_days(count):
    return today() + timedelta(days=count)


def days(first, last):
    """The two days of the form, counted from today."""
    return {"starts_on": format_day(in_days(first)), "ends_on": format_day(in_days(last))}


def at(time_machine, day, hour=12, minute=0):
    time_machine.move_to(
        datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZURICH), tick=False
    )


def sees(client, case):
    return f"/cases/{case.id}" in client.get("/cases").links.values()


@pytest.fixture
def case(app, house):
    """Amélie announced it and coaches it with Hugo."""
    return house.case(by="amelie", state=State.COACHING)


def name(house, who, absent, deputy, first, last, *, status=200):
    """Name a deputy through the page, as somebody of the cast."""
    client = house.client(who)
    client.get("/deputies")
    fields = {"deputy": str(house.membership(deputy)), **days(first, last)}
    if absent:
        fields["absent"] = str(house.membership(absent))
    return client.submit("name", fields, status=status)


def test_an_adviser_names_the_own_deputy(house, case):
    page = name(house, "amelie", None, "nicolas", 0, 7)
    assert "La suppléance est enregistrée." in page.main
    row = page.texts("tr")[1]
    assert row.startswith("Amélie Favre Nicolas Délèze du ")
    assert "en cours" in row
    assert sees(house.client("nicolas"), case)


def test_the_deputy_sees_the_case_from_the_first_to_the_last_day_and_on_no_other(
    house, case, time_machine
):
    start = today()
    name(house, "patrick", "amelie", "nicolas", 3, 5)
    seen = []
    for offset in range(8):
        at(time_machine, start + timedelta(days=offset))
        seen.append(sees(house.new_client("nicolas"), case))
    assert seen == [False, False, False, True, True, True, False, False]


def test_the_days_begin_and_end_at_midnight_in_valais(house, case, time_machine):
    start = today()
    name(house, "patrick", "amelie", "nicolas", 1, 1)
    moments = [
        (start, 23, 59, False),
        (start + timedelta(days=1), 0, 0, True),
        (start + timedelta(days=1), 23, 59, True),
        (start + timedelta(days=2), 0, 0, False),
    ]
    for day, hour, minute, is_open in moments:
        at(time_machine, day, hour, minute)
        assert sees(house.new_client("nicolas"), case) is is_open


def test_a_deputy_sees_as_little_as_the_person_left_open(house, app):
    house.client("nicolas")
    case = house.case(by="hugo", state=State.COACHING, consent=None)
    name(house, "amelie", None, "nicolas", 0, 3)
    nicolas = house.client("nicolas")
    assert case.last_name not in nicolas.get("/cases").main
    assert case.last_name not in house.client("amelie").get("/cases").main


def test_a_case_that_comes_during_the_absence_is_open_to_the_deputy(house, app):
    name(house, "amelie", None, "nicolas", 0, 3)
    case = house.case(by="amelie")
    assert sees(house.client("nicolas"), case)


def test_what_the_deputy_writes_stands_under_the_deputys_name(house, store, case):
    name(house, "amelie", None, "nicolas", 0, 3)
    with store.session(house.actor("nicolas"), writes=True) as session:
        revoke(session, case.id, RevocationInput(channel="phone"))
        session.commit()
    written = house.all(Revocation, Revocation.case_id == case.id)[0]
    act = house.all(AuditEvent, AuditEvent.act == Act.PROCURATION_REVOKED)[0]
    assert written.recorded_by == act.person_id == house.person["nicolas"]
    assert written.institution_id == act.institution_id == house.institution["orp_sion"]


def test_a_note_of_the_deputy_carries_the_deputys_name(house, case):
    name(house, "amelie", None, "nicolas", 0, 3)
    nicolas = house.client("nicolas")
    nicolas.get(f"/cases/{case.id}")
    nicolas.submit("note", {"text": "Elle commence lundi."})
    assert house.all(JournalEntry)[0].person_id == house.person["nicolas"]
    assert "Nicolas Délèze" in house.client("amelie").get(f"/cases/{case.id}").main


def test_the_deputy_writes_nothing_before_the_first_day_and_after_the_last(house, store, case):
    name(house, "amelie", None, "nicolas", 2, 3)
    for offset in (1, 4):
        actor = house.actor("nicolas", day=in_days(offset))
        with store.session(actor, writes=True) as session, pytest.raises(Hidden):
            session.find(Case, case.id)


@pytest.mark.parametrize("who", ["patrick", "odile"])
def test_the_head_and_who_manages_people_name_deputies_for_colleagues(house, case, who):
    page = name(house, who, "amelie", "nicolas", 1, 7)
    assert "Amélie Favre" in page.texts("tr")[1]
    assert "en cours" not in page.texts("tr")[1]
    act = house.all(AuditEvent, AuditEvent.act == Act.DEPUTY_NAMED)[0]
    assert act.person_id == house.person[who]
    assert act.ground == "A-11"


def test_who_manages_people_names_a_deputy_without_seeing_the_case(house, case):
    name(house, "odile", "amelie", "nicolas", 0, 7)
    house.client("odile").get(f"/cases/{case.id}", status=404)
    assert case.last_name not in house.client("odile").get("/deputies").main


def test_one_offers_colleagues_of_the_own_institution_who_work_with_cases(house, app):
    form = house.client("patrick").get("/deputies").form("name")
    offered = {str(house.membership(each)) for each in ("amelie", "nicolas")}
    assert set(form.options["deputy"]) == {"", *offered}
    assert set(form.options["absent"]) == {"", *offered}
    own = house.client("amelie").get("/deputies").form("name")
    assert set(own.options["deputy"]) == {"", str(house.membership("nicolas"))}
    assert "absent" not in own.names


@pytest.mark.parametrize("deputy", ["patrick", "odile", "bastien", "hugo"])
def test_a_deputy_has_the_same_institution_and_the_same_seat(house, app, deputy):
    sent = {"deputy": str(house.membership(deputy)), **days(0, 3)}
    page = house.client("amelie").post("/deputies", sent, status=422)
    assert page.errors == {"deputy": "Erreur : Choisissez une des personnes proposées."}
    assert house.count(Deputyship) == 0


def test_nobody_names_a_deputy_for_a_colleague_without_being_the_head(house, app):
    sent = {
        "absent": str(house.membership("amelie")),
        "deputy": str(house.membership("nicolas")),
        **days(0, 3),
    }
    house.client("nicolas").post("/deputies", sent, status=404)
    assert house.count(Deputyship) == 0


@pytest.mark.parametrize("absent", ["bastien", "hugo", "patrick", None])
def test_a_head_names_deputies_in_the_own_institution_alone(house, app, absent):
    key = house.membership(absent) if absent else uuid4()
    sent = {"absent": str(key), "deputy": str(house.membership("nicolas")), **days(0, 3)}
    house.client("patrick").post("/deputies", sent, status=404)
    assert house.count(Deputyship) == 0


def test_nobody_stands_in_for_himself_or_herself(house, app):
    sent = {"deputy": str(house.membership("amelie")), **days(0, 3)}
    page = house.client("amelie").post("/deputies", sent, status=422)
    assert set(page.errors) == {"deputy"}
    page = name(house, "patrick", "amelie", "amelie", 0, 3, status=422)
    assert "une autre personne" in page.errors["deputy"]


@pytest.mark.parametrize(
    ("first", "last", "field"), [(-1, 3, "starts_on"), (3, 2, "ends_on"), (0, 367, "ends_on")]
)
def test_days_that_make_no_sense_are_said_beside_their_field(house, app, first, last, field):
    page = name(house, "amelie", None, "nicolas", first, last, status=422)
    assert set(page.errors) == {field}
    assert page.form("name").value("starts_on") == format_day(in_days(first))


def test_one_day_and_a_whole_year_are_possible(house, app):
    name(house, "amelie", None, "nicolas", 0, 0)
    name(house, "amelie", None, "nicolas", 1, 366)
    assert house.count(Deputyship) == 2


def test_a_form_without_answers_says_what_is_missing(house, app):
    client = house.client("patrick")
    client.get("/deputies")
    page = client.submit("name", {"starts_on": ""}, status=422)
    assert set(page.errors) == {"deputy", "starts_on", "ends_on"}
    sent = {"deputy": str(house.membership("nicolas")), **days(0, 3)}
    assert set(client.post("/deputies", sent, status=422).errors) == {"absent"}


@pytest.mark.parametrize(
    ("first", "last", "is_free"),
    [(2, 4, False), (6, 9, False), (3, 5, False), (0, 9, False), (0, 1, True), (7, 9, True)],
)
def test_the_tandem_stays_one_and_one_a_day_has_one_deputy(house, app, first, last, is_free):
    house.deputy("amelie", "nicolas", starts=2, ends=6)
    page = name(house, "amelie", None, "nicolas", first, last, status=200 if is_free else 422)
    if not is_free:
        assert "Nicolas Délèze assure déjà la suppléance" in page.errors["starts_on"]


@pytest.mark.postgres
def test_of_two_who_name_a_deputy_at_the_same_moment_one_is_told_that_there_is_one(postgres):
    with postgres.database() as name:
        store = Store(postgres.url(APP, name))
        house = House(store).furnish()
        given = DeputyInput(
            absent=house.membership("amelie"),
            deputy=house.membership("nicolas"),
            starts_on=in_days(1),
            ends_on=in_days(5),
        )
        ready, told = threading.Barrier(2), []

        def agree(who):
            with store.session(house.actor(who), writes=True) as session:
                ready.wait()
                try:
                    name_deputy(session, given)
                    session.commit()
                except NotPossible as objection:
                    told.append(objection.field)

        threads = [threading.Thread(target=agree, args=(who,)) for who in ("patrick", "odile")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert told == ["starts_on"]
        assert house.count(Deputyship) == 1
        store.close()


def test_nobody_is_away_and_stands_in_on_the_same_day(house, app):
    """Nicolas is away and Zoé stands in for him: he cannot stand in, and she cannot be away."""
    person = Person(first_name="Zoé", last_name="Rey", email="zoe@example.ch")
    seat = Membership(
        person_id=person.id, institution_id=house.institution["orp_sion"], seat=Seat.MEMBER
    )
    house.add(person, seat)
    house.add(
        Deputyship(
            institution_id=house.institution["orp_sion"],
            absent_id=house.membership("nicolas"),
            deputy_id=seat.id,
            starts_on=in_days(2),
            ends_on=in_days(6),
            named_by=house.person["patrick"],
        )
    )
    page = name(house, "amelie", None, "nicolas", 0, 2, status=422)
    assert "Nicolas Délèze s’absente du" in page.errors["deputy"]
    sent = {
        "absent": str(seat.id),
        "deputy": str(house.membership("amelie")),
        **days(6, 9),
    }
    page = house.client("patrick").post("/deputies", sent, status=422)
    assert "Zoé Rey assure la suppléance pour Nicolas Délèze" in page.errors["starts_on"]


# Ending early


def test_ending_closes_the_cases_at_once(house, case):
    house.deputy("amelie", "nicolas", starts=-2, ends=5)
    nicolas = house.client("nicolas")
    assert sees(nicolas, case)
    client = house.client("patrick")
    deputyship = house.all(Deputyship)[0]
    client.get("/deputies")
    page = client.submit(f"/deputies/{deputyship.id}/end")
    assert "La suppléance est terminée." in page.main
    assert "Aucune suppléance" in page.main
    assert not sees(nicolas, case)
    assert house.all(Deputyship)[0].ends_on == in_days(-1)
    assert house.count(AuditEvent, AuditEvent.act == Act.DEPUTY_ENDED) == 1


@pytest.mark.parametrize("starts", [0, 3])
def test_a_deputyship_that_has_no_day_behind_it_is_taken_back(house, case, starts):
    house.deputy("amelie", "nicolas", starts=starts, ends=5)
    client = house.client("amelie")
    client.get("/deputies")
    client.submit(f"/deputies/{house.all(Deputyship)[0].id}/end")
    assert house.count(Deputyship) == 0
    assert not sees(house.client("nicolas"), case)


def test_the_deputy_may_give_it_back_a_colleague_may_not_end_it(house, app):
    house.deputy("hugo", "gaelle", starts=0, ends=5)
    address = f"/deputies/{house.all(Deputyship)[0].id}/end"
    for who in ("amelie", "patrick", "odile", "yannick", "ines"):
        house.client(who).post(address, status=404)
    house.client("gaelle").post(address)
    assert house.count(Deputyship) == 0
    house.client("gaelle").post(address, status=404)


def test_an_ended_deputyship_stays_as_it_was(house, app):
    house.deputy("amelie", "nicolas", starts=-5, ends=-2)
    client = house.client("amelie")
    assert "Aucune suppléance" in client.get("/deputies").main
    client.post(f"/deputies/{house.all(Deputyship)[0].id}/end")
    assert house.all(Deputyship)[0].ends_on == in_days(-2)


# Who has nothing to do with it


def test_each_institution_sees_its_own_absences(house, app):
    house.deputy("amelie", "nicolas", starts=0, ends=5)
    assert "Amélie Favre" in house.client("nicolas").get("/deputies").main
    for who in ("hugo", "bastien"):
        assert "Amélie Favre" not in house.client(who).get("/deputies").main


@pytest.mark.parametrize("who", ["pia", "claire", "cecile", "sophie", "laurent", "regula"])
def test_the_platform_and_those_with_a_shared_inbox_name_nobody(house, app, who):
    client = house.client(who)
    client.get("/deputies", status=404)
    client.post("/deputies", {"deputy": str(uuid4()), **days(0, 3)}, status=404)
