"""The acts of accounting: planning, paying, correcting, sending a quarterly statement, answering it.

What is decided, paid and sent stays; whatever was wrong is put right by a line that comes after it.
"""

from datetime import date
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import select

from cii.access.actor import Kind
from cii.access.guard import GuardedSession, Hidden
from cii.access.system import Reason, SystemSession, joined_system_session
from cii.audit.actions import record
from cii.audit.models import Act
from cii.cases.models import Case
from cii.cases.queries import find_case
from cii.consent.derive import touch, touch_readers
from cii.consent.topics import Topic
from cii.delivery.readers import seats_of_readers
from cii.foundation.clock import now
from cii.foundation.ids import id_of_form
from cii.foundation.quarters import Quarter
from cii.measures.accounts.canton import communes_owing
from cii.measures.accounts.inputs import (
    CorrectionInput,
    PaymentInput,
    PlanInput,
    Reply,
    ReplyInput,
)
from cii.measures.accounts.queries import (
    Payable,
    draft_lines,
    last_sent,
    payable,
    plans_for,
    quarters_of,
    statement_of,
    total,
    unsent_quarters,
)
from cii.measures.actions.parts import follow_parts
from cii.measures.lifecycle import Stage
from cii.measures.models import (
    Decision,
    Measure,
    Payment,
    PlannedPayment,
    Statement,
    StatementLine,
    StatementState,
)
from cii.organisations.models import Institution
from cii.outbox.actions import queue

# Kinds of mail, composed in emails.py.
STATEMENT_DUE = "statement-due"
STATEMENT_SENT = "statement-sent"
STATEMENT_ANSWERED = "statement-answered"


class TooMuch(Exception):
    """More than what was decided, or less than nothing; `remains` is what is left, in francs."""

    def __init__(self, remains: Decimal) -> None:
        super().__init__(f"{remains} remain")
        self.remains = remains


class BeforeDecision(Exception):
    """A payment before the day on which the commune decided."""

    def __init__(self, decided_on: date) -> None:
        super().__init__(f"decided on {decided_on}")
        self.decided_on = decided_on


class NothingToCorrect(Exception):
    """The payment already stands at this amount."""


class ChangedMeanwhile(Exception):
    """The measure's quarters are no longer those of the form."""


class QuarterNotOver(Exception):
    """A calendar quarter is accounted for once it is over (A-04)."""


class EarlierFirst(Exception):
    """An earlier quarter waits for its statement; `quarter` says which."""

    def __init__(self, quarter: Quarter) -> None:
        super().__init__(quarter.path)
        self.quarter = quarter


class NothingToAccount(Exception):
    """Nothing was decided, ran or was paid in this quarter: no statement is expected."""


class AlreadyAnswered(Exception):
    """The SAS has already answered this statement."""


# Planning


def plan(session: GuardedSession, measure_id: UUID, given: PlanInput) -> None:
    """Plan what is to be paid in each quarter of a measure (VS-35).

    Hidden for everybody but the social worker in charge; TooMuch where the sum is above what was decided.
    """
    case = find_case(session, session.find(Measure, measure_id).case_id)
    measure = session.get(Measure, measure_id, populate_existing=True)
    if measure is None or measure.decided is None or not plans_for(session, measure):
        raise Hidden("Measure")
    quarters = quarters_of(measure)
    if given.quarters != [each.path for each in quarters] or len(given.amounts) != len(quarters):
        raise ChangedMeanwhile
    if total(given.amounts) > measure.decided:
        raise TooMuch(measure.decided)
    there = {
        (row.year, row.quarter): row
        for row in session.exec(
            select(PlannedPayment).where(PlannedPayment.measure_id == measure.id)
        )
    }
    for quarter, amount in zip(quarters, given.amounts, strict=True):
        row = there.pop((quarter.year, quarter.number), None) or PlannedPayment(
            measure_id=measure.id,
            year=quarter.year,
            quarter=quarter.number,
            case_id=case.id,
            institution_id=session.actor.institution,
            sas_id=measure.sas_id,
            authority_id=measure.authority_id,
            amount=amount,
        )
        row.amount = amount
        session.add(row)
    for row in there.values():
        session.delete(row)
    record(session, Act.PAYMENTS_PLANNED, case_id=case.id, subject_id=measure.id, ground="VS-35")


# Paying


