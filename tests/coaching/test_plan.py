"""The plan of a case: what the person wants to reach, when one meets, and the calendar file."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from icalendar import Calendar

from cii.cases.lifecycle import State
from cii.cases.models import CaseIdentity
from cii.coaching.models import Appointment, AppointmentState, Objective, ObjectiveState
from cii.foundation.clock import today
from cii.foundation.days import format_day
from tests.coaching.house import suspend


@pytest.fixture
def coached(app, house):
    """Lucie's case: Amélie (ORP Sion) and Hugo (CMS Sion) coach her, Yannick (CMS Sierre) announced her."""
    return house.case(by="yannick", state=State.COACHING)


def in_days(days):
    return format_day(today() + timedelta(days=days))


def plan(client, case):
    return client.get(f"/cases/{case.id}/plan")


def fields_of(client, form):
    return {name: values[0] for name, values in client.page.form(form).fields.items() if values}


# Objectives


def set_objective(client, case, status=200, **fields):
    plan(client, case)
    given = {"goal": "Atteindre B1 à l’oral", "domain": "qualification", **fields}
    return client.submit("new_objective", given, status=status)


def test_the_tandem_sets_an_objective_and_sees_it_beside_the_journal(house, coached):
    page = set_objective(house.client("amelie"), coached, due_on=in_days(40))
    assert "L’objectif est fixé." in page.main
    assert f"Atteindre B1 à l’oral échéance : {in_days(40)} qualification" in page.main
    assert "Atteindre B1 à l’oral" in house.client("hugo").get(f"/cases/{coached.id}").main


def test_an_objective_past_its_day_is_marked(house, coached):
    page = set_objective(house.client("amelie"), coached, due_on=in_days(-1))
    assert page.texts("span", class_="cii-due--late") == [f"échéance : {in_days(-1)}"]


def test_an_objective_is_reached_on_a_day(house, coached):
    house.objective(coached, "amelie", "Atteindre B1 à l’oral")
    client = house.client("hugo")
    plan(client, coached)
    client.click("Atteindre B1 à l’oral")
    page = client.submit("objective", {"state": "reached", "state_since": "hier"})
    assert "atteint" in page.main
    assert in_days(-1) in page.main
    assert "Aucun objectif en cours." in client.get(f"/cases/{coached.id}").main


def test_two_who_change_an_objective_at_once_lose_nothing(house, coached):
    objective = house.objective(coached, "amelie", "Atteindre B1 à l’oral")
    amelie, hugo = house.client("amelie"), house.client("hugo")
    for client in (amelie, hugo):
        client.get(f"/cases/{coached.id}/objectives/{objective}")
    amelie.submit("objective", {"goal": "Atteindre B1 à l’oral et à l’écrit"})
    page = hugo.submit("objective", {"state": "partly-reached"}, status=409)
    assert "Cet objectif a été modifié entre-temps" in page.main
    assert "Atteindre B1 à l’oral et à l’écrit" in page.main
    assert page.form("objective").value("state") == "partly-reached"
    hugo.submit("objective", {"goal": "Atteindre B1 à l’oral et à l’écrit"})
    (row,) = house.all(Objective)
    assert (row.goal, row.state) == ("Atteindre B1 à l’oral et à l’écrit", ObjectiveState.PARTLY)


def test_the_same_objective_sent_twice_is_one(house, coached):
    client = house.client("amelie")
    plan(client, coached)
    fields = fields_of(client, "new_objective") | {"goal": "Un stage", "domain": "placement"}
    for _ in range(3):
        client.post(f"/cases/{coached.id}/objectives", fields)
    assert house.count(Objective) == 1
    (row,) = house.all(Objective)
    change = {
        "goal": "Deux stages",
        "domain": "placement",
        "state": "open",
        "state_since": "hier",
        "version": "1",
    }
    for _ in range(3):
        client.post(f"/cases/{coached.id}/objectives/{row.id}", change)
    assert house.all(Objective)[0].version == 2


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"goal": ""}, {"goal": "Écrivez l’objectif."}),
        ({"goal": "a" * 201}, {"goal": "200 caractères au plus."}),
        ({"due_on": "bientôt"}, {"due_on": "Écrivez la date comme 31.12.2026."}),
    ],
)
def test_an_objective_that_cannot_be_read_is_said_beside_the_field(house, coached, fields, errors):
    page = set_objective(house.client("amelie"), coached, status=422, **fields)
    assert {name: text.removeprefix("Erreur : ") for name, text in page.errors.items()} == errors
    assert page.form("new_objective").value("domain") == "qualification"
    assert house.count(Objective) == 0


def test_a_field_that_is_not_of_the_form_is_refused(house, coached):
    client = house.client("amelie")
    extra = {"goal": "Un stage", "domain": "placement", "institution_id": "1"}
    client.post(f"/cases/{coached.id}/objectives", extra, status=422)
    meeting = {"day": in_days(2), "hour": "14:00", "person_id": "1"}
    client.post(f"/cases/{coached.id}/appointments", meeting, status=422)
    assert house.count(Objective) == house.count(Appointment) == 0


