"""Named reads of what measures cost: a measure's payments, a commune's account of a quarter, all communes' statements.

A commune pays what it granted and accounts for it, also after the person's procuration has ended and after
its part in the case has: its decisions and payments are its own. They are therefore read by the system, those
of the one institution that acts: references, amounts, days, vouchers, and nothing about anybody. Everything
else goes through the guard.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import select

from cii.access.actor import Kind
from cii.access.guard import GuardedSession, Hidden
from cii.access.system import Reason, SystemSession, joined_system_session
from cii.foundation.clock import local, moment_of
from cii.foundation.columns import Centimes
from cii.foundation.quarters import Quarter
from cii.measures.models import (
    Decision,
    Measure,
    MeasureType,
    Outcome,
    Payment,
    PlannedPayment,
    Statement,
    StatementLine,
    StatementState,
)
from cii.measures.queries import holds_seat
from cii.organisations.models import Institution
from cii.programmes.routing import Decider, Payer

NOTHING = Decimal("0.00")


def total(amounts: Iterable[Decimal]) -> Decimal:
    """The sum of amounts, in francs with two decimals."""
    return sum(amounts, NOTHING)


# What one measure costs


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment with its corrections: what was first entered, and what stands now."""

    payment: Payment
    corrections: tuple[Payment, ...]

    @property
    def stands(self) -> Decimal:
        """The amount after its corrections."""
        return total((self.payment.amount, *(each.amount for each in self.corrections)))


@dataclass(frozen=True, slots=True)
class QuarterCost:
    """What is planned and what was paid for a measure in a quarter."""

    quarter: Quarter
    planned: Decimal
    paid: Decimal


@dataclass(frozen=True, slots=True)
class Costs:
    """Asked, decided, planned, paid: the costs of a measure, as far as the actor sees them."""

    measure_id: UUID
    asked: Decimal
    decided: Decimal | None
    of_commune: bool
    quarters: tuple[QuarterCost, ...]
    payments: tuple[Paid, ...]
    can_plan: bool
    can_pay: bool

    @property
    def planned(self) -> Decimal:
        """What is planned over all quarters."""
        return total(each.planned for each in self.quarters)

    @property
    def paid(self) -> Decimal:
        """What was paid, corrections included."""
        return total(each.stands for each in self.payments)

    @property
    def plans_too_much(self) -> bool:
        """Whether more is planned than a later decision granted."""
        return self.decided is not None and self.planned > self.decided


def costs_of(session: GuardedSession, measure: Measure) -> Costs:
    """The costs of a measure for its page."""
    planned = {
        Quarter(year, number): amount
        for year, number, amount in session.execute(
            sa.select(PlannedPayment.year, PlannedPayment.quarter, PlannedPayment.amount).where(
                PlannedPayment.measure_id == measure.id
            )
        )
    }
    payments = _payments(
        session.exec(
            select(Payment).where(Payment.measure_id == measure.id).order_by(*_IN_ORDER)
        ).all()
    )
    paid: dict[Quarter, Decimal] = {}
    for each in payments:
        for line in (each.payment, *each.corrections):
            quarter = Quarter.of(line.paid_on)
            paid[quarter] = paid.get(quarter, NOTHING) + line.amount
    return Costs(
        measure_id=measure.id,
        asked=measure.asked,
        decided=measure.decided,
        of_commune=measure.payer is Payer.COMMUNE,
        quarters=tuple(
            QuarterCost(quarter, planned.get(quarter, NOTHING), paid.get(quarter, NOTHING))
            for quarter in sorted({*planned, *paid})
            if planned.get(quarter) or paid.get(quarter)
        ),
        payments=payments,
        can_plan=measure.decided is not None and plans_for(session, measure),
        can_pay=measure.decided is not None and _pays(session, measure.authority_id),
    )


def _pays(session: GuardedSession, authority_id: UUID | None) -> bool:
    return session.actor.kind is Kind.COMMUNE and authority_id == session.actor.institution


def plans_for(session: GuardedSession, measure: Measure) -> bool:
    """Whether the actor is the social worker in charge of the person, or stands in today (VS-35)."""
    if measure.decider is not Decider.COMMUNE or measure.social_worker_id is None:
        return False
    return holds_seat(session, measure.social_worker_id)


