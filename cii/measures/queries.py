"""Named reads of measures: inboxes, a case's measures, the page of a decision, what was decided."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import select

from cii.access.actor import SHARED_INBOX, Actor, Seat
from cii.access.guard import GuardedSession, Hidden, actor_day, actor_institution, actor_reader
from cii.access.hot import HotRead
from cii.access.models import CaseAccess
from cii.access.store import Store
from cii.cases.lifecycle import State
from cii.cases.models import Case, CaseIdentity
from cii.cases.queries import office_name
from cii.measures.lifecycle import WAITING, Move, Side, Stage, side_at
from cii.measures.models import (
    Decision,
    Leaning,
    Measure,
    MeasureStep,
    MeasureType,
    Opinion,
    Outcome,
    Provider,
)
from cii.organisations.models import Commune, Deputyship, Institution, Membership, Person
from cii.programmes.routing import Decider, Payer, Regime

PAGE = 25
# Product default: a measure that starts within this number of days is urgent.
URGENT_DAYS = 10

# Proposed while coaching; what is on its way then may still come to its end.
PROPOSABLE = frozenset({State.COACHING})
MOVABLE = frozenset({State.COACHING, State.ASSESSED})

_MEASURE_ID = sa.bindparam("measure_id", type_=sa.Uuid())
_CASE_ID = sa.bindparam("case_id", type_=sa.Uuid())
_LIMIT = sa.bindparam("limit", type_=sa.Integer())


def _type_name() -> sa.ColumnElement[str]:
    return sa.case(
        (sa.bindparam("german", type_=sa.Boolean()), MeasureType.name_de), else_=MeasureType.name
    )


def _stood_in_for() -> Any:
    return sa.select(Deputyship.absent_id).where(
        Deputyship.deputy_id == actor_reader,
        Deputyship.starts_on <= actor_day,
        Deputyship.ends_on >= actor_day,
    )


@dataclass(frozen=True, slots=True)
class Listed:
    """A measure in a list: whose, what, where it stands and since when; names where the identity is open."""

    id: UUID
    case_id: UUID
    reference: str
    first_name: str | None
    last_name: str | None
    commune: str
    code: str
    type_name: str
    title: str
    stage: Stage
    regime: Regime
    decider: Decider
    asked: Decimal
    decided: Decimal | None
    paid: Decimal
    starts_on: date
    ends_on: date
    since: datetime
    turn_id: UUID | None
    leaning: Leaning | None
    """Of the last opinion, where there is one that the actor may read."""
    version: int

    @property
    def name(self) -> str:
        """The person's name, or the reference where the identity is not open."""
        return f"{self.first_name} {self.last_name}" if self.last_name else self.reference

    @property
    def side(self) -> Side | None:
        """Whose turn it is."""
        return side_at(self.decider, self.stage)

    def is_urgent(self, day: date, days: int = URGENT_DAYS) -> bool:
        """Whether it waits and starts within this number of days, or should have started."""
        return self.stage in WAITING and self.starts_on <= day + timedelta(days=days)


_later = aliased(Opinion)


def _is_last_opinion() -> sa.ColumnElement[bool]:
    return sa.and_(
        Opinion.measure_id == Measure.id,
        ~sa.exists().where(_later.measure_id == Opinion.measure_id, _later.number > Opinion.number),
    )


def _listed() -> Any:
    return (
        sa.select(
            Measure.id,
            Measure.case_id,
            Case.reference,
            CaseIdentity.first_name,
            CaseIdentity.last_name,
            Commune.name,
            Measure.code,
            _type_name(),
            Measure.title,
            Measure.stage,
            Measure.regime,
            Measure.decider,
            Measure.asked,
            Measure.decided,
            Measure.paid,
            Measure.starts_on,
            Measure.ends_on,
            Measure.since,
            Measure.turn_id,
            Opinion.leaning,
            Measure.version,
        )
        .join_from(Measure, Case, Case.id == Measure.case_id)
        .join(MeasureType, MeasureType.id == Measure.type_id)
        .join(Commune, Commune.number == Measure.commune_number)
        .outerjoin(CaseIdentity, CaseIdentity.case_id == Measure.case_id)
        .outerjoin(Opinion, _is_last_opinion())
    )


