"""Inboxes, the first page, and reminders: what waits for whom, and who is reminded when."""

import threading
from datetime import timedelta

import pytest

from cii.access.system import Reason
from cii.cases.lifecycle import State
from cii.foundation.clock import living_at, moment_of, today
from cii.measures import actions
from cii.measures.inputs import ReturnInput
from cii.measures.lifecycle import Stage
from cii.measures.models import MeasureReminder
from cii.measures.queries import decided, inbox, inbox_of_all_seats, waiting_elsewhere
from cii.outbox.models import Notice, Subject
from cii.programmes.routing import Decider


def waits_for(house, *who, **how):
    with house.store.session(house.actor(*who), writes=False) as session:
        return [each.id for each in inbox(session, **how)]


def test_each_stage_waits_for_one_side_alone(house):
    draft, prepared, sas, commune = [
        house.a_measure_at(stage)
        for stage in (Stage.DRAFT, Stage.TO_TRANSMIT, Stage.AT_SAS, Stage.AT_COMMUNE)
    ]
    lmmt = house.a_measure_at(Stage.AT_LMMT, decider=Decider.LMMT)
    own = house.a_measure_at(Stage.DRAFT, decider=Decider.TANDEM)
    for stage in (Stage.GRANTED, Stage.REFUSED):
        house.a_measure_at(stage)
    assert set(waits_for(house, "hugo")) == {draft.id, prepared.id}
    assert waits_for(house, "amelie") == [own.id]
    assert waits_for(house, "sophie") == [sas.id]
    assert waits_for(house, "cecile", "sion") == [commune.id]
    assert waits_for(house, "laurent") == [lmmt.id]
    assert set(waits_for(house, "valerie")) == {draft.id, prepared.id}, "a head sees the office's"
    assert waits_for(house, "patrick") == [own.id]
    for nobody in ("gaelle", "nicolas", "jerome", "claire", "bastien", "regula", "pia"):
        assert waits_for(house, nobody) == []
    with house.store.session(house.actor("hugo"), writes=False) as session:
        elsewhere = {each.id for each in waiting_elsewhere(session)}
    assert elsewhere == {sas.id, commune.id, lmmt.id, own.id}


def test_the_earliest_start_comes_first_and_pages_follow_one_another(house):
    days = (40, 12, 33, 5, 12)
    made = [house.a_measure_at(Stage.AT_SAS, starts_in=days_ahead) for days_ahead in days]
    order = sorted(made, key=lambda each: (each.starts_on, each.id))
    with house.store.session(house.actor("sophie"), writes=False) as session:
        listed = inbox(session, limit=2)
        found = list(listed)
        while listed:
            listed = inbox(session, limit=2, after=(listed[-1].starts_on, listed[-1].id))
            found += listed
    assert [each.id for each in found] == [each.id for each in order]


@pytest.mark.parametrize(("days", "urgent"), [(0, True), (10, True), (11, False)])
def test_what_starts_within_ten_days_is_urgent(house, days, urgent):
    house.a_measure_at(Stage.AT_COMMUNE, starts_in=days)
    with house.store.session(house.actor("cecile", "sion"), writes=False) as session:
        (listed,) = inbox(session)
    assert listed.is_urgent(today()) is urgent


def test_substitutes_see_the_same_inbox(house):
    measure = house.a_measure_at(Stage.TO_TRANSMIT)
    house.deputy("hugo", "gaelle")
    assert waits_for(house, "gaelle") == [measure.id]


def test_a_clerk_of_several_communes_has_one_list(house):
    sion = house.a_measure_at(Stage.AT_COMMUNE)
    saviese = house.a_measure_at(
        Stage.AT_COMMUNE, case=house.case(state=State.COACHING, commune=6265)
    )
    found = inbox_of_all_seats(house.store, house.actor("cecile", "sion"))
    assert [(each.actor.institution_name, [one.id for one in each.measures]) for each in found] == [
        ("Commune de Savièse", [saviese.id]),
        ("Commune de Sion", [sion.id]),
    ]
    assert [
        each.actor.institution for each in inbox_of_all_seats(house.store, house.actor("jerome"))
    ] == [house.institution["saviese"]]


