"""What was sent or paid stays, whoever asks for it: an act, two at once, or somebody at the database itself."""

import threading
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa

from cii.access.guard import Hidden
from cii.access.store import Store
from cii.access.system import Reason
from cii.foundation.ids import new_id
from cii.foundation.quarters import Quarter
from cii.measures.accounts.actions import (
    AlreadyAnswered,
    QuarterNotOver,
    TooMuch,
    answer_statement,
    correct_payment,
    pay,
    send_statement,
)
from cii.measures.accounts.canton import statements_of_quarter
from cii.measures.accounts.inputs import CorrectionInput, PaymentInput, Reply, ReplyInput
from cii.measures.accounts.queries import account
from cii.measures.models import Measure, Payment, Statement, StatementLine, StatementState
from tests.accounts.rows import acting, coached, granted
from tests.house import House
from tests.postgres import APP, Cluster

GRANTED = date(2026, 1, 12)
PAID = date(2026, 3, 2)
SENT = date(2026, 4, 8)
FIRST = Quarter(2026, 1)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def sion(request: pytest.FixtureRequest, database: str) -> Iterator[tuple[House, object]]:
    """Sion granted 1’000 francs; on both databases."""
    if request.param == "sqlite":
        store = Store(database)
        yield _furnished(store)
        store.close()
        return
    cluster: Cluster = request.getfixturevalue("postgres")
    with cluster.database() as name:
        store = Store(cluster.url(APP, name))
        yield _furnished(store)
        store.close()


def _furnished(store: Store) -> tuple[House, object]:
    house = House(store).furnish()
    measure = granted(
        house, coached(house), "1000", on=GRANTED, starts=GRANTED, ends=date(2026, 6, 30)
    )
    return house, measure


def payment(amount: str, paid_on: date = PAID) -> PaymentInput:
    return PaymentInput(amount=amount, paid_on=paid_on, voucher="B-1")


def sent(house, measure) -> Statement:
    with acting(house, "cecile", on=SENT) as session:
        pay(session, measure, payment("400"))
        return send_statement(session, FIRST)


RAW = (
    "UPDATE statement SET total = total + 1",
    "UPDATE statement SET state = 'draft', sent_at = NULL",
    "UPDATE statement SET year = 2025",
    "DELETE FROM statement",
    "UPDATE statement_line SET paid = 0",
    "DELETE FROM statement_line",
    (
        "INSERT INTO statement_line SELECT statement_id, 99, institution_id, sas_id, decision_reference,"
        " code, starts_on, ends_on, decided, paid_before, paid, corrections FROM statement_line"
    ),
    "UPDATE payment SET amount = amount + 1",
    "DELETE FROM payment",
)


@pytest.mark.parametrize("statement", RAW)
def test_the_database_itself_refuses_to_change_what_was_sent(sion, statement: str) -> None:
    """VS-25: a sent statement never changes, not by raw SQL either."""
    house, measure = sion
    sent(house, measure)
    with (
        pytest.raises(sa.exc.DBAPIError, match="was signed, paid or sent does not change"),
        house.store.system(Reason.SET_UP) as system,
    ):
        system.connection().exec_driver_sql(statement)
    assert [each.total for each in house.all(Statement)] == [Decimal("400.00")]
    assert [each.paid for each in house.all(StatementLine)] == [Decimal("400.00")]


def test_an_answer_is_given_once(sion) -> None:
    house, measure = sion
    key = sent(house, measure).id
    with acting(house, "sophie", on=SENT) as session:
        answer_statement(session, key, ReplyInput(reply=Reply.RETURN, comment="Pièce B-1 ?"))
        # The same form again changes nothing; another answer is refused.
        answer_statement(session, key, ReplyInput(reply=Reply.RETURN, comment="Pièce B-1 ?"))
        with pytest.raises(AlreadyAnswered):
            answer_statement(session, key, ReplyInput(reply=Reply.ACKNOWLEDGE))
    with (
        pytest.raises(sa.exc.DBAPIError, match="does not change"),
        house.store.system(Reason.SET_UP) as system,
    ):
        system.connection().exec_driver_sql("UPDATE statement SET state = 'acknowledged'")
    assert [each.state for each in house.all(Statement)] == [StatementState.RETURNED]


