"""Any history of grants, payments, corrections, withdrawals and statements: all sums agree, and what was sent stays.

The history is told a second time by a few lists of amounts, by hand; the product has to say the same.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from cii.access.guard import Hidden
from cii.access.store import Store
from cii.access.system import Reason, joined_system_session
from cii.foundation.clock import moment_of
from cii.foundation.quarters import Quarter
from cii.measures.accounts.actions import (
    BeforeDecision,
    EarlierFirst,
    NothingToAccount,
    NothingToCorrect,
    TooMuch,
    correct_payment,
    pay,
    send_statement,
)
from cii.measures.accounts.canton import reconciliation
from cii.measures.accounts.inputs import CorrectionInput, PaymentInput
from cii.measures.accounts.queries import account, unsent_quarters
from cii.measures.lifecycle import Stage
from cii.measures.models import Decision, Measure, Payment, Statement, StatementLine
from tests.accounts.rows import acting, coached, granted
from tests.house import CaseFile, House

FIRST_DAY = date(2026, 1, 5)
NOTHING = Decimal("0.00")


@dataclass
class Granted:
    """What the commune granted: how much, when, from when until when; whether it still holds."""

    measure: UUID
    amount: Decimal
    on: date
    starts: date
    ends: date
    reference: str
    withdrawn_on: date | None = None


@dataclass
class Line:
    """A payment or a correction, and the quarter that accounts for it."""

    of: int
    key: UUID
    amount: Decimal
    paid_on: date
    booked: tuple[int, int]
    corrects: UUID | None = None


def quarter_of(day: date) -> tuple[int, int]:
    """The calendar quarter of a day, by hand."""
    return day.year, {1: 1, 2: 1, 3: 1, 4: 2, 5: 2, 6: 2, 7: 3, 8: 3, 9: 3}.get(day.month, 4)


def following(quarter: tuple[int, int]) -> tuple[int, int]:
    """The quarter after it, by hand."""
    return (quarter[0] + 1, 1) if quarter[1] == 4 else (quarter[0], quarter[1] + 1)


@dataclass
class Book:
    """The history told by hand."""

    house: House
    case: CaseFile
    day: date = FIRST_DAY
    decisions: list[Granted] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    sent: dict[tuple[int, int], Decimal] = field(default_factory=dict)
    shown: dict[tuple[int, int], dict[str, tuple[Decimal, Decimal]]] = field(default_factory=dict)

    def paid(self, place: int) -> Decimal:
        return sum((each.amount for each in self.lines if each.of == place), NOTHING)

    def stands(self, key: UUID) -> Decimal:
        return sum(
            (each.amount for each in self.lines if key in {each.key, each.corrects}), NOTHING
        )

    def booked(self, paid_on: date) -> tuple[int, int]:
        quarter = quarter_of(paid_on)
        last = max(self.sent, default=None)
        return following(last) if last and quarter <= last else quarter

    def belongs(self, place: int, quarter: tuple[int, int]) -> bool:
        """Whether a decision stands in the account of a quarter."""
        each = self.decisions[place]
        if any(line.of == place and line.booked == quarter for line in self.lines):
            return True
        decided, first = quarter_of(each.on), quarter_of(each.starts)
        if each.withdrawn_on is None:
            runs = first <= quarter <= quarter_of(each.ends)
            return decided == quarter or (decided < quarter and runs)
        shown = [
            lines[each.reference][0]
            for _, lines in sorted(self.shown.items())
            if each.reference in lines
        ]
        return bool(shown) and shown[-1] > 0 and quarter_of(each.withdrawn_on) <= quarter

    # What happens

    def grant(self, amount: Decimal, before: int, lasts: int) -> None:
        starts = self.day + timedelta(days=before)
        ends = starts + timedelta(days=lasts)
        key = granted(self.house, self.case, str(amount), on=self.day, starts=starts, ends=ends)
        (decision,) = self.house.all(Decision, Decision.measure_id == key)
        self.decisions.append(Granted(key, amount, self.day, starts, ends, decision.reference))

    def pay(self, place: int, amount: Decimal, days_ago: int) -> None:
        if not self.decisions:
            return
        place %= len(self.decisions)
        each, paid_on = self.decisions[place], self.day - timedelta(days=days_ago)
        given = PaymentInput(amount=amount, paid_on=paid_on, voucher="B-1")
        with acting(self.house, "cecile", on=self.day) as session:
            if each.withdrawn_on is not None:
                with pytest.raises(Hidden):
                    pay(session, each.measure, given)
            elif paid_on < each.on:
                with pytest.raises(BeforeDecision):
                    pay(session, each.measure, given)
            elif self.paid(place) + amount > each.amount:
                with pytest.raises(TooMuch) as refused:
                    pay(session, each.measure, given)
                assert refused.value.remains == each.amount - self.paid(place)
            else:
                key = pay(session, each.measure, given).id
                assert pay(session, each.measure, given).id == key
                self.lines.append(Line(place, key, amount, paid_on, self.booked(paid_on)))

    def correct(self, place: int, right: Decimal) -> None:
        first = [each for each in self.lines if each.corrects is None]
        if not first:
            return
        wrong = first[place % len(first)]
        decision = self.decisions[wrong.of]
        difference = right - self.stands(wrong.key)
        given = CorrectionInput(right_amount=right, voucher="B-1bis")
        with acting(self.house, "cecile", on=self.day) as session:
            arguments = (session, decision.measure, wrong.key, given)
            if decision.withdrawn_on is not None:
                with pytest.raises(Hidden):
                    correct_payment(*arguments)
            elif not difference:
                with pytest.raises(NothingToCorrect):
                    correct_payment(*arguments)
            elif self.paid(wrong.of) + difference > decision.amount:
                with pytest.raises(TooMuch):
                    correct_payment(*arguments)
            else:
                made = correct_payment(*arguments)
                self.lines.append(
                    Line(
                        wrong.of,
                        made.id,
                        difference,
                        wrong.paid_on,
                        self.booked(wrong.paid_on),
                        wrong.key,
                    )
                )

    def withdraw(self, place: int) -> None:
        """The commune takes a decision back before the measure starts, as long as nothing is paid."""
        if not self.decisions:
            return
        each = self.decisions[place % len(self.decisions)]
        if each.withdrawn_on or each.starts <= self.day or self.paid(place % len(self.decisions)):
            return
        each.withdrawn_on = self.day
        with self.house.store.system(Reason.SET_UP) as system:
            decision = system.exec(
                select(Decision).where(Decision.measure_id == each.measure)
            ).one()
            decision.withdrawn_at = moment_of(self.day, time(15))
            decision.withdrawn_by = self.house.membership("cecile", "sion")
            decision.withdrawal_reason = "Le cours est annulé."
            system.add(decision)
            system.flush()
            measure = system.get_one(Measure, each.measure)
            measure.stage, measure.decided = Stage.AT_COMMUNE, None
            system.add(measure)

    def send(self, back: int) -> None:
        """The commune sends the statement of one of the last quarters that are over."""
        asked = Quarter.of(self.day).after(-1 - back)
        quarter = (asked.year, asked.number)
        waiting = self.waiting(quarter)
        with acting(self.house, "cecile", on=self.day) as session:
            if quarter in self.sent:
                assert send_statement(session, asked).total == self.sent[quarter]
            elif waiting[:1] and waiting[0] < quarter:
                with pytest.raises(EarlierFirst) as earlier:
                    send_statement(session, asked)
                assert earlier.value.quarter == waiting[0]
            elif quarter not in waiting:
                with pytest.raises(NothingToAccount):
                    send_statement(session, asked)
            else:
                places = [
                    each for each in range(len(self.decisions)) if self.belongs(each, quarter)
                ]
                lines = {
                    self.decisions[each].reference: (
                        NOTHING
                        if self.decisions[each].withdrawn_on
                        else self.decisions[each].amount,
                        sum(
                            (
                                line.amount
                                for line in self.lines
                                if line.of == each and line.booked == quarter
                            ),
                            NOTHING,
                        ),
                    )
                    for each in places
                }
                statement = send_statement(session, asked)
                self.sent[quarter] = sum((paid for _, paid in lines.values()), NOTHING)
                self.shown[quarter] = lines
                assert statement.total == self.sent[quarter]

    def waiting(self, until: tuple[int, int]) -> list[tuple[int, int]]:
        """The quarters up to this one that owe a statement."""
        last = max(self.sent, default=None)
        start = following(last) if last else quarter_of(FIRST_DAY)
        found = []
        while start <= until:
            if any(self.belongs(place, start) for place in range(len(self.decisions))):
                found.append(start)
            start = following(start)
        return found

    # What must hold

    def check(self) -> None:
        self._statements_stay()
        for place, each in enumerate(self.decisions):
            (measure,) = self.house.all(Measure, Measure.id == each.measure)
            assert measure.paid == self.paid(place)
            assert NOTHING <= measure.paid <= each.amount
        with acting(self.house, "sophie", on=self.day) as session:
            sums = reconciliation(session)
            assert sums.differences == ()
            assert sums.agrees
            assert sums.decided == sum(
                (each.amount for each in self.decisions if not each.withdrawn_on), NOTHING
            )
            assert sums.accounted == sum(self.sent.values(), NOTHING)
            assert sums.paid == sum((each.amount for each in self.lines), NOTHING)
        with acting(self.house, "cecile", on=self.day) as session:
            with joined_system_session(session, Reason.ACCOUNT) as system:
                unsent = unsent_quarters(system, session.actor.institution, self.day)
            for each in unsent:
                lines = account(session, each.quarter).lines
                assert each.is_empty == (not lines)
                assert each.total == sum((line.paid for line in lines), NOTHING)

    def _statements_stay(self) -> None:
        """What was sent says for ever what it said."""
        by_key = {each.id: (each.year, each.quarter) for each in self.house.all(Statement)}
        assert {
            (each.year, each.quarter): each.total for each in self.house.all(Statement)
        } == self.sent
        there: dict[tuple[int, int], dict[str, tuple[Decimal, Decimal]]] = {
            quarter: {} for quarter in self.sent
        }
        before: dict[str, Decimal] = {}
        lines = self.house.all(StatementLine)
        for line in sorted(lines, key=lambda each: by_key[each.statement_id]):
            there[by_key[line.statement_id]][line.decision_reference] = (line.decided, line.paid)
            # The lines of a decision follow one another without a gap.
            assert line.paid_before == before.get(line.decision_reference, NOTHING)
            before[line.decision_reference] = line.paid_before + line.paid
        assert there == self.shown


_francs = st.integers(1, 60_000).map(lambda centimes: Decimal(centimes).scaleb(-2))
_events = st.one_of(
    st.tuples(st.just("wait"), st.integers(1, 70)),
    st.tuples(st.just("grant"), _francs, st.integers(0, 90), st.integers(0, 200)),
    st.tuples(st.just("pay"), st.integers(0, 5), _francs, st.integers(0, 150)),
    st.tuples(st.just("correct"), st.integers(0, 8), st.one_of(st.just(NOTHING), _francs)),
    st.tuples(st.just("withdraw"), st.integers(0, 5)),
    st.tuples(st.just("send"), st.integers(0, 2)),
)


@pytest.fixture(scope="module")
def canton(
    empty_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, House, CaseFile]:
    """A database with the institutions, the cast and a case, to copy."""
    path = tmp_path_factory.mktemp("accounts") / "cii.db"
    shutil.copyfile(empty_database, path)
    store = Store(f"sqlite:///{path}")
    house = House(store).furnish()
    case = coached(house)
    store.close()
    return path, house, case


@contextmanager
def a_copy(canton: tuple[Path, House, CaseFile]) -> Iterator[Book]:
    path, furnished, case = canton
    there = path.with_name("copy.db")
    for old in path.parent.glob("copy.db*"):
        old.unlink()
    shutil.copyfile(path, there)
    store = Store(f"sqlite:///{there}")
    house = House(store)
    house.institution, house.person, house.seats = (
        furnished.institution,
        furnished.person,
        furnished.seats,
    )
    try:
        yield Book(house, case)
    finally:
        store.close()


@settings(
    max_examples=15,
    deadline=None,
    phases=[
        Phase.explicit,
        Phase.reuse,
        Phase.generate,
    ],  # each history takes seconds: no shrinking
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=st.lists(_events, min_size=4, max_size=30))
def test_all_sums_agree_whatever_happens(
    canton: tuple[Path, House, CaseFile], history: list[tuple]
) -> None:
    """VS-24, VS-25: decisions, payments and statements agree to the centime; what was sent never changes."""
    with a_copy(canton) as book:
        for what, *values in history:
            if what == "wait":
                book.day += timedelta(days=values[0])
            else:
                getattr(book, what)(*values)
            book.check()


def test_the_history_that_has_everything(canton: tuple[Path, House, CaseFile]) -> None:
    """A late payment, a correction of what was sent, a withdrawal that the next statement shows."""
    with a_copy(canton) as book:
        book.grant(Decimal("1000.00"), 10, 150)
        book.grant(Decimal("500.00"), 95, 10)
        book.day = date(2026, 3, 20)
        book.pay(0, Decimal("400.00"), 5)
        book.day = date(2026, 4, 2)
        book.send(0)
        assert book.sent == {(2026, 1): Decimal("400.00")}
        book.withdraw(1)
        book.pay(0, Decimal("50.00"), 3)  # paid on 30 March, entered after the statement
        book.correct(0, Decimal("390.00"))
        book.check()
        book.day = date(2026, 7, 1)
        book.send(0)
        assert book.sent[2026, 2] == Decimal("40.00")
        assert book.shown[2026, 2] == {
            book.decisions[0].reference: (Decimal("1000.00"), Decimal("40.00")),
            book.decisions[1].reference: (NOTHING, NOTHING),
        }
        book.day = date(2026, 10, 1)
        book.check()
        assert len(book.house.all(Payment)) == 3
