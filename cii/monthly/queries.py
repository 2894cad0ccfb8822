"""Named reads: one update and its paragraphs, the history of a case, what is owed or late, the cases one follows."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import select

from cii.access.actor import Actor, Kind, Seat
from cii.access.guard import GuardedSession
from cii.access.models import CaseAccess
from cii.access.system import SystemSession
from cii.cases.lifecycle import State
from cii.cases.models import Case, CaseIdentity, Tandem
from cii.cases.queries import Professional
from cii.coaching.models import Appointment, AppointmentState
from cii.consent.models import CasePart, PartKind
from cii.consent.topics import Topic
from cii.foundation.clock import moment_of
from cii.foundation.days import months_after
from cii.foundation.texts import texts
from cii.measures.models import Decision, Measure, Outcome
from cii.monthly.models import (
    OPEN,
    SETTLED,
    Addendum,
    MonthlySettings,
    SourceKind,
    Update,
    UpdateElement,
    UpdatePart,
    UpdateReading,
    UpdateState,
)
from cii.monthly.schedule import month_of
from cii.monthly.sources import Prepared, prepared
from cii.organisations.models import Deputyship, Institution, Membership, Person
from cii.outbox.lifecycle import STATE_LABELS
from cii.outbox.models import MessageCase

PAGE = 25
# The kind of the one e-mail a month.
DIGEST = "monthly-digest"
TANDEM = (PartKind.TANDEM_ORP, PartKind.TANDEM_CMS)
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)


def settings_of(session: GuardedSession | SystemSession, institution_id: UUID) -> MonthlySettings:
    """The settings of an institution; the product's defaults where it has chosen nothing."""
    found = session.get(MonthlySettings, institution_id)
    return found or MonthlySettings(institution_id=institution_id)


# One update


def reads_coaching(session: GuardedSession, case_id: UUID) -> bool:
    """Whether the person opened the coaching to the actor: without it there is no update, neither to read nor to write."""
    topics = session.exec(
        select(CaseAccess.topics).where(
            CaseAccess.case_id == case_id,
            CaseAccess.valid_from <= session.actor.day,
            CaseAccess.valid_until >= session.actor.day,
        )
    ).first()
    return bool((topics or 0) & Topic.COACHING)


def update_of(session: GuardedSession, case_id: UUID, month: date) -> Update | None:
    """The update of a case for a month, as the actor sees it now."""
    return session.exec(
        select(Update)
        .where(Update.case_id == case_id, Update.month == month)
        .execution_options(populate_existing=True)
    ).first()


def elements_of(session: GuardedSession, update_id: UUID) -> list[UpdateElement]:
    """The paragraphs that the actor sees, in their order."""
    order = list(UpdatePart)
    found = session.exec(
        select(UpdateElement)
        .where(UpdateElement.update_id == update_id)
        .execution_options(populate_existing=True)
    ).all()
    return sorted(found, key=lambda each: (order.index(each.part), each.position, each.id))


def version_of(elements: Iterable[UpdateElement]) -> str:
    """What a writer has before the eyes, as a number to compare: a hidden paragraph does not change it."""
    seen = repr([(each.id, each.part.value, int(each.topic), each.text) for each in elements])
    return sha256(seen.encode()).hexdigest()


def addenda_of(session: GuardedSession, update_id: UUID) -> list[tuple[Addendum, str]]:
    """What was added later, with its author's name, the earliest first."""
    rows = session.execute(
        sa.select(Addendum, Person.first_name, Person.last_name)
        .join(Person, Person.id == Addendum.person_id)
        .where(Addendum.update_id == update_id)
        .order_by(Addendum.at, Addendum.id)
    )
    return [(row, f"{first} {last}") for row, first, last in rows]


def proposed(session: GuardedSession, case_id: UUID, language: str) -> list[Prepared]:
    """What an update can be prepared from: written since the last published one, and in none of them yet."""
    last = session.exec(
        select(sa.func.max(Update.published_at)).where(
            Update.case_id == case_id, Update.state.in_(SETTLED)
        )
    ).first()
    used = set(
        session.execute(
            sa.select(UpdateElement.source, UpdateElement.source_id)
            .join(Update, Update.id == UpdateElement.update_id)
            .where(
                Update.case_id == case_id,
                Update.state == UpdateState.PUBLISHED,
                UpdateElement.source != SourceKind.TYPED,
            )
        )
    )
    found = prepared(session, case_id, last or _NEVER, texts(language))
    return [each for each in found if (each.source, each.source_id) not in used]