def _locked(session: GuardedSession, measure_id: UUID) -> Payable:
    # Acts on a case follow one another; what stood before the lock is read again.
    case_id = payable(session, measure_id).decision.case_id
    with joined_system_session(session, Reason.ACCOUNT) as system:
        system.execute(sa.select(Case.id).where(Case.id == case_id).with_for_update())
    return payable(session, measure_id)


def pay(session: GuardedSession, measure_id: UUID, given: PaymentInput) -> Payment:
    """Enter what the commune paid (VS-24); the same form sent twice is one payment.

    Hidden unless the actor's commune granted the measure; BeforeDecision for a day before that; TooMuch
    where the sum would be above what was decided. A payment of a quarter whose statement was already
    sent is accounted for in the next one.
    """
    found, actor = _locked(session, measure_id), session.actor
    key = id_of_form(
        given.form_key, actor.person, actor.institution, measure_id, given.amount, given.paid_on
    )
    for each in found.payments:
        if each.payment.id == key:
            return each.payment
    if given.paid_on < found.decided_on:
        raise BeforeDecision(found.decided_on)
    return _book(session, found, key, given.amount, given.paid_on, given.voucher)


def correct_payment(
    session: GuardedSession, measure_id: UUID, payment_id: UUID, given: CorrectionInput
) -> Payment:
    """Say what a payment should have been: the difference is booked as a line that names it (VS-24, VS-25).

    What was entered and what was sent stays as it is. NothingToCorrect where the payment already stands
    at this amount; TooMuch where the sum would be above what was decided.
    """
    found = _locked(session, measure_id)
    wrong = next((each for each in found.payments if each.payment.id == payment_id), None)
    if wrong is None:
        raise Hidden("Payment")
    difference = given.right_amount - wrong.stands
    if not difference:
        raise NothingToCorrect
    key = id_of_form(payment_id, len(wrong.corrections), difference)
    return _book(
        session, found, key, difference, wrong.payment.paid_on, given.voucher, corrects=payment_id
    )


def _book(
    session: GuardedSession,
    found: Payable,
    key: UUID,
    amount: Decimal,
    paid_on: date,
    voucher: str,
    corrects: UUID | None = None,
) -> Payment:
    decision, actor = found.decision, session.actor
    # By the system: the commune pays what it decided, also when it no longer sees the case.
    with joined_system_session(session, Reason.ACCOUNT) as system:
        sent = _last_sent_locked(system, actor.institution)
        # The database adds up, so that of two at once none goes beyond.
        added = system.execute(
            sa.update(Measure)
            .where(
                Measure.id == decision.measure_id,
                Measure.stage == Stage.GRANTED,
                (Measure.paid + amount).between(sa.literal(0), Measure.decided),
            )
            .values(paid=Measure.paid + amount)
        )
        if not added.rowcount:  # type: ignore[attr-defined]
            raise TooMuch(found.remains)
        booked = Quarter.of(paid_on)
        if sent is not None and booked <= sent:
            booked = sent.next
        payment = Payment(
            id=key,
            measure_id=decision.measure_id,
            decision_id=decision.id,
            case_id=decision.case_id,
            institution_id=actor.institution,
            sas_id=decision.sas_id,
            paid_on=paid_on,
            year=booked.year,
            quarter=booked.number,
            amount=amount,
            voucher=voucher,
            corrects_id=corrects,
            entered_by=actor.membership,
        )
        system.add(payment)
    follow_parts(session, decision.case_id)
    touch(session, decision.case_id, Topic.EVERY_MEASURE)
    touch_readers(session, decision.case_id, {actor.institution, decision.sas_id})
    record(
        session,
        Act.PAYMENT_CORRECTED if corrects else Act.PAYMENT_ENTERED,
        case_id=decision.case_id,
        subject_id=payment.id,
        ground="VS-24",
    )
    return payment


def _last_sent_locked(system: SystemSession, institution_id: UUID) -> Quarter | None:
    # Sending and booking follow one another: no payment slips into a quarter that is being sent.
    system.execute(
        sa.select(Institution.id)
        .where(Institution.id == institution_id)
        .with_for_update(key_share=True)
    )
    return last_sent(system, institution_id)


# The quarterly statement