def test_html_in_the_plan_is_text(house, coached):
    page = set_objective(house.client("amelie"), coached, goal="<b>B1</b>")
    assert "<b>B1</b>" in page.main
    assert "<b>B1</b>" not in page.html


@pytest.mark.parametrize("who", ["patrick", "claire", "yannick", "gaelle", "bastien", "cecile"])
def test_nobody_but_the_tandem_sets_objectives(house, coached, who):
    objective = house.objective(coached, "amelie", "Atteindre B1 à l’oral")
    client = house.client(who)
    fields = {"goal": "Un stage", "domain": "placement"}
    client.post(f"/cases/{coached.id}/objectives", fields, status=404)
    client.get(f"/cases/{coached.id}/objectives/{objective}", status=404)
    assert house.count(Objective) == 1


# Appointments


def arrange(client, case, status=200, **fields):
    plan(client, case)
    given = {"day": in_days(3), "hour": "14h30", "place": "CMS Sion, salle 2", **fields}
    return client.submit("new_appointment", given, status=status)


def test_the_tandem_arranges_an_appointment(house, coached):
    page = arrange(house.client("hugo"), coached, about="Point de situation", minutes="45")
    assert f"{in_days(3)}, 14:30" in page.main
    assert "45 minutes" in page.main
    assert "CMS Sion, salle 2 · Point de situation" in page.main
    assert f"{in_days(3)}, 14:30" in house.client("amelie").get(f"/cases/{coached.id}").main


def test_the_announcing_social_worker_may_bring_the_person_and_the_tandem_together(house, coached):
    """VS-36: "il/elle peut organiser un entretien entre la personne concernée et le tandem"."""
    client = house.client("yannick")
    page = arrange(client, coached, place="CMS Sierre")
    assert "Vous réunissez la personne et le tandem" not in page.errors
    assert "CMS Sierre" in house.client("amelie").get(f"/cases/{coached.id}").main
    # He or she changes this one, and not those of the tandem.
    own = house.all(Appointment)[0]
    client.get(f"/cases/{coached.id}/appointments/{own.id}")
    client.submit("appointment", {"state": "cancelled"})
    theirs = house.appointment(coached, "amelie")
    client.get(f"/cases/{coached.id}/appointments/{theirs}", status=404)
    assert str(theirs) not in plan(client, coached).html.replace(f"{theirs}.ics", "")


def test_an_orp_that_announced_arranges_nothing(app, house):
    """VS-36 speaks of the social worker alone."""
    case = house.case(by="bastien", state=State.COACHING)
    client = house.client("bastien")
    assert not plan(client, case).find("form", id="new_appointment")
    meeting = {"day": in_days(2), "hour": "14:00"}
    client.post(f"/cases/{case.id}/appointments", meeting, status=404)


def test_a_head_steps_in_for_the_tandem(house, coached):
    assert "Le rendez-vous est fixé." in arrange(house.client("patrick"), coached).main


@pytest.mark.parametrize("who", ["claire", "gaelle", "bastien", "cecile", "melanie"])
def test_nobody_else_arranges_appointments(house, coached, who):
    meeting = {"day": in_days(2), "hour": "14:00"}
    client = house.client(who)
    client.post(f"/cases/{coached.id}/appointments", meeting, status=404)
    assert house.count(Appointment) == 0


def test_whether_it_took_place_is_said_afterwards(house, coached):
    held = house.appointment(coached, "hugo", in_days=-1, place="ORP Sion")
    client = house.client("amelie")
    client.get(f"/cases/{coached.id}/appointments/{held}")
    page = client.submit("appointment", {"state": "missed"})
    assert "manqué" in page.main
    ahead = house.appointment(coached, "hugo", in_days=5)
    client.get(f"/cases/{coached.id}/appointments/{ahead}")
    page = client.submit("appointment", {"state": "held"}, status=422)
    assert "Ce rendez-vous est encore à venir." in page.main


def test_two_who_change_an_appointment_at_once_lose_nothing(house, coached):
    key = house.appointment(coached, "hugo", place="ORP Sion")
    amelie, hugo = house.client("amelie"), house.client("hugo")
    for client in (amelie, hugo):
        client.get(f"/cases/{coached.id}/appointments/{key}")
    amelie.submit("appointment", {"place": "ORP Sion, guichet 4"})
    page = hugo.submit("appointment", {"about": "Budget"}, status=409)
    assert "Ce rendez-vous a été modifié entre-temps" in page.main
    assert "ORP Sion, guichet 4" in page.main
    assert page.form("appointment").value("about") == "Budget"
    hugo.submit("appointment", {"place": "ORP Sion, guichet 4"})
    (row,) = house.all(Appointment)
    assert (row.place, row.about, row.sequence) == ("ORP Sion, guichet 4", "Budget", 2)