@dataclass(frozen=True, slots=True)
class Announcer:
    """The professional who announced a case, for whom its updates are written."""

    person: UUID
    membership: UUID
    seat: Seat
    institution: UUID
    kind: Kind
    name: str
    language: str
    email: str

    def actor(self, day: date) -> Actor:
        """Who would read on this day."""
        return Actor(
            person=self.person,
            membership=self.membership,
            institution=self.institution,
            kind=self.kind,
            seat=self.seat,
            day=day,
            language=self.language,
            name=self.name,
        )


def announcer_of(session: GuardedSession, case_id: UUID) -> Announcer:
    """For whom the updates of a case are written (VS-27)."""
    row = session.execute(
        sa.select(
            Person.id,
            Membership.id,
            Membership.seat,
            Institution.id,
            Institution.kind,
            Person.first_name + " " + Person.last_name,
            Person.language,
            Person.email,
        )
        .join_from(Case, Membership, Membership.id == Case.announcing_membership_id)
        .join(Person, Person.id == Membership.person_id)
        .join(Institution, Institution.id == Membership.institution_id)
        .where(Case.id == case_id)
    ).one()
    return Announcer(*row)


def trouble_of(session: GuardedSession, case_id: UUID) -> list[tuple[str, datetime | None]]:
    """Mails of this case that did not reach their reader, or perhaps not: in which way, and when."""
    rows = session.execute(
        sa.select(MessageCase.trouble, MessageCase.trouble_at)
        .where(
            MessageCase.case_id == case_id,
            MessageCase.kind == DIGEST,
            MessageCase.trouble.is_not(None),
        )
        .order_by(MessageCase.trouble_at.desc())
        .limit(3)
    )
    return [(STATE_LABELS[trouble], at) for trouble, at in rows]


# The history of a case


@dataclass(frozen=True, slots=True)
class Read:
    """That somebody opened an update: who, for which institution, when last."""

    name: str
    institution: str
    at: datetime


@dataclass(slots=True)
class Written:
    """One update in the history of a case."""

    update: Update
    author: str | None
    readings: list[Read] = field(default_factory=list)

    def is_late(self, day: date) -> bool:
        """Whether it is still owed after its day."""
        return self.update.state in OPEN and self.update.due_on < day


def history(session: GuardedSession, case_id: UUID) -> list[Written]:
    """The updates of a case, the latest month first, with who read them."""
    rows = session.execute(
        sa.select(Update, Person.first_name, Person.last_name)
        .outerjoin(Person, Person.id == Update.author_id)
        .where(Update.case_id == case_id)
        .order_by(Update.month.desc())
    )
    found = {row.id: Written(row, f"{first} {last}" if last else None) for row, first, last in rows}
    for update_id, read in readings(session, case_id):
        if update_id in found:
            found[update_id].readings.append(read)
    return list(found.values())


def readings(session: GuardedSession, case_id: UUID) -> list[tuple[UUID, Read]]:
    """Who opened which update of a case, and when last."""
    german = session.actor.language == "de"
    office = Institution.name_de if german else Institution.name
    rows = session.execute(
        sa.select(
            UpdateReading.update_id,
            Person.first_name,
            Person.last_name,
            office,
            sa.func.max(UpdateReading.at),
        )
        .join(Person, Person.id == UpdateReading.person_id)
        .join(Institution, Institution.id == UpdateReading.institution_id)
        .where(UpdateReading.case_id == case_id)
        .group_by(UpdateReading.update_id, Person.id, Institution.id)
        .order_by(sa.func.max(UpdateReading.at))
    )
    return [(key, Read(f"{first} {last}", name, at)) for key, first, last, name, at in rows]


# What is owed


@dataclass(frozen=True, slots=True)
class Owed:
    """An update that is still to be written: of which case, for which month, until when, by whom."""

    id: UUID
    case_id: UUID
    month: date
    due_on: date
    state: UpdateState
    reference: str
    first_name: str | None
    last_name: str | None
    tandem: tuple[str, str]

    @property
    def name(self) -> str:
        """The person's name, or the reference where the identity is not open."""
        return f"{self.first_name} {self.last_name}" if self.last_name else self.reference