def _after_start() -> sa.ColumnElement[bool]:
    return sa.tuple_(Measure.starts_on, Measure.id) > sa.tuple_(
        sa.bindparam("after_day", type_=sa.Date()), sa.bindparam("after_id", type_=sa.Uuid())
    )


def _own_turns(seat: str) -> sa.ColumnElement[bool]:
    if seat == "head":
        # A head sees what waits for any seat of the institution.
        seats = sa.select(Membership.id).where(Membership.institution_id == actor_institution)
        return sa.or_(Measure.turn_id == actor_institution, Measure.turn_id.in_(seats))
    if seat == "named":
        return sa.or_(Measure.turn_id == actor_reader, Measure.turn_id.in_(_stood_in_for()))
    return Measure.turn_id == actor_reader


def _inbox(seat: str, *, after: bool, elsewhere: bool) -> HotRead:
    def build() -> Any:
        own = _own_turns(seat)
        statement = (
            _listed()
            .where(
                sa.and_(Measure.turn_id.is_not(None), sa.not_(own)) if elsewhere else own,
                # A hot read takes no lists.
                sa.or_(*(Case.state == state for state in State if state in MOVABLE)),
            )
            .order_by(Measure.starts_on, Measure.id)
            .limit(_LIMIT)
        )
        if elsewhere:
            # From the reader's own cases on; what waits for the reader is found by its turn.
            statement = statement.join(
                CaseAccess,
                sa.and_(
                    CaseAccess.case_id == Measure.case_id,
                    CaseAccess.valid_from <= actor_day,
                    CaseAccess.valid_until >= actor_day,
                ),
            )
        return statement.where(_after_start()) if after else statement

    return HotRead(build)


_INBOXES = {
    (seat, after, elsewhere): _inbox(seat, after=after, elsewhere=elsewhere)
    for seat in ("named", "head", "shared")
    for after in (False, True)
    for elsewhere in (False, True)
}


def _seat_of(actor: Actor) -> str:
    if actor.kind in SHARED_INBOX:
        return "shared"
    return "head" if actor.seat is Seat.HEAD else "named"


def inbox(
    session: GuardedSession, *, after: tuple[date, UUID] | None = None, limit: int = PAGE
) -> list[Listed]:
    """What waits for the actor, the earliest start first: an inbox, a professional's and those he or she stands in for.

    A head sees what waits for anybody of the institution. `after` continues behind a line (its start
    and its key).
    """
    return _run_inbox(session, after, limit, elsewhere=False)


def waiting_elsewhere(
    session: GuardedSession, *, after: tuple[date, UUID] | None = None, limit: int = PAGE
) -> list[Listed]:
    """The measures that the actor sees and that wait for others, the earliest start first."""
    return _run_inbox(session, after, limit, elsewhere=True)


def _run_inbox(
    session: GuardedSession, after: tuple[date, UUID] | None, limit: int, *, elsewhere: bool
) -> list[Listed]:
    values: dict[str, Any] = {"limit": limit, "german": session.actor.language == "de"}
    if after:
        values |= {"after_day": after[0], "after_id": after[1]}
    read = _INBOXES[_seat_of(session.actor), bool(after), elsewhere]
    return [Listed(*row) for row in read.run(session, **values)]


@dataclass(frozen=True, slots=True)
class SeatInbox:
    """What waits for somebody in one of his or her seats."""

    actor: Actor
    measures: list[Listed]


def inbox_of_all_seats(
    store: Store,
    actor: Actor,
    limit: int = 200,
    note: Callable[[GuardedSession, list[Listed]], None] | None = None,
) -> list[SeatInbox]:
    """What waits for a person in every active seat, each read with that seat's own eyes; those that have something.

    `actor` is the person as he or she acts now; the seats come in the order of the institutions' names.
    `note` records the reading for its seat, in the transaction that reads; nothing else is being written then.
    """
    found = []
    for seat in _seats(store, actor):
        with store.session(seat, writes=False, records=note is not None) as session:
            measures = inbox(session, limit=limit)
            if note is not None and measures:
                note(session, measures)
                session.commit()
        if measures:
            found.append(SeatInbox(seat, measures))
    return found


