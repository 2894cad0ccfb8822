"""Since when and until when SAS, commune, LMMT and the social worker in charge have a part in a case.

A part begins when a measure is put before somebody, and ends when nothing of his is open, nor in the current or
previous quarter: its last day is that of the quarter after the one in which something of his last happened.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from uuid import UUID

from sqlmodel import select

from cii.access.actor import Kind
from cii.access.guard import GuardedSession
from cii.access.system import Reason, SystemSession, joined_system_session
from cii.consent.actions import Stay, keep_parts
from cii.consent.models import CasePart, PartKind
from cii.foundation.clock import local
from cii.foundation.quarters import Quarter
from cii.measures.lifecycle import WAITING, Move, Stage
from cii.measures.models import Measure, MeasureStep, Payment
from cii.organisations.models import Institution, Membership

_PARTS = {
    Kind.SAS: PartKind.OPINION,
    Kind.COMMUNE: PartKind.APPROVAL,
    Kind.LMMT: PartKind.DECISION,
}
# Whoever announced the case or coaches it by name needs no other part to transmit its measures.
_OF_THE_CASE = (PartKind.ANNOUNCING, PartKind.TANDEM_ORP, PartKind.TANDEM_CMS)

# Somebody with a part: the institution, and the seat where it is held by name.
_Holder = tuple[UUID, UUID | None]


def follow_parts(session: GuardedSession, case_id: UUID) -> None:
    """Bring the parts that rest on the case's measures up to date; safe to repeat.

    To be called after every act on a measure, and after a payment.
    """
    with joined_system_session(session, Reason.DERIVE_ACCESS) as system:
        stays = list(_stays(system, case_id))
    keep_parts(session, case_id, stays)


def _stays(system: SystemSession, case_id: UUID) -> Iterator[Stay]:
    events: dict[_Holder, list[date | None]] = {}
    for holder, day in _events(system, case_id):
        events.setdefault(holder, []).append(day)
    concerned = {institution for institution, _ in events}
    kinds = dict(
        system.exec(
            select(Institution.id, Institution.kind).where(Institution.id.in_(concerned))
        ).all()
    )
    for (institution, membership), days in events.items():
        part = PartKind.IN_CHARGE if membership else _PARTS.get(kinds[institution])
        if part is not None:
            known = [day for day in days if day is not None]
            over = len(known) == len(days)
            last_day = Quarter.of(max(known)).next.last if over else None
            yield Stay(institution, part, last_day, membership)


def _events(system: SystemSession, case_id: UUID) -> Iterator[tuple[_Holder, date | None]]:
    """What happened to whom on which day; None for what is not over yet. A granted measure runs until its last day."""
    measures = system.exec(select(Measure).where(Measure.case_id == case_id)).all()
    steps = system.exec(select(MeasureStep).where(MeasureStep.case_id == case_id)).all()
    payments = system.exec(select(Payment).where(Payment.case_id == case_id)).all()
    in_charge = _in_charge(system, case_id, measures, steps)
    holders: dict[UUID, list[_Holder]] = {}
    for measure in measures:
        inboxes = [(key, None) for key in (measure.sas_id, measure.authority_id) if key]
        holders[measure.id] = [*inboxes, *in_charge.get(measure.id, ())]
        if measure.stage in WAITING:
            yield from ((holder, None) for holder in holders[measure.id])
        elif measure.stage is Stage.GRANTED:
            yield from ((holder, measure.ends_on) for holder in holders[measure.id])
    for step in steps:
        day = local(step.at).date()
        yield from (((key, None), day) for key in (step.institution_id, step.addressee_id) if key)
        yield from ((holder, day) for holder in in_charge.get(step.measure_id, ()))
    for payment in payments:
        day = local(payment.entered_at).date()
        yield from ((holder, day) for holder in holders[payment.measure_id])


def _in_charge(
    system: SystemSession,
    case_id: UUID,
    measures: Iterable[Measure],
    steps: Iterable[MeasureStep],
) -> dict[UUID, list[_Holder]]:
    """By measure: the social worker in charge, from its preparation on, where he or she has no part otherwise."""
    prepared = {step.measure_id for step in steps if step.move is Move.PREPARE}
    named = {
        measure.id: measure.social_worker_id
        for measure in measures
        if measure.id in prepared and measure.social_worker_id is not None
    }
    has_one = set(
        system.exec(
            select(CasePart.membership_id).where(
                CasePart.case_id == case_id,
                CasePart.part.in_(_OF_THE_CASE),
                CasePart.ends_on.is_(None),
            )
        )
    )
    offices = dict(
        system.exec(
            select(Membership.id, Membership.institution_id).where(
                Membership.id.in_(set(named.values()))
            )
        ).all()
    )
    return {
        measure: [(offices[seat], seat)] for measure, seat in named.items() if seat not in has_one
    }