def quarters_of(measure: Measure) -> list[Quarter]:
    """The quarters for which payments can be planned: from its start to the one after its end."""
    return Quarter.of(measure.starts_on).until(Quarter.of(measure.ends_on).next)


def planned_amounts(session: GuardedSession, measure: Measure) -> list[Decimal]:
    """What is planned for each of these quarters."""
    rows = session.exec(select(PlannedPayment).where(PlannedPayment.measure_id == measure.id)).all()
    by_quarter = {Quarter(each.year, each.quarter): each.amount for each in rows}
    return [by_quarter.get(quarter, NOTHING) for quarter in quarters_of(measure)]


@dataclass(frozen=True, slots=True)
class Payable:
    """A decision of the actor's commune in force, and what was paid on it.

    `title` is empty where the measure is no longer open to the commune: then the reference is all there is.
    """

    decision: Decision
    title: str
    payments: tuple[Paid, ...]

    @property
    def decided(self) -> Decimal:
        """What the decision granted."""
        return self.decision.amount or NOTHING

    @property
    def paid(self) -> Decimal:
        """What was paid, corrections included."""
        return total(each.stands for each in self.payments)

    @property
    def remains(self) -> Decimal:
        """What can still be paid without a new decision."""
        return self.decided - self.paid

    @property
    def decided_on(self) -> date:
        """The day of the decision, before which nothing was paid."""
        return local(self.decision.at).date()


def payable(session: GuardedSession, measure_id: UUID) -> Payable:
    """What the actor's commune granted and pays for this measure (VS-24); Hidden for everybody else."""
    institution = session.actor.institution
    with joined_system_session(session, Reason.ACCOUNT) as system:
        decision = system.exec(
            select(Decision).where(
                Decision.measure_id == measure_id,
                _of_commune(institution),
                Decision.withdrawn_at.is_(None),
            )
        ).first()
        if decision is None:
            raise Hidden("Decision")
        payments = _payments(
            system.exec(
                select(Payment)
                .where(Payment.decision_id == decision.id, Payment.institution_id == institution)
                .order_by(*_IN_ORDER)
            ).all()
        )
    title = session.exec(select(Measure.title).where(Measure.id == measure_id)).first()
    return Payable(decision, title or "", payments)


_IN_ORDER = (Payment.paid_on, Payment.entered_at, Payment.id)


def _payments(lines: Sequence[Payment]) -> tuple[Paid, ...]:
    return tuple(
        Paid(each, tuple(line for line in lines if line.corrects_id == each.id))
        for each in lines
        if each.corrects_id is None
    )


# A commune's account of a quarter


@dataclass(frozen=True, slots=True)
class Line:
    """One decision in the account of a quarter; `paid` holds the corrections of earlier quarters."""

    reference: str
    code: str
    starts_on: date
    ends_on: date
    decided: Decimal
    paid_before: Decimal
    paid: Decimal
    corrections: Decimal

    @property
    def remains(self) -> Decimal:
        """What can still be paid."""
        return self.decided - self.paid_before - self.paid


@dataclass(frozen=True, slots=True)
class Account:
    """A commune's account of a quarter: as it was sent, or as it stands today."""

    institution_id: UUID
    quarter: Quarter
    statement: Statement | None
    lines: tuple[Line, ...]

    @property
    def state(self) -> StatementState:
        """Where the statement stands; one that was not sent is a draft."""
        return self.statement.state if self.statement else StatementState.DRAFT

    @property
    def decided(self) -> Decimal:
        """What was granted to the measures of the quarter."""
        return total(each.decided for each in self.lines)

    @property
    def paid_before(self) -> Decimal:
        """What was accounted for in earlier quarters."""
        return total(each.paid_before for each in self.lines)

    @property
    def paid(self) -> Decimal:
        """The total of the statement."""
        return total(each.paid for each in self.lines)

    @property
    def corrections(self) -> Decimal:
        """What of it concerns earlier quarters."""
        return total(each.corrections for each in self.lines)


_booked_in = sa.tuple_(Payment.year, Payment.quarter)


def _pair(quarter: Quarter) -> Any:
    return sa.tuple_(sa.literal(quarter.year), sa.literal(quarter.number))


def or_nothing(amount: Any) -> Any:
    """An amount, nothing where there is none."""
    return sa.func.coalesce(amount, sa.literal(NOTHING, Centimes), type_=Centimes)


def sum_of(amount: Any) -> Any:
    """A sum of amounts, nothing for no rows."""
    return or_nothing(sa.type_coerce(sa.func.sum(amount), Centimes))