def _seats(store: Store, actor: Actor) -> list[Actor]:
    statement = (
        sa.select(
            Membership.id,
            Membership.seat,
            Institution.id,
            Institution.kind,
            Institution.name,
            Institution.name_de,
        )
        .join(Institution, Institution.id == Membership.institution_id)
        .where(Membership.person_id == actor.person, Membership.active, Institution.active)
        .order_by(Institution.name)
    )
    with store.session(actor, writes=False) as session:
        rows = session.execute(statement).all()
    return [
        Actor(
            person=actor.person,
            membership=membership,
            institution=institution,
            kind=kind,
            seat=seat,
            day=actor.day,
            language=actor.language,
            name=actor.name,
            institution_name=name_de if actor.language == "de" else name,
            seats=len(rows),
        )
        for membership, seat, institution, kind, name, name_de in rows
    ]


_OF_CASE = HotRead(
    lambda: (
        _listed()
        .where(Measure.case_id == _CASE_ID)
        .order_by(Measure.proposed_at.desc(), Measure.id)
    )
)


def measures_of(session: GuardedSession, case_id: UUID) -> list[Listed]:
    """The measures of a case that the actor sees, the last proposed first."""
    german = session.actor.language == "de"
    return [Listed(*row) for row in _OF_CASE.run(session, case_id=case_id, german=german)]


@dataclass(frozen=True, slots=True)
class Given:
    """The last opinion of the SAS."""

    id: UUID
    leaning: Leaning
    text: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Decided:
    """The decision in force."""

    id: UUID
    reference: str
    institution_id: UUID
    institution: str
    signed_name: str
    signed_title: str
    at: datetime
    outcome: Outcome
    amount: Decimal | None
    reason: str


@dataclass(frozen=True, slots=True)
class DecisionPage:
    """All that stands on the page of a measure: for who decides, and for everybody who follows it."""

    id: UUID
    case_id: UUID
    reference: str
    first_name: str | None
    last_name: str | None
    birth_date: date | None
    commune: str
    commune_number: int
    code: str
    type_id: UUID
    type_name: str
    article: dict[str, str]
    source: str
    source_de: str
    product_default: bool
    provider: Provider
    title: str
    organiser: str
    goal: str
    starts_on: date
    ends_on: date
    asked: Decimal
    decided: Decimal | None
    paid: Decimal
    regimes: list[str]
    article_59d: bool
    outside_canton: bool
    choice: Regime | None
    choice_reason: str
    regime: Regime
    decider: Decider
    payer: Payer
    edition: str
    stage: Stage
    since: datetime
    turn_id: UUID | None
    social_worker_id: UUID | None
    sas_id: UUID | None
    authority_id: UUID | None
    institution_id: UUID
    proposed_at: datetime
    version: int
    proposer: str
    proposing_institution: str
    social_worker: str | None
    social_worker_institution: str | None
    sas: str | None
    authority: str | None
    opinion: Given | None
    decision: Decided | None

    @property
    def name(self) -> str:
        """The person's name, or the reference where the identity is not open."""
        return f"{self.first_name} {self.last_name}" if self.last_name else self.reference

    @property
    def side(self) -> Side | None:
        """Whose turn it is."""
        return side_at(self.decider, self.stage)


_proposer, _proposer_seat, _proposing = aliased(Person), aliased(Membership), aliased(Institution)
_worker, _worker_seat, _worker_office = aliased(Person), aliased(Membership), aliased(Institution)
_adviser, _adviser_seat = aliased(Person), aliased(Membership)
_sas, _authority, _deciding = aliased(Institution), aliased(Institution), aliased(Institution)


def _full_name(person: Any) -> Any:
    return person.first_name + " " + person.last_name


