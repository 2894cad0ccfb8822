"""Following: "Mes suivis", unread marks, what is late, reminders, the settings of an institution."""

from datetime import date, timedelta

import pytest

from cii.access.system import Reason
from cii.audit.models import Act, AuditEvent
from cii.cases.lifecycle import State
from cii.foundation.clock import today
from cii.foundation.days import months_after
from cii.monthly import actions
from cii.monthly.models import (
    DigestMode,
    MonthlySettings,
    Update,
    UpdateReading,
    UpdateState,
)
from cii.monthly.queries import follow_ups, update_of
from cii.monthly.schedule import due_day, month_of, reminders_by
from cii.organisations.models import Membership
from cii.outbox.models import Notice
from tests.coaching.statements import statements_of
from tests.house import Consent
from tests.monthly.house import acting, owe, published, reminded

DEFAULT = MonthlySettings(institution_id=None)
LAST_MONTH = months_after(month_of(today()), -1)


def followed(house, who, institution=None):
    with house.store.session(house.actor(who, institution), writes=False) as session:
        return follow_ups(session)


def late_update(house, case, month=LAST_MONTH):
    house.add(Update(case_id=case.id, month=month, due_on=due_day(month, DEFAULT)))


# Mes suivis


def test_the_previous_adviser_of_an_orp_case_keeps_reading_and_gets_the_updates(app, house):
    """What the ORP announced is coached by another of its advisers, and the first one follows (VS-29)."""
    case = house.case(by="bastien", state=State.COACHING)
    published(house, case, "amelie", "Le stage est trouvé.")
    page = house.client("bastien").get("/follow-ups")
    assert "Lucie Morard" in page.main
    assert "1 mise à jour à lire" in page.main
    page = house.client("bastien").get(f"/cases/{case.id}/update/{today():%Y-%m}")
    assert "Le stage est trouvé." in page.main


def test_reading_is_recorded_shown_to_the_tandem_and_takes_the_mark_away(app, house):
    case = house.case(by="bastien", state=State.COACHING)
    published(house, case, "amelie", "Le stage est trouvé.")
    bastien = house.client("bastien")
    assert any("Lucie Morard, " in words for words in bastien.get("/").links)
    bastien.get(f"/cases/{case.id}/update/{today():%Y-%m}")
    assert not any("Lucie Morard, " in words for words in bastien.get("/").links)
    assert house.count(UpdateReading) == 1
    assert house.count(AuditEvent, AuditEvent.act == Act.UPDATE_READ) == 1
    page = house.client("amelie").get(f"/cases/{case.id}/updates")
    assert "lue par Bastien Darbellay, ORP Sierre" in page.main
    published(house, case, "hugo", "Le stage est perdu.")
    assert followed(house, "bastien")[0].unread


def test_it_shows_what_is_missing_who_is_asked_and_what_comes(app, house):
    case = house.case(by="bastien", state=State.COACHING)
    late_update(house, case)
    house.appointment(case, "hugo", place="CMS Sion", in_days=4)
    page = house.client("bastien").get("/follow-ups")
    assert "La mise à jour manque" in page.main
    assert "Amélie Favre, ORP Sion" in page.main
    assert "CMS Sion" in page.main


def test_what_is_missing_stands_before_what_is_new_and_that_before_the_rest(house):
    quiet, told, missing = (house.case(by="bastien", state=State.COACHING) for _ in range(3))
    late_update(house, missing)
    published(house, told, "amelie", "Un stage.")
    assert [each.reference for each in followed(house, "bastien")] == [
        missing.reference,
        told.reference,
        quiet.reference,
    ]


def test_the_page_costs_the_same_for_one_case_and_for_many(app, house):
    def asked() -> int:
        client = house.client("bastien")
        client.get("/help")
        with statements_of(house.store) as seen:
            client.get("/follow-ups")
        return len(seen)

    def coached() -> None:
        case = house.case(by="bastien", state=State.COACHING)
        published(house, case, "amelie", "Un stage.")
        house.appointment(case, "hugo")
        late_update(house, case)

    coached()
    one = asked()
    for _ in range(5):
        coached()
    assert asked() == one


def test_others_follow_nothing_of_it_and_a_deputy_does(house):
    house.case(by="amelie", state=State.COACHING, tandem=("nicolas", "hugo"))
    assert len(followed(house, "amelie")) == 1
    for who in ("bastien", "patrick", "hugo", "nicolas"):
        assert followed(house, who) == []
    house.deputy("amelie", "nicolas")
    assert len(followed(house, "nicolas")) == 1


def test_the_head_follows_for_somebody_who_has_left(house):
    house.case(by="amelie", state=State.COACHING, tandem=("nicolas", "hugo"))
    with house.store.system(Reason.SET_UP) as system:
        seat = system.get(Membership, house.membership("amelie"))
        seat.active = False
        system.add(seat)
    assert len(followed(house, "patrick")) == 1


def test_a_revocation_closes_what_others_wrote(house):
    case = house.case(by="bastien", state=State.COACHING)
    published(house, case, "amelie", "Le stage est trouvé.")
    house.revoke(case)
    (found,) = followed(house, "bastien")
    assert (found.updates, found.unread, found.appointments) == ([], set(), [])


# What is late


def test_late_is_shown_to_the_tandem_its_heads_and_the_bureau_page_by_page(app, house, monkeypatch):
    monkeypatch.setattr("cii.monthly.screens.late.PAGE", 2)
    cases = [house.case(by="yannick", state=State.COACHING) for _ in range(3)]
    for case in cases:
        late_update(house, case)
    for who in ("patrick", "valerie", "claire", "amelie", "hugo"):
        client = house.client(who)
        page = client.get("/updates/late")
        first = {case.id for case in cases if str(case.id) in page.html}
        assert len(first) == 2
        page = client.click("Suite")
        assert {case.id for case in cases if str(case.id) in page.html} | first == {
            case.id for case in cases
        }
    for who in ("melanie", "ines", "nicolas", "bastien"):
        assert "Aucune mise à jour n’est en retard." in house.client(who).get("/updates/late").main


