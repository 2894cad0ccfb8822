"""The pages of the accounts: whatever is sent there is a calm answer; what waits stands on the first page."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from flask import Flask

from cii.access.actor import Actor
from cii.cases.work import Todo
from cii.foundation.clock import today
from cii.foundation.quarters import Quarter
from cii.foundation.texts import texts
from cii.measures.accounts.actions import answer_statement, pay, send_statement
from cii.measures.accounts.inputs import PaymentInput, Reply, ReplyInput
from cii.measures.accounts.work import statements_waiting
from cii.measures.models import Payment, Statement
from tests.accounts.rows import acting, coached, granted
from tests.house import House

LAST = Quarter.of(today()).after(-1)


@pytest.fixture
def paid(house: House) -> tuple[House, str]:
    """Sion granted 1’000 francs in the last quarter, paid 400 and sent its statement."""
    measure = granted(
        house, coached(house), "1000", on=LAST.first, starts=LAST.first, ends=LAST.next.last
    )
    with acting(house, "cecile", "sion", on=today()) as session:
        pay(session, measure, PaymentInput(amount="400", paid_on=LAST.first, voucher="B-1"))
        send_statement(session, LAST)
    return house, f"/measures/{measure}"


FIELDS = (
    "form_key",
    "amount",
    "paid_on",
    "voucher",
    "right_amount",
    "amounts",
    "quarters",
    "reply",
    "comment",
    "something",
)
SENT = {
    "nothing": {},
    "empty": dict.fromkeys(FIELDS, ""),
    "long": dict.fromkeys(FIELDS, "x" * 30_000),
    "html": dict.fromkeys(FIELDS, "<script>alert(1)</script>{{7*7}}%(x)s"),
    "null": dict.fromkeys(FIELDS, "a\x00b\ud7ff\u202e"),
    "numbers": dict.fromkeys(FIELDS, "-1e999"),
    "much": dict.fromkeys(FIELDS, "99999999999999999999.99"),
    "keys": dict.fromkeys(FIELDS, str(uuid4())),
    "days": dict.fromkeys(FIELDS, "31.02.0000"),
    "lists": {name: ["1", "2"] * 50 for name in FIELDS},
}


@pytest.mark.parametrize("kind", SENT)
def test_whatever_is_sent_there_is_a_calm_answer(
    app: Flask, paid: tuple[House, str], kind: str
) -> None:
    house, measure = paid
    payment, statement = house.all(Payment)[0].id, house.all(Statement)[0].id
    for who, address in (
        ("hugo", f"{measure}/budget"),
        ("cecile", f"{measure}/payments"),
        ("cecile", f"{measure}/payments/{payment}"),
        ("cecile", f"/statements/{LAST.path}"),
        ("cecile", "/statements/99999999999/4"),
        ("cecile", "/statements/2026/5"),
        ("sophie", f"/statements/received/{statement}"),
    ):
        client = house.client(who, house.home(who))
        answer = client.client.post(address, data={"form_token": client.token(), **SENT[kind]})
        assert answer.status_code in {200, 303, 404, 409, 422}, f"{who} {address}"
        assert b"<script>alert(1)" not in answer.data, address
    assert house.count(Payment) == 1


@pytest.mark.parametrize("query", ["quarter=x", "quarter=2026-9", "quarter=-", "after=x", "after="])
def test_an_address_that_means_nothing_shows_the_last_quarter(
    app: Flask, paid: tuple[House, str], query: str
) -> None:
    house, _ = paid
    page = house.client("sophie").get(f"/statements?{query}")
    assert texts("fr").say_phrase(LAST.name) in page.title


def todos(house: House, who: str, institution: str, day: date) -> list[Todo]:
    """What waits for somebody on a day, with thirty days for a statement."""
    with acting(house, who, institution, on=day) as session:
        return statements_waiting(30)(session)


def said(todo: Todo) -> str:
    """The line in French, with plain spaces."""
    return str(todo.text).replace("\u00a0", " ")


def test_what_waits_stands_on_the_first_page_with_its_day(house: House) -> None:
    """A-04: thirty days after the end of the quarter; nothing before its end."""
    day = date(2026, 2, 3)
    granted(house, coached(house), "90", on=day, starts=day, ends=date(2026, 4, 30))
    assert todos(house, "cecile", "sion", date(2026, 3, 31)) == []
    (todo,) = todos(house, "cecile", "sion", date(2026, 4, 1))
    assert said(todo) == "Décompte à établir : 1er trimestre 2026"
    assert (todo.href, todo.due) == ("/statements/2026/1", date(2026, 4, 30))
    assert todos(house, "cecile", "saviese", date(2026, 4, 1)) == []
    assert todos(house, "sophie", "sas", date(2026, 4, 1)) == []
    with acting(house, "cecile", "sion", on=date(2026, 4, 2)) as session:
        key = send_statement(session, Quarter(2026, 1)).id
    (todo,) = todos(house, "sophie", "sas", date(2026, 4, 2))
    assert said(todo) == "Commune de Sion : décompte à examiner, 1er trimestre 2026"
    assert todo.href == f"/statements/received/{key}"
    with acting(house, "sophie", on=date(2026, 4, 3)) as session:
        answer_statement(session, key, ReplyInput(reply=Reply.RETURN, comment="Et B-7 ?"))
    assert todos(house, "sophie", "sas", date(2026, 4, 3)) == []
    (todo,) = todos(house, "cecile", "sion", date(2026, 4, 3))
    assert said(todo) == "Décompte retourné par le SAS : 1er trimestre 2026"
    # The next statement corrects it: then nothing waits any more.
    with acting(house, "cecile", "sion", on=date(2026, 7, 1)) as session:
        send_statement(session, Quarter(2026, 2))
    assert todos(house, "cecile", "sion", date(2026, 7, 1)) == []


def test_nobody_else_is_asked(house: House) -> None:
    for who in ("amelie", "hugo", "laurent", "claire", "pia", "odile"):
        actor: Actor = house.actor(who)
        with house.store.session(actor, writes=False) as session:
            assert statements_waiting(30)(session) == []


def test_the_list_of_the_sas_goes_on_behind_fifty_communes(
    app: Flask, paid: tuple[House, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    house, _ = paid
    granted(house, coached(house, "saviese"), "90", on=LAST.first, commune="saviese")
    monkeypatch.setattr("cii.measures.accounts.screens.COMMUNES", 1)
    page = house.client("sophie").get("/statements")
    assert page.texts("td") != []
    assert [each for each in page.texts("th") if "Commune de" in each] == ["Commune de Savièse"]
    page = house.client("sophie").click("Communes suivantes")
    assert [each for each in page.texts("th") if "Commune de" in each] == ["Commune de Sion"]


def test_quarters_are_those_of_the_calendar() -> None:
    assert [Quarter.of(date(2026, month, 1)).number for month in range(1, 13)] == [
        *(1, 1, 1),
        *(2, 2, 2),
        *(3, 3, 3),
        *(4, 4, 4),
    ]
    assert (Quarter(2026, 4).first, Quarter(2026, 4).last) == (
        date(2026, 10, 1),
        date(2026, 12, 31),
    )
    assert Quarter(2026, 1).after(-1) == (2025, 4)
    assert Quarter(2026, 4).next == (2027, 1)
    assert [*Quarter(2025, 4).until(Quarter(2026, 2))] == [(2025, 4), (2026, 1), (2026, 2)]
    assert Quarter.named(2026, 5) is None
    assert LAST.last + timedelta(days=1) == Quarter.of(today()).first