_PAGE = HotRead(
    lambda: (
        sa.select(
            Measure.id,
            Measure.case_id,
            Case.reference,
            CaseIdentity.first_name,
            CaseIdentity.last_name,
            CaseIdentity.birth_date,
            Commune.name,
            Measure.commune_number,
            Measure.code,
            Measure.type_id,
            _type_name(),
            MeasureType.article,
            MeasureType.source,
            MeasureType.source_de,
            MeasureType.product_default,
            Measure.provider,
            Measure.title,
            Measure.organiser,
            Measure.goal,
            Measure.starts_on,
            Measure.ends_on,
            Measure.asked,
            Measure.decided,
            Measure.paid,
            Measure.regimes,
            Measure.article_59d,
            Measure.outside_canton,
            Measure.choice,
            Measure.choice_reason,
            Measure.regime,
            Measure.decider,
            Measure.payer,
            Measure.edition,
            Measure.stage,
            Measure.since,
            Measure.turn_id,
            Measure.social_worker_id,
            Measure.sas_id,
            Measure.authority_id,
            Measure.institution_id,
            Measure.proposed_at,
            Measure.version,
            _full_name(_proposer),
            office_name(_proposing),
            _full_name(_worker),
            office_name(_worker_office),
            office_name(_sas),
            office_name(_authority),
            Opinion.id,
            Opinion.leaning,
            Opinion.text,
            Opinion.at,
            _full_name(_adviser),
            Decision.id,
            Decision.reference,
            Decision.institution_id,
            office_name(_deciding),
            Decision.signed_name,
            Decision.signed_title,
            Decision.at,
            Decision.outcome,
            Decision.amount,
            Decision.reason,
        )
        .join_from(Measure, Case, Case.id == Measure.case_id)
        .join(MeasureType, MeasureType.id == Measure.type_id)
        .join(Commune, Commune.number == Measure.commune_number)
        .join(_proposer_seat, _proposer_seat.id == Measure.proposed_by)
        .join(_proposer, _proposer.id == _proposer_seat.person_id)
        .join(_proposing, _proposing.id == Measure.institution_id)
        .outerjoin(CaseIdentity, CaseIdentity.case_id == Measure.case_id)
        .outerjoin(_worker_seat, _worker_seat.id == Measure.social_worker_id)
        .outerjoin(_worker, _worker.id == _worker_seat.person_id)
        .outerjoin(_worker_office, _worker_office.id == _worker_seat.institution_id)
        .outerjoin(_sas, _sas.id == Measure.sas_id)
        .outerjoin(_authority, _authority.id == Measure.authority_id)
        .outerjoin(Opinion, _is_last_opinion())
        .outerjoin(_adviser_seat, _adviser_seat.id == Opinion.membership_id)
        .outerjoin(_adviser, _adviser.id == _adviser_seat.person_id)
        .outerjoin(
            Decision,
            sa.and_(Decision.measure_id == Measure.id, Decision.withdrawn_at.is_(None)),
        )
        .outerjoin(_deciding, _deciding.id == Decision.institution_id)
        .where(Measure.id == _MEASURE_ID)
    )
)
_OPINION_CELLS, _DECISION_CELLS = 5, 10


def decision_page(session: GuardedSession, measure_id: UUID) -> DecisionPage:
    """A measure with its opinion and decision in one read; Hidden when the actor does not see it."""
    row = _PAGE.one(session, measure_id=measure_id, german=session.actor.language == "de")
    if row is None:
        raise Hidden("Measure")
    own = len(row) - _OPINION_CELLS - _DECISION_CELLS
    opinion, decision = row[own : own + _OPINION_CELLS], row[own + _OPINION_CELLS :]
    cells: list[Any] = [
        *row[:own],
        Given(*opinion) if opinion[0] else None,
        Decided(*decision) if decision[0] else None,
    ]
    return DecisionPage(*cells)


@dataclass(frozen=True, slots=True)
class Moved:
    """One step of a measure that the actor may read: made by whom, or addressed to the actor's institution."""

    number: int
    move: Move
    stage: Stage
    rule: str
    at: datetime
    name: str
    institution: str
    addressee: str | None
    text: str


_mover, _moving, _addressee = aliased(Person), aliased(Institution), aliased(Institution)
_STEPS = HotRead(
    lambda: (
        sa.select(
            MeasureStep.number,
            MeasureStep.move,
            MeasureStep.stage,
            MeasureStep.rule,
            MeasureStep.at,
            _full_name(_mover),
            office_name(_moving),
            office_name(_addressee),
            MeasureStep.text,
        )
        .join_from(MeasureStep, _mover, _mover.id == MeasureStep.person_id)
        .join(_moving, _moving.id == MeasureStep.institution_id)
        .outerjoin(_addressee, _addressee.id == MeasureStep.addressee_id)
        .where(MeasureStep.measure_id == _MEASURE_ID)
        .order_by(MeasureStep.number)
    )
)


def steps_of(session: GuardedSession, measure_id: UUID) -> list[Moved]:
    """The steps of a measure that the actor may read, the first one first."""
    german = session.actor.language == "de"
    return [Moved(*row) for row in _STEPS.run(session, measure_id=measure_id, german=german)]