def send_statement(session: GuardedSession, quarter: Quarter) -> Statement:
    """Send the commune's statement of a quarter to the SAS (VS-25, A-04); sent twice it is one.

    From then on neither its lines nor its total change. QuarterNotOver before its end, EarlierFirst while
    an earlier quarter waits, NothingToAccount where none is expected.
    """
    actor = session.actor
    if actor.kind is not Kind.COMMUNE:
        raise Hidden("Statement")
    if quarter.last >= actor.day:
        raise QuarterNotOver
    with joined_system_session(session, Reason.ACCOUNT) as system:
        sent = _last_sent_locked(system, actor.institution)
        waiting = unsent_quarters(system, actor.institution, actor.day)
        lines = draft_lines(system, actor.institution, quarter)
        sas_id = _receiver(system, actor.institution)
    if sent is not None and quarter <= sent:
        existing = statement_of(session, quarter)
        if existing is None:
            raise NothingToAccount
        return existing
    earlier = [each.quarter for each in waiting if not each.is_empty and each.quarter < quarter]
    if earlier:
        raise EarlierFirst(earlier[0])
    if not lines:
        raise NothingToAccount
    statement = Statement(
        institution_id=actor.institution,
        sas_id=sas_id,
        year=quarter.year,
        quarter=quarter.number,
        total=total(each.paid for each in lines),
    )
    session.add(statement)
    session.flush()
    session.add_all(
        StatementLine(
            statement_id=statement.id,
            number=number,
            institution_id=actor.institution,
            sas_id=sas_id,
            decision_reference=line.reference,
            code=line.code,
            starts_on=line.starts_on,
            ends_on=line.ends_on,
            decided=line.decided,
            paid_before=line.paid_before,
            paid=line.paid,
            corrections=line.corrections,
        )
        for number, line in enumerate(lines, start=1)
    )
    session.flush()
    statement.state = StatementState.SENT
    statement.sent_at = now()
    statement.sent_by = actor.membership
    session.add(statement)
    record(session, Act.STATEMENT_SENT, subject_id=statement.id, ground="VS-25")
    _tell(session, sas_id, STATEMENT_SENT, statement)
    return statement


def _tell(session: GuardedSession, institution_id: UUID, kind: str, statement: Statement) -> None:
    """Everybody in an institution's inbox is told by mail, unless he or she wishes none."""
    with joined_system_session(session, Reason.RECORD) as system:
        for _, membership in seats_of_readers(system, {institution_id})[institution_id]:
            queue(
                system,
                kind,
                membership,
                key=f"{kind}:{statement.id}:{membership}",
                facts={"statement": str(statement.id)},
            )


def ask_for_statements(system: SystemSession, day: date) -> int:
    """Tell the clerks of each commune that owes a statement of the quarter that ended, once (VS-25); how many mails."""
    quarter = Quarter.of(day).after(-1)
    owing = communes_owing(system, quarter)
    told = 0
    for institution, seats in seats_of_readers(system, owing).items():
        for _, membership in seats:
            told += bool(
                queue(
                    system,
                    STATEMENT_DUE,
                    membership,
                    key=f"{STATEMENT_DUE}:{quarter.path}:{institution}:{membership}",
                    facts={"year": quarter.year, "number": quarter.number},
                )
            )
    return told


def _receiver(system: SystemSession, institution_id: UUID) -> UUID:
    """The SAS that gave its opinion on what the commune decided last."""
    sas_id = system.execute(
        sa.select(Decision.sas_id)
        .where(Decision.institution_id == institution_id, Decision.sas_id.is_not(None))
        .order_by(Decision.at.desc(), Decision.id.desc())
        .limit(1)
    ).scalar()
    if sas_id is None:
        raise NothingToAccount
    found: UUID = sas_id
    return found


def answer_statement(session: GuardedSession, statement_id: UUID, given: ReplyInput) -> Statement:
    """The SAS acknowledges a statement or returns it with a comment (VS-25), once.

    What was sent stays: the commune corrects it in its next statement. Hidden for who did not receive it,
    AlreadyAnswered when somebody else was quicker with another answer.
    """
    statement = session.get(Statement, statement_id, with_for_update=True, populate_existing=True)
    if statement is None or statement.sas_id != session.actor.institution:
        raise Hidden("Statement")
    state = StatementState.RETURNED if given.reply is Reply.RETURN else StatementState.ACKNOWLEDGED
    if statement.state is not StatementState.SENT:
        if statement.state is state and statement.comment == given.comment:
            return statement
        raise AlreadyAnswered
    statement.state = state
    statement.comment = given.comment
    statement.answered_at = now()
    statement.answered_by = session.actor.membership
    session.add(statement)
    record(
        session,
        Act.STATEMENT_ANSWERED,
        subject_id=statement.id,
        ground="VS-25",
        returned=state is StatementState.RETURNED,
    )
    _tell(session, statement.institution_id, STATEMENT_ANSWERED, statement)
    return statement
