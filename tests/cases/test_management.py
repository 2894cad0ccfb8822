"""Who manages a case, who keeps reading it, and what a case needs to go on."""

from typing import Any

import pytest

from cii.audit.models import Act, AuditEvent
from cii.cases.lifecycle import STEPS, NotAllowed, State, step
from cii.cases.models import Case
from cii.cases.queries import header
from cii.foundation.ids import new_id
from tests.house import Consent, House


def test_the_tandems_adviser_manages_what_the_orp_announced_and_the_previous_one_keeps_reading(
    app: Any, house: House
) -> None:
    """VS-29, VS-30: the whole follow-up passes to the tandem's ORP adviser; the announcing one reads on."""
    case = house.case(by="nicolas", state=State.COACHING, tandem=("amelie", "hugo"))
    with house.store.session(house.actor("nicolas"), writes=False) as session:
        assert header(session, case.id).manager.name == "Amélie Favre"
    page = house.client("nicolas").get(f"/cases/{case.id}")
    assert "Gestion du cas : Amélie Favre" in page.main
    assert not page.find("textarea")
    note = {"text": "Encore moi.", "day": "aujourd’hui", "form_key": str(new_id())}
    house.client("nicolas").post(f"/cases/{case.id}/note", note, status=404)


def test_the_announcing_social_worker_keeps_the_case_that_social_assistance_announced(
    app: Any, house: House
) -> None:
    """VS-35 in contrast to VS-29: here the management does not move."""
    case = house.case(by="gaelle", state=State.COACHING, tandem=("amelie", "hugo"))
    page = house.client("hugo").get(f"/cases/{case.id}")
    assert "Gestion du cas : Gaëlle Emery" in page.main


def test_a_coaching_starts_with_a_complete_tandem_and_by_one_of_its_two(
    app: Any, house: House
) -> None:
    """VS-02, VS-26: the tandem follows the situation; VS-01: nobody starts without it."""
    case = house.case(state=State.TANDEM_ASSIGNED, tandem=("amelie", "hugo"))
    for other in ("nicolas", "gaelle", "claire", "bastien"):
        house.client(other).post(f"/cases/{case.id}/start", status=404)
    house.client("amelie").post(f"/cases/{case.id}/start")
    (now,) = house.all(Case, Case.id == case.id)
    assert now.state is State.COACHING
    assert house.count(AuditEvent, AuditEvent.act == Act.COACHING_STARTED) == 1
    without = house.case(state=State.ADMITTED)
    house.client("amelie").post(f"/cases/{without.id}/start", status=404)


@pytest.mark.parametrize("consent", [None, Consent(revoked=True), Consent(starts=-60, ends=-1)])
def test_no_coaching_starts_without_a_valid_procuration(
    app: Any, house: House, consent: Consent | None
) -> None:
    """VS-40."""
    case = house.case(state=State.TANDEM_ASSIGNED, consent=consent)
    client = house.client("amelie")
    client.client.post(f"/cases/{case.id}/start", data={"form_token": client.token()})
    (now,) = house.all(Case, Case.id == case.id)
    assert now.state is State.TANDEM_ASSIGNED


def test_the_life_of_a_case_has_these_steps_and_no_others() -> None:
    """The first half of the life: product description, "The case"; VS-08, VS-14, VS-01, VS-02."""
    allowed = {(each.start.value, each.end.value) for each in STEPS}
    assert allowed == {
        ("draft", "announced"),
        ("draft", "to-complete"),
        ("to-complete", "announced"),
        ("to-complete", "to-complete"),
        ("announced", "to-complete"),
        ("announced", "refused"),
        ("to-complete", "refused"),
        ("announced", "admitted"),
        ("admitted", "tandem-assigned"),
        ("tandem-assigned", "coaching"),
    }
    for start in State:
        for end in State:
            if (start.value, end.value) not in allowed:
                with pytest.raises(NotAllowed):
                    step(start, end)
