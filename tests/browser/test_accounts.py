"""Statements and payments in a real browser: accessible in every state, and done without a script as well."""

from typing import Any

import pytest
from sqlmodel import select

from cii.access.system import Reason
from cii.foundation.clock import today
from cii.foundation.quarters import Quarter
from cii.measures.models import Payment, Statement
from cii.organisations.models import Institution, Membership, Person
from tests.browser.conftest import Canton
from tests.browser.test_every_page import look_at

pytestmark = pytest.mark.browser


def _rows(canton: Canton, model: Any) -> list[Any]:
    with canton.app.extensions["store"].system(Reason.CHECK, writes=False) as session:
        return list(session.exec(select(model)).all())


def _clerk_of(canton: Canton, institution: Any) -> str:
    with canton.app.extensions["store"].system(Reason.CHECK, writes=False) as session:
        person: Person = session.exec(
            select(Person)
            .join(Membership, Membership.person_id == Person.id)
            .where(Membership.institution_id == institution)
        ).first()
        return person.name


def _act_for(watched: Any, commune: str) -> None:
    watched.open("/account")
    button = watched.page.locator(f"button:has-text('{commune}')")
    if button.count():
        button.first.click()


@pytest.mark.parametrize("language", ["fr", "de"])
def test_every_state_of_a_statement_keeps_to_the_rules(
    browse: Any, canton: Canton, language: str
) -> None:
    (statement,) = _rows(canton, Statement)
    payments = [each for each in _rows(canton, Payment) if each.corrects_id is None]
    own = next(each for each in payments if each.institution_id == statement.institution_id)
    other = next(each for each in payments if each.institution_id != statement.institution_id)
    last = Quarter.of(today()).after(-1)
    wrong: list[str] = []
    for payment, pages in (
        (own, ("/statements", f"/statements/{last.path}")),
        (
            other,
            (f"/statements/{last.path}", f"/statements/{last.next.path}", "/statements/2001/1"),
        ),
    ):
        watched = browse(_clerk_of(canton, payment.institution_id), language=language)
        _act_for(watched, _name_of(canton, payment.institution_id, language))
        measure = f"/measures/{payment.measure_id}"
        for path in (*pages, f"{measure}/payments", f"{measure}/payments/{payment.id}"):
            watched.open(path)
            for details in watched.page.locator("main details").all():
                details.evaluate("each => { each.open = true }")
            wrong += look_at(watched.page, path)
        watched.open(f"{measure}/payments")
        watched.page.locator("main form button.govuk-button").first.click()
        watched.page.locator(".govuk-error-summary").wait_for()
        wrong += look_at(watched.page, f"{measure}/payments sent empty")
    watched = browse("Anne Fournier", language=language)
    for path in (
        f"/statements?quarter={last.year}-{last.number}",
        f"/statements/received/{statement.id}",
        "/statements/reconciliation",
    ):
        watched.open(path)
        wrong += look_at(watched.page, path)
    assert not wrong, "\n".join(wrong)


def _name_of(canton: Canton, institution: Any, language: str) -> str:
    with canton.app.extensions["store"].system(Reason.CHECK, writes=False) as session:
        found = session.get_one(Institution, institution)
        return found.name_de if language == "de" else found.name


def test_every_number_of_the_chart_leads_to_its_list(browse: Any, canton: Canton) -> None:
    (statement,) = _rows(canton, Statement)
    watched = browse(_clerk_of(canton, statement.institution_id))
    _act_for(watched, _name_of(canton, statement.institution_id, "fr"))
    page = watched.open("/statements")
    numbers = page.locator(".cii-chart__number").all_text_contents()
    page.locator(".cii-chart summary").click()
    links = page.locator(".cii-chart table a")
    assert [each.removeprefix("CHF ") for each in links.all_text_contents()] == numbers
    links.first.click()
    assert page.locator("h1").text_content()
