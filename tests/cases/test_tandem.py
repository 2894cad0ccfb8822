"""Who leaves an office hands the case on: the bureau CII names who takes the place in the tandem."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from cii.access.system import Reason
from cii.audit.models import Act, AuditEvent
from cii.cases.lifecycle import State
from cii.cases.models import CaseSocial, Tandem
from cii.foundation.clock import now
from cii.foundation.ids import new_id
from cii.measures.lifecycle import Stage
from cii.measures.models import Measure
from cii.organisations.models import Membership
from cii.outbox.models import Notice, Subject
from tests.house import CaseFile, House
from tests.pages import Page


def replace(house: House, case: CaseFile, side: str, who: str) -> Page:
    """Claire of the bureau CII names who takes the place."""
    client = house.client("claire")
    client.get(f"/cases/{case.id}/admission")
    client.get(f"/cases/{case.id}/tandem/{side}")
    path = f"/cases/{case.id}/tandem/{side}"
    return client.submit(path, {"successor": str(house.membership(who))})


def note(text: str) -> dict[str, str]:
    return {"text": text, "day": "aujourd’hui", "form_key": str(new_id())}


def test_the_successor_coaches_at_once_and_who_leaves_sees_the_case_until_the_evening(
    app: Any, house: House
) -> None:
    """VS-01: it is always one adviser of the ORP and one social worker of the CMS; what is written stays."""
    case = house.case(state=State.COACHING)
    house.client("amelie").post(f"/cases/{case.id}/note", note("Dernier entretien."))
    house.client("nicolas").get(f"/cases/{case.id}", status=404)
    page = replace(house, case, "orp", "nicolas")
    assert "Nicolas Délèze remplace Amélie Favre dans le tandem." in page.main
    journal = house.client("nicolas").get(f"/cases/{case.id}")
    assert "Dernier entretien." in journal.main
    house.client("nicolas").post(f"/cases/{case.id}/note", note("Je me présente."))
    assert "Je me présente." in house.client("amelie").get(f"/cases/{case.id}").main
    with time_machine.travel(now() + timedelta(days=1), tick=False):
        house.new_client("amelie").get(f"/cases/{case.id}", status=404)
        house.new_client("nicolas").get(f"/cases/{case.id}")


def test_everybody_concerned_is_told_and_the_trail_says_who_left_and_who_came(
    app: Any, house: House
) -> None:
    case = house.case(by="gaelle", state=State.COACHING)
    replace(house, case, "cms", "yannick")
    (tandem,) = house.all(Tandem, Tandem.case_id == case.id)
    assert tandem.orp_membership_id == house.membership("amelie")
    assert tandem.cms_membership_id == house.membership("yannick")
    told = {each.reader_id for each in house.all(Notice, Notice.subject == Subject.TANDEM_CHANGED)}
    assert told == {house.membership(who) for who in ("gaelle", "amelie", "hugo", "yannick")}
    (event,) = house.all(AuditEvent, AuditEvent.act == Act.TANDEM_CHANGED)
    assert event.details == {
        "left": str(house.membership("hugo")),
        "came": str(house.membership("yannick")),
    }


def test_the_successor_takes_over_the_measures_of_who_was_in_charge_as_one_of_the_tandem(
    app: Any, house: House
) -> None:
    """VS-34: announced by the ORP and followed by no CMS, the tandem's social worker transmits."""
    case = house.case(by="nicolas", state=State.COACHING)
    with house.store.system(Reason.SET_UP) as session:
        session.get_one(CaseSocial, case.id).followed_by_cms = False
    measure = house.a_measure_at(Stage.TO_TRANSMIT, case=case)
    assert measure.social_worker_id == measure.turn_id == house.membership("hugo")
    replace(house, case, "cms", "gaelle")
    (measure,) = house.all(Measure, Measure.id == measure.id)
    assert measure.social_worker_id == measure.turn_id == house.membership("gaelle")
    house.client("gaelle").get(f"/measures/{measure.id}")
    house.client("gaelle").submit(f"/measures/{measure.id}/transmit")
    (measure,) = house.all(Measure, Measure.id == measure.id)
    assert measure.stage is Stage.AT_SAS


@pytest.mark.parametrize("announcer", ["hugo", "nicolas"])
def test_who_announced_or_follows_the_person_stays_in_charge_of_the_measures(
    app: Any, house: House, announcer: str
) -> None:
    """VS-34, VS-35: budget and link to the commune stay with who announced for social assistance or follows."""
    case = house.case(by=announcer, state=State.COACHING)
    waits = house.a_measure_at(Stage.TO_TRANSMIT, case=case)
    drafted = house.a_measure_at(Stage.DRAFT, case=case)
    assert drafted.turn_id == house.membership("hugo")
    replace(house, case, "cms", "gaelle")
    (waits,) = house.all(Measure, Measure.id == waits.id)
    assert waits.social_worker_id == waits.turn_id == house.membership("hugo")
    (drafted,) = house.all(Measure, Measure.id == drafted.id)
    assert drafted.social_worker_id == house.membership("hugo")
    assert drafted.turn_id == house.membership("gaelle")


def test_two_coordinators_at_once_replace_nobody_twice(app: Any, house: House) -> None:
    """The page of the second is old: it says so, and shows who stands there now."""
    case = house.case(state=State.COACHING)
    path = f"/cases/{case.id}/tandem/orp"
    late = house.new_client("claire")
    late.get(path)
    replace(house, case, "orp", "nicolas")
    page = late.submit(path, {"successor": str(house.membership("bastien"))}, status=409)
    assert "Le dossier a changé entre-temps." in page.main
    assert "Qui remplace Nicolas Délèze" in page.main
    late.submit(path, {"successor": str(house.membership("bastien"))})
    (tandem,) = house.all(Tandem, Tandem.case_id == case.id)
    assert tandem.orp_membership_id == house.membership("bastien")


def test_only_who_can_be_in_a_tandem_is_taken(app: Any, house: House) -> None:
    """VS-01: a social worker does not sit on the ORP's side, nor does a head; nobody follows himself."""
    case = house.case(state=State.COACHING)
    path = f"/cases/{case.id}/tandem/orp"
    client = house.client("claire")
    client.get(path)
    for who in ("hugo", "patrick", "amelie"):
        sent = {
            "leaving": str(house.membership("amelie")),
            "successor": str(house.membership(who)),
        }
        page = client.post(path, sent, status=422)
        assert page.errors == {"successor": "Erreur : Choisissez une des réponses proposées."}
    page = client.submit(path, status=422)
    assert page.errors == {"successor": "Erreur : Choisissez qui prend la suite."}
    for state in (State.ADMITTED, State.CLOSED):
        other = house.case(state=state)
        client.get(f"/cases/{other.id}/tandem/orp", status=404)


def test_the_bureau_is_told_that_somebody_of_a_tandem_no_longer_works(
    app: Any, house: House
) -> None:
    """VS-01: nothing says by itself who follows; the first page of the bureau asks for it until it is done."""
    case = house.case(state=State.COACHING)
    asks = "Lucie Morard : une place du tandem est à repourvoir"
    assert asks not in house.client("claire").get("/").main
    with house.store.system(Reason.SET_UP) as session:
        session.get_one(Membership, house.membership("amelie")).active = False
    page = house.client("claire").get("/")
    assert page.links[asks] == f"/cases/{case.id}/admission"
    replace(house, case, "orp", "nicolas")
    assert asks not in house.client("claire").get("/").main
