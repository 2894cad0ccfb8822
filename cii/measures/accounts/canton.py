"""Named reads of the SAS: the statements of all communes, and all their sums held against each other.

The sums are read by the system: references and amounts, and nothing about anybody.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from cii.access.guard import GuardedSession
from cii.access.system import Reason, SystemSession, joined_system_session
from cii.foundation.columns import Centimes
from cii.foundation.names import search_key
from cii.foundation.quarters import Quarter
from cii.measures.accounts.queries import NOTHING, accountable, or_nothing, sum_of, when
from cii.measures.models import (
    Decision,
    Measure,
    Outcome,
    Payment,
    Statement,
    StatementLine,
    StatementState,
)
from cii.organisations.models import Institution
from cii.programmes.routing import Payer


@dataclass(frozen=True, slots=True)
class CommuneStatement:
    """One commune in a quarter, as the SAS sees it: what it sent, or what is expected of it."""

    institution_id: UUID
    commune: str
    lines: int
    decided: Decimal
    paid: Decimal
    statement: Statement | None = None


def statements_of_quarter(session: GuardedSession, quarter: Quarter) -> list[CommuneStatement]:
    """All communes of which the SAS has or expects a statement for this quarter, by name (VS-25).

    A commune that accounts for something and has sent nothing for this quarter is expected to.
    """
    name = Institution.name_de if session.actor.language == "de" else Institution.name
    sent = session.execute(
        sa.select(Statement, name)
        .join_from(Statement, Institution, Institution.id == Statement.institution_id)
        .where(Statement.year == quarter.year, Statement.quarter == quarter.number)
    ).all()
    lines = {
        key: (count, decided)
        for key, count, decided in session.execute(
            sa.select(
                StatementLine.statement_id,
                sa.func.count(),
                sum_of(StatementLine.decided),
            )
            .where(StatementLine.statement_id.in_([row[0].id for row in sent]))
            .group_by(StatementLine.statement_id)
        )
    }
    found = {
        each.institution_id: CommuneStatement(
            each.institution_id, commune, *lines.get(each.id, (0, NOTHING)), each.total, each
        )
        for each, commune in sent
    }
    with joined_system_session(session, Reason.ACCOUNT) as system:
        for each in _expected(system, session.actor.institution, quarter, name):
            found.setdefault(each.institution_id, each)
    return sorted(found.values(), key=lambda each: (search_key(each.commune), each.commune))


def _expected(
    system: SystemSession, sas_id: UUID, quarter: Quarter, name: Any
) -> Iterable[CommuneStatement]:
    open_lines = accountable(quarter).where(Decision.sas_id == sas_id).subquery()
    rows = system.execute(
        sa.select(
            Institution.id,
            name,
            sa.func.count(),
            sum_of(open_lines.c.decided),
            sum_of(open_lines.c.paid),
        )
        .join_from(open_lines, Institution, Institution.id == open_lines.c.institution_id)
        .group_by(Institution.id, name)
    )
    return (CommuneStatement(*row) for row in rows)


def communes_owing(system: SystemSession, quarter: Quarter) -> list[UUID]:
    """The communes that account for something in a quarter and have sent nothing for it or a later one."""
    open_lines = accountable(quarter).subquery()
    sent = sa.select(Statement.institution_id).where(
        sa.tuple_(Statement.year, Statement.quarter)
        >= sa.tuple_(sa.literal(quarter.year), sa.literal(quarter.number)),
        Statement.state != StatementState.DRAFT,
    )
    rows = system.execute(
        sa.select(open_lines.c.institution_id)
        .where(open_lines.c.institution_id.not_in(sent))
        .distinct()
    )
    return list(rows.scalars())


def to_answer(session: GuardedSession, limit: int) -> list[tuple[Statement, str]]:
    """Statements that wait for the SAS's answer, with the commune's name, the first sent first."""
    name = Institution.name_de if session.actor.language == "de" else Institution.name
    rows = session.execute(
        sa.select(Statement, name)
        .join_from(Statement, Institution, Institution.id == Statement.institution_id)
        .where(
            Statement.sas_id == session.actor.institution,
            Statement.state == StatementState.SENT,
        )
        .order_by(Statement.sent_at, Statement.id)
        .limit(limit)
    )
    return [(statement, commune) for statement, commune in rows]


@dataclass(frozen=True, slots=True)
class Difference:
    """Where two sums that should agree do not: of which commune, which decision or quarter, and by how much."""

    commune: str
    reference: str
    quarter: Quarter | None
    expected: Decimal
    found: Decimal


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """All decisions in force, all payments and all statements of the communes, held against each other.

    `paid` is `accounted` and `open` together, to the centime, unless `differences` says where not.
    """

    measures: int
    decided: Decimal
    paid: Decimal
    accounted: Decimal
    open: Decimal
    differences: tuple[Difference, ...]

    @property
    def agrees(self) -> bool:
        """Whether everything agrees to the centime."""
        return not self.differences and self.paid == self.accounted + self.open


def reconciliation(session: GuardedSession) -> Reconciliation:
    """Hold the accounts of all communes against each other (VS-25), for the SAS that receives them."""
    sas_id, german = session.actor.institution, session.actor.language == "de"
    name = Institution.name_de if german else Institution.name
    with joined_system_session(session, Reason.ACCOUNT) as system:
        measures, decided = system.execute(
            sa.select(sa.func.count(), sum_of(Decision.amount)).where(
                _of_sas(sas_id), Decision.withdrawn_at.is_(None)
            )
        ).one()
        accounted, waiting = system.execute(
            sa.select(
                sum_of(when(_SENT.exists(), Payment.amount)),
                sum_of(when(~_SENT.exists(), Payment.amount)),
            )
            .join_from(Payment, Decision, Decision.id == Payment.decision_id)
            .where(_of_sas(sas_id))
        ).one()
        paid = system.execute(
            sa.select(sum_of(Measure.paid))
            .join_from(Decision, Measure, Measure.id == Decision.measure_id)
            .where(_of_sas(sas_id), Decision.withdrawn_at.is_(None))
        ).scalar_one()
        differences = tuple(
            Difference(row[0], row[1], Quarter(row[2], row[3]) if row[2] else None, *row[4:])
            for query in _differences(sas_id, name)
            for row in system.execute(query)
        )
    return Reconciliation(measures, decided, paid, accounted, waiting, differences)


def _of_sas(sas_id: UUID) -> Any:
    return sa.and_(
        Decision.sas_id == sas_id,
        Decision.outcome == Outcome.GRANTED,
        Decision.payer == Payer.COMMUNE,
    )


# The statement that accounts for a payment, once it is sent.
_SENT = sa.select(Statement.id).where(
    Statement.institution_id == Payment.institution_id,
    Statement.year == Payment.year,
    Statement.quarter == Payment.quarter,
    Statement.state != StatementState.DRAFT,
)


def _differences(sas_id: UUID, name: Any) -> Iterable[Any]:
    """One select for each pair of sums that should agree; its rows are where they do not."""
    none = sa.null()
    by_decision = (
        sa.select(Payment.decision_id.label("decision_id"), sum_of(Payment.amount).label("paid"))
        .group_by(Payment.decision_id)
        .subquery()
    )
    # What the measure says was paid, and its payments.
    yield (
        sa.select(
            name, Decision.reference, none, none, Measure.paid, or_nothing(by_decision.c.paid)
        )
        .join_from(Decision, Measure, Measure.id == Decision.measure_id)
        .join(Institution, Institution.id == Decision.institution_id)
        .outerjoin(by_decision, by_decision.c.decision_id == Decision.id)
        .where(
            _of_sas(sas_id),
            Decision.withdrawn_at.is_(None),
            Measure.paid != or_nothing(by_decision.c.paid),
        )
    )
    lines = (
        sa.select(StatementLine.statement_id.label("key"), sum_of(StatementLine.paid).label("paid"))
        .group_by(StatementLine.statement_id)
        .subquery()
    )
    # The total of a statement, and its lines.
    yield (
        sa.select(
            name, sa.literal(""), Statement.year, Statement.quarter, Statement.total, lines.c.paid
        )
        .join_from(Statement, Institution, Institution.id == Statement.institution_id)
        .outerjoin(lines, lines.c.key == Statement.id)
        .where(
            Statement.sas_id == sas_id,
            Statement.state != StatementState.DRAFT,
            Statement.total != or_nothing(lines.c.paid),
        )
    )
    in_quarter = (
        sa.select(
            Payment.decision_id.label("decision_id"),
            Payment.year.label("year"),
            Payment.quarter.label("quarter"),
            sum_of(Payment.amount).label("paid"),
        )
        .group_by(Payment.decision_id, Payment.year, Payment.quarter)
        .subquery()
    )
    # A line of a statement, and the payments booked in its quarter; a case that was erased took its
    # payments along, the statement stays.
    yield (
        sa.select(
            name,
            Decision.reference,
            Statement.year,
            Statement.quarter,
            or_nothing(in_quarter.c.paid),
            StatementLine.paid,
        )
        .join_from(StatementLine, Statement, Statement.id == StatementLine.statement_id)
        .join(Decision, Decision.reference == StatementLine.decision_reference)
        .join(Institution, Institution.id == Statement.institution_id)
        .outerjoin(
            in_quarter,
            sa.and_(
                in_quarter.c.decision_id == Decision.id,
                in_quarter.c.year == Statement.year,
                in_quarter.c.quarter == Statement.quarter,
            ),
        )
        .where(Statement.sas_id == sas_id, StatementLine.paid != or_nothing(in_quarter.c.paid))
    )
    # Payments booked in a quarter whose statement was sent without their decision.
    yield (
        sa.select(
            name,
            Decision.reference,
            Statement.year,
            Statement.quarter,
            in_quarter.c.paid,
            sa.literal(NOTHING, Centimes),
        )
        .join_from(in_quarter, Decision, Decision.id == in_quarter.c.decision_id)
        .join(Institution, Institution.id == Decision.institution_id)
        .join(
            Statement,
            sa.and_(
                Statement.institution_id == Decision.institution_id,
                Statement.year == in_quarter.c.year,
                Statement.quarter == in_quarter.c.quarter,
                Statement.state != StatementState.DRAFT,
            ),
        )
        .outerjoin(
            StatementLine,
            sa.and_(
                StatementLine.statement_id == Statement.id,
                StatementLine.decision_reference == Decision.reference,
            ),
        )
        .where(_of_sas(sas_id), StatementLine.statement_id.is_(None))
    )
