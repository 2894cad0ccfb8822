"""What every act of a measure has in common: whose turn it is, on which ground, and that it happens once."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from cii.access.actor import Role
from cii.access.guard import GuardedSession, Hidden
from cii.access.permissions import May, may
from cii.audit.actions import record
from cii.audit.models import Act
from cii.cases.lifecycle import State
from cii.cases.models import Case, Tandem
from cii.cases.queries import find_case
from cii.coaching.actions import ChangedMeanwhile
from cii.coaching.queries import parts_held
from cii.consent.derive import touch, touch_readers
from cii.consent.models import PartKind
from cii.consent.queries import current_procuration
from cii.consent.topics import Topic
from cii.foundation.clock import now
from cii.measures.actions.parts import follow_parts
from cii.measures.actions.reminders import remind_from_now
from cii.measures.lifecycle import Move, NotItsTurn, Side, Stage, Step, side_at, step
from cii.measures.models import Measure, MeasureStep
from cii.measures.queries import MOVABLE, decision_in_force, holds_seat, institution_of
from cii.outbox.actions import notify
from cii.outbox.models import Subject

ACTS = {
    Move.PROPOSE: Act.MEASURE_PROPOSED,
    Move.CHANGE: Act.MEASURE_CHANGED,
    Move.PREPARE: Act.MEASURE_PREPARED,
    Move.SUBMIT: Act.MEASURE_SUBMITTED,
    Move.TRANSMIT: Act.MEASURE_TRANSMITTED,
    Move.GIVE_OPINION: Act.OPINION_GIVEN,
    Move.GRANT: Act.MEASURE_GRANTED,
    Move.REFUSE: Act.MEASURE_REFUSED,
    Move.RETURN: Act.MEASURE_RETURNED,
    Move.WITHDRAW: Act.DECISION_WITHDRAWN,
    Move.ABANDON: Act.MEASURE_ABANDONED,
}

# Which permission each side's acts take.
_PERMISSIONS = {
    Side.TANDEM: May.PROPOSE_MEASURE,
    Side.TANDEM_SOCIAL_WORKER: May.PROPOSE_MEASURE,
    Side.SOCIAL_WORKER_IN_CHARGE: May.TRANSMIT_MEASURE,
    Side.SAS: May.GIVE_OPINION,
    Side.COMMUNE: May.DECIDE_MEASURE,
    Side.LMMT: May.DECIDE_MEASURE,
}


class Stopped(NotItsTurn):
    """Nothing moves: the case is suspended or not in coaching, or no procuration is valid today (VS-40)."""


class AlreadyDecided(NotItsTurn):
    """Somebody of the same authority decided first; nothing was done twice."""

    def __init__(self, by: str, at: datetime) -> None:
        super().__init__(f"decided by {by}")
        self.by = by
        self.at = at


def find_measure(session: GuardedSession, measure_id: UUID) -> tuple[Measure, Case]:
    """The measure and its case, both as they stand now and locked, so that two acts follow one another; or Hidden.

    Stopped where the case does not move.
    """
    measure = session.find(Measure, measure_id)
    case = find_case(session, measure.case_id)
    fresh = session.get(Measure, measure_id, populate_existing=True)
    if fresh is None:
        raise Hidden("Measure")
    check_moves(session, case, MOVABLE)
    return fresh, case


def check_moves(session: GuardedSession, case: Case, states: frozenset[State]) -> None:
    """Stopped unless the case is in one of these states and the person's procuration is valid today (VS-40)."""
    if case.state not in states or current_procuration(session, case.id, session.actor.day) is None:
        raise Stopped(f"nothing moves in a case that is {case.state.value}")


def allowed(
    session: GuardedSession, measure: Measure, move: Move, end: Stage | None = None
) -> Step:
    """The step that the actor may take now; NotItsTurn (or AlreadyDecided) when it is not the actor's."""
    try:
        found = step(measure.decider, measure.stage, move, end)
    except NotItsTurn:
        if move in {Move.GRANT, Move.REFUSE}:
            _say_who_decided(session, measure)
        raise
    if not holds(session, measure, found.side):
        raise NotItsTurn(f"{move.value} is for {found.side.value}")
    return found


def _say_who_decided(session: GuardedSession, measure: Measure) -> None:
    decision = decision_in_force(session, measure.id)
    if decision is not None:
        raise AlreadyDecided(decision.signed_name, decision.at)


def holds(session: GuardedSession, measure: Measure, side: Side) -> bool:
    """Whether the actor is this side of the measure: by name, as a deputy, or in the inbox of the authority."""
    actor = session.actor
    if not may(actor, _PERMISSIONS[side]):
        return False
    if side is Side.TANDEM:
        return bool(_parts_of_tandem(session, measure.case_id))
    if side is Side.TANDEM_SOCIAL_WORKER:
        return PartKind.TANDEM_CMS in _parts_of_tandem(session, measure.case_id)
    if side is Side.SOCIAL_WORKER_IN_CHARGE:
        return measure.social_worker_id is not None and holds_seat(
            session, measure.social_worker_id
        )
    if side is Side.SAS:
        return measure.sas_id == actor.institution
    return measure.authority_id == actor.institution


