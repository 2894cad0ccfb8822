"""One person announced twice: the institution that did it first is asked, the bureau CII is told, nobody else."""

import pytest

from cii.audit.models import Act, AuditEvent
from cii.cases.lifecycle import State
from cii.cases.models import Case
from tests.cases.test_announcing import announced
from tests.house import CaseFile, Consent, House
from tests.pages import Page, PageClient

NUMBER = "7561234567897"
ALREADY = "Cette personne est déjà annoncée sous la référence"


def _send(house: House, who: str, status: int = 200, **changes: object) -> tuple[PageClient, Page]:
    client = house.client(who)
    client.get("/announcements/new")
    fields = announced(house, avs_number=NUMBER, **changes)
    return client, client.submit(fields=fields, press="Transmettre l’annonce", status=status)


def test_the_form_shows_the_case_that_is_there_and_asks(app, house: House) -> None:
    before = house.case(avs_number=NUMBER)
    hugo, page = _send(house, "hugo", status=422)
    assert f"{ALREADY} {before.reference}" in page.errors["announce_again"]
    assert page.links[before.reference] == f"/cases/{before.id}"
    assert page.form(page.path).value("potential_reason") == "Huit ans dans la logistique."
    assert len(house.all(Case)) == 1
    hugo.submit(page.path, {"announce_again": [before.reference]}, press="Transmettre l’annonce")
    assert len(house.all(Case)) == 2


def test_a_confirmation_counts_for_the_case_that_was_shown(app, house: House) -> None:
    """Whoever corrects the number and meets another case is asked again."""
    before = house.case(avs_number=NUMBER)
    other = house.case()
    hugo, page = _send(house, "hugo", status=422)
    fields = {"avs_number": other.avs_number, "announce_again": [before.reference]}
    page = hugo.submit(page.path, fields, press="Transmettre l’annonce", status=422)
    assert other.reference in page.errors["announce_again"]


@pytest.mark.parametrize("state", [State.REFUSED, State.CLOSED])
def test_after_the_end_of_a_case_a_person_is_announced_like_any_other(
    app, house: House, state: State
) -> None:
    house.case(state=state, avs_number=NUMBER)
    _send(house, "hugo")
    assert len(house.all(Case)) == 2


def test_what_is_completed_is_not_asked_about_itself(app, house: House) -> None:
    before = house.case(avs_number=NUMBER, consent=None)
    again = house.case(avs_number=NUMBER, state=State.TO_COMPLETE, consent=None)
    hugo = house.client("hugo")
    path = f"/cases/{again.id}/announcement"
    hugo.get(f"{path}?edit=1")
    page = hugo.submit(path, press="Transmettre l’annonce")
    assert before.reference not in page.main


@pytest.mark.parametrize("who", ["yannick", "gaelle", "amelie"])
def test_nobody_learns_of_a_case_that_is_hidden_from_him_or_her(
    app, house: House, who: str
) -> None:
    """Another institution, a colleague without a part: the answer is that of a person never seen before."""
    house.case(avs_number=NUMBER)
    _, page = _send(house, who)
    assert ALREADY not in page.html
    assert len(house.all(Case)) == 2


def _admission(house: House, case: CaseFile) -> Page:
    return house.client("claire").get(f"/cases/{case.id}/admission")


def test_the_bureau_is_shown_the_other_case_and_its_institution(app, house: House) -> None:
    before = house.case(avs_number=NUMBER)
    again = house.case(avs_number=NUMBER, by="yannick")
    page = _admission(house, again)
    assert page.links[before.reference] == f"/cases/{before.id}/admission"
    assert "CMS Sion-Hérens-Conthey" in page.main
    read = {event.case_id for event in house.all(AuditEvent, AuditEvent.act == Act.CASE_READ)}
    assert read == {before.id, again.id}


@pytest.mark.parametrize("closed", ["before", "again"])
def test_the_bureau_is_told_only_where_both_identities_are_open_to_it(
    app, house: House, closed: str
) -> None:
    consents = {"before": Consent(), "again": Consent()} | {closed: Consent(revoked=True)}
    before = house.case(avs_number=NUMBER, consent=consents["before"])
    again = house.case(avs_number=NUMBER, by="yannick", consent=consents["again"])
    assert before.reference not in _admission(house, again).html


def test_the_announcing_institutions_see_nothing_of_it(app, house: House) -> None:
    before = house.case(avs_number=NUMBER)
    again = house.case(avs_number=NUMBER, by="yannick")
    _admission(house, again)
    for who, own, other in (("hugo", before, again), ("yannick", again, before)):
        client = house.client(who)
        for path in ("", "/announcement", "/readers"):
            page = client.get(f"/cases/{own.id}{path}")
            assert other.reference not in page.html
            assert "même numéro" not in page.html