_orp, _orp_seat = aliased(Person), aliased(Membership)
_cms, _cms_seat = aliased(Person), aliased(Membership)
_orp_office, _cms_office = aliased(Institution), aliased(Institution)


def _owed() -> Any:
    return (
        sa.select(
            Update.id,
            Update.case_id,
            Update.month,
            Update.due_on,
            Update.state,
            Case.reference,
            CaseIdentity.first_name,
            CaseIdentity.last_name,
            _orp.first_name,
            _orp.last_name,
            _cms.first_name,
            _cms.last_name,
        )
        .join_from(Update, Case, Case.id == Update.case_id)
        .join(Tandem, Tandem.case_id == Case.id)
        .join(_orp_seat, _orp_seat.id == Tandem.orp_membership_id)
        .join(_orp, _orp.id == _orp_seat.person_id)
        .join(_cms_seat, _cms_seat.id == Tandem.cms_membership_id)
        .join(_cms, _cms.id == _cms_seat.person_id)
        .outerjoin(CaseIdentity, CaseIdentity.case_id == Case.id)
        .where(Update.state.in_(OPEN), Case.state == State.COACHING)
        .order_by(Update.due_on, Update.id)
    )


def _owed_of(rows: Iterable[Any]) -> list[Owed]:
    found = []
    for row in rows:
        cells: list[Any] = [*row[:8], (f"{row[8]} {row[9]}", f"{row[10]} {row[11]}")]
        found.append(Owed(*cells))
    return found


def stood_in_for(session: GuardedSession) -> Any:
    """The seats of the colleagues for whom the actor stands in today, as a sub-select."""
    return sa.select(Deputyship.absent_id).where(
        Deputyship.deputy_id == session.actor.membership,
        Deputyship.starts_on <= session.actor.day,
        Deputyship.ends_on >= session.actor.day,
    )


def _in_tandem(session: GuardedSession, *, of_the_office: bool = False) -> Any:
    actor = session.actor
    mine = (
        CasePart.institution_id == actor.institution
        if of_the_office
        else sa.or_(
            CasePart.membership_id == actor.membership,
            CasePart.membership_id.in_(stood_in_for(session)),
        )
    )
    return sa.select(CasePart.case_id).where(
        CasePart.part.in_(TANDEM),
        CasePart.starts_on <= actor.day,
        sa.or_(CasePart.ends_on.is_(None), CasePart.ends_on >= actor.day),
        mine,
    )


def to_write(session: GuardedSession, limit: int = 100) -> list[Owed]:
    """What the actor owes as one of the tandem, or as a deputy: due first; a later month replaces an earlier one."""
    rows = session.execute(
        _owed().where(Update.case_id.in_(_in_tandem(session))).limit(limit)
    ).all()
    return _owed_of(rows)


def _late(session: GuardedSession) -> Any:
    statement = _owed().where(Update.due_on < session.actor.day)
    if session.actor.kind is Kind.BUREAU:
        return statement
    of_the_office = session.actor.seat is Seat.HEAD
    return statement.where(Update.case_id.in_(_in_tandem(session, of_the_office=of_the_office)))


def late(
    session: GuardedSession, *, after: tuple[date, UUID] | None = None, limit: int = PAGE
) -> list[Owed]:
    """What is late: for the tandem its own, for a head those of the office's tandems, for the bureau all it sees.

    The longest first; `after` continues behind a line (keyset).
    """
    statement = _late(session)
    if after:
        statement = statement.where(sa.tuple_(Update.due_on, Update.id) > after)
    return _owed_of(session.execute(statement.limit(limit)).all())


def count_late(session: GuardedSession) -> int:
    """How many are late."""
    rows = _late(session).order_by(None).subquery()
    return int(session.execute(sa.select(sa.func.count()).select_from(rows)).scalar_one())


# The cases that one follows

# From the naming of the tandem on there is somebody to write; a file that is closed has its final report.
FOLLOWED = (State.TANDEM_ASSIGNED, State.COACHING, State.ASSESSED, State.SUSPENDED)
# How far back an unread update is still shown.
MONTHS_BACK = 6