def test_what_a_commune_decided_the_last_first(house):
    first = house.a_measure_at(Stage.GRANTED)
    second = house.a_measure_at(Stage.REFUSED)
    with house.store.session(house.actor("cecile", "sion"), writes=False) as session:
        listed = decided(session)
        assert [each.measure_id for each in listed] == [second.id, first.id]
        rest = decided(session, after=(listed[0].at, listed[0].id))
        assert [each.measure_id for each in rest] == [first.id]


def test_the_first_page_shows_what_waits_and_what_starts_soon_before_it(app, house):
    house.a_measure_at(Stage.TO_TRANSMIT, starts_in=30)
    soon = house.a_measure_at(Stage.TO_TRANSMIT, starts_in=3)
    page = house.client("hugo").get("/")
    assert page.main.index("Mesures qui commencent bientôt") < page.main.index("Mesures à traiter")
    assert f"/measures/{soon.id}" in page.links.values()
    assert "Mesures à traiter" not in house.client("gaelle").get("/").main


# Reminders


def reminded(house, day, **days):
    with living_at(moment_of(day)), house.store.system(Reason.SCHEDULE) as session:
        return actions.send_reminders(session, day, **days)


def told(house):
    return [each.reader_id for each in house.all(Notice, Notice.subject == Subject.MEASURE_WAITS)]


def test_after_ten_days_the_person_after_twenty_the_head_and_each_once(house):
    house.a_measure_at(Stage.TO_TRANSMIT)
    day = today()
    assert reminded(house, day + timedelta(days=9)) == 0
    assert reminded(house, day + timedelta(days=10)) == 1
    assert told(house) == [house.membership("hugo")]
    assert reminded(house, day + timedelta(days=19)) == 0
    assert reminded(house, day + timedelta(days=20)) == 1
    assert told(house) == [house.membership("hugo"), house.institution["cms_sion"]]
    assert reminded(house, day + timedelta(days=60)) == 0


def test_the_days_are_settings(house):
    house.a_measure_at(Stage.AT_SAS)
    day = today()
    assert reminded(house, day + timedelta(days=4), to_person=5, to_head=7) == 0
    assert reminded(house, day + timedelta(days=5), to_person=5, to_head=7) == 1
    assert reminded(house, day + timedelta(days=6), to_person=5, to_head=7) == 0
    assert reminded(house, day + timedelta(days=7), to_person=5, to_head=7) == 1
    assert set(told(house)) == {house.institution["sas"]}


def test_whoever_had_the_turn_before_is_not_reminded(house):
    measure = house.a_measure_at(Stage.AT_SAS)
    later = today() + timedelta(days=8)
    with living_at(moment_of(later)), house.acting("sophie") as session:
        back = ReturnInput(version=measure.version, to=Stage.TO_TRANSMIT, text="L’horaire ?")
        actions.send_back(session, measure.id, back)
    assert reminded(house, today() + timedelta(days=17)) == 0
    assert reminded(house, today() + timedelta(days=18)) == 1
    assert told(house) == [house.membership("hugo")]


def test_what_is_decided_waits_for_nobody(house):
    house.a_measure_at(Stage.GRANTED)
    assert house.count(MeasureReminder) == 0
    assert reminded(house, today() + timedelta(days=60)) == 0


def test_nobody_is_reminded_of_a_suspended_case(house):
    case = house.case(state=State.COACHING)
    house.a_measure_at(Stage.AT_COMMUNE, case=case)
    house.revoke(case)
    assert reminded(house, today() + timedelta(days=30)) == 0
    assert told(house) == []


def test_several_workers_send_a_reminder_once(either):
    for _ in range(3):
        either.a_measure_at(Stage.AT_SAS)
    day, ready, counts = today() + timedelta(days=10), threading.Barrier(4), []

    def work():
        ready.wait()
        with either.store.system(Reason.SCHEDULE) as session:
            counts.append(actions.send_reminders(session, day))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 3
    assert len(told(either)) == 3