def test_a_suspended_case_owes_nothing(app, house):
    case = house.case(
        by="yannick", state=State.SUSPENDED, state_before=State.COACHING, consent=Consent(ends=-1)
    )
    late_update(house, case)
    for who in ("amelie", "patrick", "claire"):
        assert "Aucune" in house.client(who).get("/updates/late").main


def test_nothing_new_from_the_first_page_in_one_click(app, house):
    case = house.case(by="yannick", state=State.COACHING)
    owe(house)
    amelie = house.client("amelie")
    amelie.get("/")
    page = amelie.submit(f"/cases/{case.id}/update/{today():%Y-%m}/nothing-new")
    assert page.path == "/"
    assert "rien de nouveau ce mois-ci" in page.main
    (update,) = house.all(Update)
    assert update.state is UpdateState.NOTHING_NEW


# Due days and reminders


@pytest.mark.parametrize(
    ("month", "before", "expected"),
    [
        # A Monday; a Friday before a weekend; the day before Corpus Christi; before Christmas and the weekend.
        (date(2026, 11, 1), 0, date(2026, 11, 30)),
        (date(2026, 10, 1), 0, date(2026, 10, 30)),
        (date(2029, 5, 1), 0, date(2029, 5, 30)),
        (date(2026, 12, 1), 5, date(2026, 12, 23)),
    ],
)
def test_it_is_due_on_the_last_working_day_of_valais(month, before, expected):
    assert due_day(month, MonthlySettings(institution_id=None, due_before=before)) == expected


def test_reminders_come_five_working_days_before_and_one_and_not_after():
    due = date(2026, 11, 30)
    by_day = {
        date(2026, 11, 20): 0,
        date(2026, 11, 23): 1,
        date(2026, 11, 26): 1,
        date(2026, 11, 27): 2,
        date(2026, 11, 30): 2,
        date(2026, 12, 1): 0,
    }
    assert {day: reminders_by(day, due, DEFAULT) for day in by_day} == by_day


def test_both_of_the_tandem_are_reminded_once_also_after_days_without_a_worker(house):
    case = house.case(by="yannick", state=State.COACHING, days_ago=400)
    house.add(Update(case_id=case.id, month=date(2026, 11, 1), due_on=date(2026, 11, 30)))
    assert reminded(house, date(2026, 11, 20)) == 0
    assert reminded(house, date(2026, 11, 23)) == 2
    assert reminded(house, date(2026, 11, 24)) == 0
    assert reminded(house, date(2026, 11, 30)) == 2
    assert reminded(house, date(2026, 11, 30)) == 0
    readers = {each.reader_id for each in house.all(Notice)}
    assert readers == {house.membership("amelie"), house.membership("hugo")}


def test_whoever_stands_in_is_reminded_in_the_place_of_the_absent_one(house):
    case = house.case(by="yannick", state=State.COACHING)
    due = today() + timedelta(days=1)
    house.add(Update(case_id=case.id, month=month_of(due), due_on=due))
    house.deputy("amelie", "nicolas")
    reminded(house, today())
    readers = {each.reader_id for each in house.all(Notice)}
    assert readers == {house.membership("nicolas"), house.membership("hugo")}


def test_nobody_is_reminded_of_what_is_written(house):
    case = house.case(by="yannick", state=State.COACHING)
    published(house, case, "amelie", "Un stage.")
    with house.store.session(house.actor("amelie"), writes=False) as session:
        update = update_of(session, case.id, month_of(today()))
    assert reminded(house, update.due_on) == 0


# The settings of an institution


def test_its_administrator_sets_what_its_professionals_get(app, house):
    odile = house.client("odile")
    odile.get("/monthly-mail")
    odile.submit(
        "monthly_mail",
        {"due_before": "3", "first_reminder": "7", "second_reminder": "2", "mode": "full"},
    )
    assert "Les réglages sont enregistrés." in odile.page.main
    (row,) = house.all(MonthlySettings)
    assert row.institution_id == house.institution["orp_sion"]
    assert (row.due_before, row.first_reminder, row.mode) == (3, 7, DigestMode.FULL)
    case = house.case(by="amelie", state=State.COACHING)
    other = house.case(by="yannick", state=State.COACHING)
    owe(house)
    due = {each.case_id: each.due_on for each in house.all(Update)}
    assert due[case.id] < due[other.id]


@pytest.mark.parametrize(
    "wrong",
    [{"due_before": "11"}, {"digest_hour": "24"}, {"first_reminder": "1", "second_reminder": "3"}],
)
def test_settings_that_do_not_go_together_are_explained(app, house, wrong):
    odile = house.client("odile")
    odile.get("/monthly-mail")
    page = odile.submit("monthly_mail", wrong, status=422)
    assert page.errors or "Le second rappel" in page.main
    assert house.count(MonthlySettings) == 0


def test_nobody_else_opens_them(app, house):
    for who in ("amelie", "patrick", "claire", "pia"):
        house.client(who).get("/monthly-mail", status=404)


def test_the_trail_names_who_changed_them(app, house):
    with acting(house, "odile") as session:
        given = actions.SettingsInput(mode=DigestMode.LINK)
        actions.change_settings(session, given)
    (event,) = house.all(AuditEvent, AuditEvent.act == Act.MONTHLY_MAIL_CHANGED)
    assert event.person_id == house.person["odile"]
    assert event.details["mode"] == "link"