def when(condition: Any, amount: Any) -> Any:
    """An amount where a condition holds, otherwise nothing."""
    return sa.case((condition, amount), else_=sa.literal(NOTHING, Centimes))


def accountable(quarter: Quarter) -> Any:
    """Every decision that belongs into a commune's account of this quarter, with its amounts.

    Those granted in the quarter, those whose measure runs in it, those with a payment booked in it, and
    those withdrawn until its end that an earlier statement still shows as granted.
    """
    first, last = quarter.first, quarter.last
    begins, ends = moment_of(first), moment_of(quarter.next.first)
    here = _booked_in == _pair(quarter)
    payments = (
        sa.select(
            Payment.decision_id.label("decision_id"),
            sum_of(when(sa.not_(here), Payment.amount)).label("before"),
            sum_of(when(here, Payment.amount)).label("here"),
            sum_of(when(sa.and_(here, Payment.paid_on < first), Payment.amount)).label("late"),
            sa.func.sum(sa.case((here, 1), else_=0)).label("count"),
        )
        .where(_booked_in <= _pair(quarter))
        .group_by(Payment.decision_id)
        .subquery()
    )
    is_granted = Decision.withdrawn_at.is_(None)
    return (
        sa.select(
            Decision.institution_id,
            Decision.reference,
            Measure.code,
            Measure.starts_on,
            Measure.ends_on,
            when(is_granted, Decision.amount).label("decided"),
            or_nothing(payments.c.before).label("paid_before"),
            or_nothing(payments.c.here).label("paid"),
            or_nothing(payments.c.late).label("corrections"),
        )
        .join_from(Decision, Measure, Measure.id == Decision.measure_id)
        .outerjoin(payments, payments.c.decision_id == Decision.id)
        .where(
            Decision.outcome == Outcome.GRANTED,
            Decision.payer == Payer.COMMUNE,
            sa.or_(
                payments.c.count > 0,
                sa.and_(
                    is_granted,
                    Decision.at < ends,
                    sa.or_(
                        Decision.at >= begins,
                        sa.and_(Measure.starts_on <= last, Measure.ends_on >= first),
                    ),
                ),
                sa.and_(Decision.withdrawn_at < ends, *_shown_as_granted()),
            ),
        )
    )


def _shown_as_granted() -> tuple[Any, Any]:
    """An earlier statement shows the decision as granted, and none yet that it was withdrawn."""
    shown = sa.select(StatementLine.statement_id).where(
        StatementLine.institution_id == Decision.institution_id,
        StatementLine.decision_reference == Decision.reference,
    )
    return (
        shown.where(StatementLine.decided > NOTHING).exists(),
        ~shown.where(StatementLine.decided == NOTHING).exists(),
    )


def draft_lines(system: SystemSession, institution_id: UUID, quarter: Quarter) -> tuple[Line, ...]:
    """The account of a quarter as it stands now, computed from decisions and payments."""
    statement = accountable(quarter).where(Decision.institution_id == institution_id)
    rows = system.execute(statement.order_by(Decision.reference))
    return tuple(Line(*row[1:]) for row in rows)


def account(session: GuardedSession, quarter: Quarter) -> Account:
    """The account of the actor's commune for a quarter; what was sent is shown as it was sent (VS-25)."""
    institution = session.actor.institution
    statement = statement_of(session, quarter)
    if statement is not None:
        return sent_account(session, statement)
    with joined_system_session(session, Reason.ACCOUNT) as system:
        return Account(institution, quarter, None, draft_lines(system, institution, quarter))


def statement_of(session: GuardedSession, quarter: Quarter) -> Statement | None:
    """What the actor's commune sent for a quarter."""
    return session.exec(
        select(Statement).where(
            Statement.institution_id == session.actor.institution,
            Statement.year == quarter.year,
            Statement.quarter == quarter.number,
            Statement.state != StatementState.DRAFT,
        )
    ).first()


def sent_account(session: GuardedSession, statement: Statement) -> Account:
    """A statement as it was sent."""
    lines = session.exec(
        select(StatementLine)
        .where(StatementLine.statement_id == statement.id)
        .order_by(StatementLine.number)
    )
    return Account(
        statement.institution_id,
        Quarter(statement.year, statement.quarter),
        statement,
        tuple(
            Line(
                each.decision_reference,
                each.code,
                each.starts_on,
                each.ends_on,
                each.decided,
                each.paid_before,
                each.paid,
                each.corrections,
            )
            for each in lines
        ),
    )