def test_the_commune_does_not_answer_itself_and_the_sas_sends_nothing(sion) -> None:
    house, measure = sion
    key = sent(house, measure).id
    with acting(house, "cecile", on=SENT) as session, pytest.raises(Hidden):
        answer_statement(session, key, ReplyInput(reply=Reply.ACKNOWLEDGE))
    with acting(house, "sophie", on=date(2026, 7, 8)) as session, pytest.raises(Hidden):
        send_statement(session, Quarter(2026, 2))


def test_a_quarter_is_accounted_for_when_it_is_over(sion) -> None:
    """A-04: calendar quarters."""
    house, _ = sion
    with acting(house, "cecile", on=date(2026, 3, 31)) as session, pytest.raises(QuarterNotOver):
        send_statement(session, FIRST)
    with acting(house, "cecile", on=date(2026, 4, 1)) as session:
        assert send_statement(session, FIRST).total == 0


def test_a_late_payment_stands_in_the_next_statement(sion) -> None:
    house, measure = sion
    sent(house, measure)
    with acting(house, "cecile", on=SENT) as session:
        late = pay(session, measure, payment("50", date(2026, 3, 30)))
        assert (late.year, late.quarter) == (2026, 2)
        (line,) = account(session, Quarter(2026, 2)).lines
    assert (line.paid_before, line.paid, line.corrections) == (400, 50, 50)


def at_once(house: House, count: int, act) -> list[object]:
    """The same act by several clerks at the same moment: what each was told."""
    told: list[object] = []
    ready = threading.Barrier(count)

    def clerk(number: int) -> None:
        ready.wait()
        try:
            with acting(house, "cecile", on=SENT) as session:
                told.append(act(session, number))
        except Exception as failure:
            told.append(failure)

    threads = [threading.Thread(target=clerk, args=(each,)) for each in range(count)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return told


def test_payments_at_once_never_exceed_what_was_decided(sion) -> None:
    """VS-24: eight clerks pay 300 of 1’000 francs at the same moment: three succeed."""
    house, measure = sion
    told = at_once(house, 8, lambda session, _: pay(session, measure, payment("300")))
    refused = [each for each in told if isinstance(each, Exception)]
    assert [type(each) for each in refused] == [TooMuch] * 5
    assert house.all(Measure)[0].paid == Decimal("900.00")
    assert sum(each.amount for each in house.all(Payment)) == Decimal("900.00")


def test_the_same_form_at_once_is_one_payment(sion) -> None:
    house, measure = sion
    key = new_id()
    form = PaymentInput(form_key=key, amount="300", paid_on=PAID, voucher="B-1")
    told = at_once(house, 4, lambda session, _: pay(session, measure, form).id)
    assert len(set(told)) == 1
    assert house.count(Payment) == 1


def test_the_same_correction_at_once_counts_once(sion) -> None:
    house, measure = sion
    with acting(house, "cecile", on=SENT) as session:
        wrong = pay(session, measure, payment("300")).id
    right = CorrectionInput(right_amount="250", voucher="B-2")
    at_once(house, 4, lambda session, _: correct_payment(session, measure, wrong, right))
    assert house.all(Measure)[0].paid == Decimal("250.00")
    assert house.count(Payment) == 2


def test_a_statement_sent_at_once_is_one_and_no_payment_slips_in(sion) -> None:
    house, measure = sion

    def act(session, number: int):
        if number % 2:
            return send_statement(session, FIRST).id
        return pay(session, measure, payment("100")).id

    told = at_once(house, 8, act)
    assert not [each for each in told if isinstance(each, Exception)]
    (statement,) = house.all(Statement)
    booked = [each for each in house.all(Payment) if (each.year, each.quarter) == FIRST]
    assert statement.total == sum(each.amount for each in booked)
    assert house.all(Measure)[0].paid == Decimal("400.00")


def test_the_list_of_all_communes_asks_the_database_as_often_for_one_as_for_many(sion) -> None:
    house, _ = sion

    def questions() -> int:
        asked: list[str] = []

        @sa.event.listens_for(house.store.engine, "before_cursor_execute")
        def note(connection, cursor, sql, *rest) -> None:
            asked.append(sql)

        with acting(house, "sophie", on=SENT) as session:
            statements_of_quarter(session, FIRST)
        sa.event.remove(house.store.engine, "before_cursor_execute", note)
        return len(asked)

    for_one = questions()
    case = coached(house, "saviese")
    for _ in range(3):
        granted(house, case, "50", on=PAID, commune="saviese")
    assert questions() == for_one