@dataclass(slots=True)
class FollowUp:
    """A case that one announced: its tandem, its updates, what is missing, what comes next."""

    case_id: UUID
    reference: str
    state: State
    topics: Topic
    name: str | None
    tandem: tuple[Professional, ...]
    updates: list[Update] = field(default_factory=list)
    unread: set[UUID] = field(default_factory=set)
    missing: list[Update] = field(default_factory=list)
    appointments: list[Appointment] = field(default_factory=list)

    @property
    def latest(self) -> Update | None:
        """The update of the latest month."""
        return max(self.updates, key=lambda each: each.month, default=None)

    @property
    def title(self) -> str:
        """The person's name, or the reference where the identity is not open."""
        return self.name or self.reference

    def opens(self, topics: Topic) -> bool:
        """Whether the procuration opens all of these topics to the reader today."""
        return self.topics & topics == topics


def follow_ups(session: GuardedSession, only: Collection[UUID] | None = None) -> list[FollowUp]:
    """The cases that the actor announced, or follows for somebody who is absent or has left (VS-29, A-10, A-11).

    Due first: what is missing, then what is unread, then the rest. Six queries, whatever their number.
    """
    found = {each.case_id: each for each in _followed(session, only)}
    if not found:
        return []
    _add_updates(session, found)
    _mark_unread(session, found)
    _add_appointments(session, found)
    return sorted(
        found.values(), key=lambda each: (not each.missing, not each.unread, each.reference)
    )


def _duty(session: GuardedSession) -> Any:
    actor = session.actor
    if actor.seat is Seat.HEAD:
        # Whoever has left is replaced by the head of the same institution.
        gone = (
            sa.select(Membership.id)
            .join(Person, Person.id == Membership.person_id)
            .where(
                Membership.institution_id == actor.institution,
                sa.not_(sa.and_(Membership.active, Person.active)),
            )
        )
        return sa.or_(
            Case.announcing_membership_id == actor.membership,
            Case.announcing_membership_id.in_(gone),
        )
    return sa.or_(
        Case.announcing_membership_id == actor.membership,
        Case.announcing_membership_id.in_(stood_in_for(session)),
    )


def _followed(session: GuardedSession, only: Collection[UUID] | None) -> list[FollowUp]:
    german = session.actor.language == "de"
    statement = (
        sa.select(
            Case.id,
            Case.reference,
            Case.state,
            CaseAccess.topics,
            CaseIdentity.first_name,
            CaseIdentity.last_name,
            _orp_seat.id,
            _orp.first_name,
            _orp.last_name,
            _orp.phone,
            _orp_office.name_de if german else _orp_office.name,
            _cms_seat.id,
            _cms.first_name,
            _cms.last_name,
            _cms.phone,
            _cms_office.name_de if german else _cms_office.name,
        )
        .join_from(Case, CaseAccess, CaseAccess.case_id == Case.id)
        .join(Tandem, Tandem.case_id == Case.id)
        .join(_orp_seat, _orp_seat.id == Tandem.orp_membership_id)
        .join(_orp, _orp.id == _orp_seat.person_id)
        .join(_orp_office, _orp_office.id == _orp_seat.institution_id)
        .join(_cms_seat, _cms_seat.id == Tandem.cms_membership_id)
        .join(_cms, _cms.id == _cms_seat.person_id)
        .join(_cms_office, _cms_office.id == _cms_seat.institution_id)
        .outerjoin(CaseIdentity, CaseIdentity.case_id == Case.id)
        .where(
            CaseAccess.valid_from <= session.actor.day,
            CaseAccess.valid_until >= session.actor.day,
            Case.state.in_(FOLLOWED),
            _duty(session),
        )
    )
    if only is not None:
        statement = statement.where(Case.id.in_(only))
    return [
        FollowUp(
            case_id=row[0],
            reference=row[1],
            state=row[2],
            topics=Topic(row[3]),
            name=f"{row[4]} {row[5]}" if row[5] else None,
            tandem=(
                Professional(row[6], f"{row[7]} {row[8]}", row[9], row[10]),
                Professional(row[11], f"{row[12]} {row[13]}", row[14], row[15]),
            ),
        )
        for row in session.execute(statement)
    ]