@dataclass(frozen=True, slots=True)
class OwnDecision:
    """A decision of the actor's institution, in force or withdrawn, with what was paid since."""

    id: UUID
    at: datetime
    reference: str
    outcome: Outcome
    amount: Decimal | None
    signed_name: str
    withdrawn_at: datetime | None
    measure_id: UUID
    case_id: UUID
    first_name: str | None
    last_name: str | None
    type_name: str
    title: str
    starts_on: date
    ends_on: date
    stage: Stage
    paid: Decimal


def _decided(*, after: bool) -> HotRead:
    def build() -> Any:
        statement = (
            sa.select(
                Decision.id,
                Decision.at,
                Decision.reference,
                Decision.outcome,
                Decision.amount,
                Decision.signed_name,
                Decision.withdrawn_at,
                Measure.id,
                Measure.case_id,
                CaseIdentity.first_name,
                CaseIdentity.last_name,
                _type_name(),
                Measure.title,
                Measure.starts_on,
                Measure.ends_on,
                Measure.stage,
                Measure.paid,
            )
            .join_from(Decision, Measure, Measure.id == Decision.measure_id)
            .join(MeasureType, MeasureType.id == Measure.type_id)
            .outerjoin(CaseIdentity, CaseIdentity.case_id == Decision.case_id)
            .where(Decision.institution_id == actor_institution)
            .order_by(Decision.at.desc(), Decision.id.desc())
            .limit(_LIMIT)
        )
        if after:
            statement = statement.where(
                sa.tuple_(Decision.at, Decision.id)
                < sa.tuple_(
                    sa.bindparam("after_moment", type_=Decision.at.type),
                    sa.bindparam("after_id", type_=sa.Uuid()),
                )
            )
        return statement

    return HotRead(build)


_DECIDED = {after: _decided(after=after) for after in (False, True)}


def decided(
    session: GuardedSession, *, after: tuple[datetime, UUID] | None = None, limit: int = PAGE
) -> list[OwnDecision]:
    """The decisions of the actor's institution, the last first; `after` continues behind one (moment and key)."""
    values: dict[str, Any] = {"limit": limit, "german": session.actor.language == "de"}
    if after:
        values |= {"after_moment": after[0], "after_id": after[1]}
    return [OwnDecision(*row) for row in _DECIDED[bool(after)].run(session, **values)]


# What the acts ask


def decision_in_force(session: GuardedSession, measure_id: UUID) -> Decision | None:
    """The decision that holds, or None."""
    return session.exec(
        select(Decision).where(Decision.measure_id == measure_id, Decision.withdrawn_at.is_(None))
    ).first()


def latest_opinion(session: GuardedSession, measure_id: UUID) -> Opinion | None:
    """The last opinion of the SAS on a measure, or None."""
    return session.exec(
        select(Opinion)
        .where(Opinion.measure_id == measure_id)
        .order_by(Opinion.number.desc())
        .limit(1)
    ).first()


def institution_of(session: GuardedSession, reader: UUID | None) -> UUID | None:
    """The institution behind a reader: a seat's, or itself."""
    seat = session.get(Membership, reader) if reader is not None else None
    return seat.institution_id if seat is not None else reader


def spoken_institution(session: GuardedSession, key: UUID | None) -> str:
    """An institution's name in the actor's language; empty without one."""
    institution = session.get(Institution, key) if key is not None else None
    if institution is None:
        return ""
    return institution.name_de if session.actor.language == "de" else institution.name


def holds_seat(session: GuardedSession, membership_id: UUID) -> bool:
    """Whether the actor is this professional, stands in for him or her today, or heads the office that he or she left."""
    actor = session.actor
    if actor.membership == membership_id:
        return True
    seat = session.get(Membership, membership_id)
    if seat is None or seat.institution_id != actor.institution:
        return False
    if actor.seat is Seat.HEAD and not seat.active:
        return True
    return (
        session.exec(
            select(Deputyship.id).where(
                Deputyship.absent_id == membership_id,
                Deputyship.deputy_id == actor.membership,
                Deputyship.starts_on <= actor.day,
                Deputyship.ends_on >= actor.day,
            )
        ).first()
        is not None
    )