@dataclass(frozen=True, slots=True)
class Booked:
    """A payment as the account of its commune lists it."""

    reference: str
    measure_id: UUID
    paid_on: date
    amount: Decimal
    voucher: str
    is_correction: bool


def booked(session: GuardedSession, quarter: Quarter) -> list[Booked]:
    """The payments of the actor's commune in the account of a quarter."""
    institution = session.actor.institution
    with joined_system_session(session, Reason.ACCOUNT) as system:
        rows = system.execute(
            sa.select(
                Decision.reference,
                Payment.measure_id,
                Payment.paid_on,
                Payment.amount,
                Payment.voucher,
                Payment.corrects_id.is_not(None),
            )
            .join_from(Payment, Decision, Decision.id == Payment.decision_id)
            .where(
                Payment.institution_id == institution,
                Payment.year == quarter.year,
                Payment.quarter == quarter.number,
            )
            .order_by(Decision.reference, Payment.paid_on, Payment.id)
        ).all()
    return [Booked(*row) for row in rows]


def payable_measures(session: GuardedSession, references: Iterable[str]) -> dict[str, UUID]:
    """The measures of these decisions of the actor's commune, where they are in force."""
    with joined_system_session(session, Reason.ACCOUNT) as system:
        rows = system.execute(
            sa.select(Decision.reference, Decision.measure_id).where(
                _of_commune(session.actor.institution),
                Decision.reference.in_(list(references)),
                Decision.withdrawn_at.is_(None),
            )
        ).all()
    return {row.reference: row.measure_id for row in rows}


# A commune's quarters


@dataclass(frozen=True, slots=True)
class QuarterState:
    """One quarter in the list of a commune: what was sent, or what waits."""

    quarter: Quarter
    total: Decimal
    statement: Statement | None = None
    is_empty: bool = False

    @property
    def state(self) -> StatementState:
        """Where the statement stands."""
        return self.statement.state if self.statement else StatementState.DRAFT


def last_sent(system: SystemSession, institution_id: UUID) -> Quarter | None:
    """The last quarter for which a commune sent its statement; what comes later is booked after it."""
    row = system.execute(
        sa.select(Statement.year, Statement.quarter)
        .where(Statement.institution_id == institution_id, Statement.state != StatementState.DRAFT)
        .order_by(Statement.year.desc(), Statement.quarter.desc())
        .limit(1)
    ).first()
    return Quarter(*row) if row else None


def unsent_quarters(system: SystemSession, institution_id: UUID, today: date) -> list[QuarterState]:
    """The quarters after the last statement up to the present one, the earliest first.

    One without a decision, a running measure or a payment is empty: no statement is expected for it.
    """
    sent = last_sent(system, institution_id)
    start = sent.next if sent else _first_quarter(system, institution_id)
    if start is None:
        return []
    sums = {
        Quarter(year, number): amount
        for year, number, amount in system.execute(
            sa.select(Payment.year, Payment.quarter, sum_of(Payment.amount))
            .where(Payment.institution_id == institution_id, _booked_in >= _pair(start))
            .group_by(Payment.year, Payment.quarter)
        )
    }
    granted = _granted_since(system, institution_id, start)
    withdrawn = _withdrawn_since_shown(system, institution_id)
    return [
        QuarterState(
            quarter,
            sums.get(quarter, NOTHING),
            is_empty=not (
                quarter in sums
                or any(each.belongs_to(quarter) for each in granted)
                or (withdrawn is not None and withdrawn <= quarter)
            ),
        )
        for quarter in start.until(Quarter.of(today))
    ]


@dataclass(frozen=True, slots=True)
class _Granted:
    decided_on: date
    starts_on: date
    ends_on: date

    def belongs_to(self, quarter: Quarter) -> bool:
        """The same as `accountable` asks of a decision in force without payments."""
        runs = self.starts_on <= quarter.last and self.ends_on >= quarter.first
        return self.decided_on <= quarter.last and (self.decided_on >= quarter.first or runs)


def _of_commune(institution_id: UUID) -> Any:
    return sa.and_(
        Decision.institution_id == institution_id,
        Decision.outcome == Outcome.GRANTED,
        Decision.payer == Payer.COMMUNE,
    )


