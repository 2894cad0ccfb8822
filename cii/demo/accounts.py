"""What the communes of the demo canton paid and accounted for: a budget, payments, a statement that came back, one that is due."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from uuid import UUID

from sqlmodel import select

from cii.access.actor import Kind, Seat
from cii.access.store import Store
from cii.access.system import Reason
from cii.demo.measures import Acting, Sitting
from cii.foundation.clock import local
from cii.foundation.quarters import Quarter
from cii.measures.accounts.actions import (
    answer_statement,
    correct_payment,
    pay,
    plan,
    send_statement,
)
from cii.measures.accounts.inputs import (
    CorrectionInput,
    PaymentInput,
    PlanInput,
    Reply,
    ReplyInput,
)
from cii.measures.accounts.queries import quarters_of
from cii.measures.models import Decision, Measure, Outcome, Payment
from cii.programmes.routing import Payer


class Accounts:
    """The first commune has sent its statement of the last quarter, the others still owe it."""

    def __init__(self, store: Store, seats: Iterable[Sitting], acting: Acting, today: date) -> None:
        self.store, self.acting, self.today = store, acting, today
        members = [each for each in seats if each.seat is Seat.MEMBER]
        self.by_key = {each.membership: each for each in members}
        self.sas = next(each for each in members if each.kind is Kind.SAS)
        self.clerks = {each.institution: each for each in members if each.kind is Kind.COMMUNE}

    def tell(self) -> None:
        """What was paid on every measure that a commune granted, and the statements."""
        granted = self._granted()
        communes = groupby(granted, key=lambda each: each[0].institution_id)
        for place, (commune, decisions) in enumerate(communes):
            payments = [self._pay(decision, measure) for decision, measure in decisions]
            if place == 0:
                self._account(self.clerks[commune], payments[0])

    def _granted(self) -> list[tuple[Decision, Measure]]:
        with self.store.system(Reason.SET_UP, writes=False) as session:
            rows = session.exec(
                select(Decision, Measure)
                .join_from(Decision, Measure, Measure.id == Decision.measure_id)
                .where(
                    Decision.payer == Payer.COMMUNE,
                    Decision.outcome == Outcome.GRANTED,
                    Decision.withdrawn_at.is_(None),
                )
            ).all()
        return sorted(rows, key=lambda row: (row[0].institution_id.hex, row[0].reference))

    def _pay(self, decision: Decision, measure: Measure) -> UUID:
        """The budget over its quarters, a third paid soon after the decision, a third in the present quarter."""
        assert decision.amount is not None
        assert measure.social_worker_id is not None
        decided_on = local(decision.at).date()
        third = (decision.amount / 3).quantize(Decimal("0.01"))
        quarters = quarters_of(measure)
        amounts = [third, decision.amount - third, *([Decimal("0.00")] * (len(quarters) - 2))]
        with self.acting(self.by_key[measure.social_worker_id], decided_on) as session:
            plan(
                session,
                measure.id,
                PlanInput(quarters=[each.path for each in quarters], amounts=amounts),
            )
        clerk = self.clerks[decision.institution_id]
        number = int(decision.reference.split("-")[2])
        first = self._paid(clerk, measure, third, decided_on + timedelta(days=6), number)
        self._paid(clerk, measure, third, Quarter.of(self.today).first + timedelta(6), number + 400)
        return first.id

    def _paid(
        self, clerk: Sitting, measure: Measure, amount: Decimal, day: date, number: int
    ) -> Payment:
        day = min(day, self.today)
        with self.acting(clerk, day) as session:
            given = PaymentInput(amount=amount, paid_on=day, voucher=f"{day.year}-{number:04}")
            return pay(session, measure.id, given)

    def _account(self, clerk: Sitting, payment_id: UUID) -> None:
        """The statement of the last quarter goes to the SAS, comes back, and is put right in the next one."""
        quarter = Quarter.of(self.today).after(-1)
        sent_on = quarter.next.first + timedelta(days=8)
        if sent_on + timedelta(days=10) > self.today:
            return
        with self.acting(clerk, sent_on) as session:
            statement = send_statement(session, quarter)
        with self.store.system(Reason.SET_UP, writes=False) as session:
            payment = session.get_one(Payment, payment_id)
        right = payment.amount - Decimal("20.00")
        with self.acting(self.sas, sent_on + timedelta(days=5)) as session:
            comment = f"La pièce {payment.voucher} porte sur un montant inférieur de 20 francs."
            answer_statement(session, statement.id, ReplyInput(reply=Reply.RETURN, comment=comment))
        with self.acting(clerk, sent_on + timedelta(days=9)) as session:
            given = CorrectionInput(right_amount=right, voucher=payment.voucher)
            correct_payment(session, payment.measure_id, payment_id, given)