def _add_updates(session: GuardedSession, found: dict[UUID, FollowUp]) -> None:
    day = session.actor.day
    for update in session.exec(
        select(Update)
        .where(
            Update.case_id.in_(found),
            sa.or_(
                sa.and_(
                    Update.state.in_(SETTLED),
                    Update.month >= months_after(month_of(day), -MONTHS_BACK),
                ),
                sa.and_(Update.state.in_(OPEN), Update.due_on < day),
            ),
        )
        .order_by(Update.month.desc())
    ):
        of_case = found[update.case_id]
        if update.state in SETTLED:
            of_case.updates.append(update)
        elif of_case.state is State.COACHING:
            of_case.missing.append(update)


def _mark_unread(session: GuardedSession, found: dict[UUID, FollowUp]) -> None:
    updates = {each.id: each for case in found.values() for each in case.updates}
    read = dict(
        session.execute(
            sa.select(UpdateReading.update_id, sa.func.max(UpdateReading.at))
            .where(
                UpdateReading.update_id.in_(updates),
                UpdateReading.person_id == session.actor.person,
            )
            .group_by(UpdateReading.update_id)
        ).all()
    )
    changed: dict[UUID, datetime] = {}
    for model, moment in ((UpdateElement, UpdateElement.changed_at), (Addendum, Addendum.at)):
        for key, at in session.execute(
            sa.select(model.update_id, sa.func.max(moment))
            .where(model.update_id.in_(updates))
            .group_by(model.update_id)
        ):
            changed[key] = max(at, changed.get(key, at))
    for key, update in updates.items():
        if key not in read or changed.get(key, _NEVER) > read[key]:
            found[update.case_id].unread.add(key)


def _add_appointments(session: GuardedSession, found: dict[UUID, FollowUp]) -> None:
    for each in session.exec(
        select(Appointment)
        .where(
            Appointment.case_id.in_(found),
            Appointment.state == AppointmentState.PLANNED,
            Appointment.at >= moment_of(session.actor.day),
        )
        .order_by(Appointment.at, Appointment.id)
    ):
        found[each.case_id].appointments.append(each)


@dataclass(slots=True)
class Content:
    """What an update says to its reader: the paragraphs of both parts, and what was added."""

    parts: dict[UpdatePart, list[str]] = field(
        default_factory=lambda: {each: [] for each in UpdatePart}
    )
    addenda: list[Addendum] = field(default_factory=list)


def contents(session: GuardedSession, found: Collection[FollowUp]) -> dict[UUID, Content]:
    """What the procuration of each case opens of its updates today, and not a word more: for a mail.

    A mail is no look into the file: also what the reader's own institution wrote goes only as long as it is open.
    """
    cases = {each.case_id: each for each in found}
    updates = [each.id for case in found for each in case.updates]
    said: dict[UUID, Content] = defaultdict(Content)
    for element in session.exec(
        select(UpdateElement)
        .where(UpdateElement.update_id.in_(updates))
        .order_by(UpdateElement.position, UpdateElement.id)
    ):
        if cases[element.case_id].opens(element.topic):
            said[element.update_id].parts[element.part].append(element.text)
    for addendum in session.exec(
        select(Addendum).where(Addendum.update_id.in_(updates)).order_by(Addendum.at, Addendum.id)
    ):
        if cases[addendum.case_id].opens(addendum.topic):
            said[addendum.update_id].addenda.append(addendum)
    return said


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision on a measure of a case that one follows."""

    title: str
    outcome: Outcome
    amount: Decimal | None


def decisions(
    session: GuardedSession, found: Collection[FollowUp], month: date
) -> dict[UUID, list[Decided]]:
    """The decisions of a month that are in force and open to the reader, case by case, the earliest first."""
    open_cases = [each.case_id for each in found if each.opens(Topic.MEASURES)]
    said: dict[UUID, list[Decided]] = defaultdict(list)
    for case_id, *cells in session.execute(
        sa.select(Decision.case_id, Measure.title, Decision.outcome, Decision.amount)
        .join(Measure, Measure.id == Decision.measure_id)
        .where(
            Decision.case_id.in_(open_cases),
            Decision.withdrawn_at.is_(None),
            Decision.at >= moment_of(month),
            Decision.at < moment_of(months_after(month, 1)),
        )
        .order_by(Decision.at, Decision.id)
    ):
        said[case_id].append(Decided(*cells))
    return said