def _parts_of_tandem(session: GuardedSession, case_id: UUID) -> frozenset[PartKind]:
    # A head sees the case without coaching it.
    if session.actor.role not in {Role.ORP_ADVISER, Role.SOCIAL_WORKER}:
        return frozenset()
    return parts_held(session, case_id) & {PartKind.TANDEM_ORP, PartKind.TANDEM_CMS}


def is_of_tandem(session: GuardedSession, case_id: UUID) -> bool:
    """Whether the actor is one of the tandem, by name or as a deputy (VS-17)."""
    return bool(_parts_of_tandem(session, case_id))


def check_version(measure: Measure, version: int) -> None:
    """ChangedMeanwhile when the measure is no longer what the actor read."""
    if measure.version != version:
        raise ChangedMeanwhile


def move(
    session: GuardedSession,
    case: Case,
    measure: Measure,
    taken: Step,
    text: str = "",
    also_tell: Iterable[tuple[UUID, Subject]] = (),
    *,
    decided: Decimal | None = None,
) -> MeasureStep:
    """Take a measure to its next stage: its step, its turn, parts, reminders, trail and notices, in one transaction.

    `decided`: the francs that were granted; whatever else happens to a measure, nothing is granted then.
    """
    before = measure.turn_id
    passes = measure.stage is not taken.end
    measure.version += 1
    measure.stage, measure.decided = taken.end, decided
    measure.turn_id = whose_turn(session, measure)
    if passes:
        measure.since = now()
    made = add_step(session, measure, taken.move, taken.rule, text)
    settle(session, case, measure, taken.move, taken.rule, passes=passes)
    told = dict(also_tell)
    if passes and measure.turn_id is not None:
        told[measure.turn_id] = _TURN_SUBJECTS.get(taken.move, Subject.YOUR_TURN)
    if taken.move is Move.ABANDON and before is not None:
        told[before] = Subject.MEASURE_ABANDONED
    tell(session, case, told.items())
    return made


_TURN_SUBJECTS = {Move.RETURN: Subject.RETURNED, Move.WITHDRAW: Subject.DECISION_WITHDRAWN}


def add_step(
    session: GuardedSession, measure: Measure, taken: Move, rule: str, text: str
) -> MeasureStep:
    """Write the measure and the step that its version stands for; ChangedMeanwhile when the number is taken."""
    actor = session.actor
    made = MeasureStep(
        measure_id=measure.id,
        number=measure.version,
        case_id=measure.case_id,
        move=taken,
        stage=measure.stage,
        rule=rule,
        institution_id=actor.institution,
        membership_id=actor.membership,
        person_id=actor.person,
        addressee_id=institution_of(session, measure.turn_id),
        text=text,
    )
    session.add(measure)
    session.add(made)
    try:
        session.flush()
    except IntegrityError as failure:
        # Acts follow one another by the lock on their case; the constraints hold where somebody goes round it.
        session.rollback()
        raise ChangedMeanwhile from failure
    return made


def settle(
    session: GuardedSession, case: Case, measure: Measure, taken: Move, rule: str, *, passes: bool
) -> None:
    """What follows from a move: who has a part, who is reminded, whose list shows it, and the trail."""
    follow_parts(session, case.id)
    if passes:
        remind_from_now(session, measure)
    touch(session, case.id, Topic.EVERY_MEASURE)
    touch_readers(session, case.id, {measure.sas_id, measure.authority_id, measure.turn_id})
    record(
        session,
        ACTS[taken],
        case_id=case.id,
        subject_id=measure.id,
        ground=rule,
        version=measure.version,
    )


def tell(session: GuardedSession, case: Case, told: Iterable[tuple[UUID, Subject]]) -> None:
    """Put notices before these readers, except who acts."""
    own = {session.actor.membership, session.actor.reader}
    for reader, subject in told:
        if reader not in own:
            notify(session, {reader}, subject, case.id, case.reference)


def whose_turn(session: GuardedSession, measure: Measure) -> UUID | None:
    """The reader for whom the measure waits: a professional's seat, or the institution of an inbox."""
    side = side_at(measure.decider, measure.stage)
    if side is None:
        return None
    if side in {Side.TANDEM, Side.TANDEM_SOCIAL_WORKER}:
        tandem = session.get_one(Tandem, measure.case_id)
        if side is Side.TANDEM_SOCIAL_WORKER:
            return tandem.cms_membership_id
        of_cms = institution_of(session, tandem.cms_membership_id) == measure.institution_id
        return tandem.cms_membership_id if of_cms else tandem.orp_membership_id
    return {
        Side.SOCIAL_WORKER_IN_CHARGE: measure.social_worker_id,
        Side.SAS: measure.sas_id,
        Side.COMMUNE: measure.authority_id,
        Side.LMMT: measure.authority_id,
    }[side]


def concerned(session: GuardedSession, measure: Measure) -> Iterator[UUID]:
    """Who proposed and carries the measure: the tandem's two and the social worker in charge."""
    tandem = session.get_one(Tandem, measure.case_id)
    yield tandem.orp_membership_id
    yield tandem.cms_membership_id
    if measure.social_worker_id is not None:
        yield measure.social_worker_id
