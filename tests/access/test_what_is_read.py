"""Whatever is shown of a case leaves a line in its trail (VS-40): also a form that comes back because it was refused."""

from uuid import UUID

import pytest
from sqlmodel import select

from cii.access.system import Reason
from cii.audit.models import Act, AuditEvent
from cii.cases.lifecycle import State
from cii.coaching.models import Appointment, JournalEntry, Objective
from cii.foundation.clock import now, today
from cii.measures.lifecycle import Stage
from cii.measures.models import Measure
from cii.monthly.models import Update, UpdateState
from tests.house import House

NAME = "Zwischenflüh"


def publish_update(house, case):
    """This month's update of a case, by Amélie."""
    month = today().replace(day=1)
    house.add(
        Update(
            case_id=case.id,
            month=month,
            due_on=today(),
            state=UpdateState.PUBLISHED,
            institution_id=house.institution["orp_sion"],
            author_id=house.person["amelie"],
            published_at=now(),
        )
    )


@pytest.fixture
def case(house: House):
    """A case with something of everything, and a measure that the commune granted and pays."""
    case = house.case(state=State.COACHING, last_name=NAME)
    house.note(case, "amelie", "Premier entretien.")
    house.objective(case, "amelie", "Un stage")
    house.appointment(case, "amelie")
    house.a_measure_at(Stage.GRANTED, case=case)
    publish_update(house, case)
    return case


def addresses(app, house, case):
    """Every address with keys of this case, and the method."""
    keys = {
        "case_id": case.id,
        "measure_id": house.all(Measure)[0].id,
        "entry_id": house.all(JournalEntry)[0].id,
        "objective_id": house.all(Objective)[0].id,
        "appointment_id": house.all(Appointment)[0].id,
        "month": f"{today():%Y-%m}",
        "side": "orp",
    }
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if set(rule.arguments) and set(rule.arguments) <= set(keys):
            known = {name: keys[name] for name in rule.arguments}
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield method, adapter.build(rule.endpoint, known, method=method)


def lines(house, case, person: UUID) -> int:
    """How many lines the trail of the case has of somebody."""
    with house.store.system(Reason.CHECK, writes=False) as session:
        return len(
            session.exec(
                select(AuditEvent.id).where(
                    AuditEvent.case_id == case.id, AuditEvent.person_id == person
                )
            ).all()
        )


@pytest.mark.parametrize(
    "who", ["hugo", "amelie", "patrick", "valerie", "claire", "cecile", "sophie"]
)
def test_no_page_names_the_person_without_a_line(app, house, case, who):
    browser = house.client(who)
    token, unseen, read = browser.token(), [], 0
    for method, path in addresses(app, house, case):
        before = lines(house, case, house.person[who])
        # A form in which nothing was filled in: most are refused, and come back on their page.
        sent = {"form_token": token} if method == "POST" else None
        answer = browser.client.open(path, method=method, data=sent)
        if answer.mimetype == "text/html" and NAME in answer.text:
            read += 1
            if lines(house, case, house.person[who]) == before:
                unseen.append(f"{method} {path}: {answer.status_code}")
    assert not unseen, "\n".join(unseen)
    assert read > 3


def test_whoever_took_the_paper_of_a_decision_is_among_those_who_read(app, house, case):
    (measure,) = house.all(Measure)
    house.client("valerie").get(f"/measures/{measure.id}/decision.pdf")
    page = house.client("amelie").get(f"/cases/{case.id}/readers")
    assert "Valérie Fournier CMS Sion-Hérens-Conthey décision imprimée" in page.main


def test_whoever_announced_the_person_and_reads_the_update_is_named(app, house):
    case = house.case(by="ursula", state=State.COACHING, tandem=("amelie", "hugo"))
    publish_update(house, case)
    house.client("ursula").get(f"/cases/{case.id}/update/{today():%Y-%m}")
    page = house.client("amelie").get(f"/cases/{case.id}/readers")
    assert "Ursula Amherd ORP Haut-Valais mise à jour mensuelle lue" in page.main


def test_a_refused_note_shows_the_journal_and_is_a_reading_of_it(app, house, case):
    house.client("amelie").post(f"/cases/{case.id}/note", {"text": ""}, status=422)
    (line,) = house.all(AuditEvent, AuditEvent.case_id == case.id, AuditEvent.act == Act.CASE_READ)
    assert (line.person_id, line.institution_id, line.ground) == (
        house.person["amelie"],
        house.institution["orp_sion"],
        "VS-40",
    )
    assert line.details == {"route": "/cases/<uuid:case_id>/note", "method": "POST"}


def test_the_first_page_is_a_reading_of_the_cases_that_it_names_and_of_no_others(app, house, case):
    other = house.case(state=State.COACHING, last_name="Morard")
    page = house.client("amelie").get("/")
    assert NAME in page.main
    (line,) = house.all(AuditEvent, AuditEvent.act == Act.LIST_READ)
    assert (line.person_id, line.ground) == (house.person["amelie"], "VS-40")
    assert case.id.hex in line.details["cases"]
    assert (other.id.hex in line.details["cases"]) == ("Morard" in page.main)
    house.client("bastien").get("/")
    assert house.count(AuditEvent, AuditEvent.act == Act.LIST_READ) == 1