def test_the_same_appointment_sent_twice_is_one(house, coached):
    client = house.client("amelie")
    plan(client, coached)
    fields = fields_of(client, "new_appointment") | {"day": in_days(3), "hour": "9"}
    for _ in range(3):
        client.post(f"/cases/{coached.id}/appointments", fields)
    assert house.count(Appointment) == 1


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"day": ""}, {"day": "Indiquez le jour."}),
        (
            {"day": "hier"},
            {"day": "Cette date est passée : indiquez aujourd’hui ou un jour à venir."},
        ),
        ({"hour": ""}, {"hour": "Indiquez l’heure."}),
        ({"hour": "25:00"}, {"hour": "L’heure 25:00 n’existe pas."}),
        ({"minutes": "une heure"}, {"minutes": "Écrivez un nombre entier."}),
        ({"minutes": "1_0"}, {"minutes": "Écrivez un nombre entier."}),
        ({"minutes": "0"}, {"minutes": "5 au moins."}),
        ({"minutes": "9" * 30}, {"minutes": "600 au plus."}),
        ({"place": "a" * 201}, {"place": "200 caractères au plus."}),
    ],
)
def test_an_appointment_that_cannot_be_read_is_said_beside_the_field(
    house, coached, fields, errors
):
    page = arrange(house.client("hugo"), coached, status=422, **fields)
    assert {name: text.removeprefix("Erreur : ") for name, text in page.errors.items()} == errors
    assert house.count(Appointment) == 0


def test_nothing_is_arranged_in_a_suspended_case_and_nothing_typed_is_lost(house, coached):
    client = house.client("hugo")
    plan(client, coached)
    suspend(house, coached)
    page = client.submit(
        "new_appointment", {"day": in_days(3), "hour": "9", "place": "Ici"}, status=409
    )
    assert page.form("new_appointment").value("place") == "Ici"
    page = client.post(
        f"/cases/{coached.id}/objectives",
        {"goal": "Un stage", "domain": "placement"},
        status=409,
    )
    assert page.form("new_objective").value("goal") == "Un stage"


# The calendar file


def calendar(client, case, key):
    page = client.get(f"/cases/{case.id}/appointments/{key}.ics")
    assert page.headers["Content-Type"].startswith("text/calendar")
    assert page.headers["Content-Disposition"].startswith("attachment")
    return Calendar.from_ical(page.body), page.body.decode()


@time_machine.travel("2026-11-02T09:00:00+01:00", tick=False)
def test_an_appointment_goes_into_a_calendar_under_the_reference_alone(house, coached):
    client = house.client("amelie")
    arrange(client, coached, day="25.11.2026", hour="14:30", about="Lucie Morard et son chef")
    (row,) = house.all(Appointment)
    read, text = calendar(client, coached, row.id)
    (event,) = read.walk("VEVENT")
    # 14:30 in Valais is 13:30 UTC in November.
    assert event.start == datetime(2026, 11, 25, 13, 30, tzinfo=UTC)
    assert event.end == datetime(2026, 11, 25, 14, 30, tzinfo=UTC)
    assert str(event["summary"]) == f"CII\u00a0: rendez-vous, dossier {coached.reference}"
    assert str(event["location"]) == "CMS Sion, salle 2"
    assert event["dtstamp"].dt == datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
    for secret in ("Lucie", "Morard", coached.avs_number, "chef", "1985"):
        assert secret not in text


def test_a_place_that_names_the_person_stays_in_the_product(house, coached):
    for place in ("Chez Lucie MORARD", "chez Mme Morard, Sion", f"AVS {coached.avs_number}"):
        key = house.appointment(coached, "hugo", place=place)
        assert "LOCATION" not in calendar(house.client("amelie"), coached, key)[1]


def test_a_moved_or_cancelled_appointment_replaces_itself_in_the_calendar(house, coached):
    key = house.appointment(coached, "hugo", in_days=5)
    client = house.client("amelie")
    first, _ = calendar(client, coached, key)
    client.get(f"/cases/{coached.id}/appointments/{key}")
    client.submit("appointment", {"state": "cancelled"})
    second, _ = calendar(client, coached, key)
    before, after = first.walk("VEVENT")[0], second.walk("VEVENT")[0]
    assert before["uid"] == after["uid"]
    assert (before["sequence"], after["sequence"]) == (0, 1)
    assert (before["status"], after["status"]) == ("CONFIRMED", "CANCELLED")
    assert house.all(Appointment)[0].state is AppointmentState.CANCELLED


def test_a_calendar_file_is_for_those_who_see_the_appointment(house, coached):
    key = house.appointment(coached, "hugo")
    for who in ("bastien", "gaelle", "cecile", "jerome"):
        house.client(who).get(f"/cases/{coached.id}/appointments/{key}.ics", status=404)
    other = house.case(by="yannick", state=State.COACHING)
    house.client("amelie").get(f"/cases/{other.id}/appointments/{key}.ics", status=404)


def test_the_calendar_speaks_the_language_of_its_reader(app, house):
    case = house.case(by="yannick", state=State.COACHING, tandem=("ursula", "hugo"))
    key = house.appointment(case, "hugo")
    _, text = calendar(house.client("ursula"), case, key)
    assert f"CII: Termin\\, Dossier {case.reference}" in text
    assert house.count(CaseIdentity) == 1