def _granted_since(system: SystemSession, institution_id: UUID, start: Quarter) -> list[_Granted]:
    rows = system.execute(
        sa.select(Decision.at, Measure.starts_on, Measure.ends_on)
        .join_from(Decision, Measure, Measure.id == Decision.measure_id)
        .where(
            _of_commune(institution_id),
            Decision.withdrawn_at.is_(None),
            sa.or_(Decision.at >= moment_of(start.first), Measure.ends_on >= start.first),
        )
    )
    return [_Granted(local(at).date(), starts_on, ends_on) for at, starts_on, ends_on in rows]


def _withdrawn_since_shown(system: SystemSession, institution_id: UUID) -> Quarter | None:
    """The quarter of the first withdrawal of what an earlier statement still shows as granted."""
    at: datetime | None = system.execute(
        sa.select(sa.func.min(Decision.withdrawn_at)).where(
            _of_commune(institution_id), *_shown_as_granted()
        )
    ).scalar()
    return Quarter.of(local(at).date()) if at else None


def _first_quarter(system: SystemSession, institution_id: UUID) -> Quarter | None:
    first: datetime | None = system.execute(
        sa.select(sa.func.min(Decision.at)).where(_of_commune(institution_id))
    ).scalar()
    return Quarter.of(local(first).date()) if first else None


def own_quarters(session: GuardedSession, limit: int = 40) -> list[QuarterState]:
    """The quarters of the actor's commune, the last one first: those to come, then what was sent."""
    rows = session.exec(
        select(Statement)
        .where(
            Statement.institution_id == session.actor.institution,
            Statement.state != StatementState.DRAFT,
        )
        .order_by(Statement.year.desc(), Statement.quarter.desc())
        .limit(limit)
    )
    sent = [QuarterState(Quarter(row.year, row.quarter), row.total, row) for row in rows]
    with joined_system_session(session, Reason.ACCOUNT) as system:
        unsent = unsent_quarters(system, session.actor.institution, session.actor.day)
    return [*reversed(unsent), *sent]


def totals_before(session: GuardedSession, shown: Account, quarters: int) -> list[QuarterState]:
    """The totals of the quarters before an account and its own, the earliest first, as its reader sees them.

    A commune sees its own quarters, sent or not; the SAS what was sent to it.
    """
    start = shown.quarter.after(-quarters)
    within = sa.tuple_(Statement.year, Statement.quarter).between(
        _pair(start), _pair(shown.quarter.after(-1))
    )
    rows = session.exec(
        select(Statement).where(
            Statement.institution_id == shown.institution_id,
            Statement.state != StatementState.DRAFT,
            within,
        )
    )
    found = {
        Quarter(row.year, row.quarter): QuarterState(Quarter(row.year, row.quarter), row.total, row)
        for row in rows
    }
    if shown.institution_id == session.actor.institution:
        with joined_system_session(session, Reason.ACCOUNT) as system:
            waiting = unsent_quarters(system, shown.institution_id, session.actor.day)
        for each in waiting:
            if start <= each.quarter < shown.quarter:
                found.setdefault(each.quarter, each)
    own = QuarterState(shown.quarter, shown.paid, shown.statement)
    return [*(found[quarter] for quarter in sorted(found)), own]


def returned_last(session: GuardedSession) -> Statement | None:
    """The last statement of the actor's commune, if the SAS returned it: the next one corrects it."""
    statement = session.exec(
        select(Statement)
        .where(
            Statement.institution_id == session.actor.institution,
            Statement.state != StatementState.DRAFT,
        )
        .order_by(Statement.year.desc(), Statement.quarter.desc())
        .limit(1)
    ).first()
    return statement if statement and statement.state is StatementState.RETURNED else None


def commune_name(session: GuardedSession, statement: Statement) -> str:
    """The name of the commune that sent a statement, in the actor's language."""
    institution = session.get_one(Institution, statement.institution_id)
    return institution.name_de if session.actor.language == "de" else institution.name


def type_names(session: GuardedSession) -> Mapping[str, str]:
    """The names of all types of measure that ever stood in the catalogue, by code."""
    name = MeasureType.name_de if session.actor.language == "de" else MeasureType.name
    rows = session.execute(
        sa.select(MeasureType.code, name.label("name")).order_by(MeasureType.valid_from)
    )
    return {row.code: row.name for row in rows}
