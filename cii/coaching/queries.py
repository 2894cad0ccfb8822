"""Named reads: a page of the journal, what stands beside it, the plan, what waits for its authors."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import select

from cii.access.actor import Kind
from cii.access.guard import GuardedSession, actor_day, actor_reader
from cii.access.hot import HotRead
from cii.cases.lifecycle import State
from cii.cases.models import Case, CaseIdentity, CaseStep
from cii.coaching.models import (
    Appointment,
    AppointmentState,
    Domain,
    JournalDraft,
    JournalEntry,
    JournalText,
    NoteKind,
    Objective,
    ObjectiveState,
)
from cii.consent.models import CasePart, PartKind, Procuration, ProcurationLine, Revocation
from cii.consent.topics import READS_NOTES, Topic, opened
from cii.foundation.clock import local, moment_of
from cii.foundation.columns import Moment
from cii.organisations.models import Deputyship, Institution, Person

PAGE = 20
_CASE_ID = sa.bindparam("case_id", type_=sa.Uuid())
_later = aliased(Procuration)


@dataclass(frozen=True, slots=True)
class Noted:
    """One entry of the journal in its present wording; without text where only the contact may be known."""

    id: UUID
    day: date
    kind: NoteKind
    domain: Domain | None
    topic: Topic
    significant: bool
    version: int
    institution_id: UUID
    first_name: str
    last_name: str
    institution: str
    text: str | None
    written_at: datetime | None

    @property
    def corrected_on(self) -> date | None:
        """The day of the present wording."""
        return local(self.written_at).date() if self.written_at else None


def _journal(*, before: bool, kind: bool) -> HotRead:
    def build() -> Any:
        statement = (
            sa.select(
                JournalEntry.id,
                JournalEntry.day,
                JournalEntry.kind,
                JournalEntry.domain,
                JournalEntry.topic,
                JournalEntry.significant,
                JournalEntry.version,
                JournalEntry.institution_id,
                Person.first_name,
                Person.last_name,
                Institution.name,
                JournalText.text,
                JournalText.written_at,
            )
            .join_from(JournalEntry, Person, Person.id == JournalEntry.person_id)
            .join(Institution, Institution.id == JournalEntry.institution_id)
            .outerjoin(
                JournalText,
                sa.and_(
                    JournalText.entry_id == JournalEntry.id,
                    JournalText.version == JournalEntry.version,
                ),
            )
            .where(JournalEntry.case_id == _CASE_ID)
            .order_by(JournalEntry.day.desc(), JournalEntry.id.desc())
            .limit(sa.bindparam("limit", type_=sa.Integer()))
        )
        if before:
            statement = statement.where(
                sa.tuple_(JournalEntry.day, JournalEntry.id)
                < sa.tuple_(
                    sa.bindparam("before_day", type_=sa.Date()),
                    sa.bindparam("before_id", type_=sa.Uuid()),
                )
            )
        if kind:
            statement = statement.where(
                JournalEntry.kind == sa.bindparam("kind", type_=JournalEntry.kind.type)
            )
        return statement

    return HotRead(build)


_JOURNALS = {
    (before, kind): _journal(before=before, kind=kind)
    for before in (False, True)
    for kind in (False, True)
}


def journal(
    session: GuardedSession,
    case_id: UUID,
    *,
    before: tuple[date, UUID] | None = None,
    kind: NoteKind | None = None,
    limit: int = PAGE,
) -> list[Noted]:
    """Entries of the journal, the last day first; `before` continues behind an entry (keyset)."""
    values: dict[str, Any] = {"case_id": case_id, "limit": limit}
    if before:
        values |= {"before_day": before[0], "before_id": before[1]}
    if kind:
        values["kind"] = kind
    return [Noted(*row) for row in _JOURNALS[bool(before), bool(kind)].run(session, **values)]


class _Beside(Enum):
    """What a row of the reading beside the journal is."""

    PART = 1
    GRANT = 2
    DRAFT = 3
    OBJECTIVE = 4
    APPOINTMENT = 5
    STEP = 6


def _row(what: _Beside, **cells: Any) -> Any:
    # Every select of the union has the same columns, those without a value as typed NULL.
    columns: dict[str, Any] = {
        "id": sa.Uuid(),
        "at": Moment(),
        "day": sa.Date(),
        "name": sa.String(),
        "words": sa.String(),
        "more": sa.String(),
        "number": sa.Integer(),
        "typed": sa.JSON(),
    }
    return sa.select(
        sa.literal(what.value, sa.Integer()).label("what"),
        *(
            (
                sa.type_coerce(cells[name], type_) if name in cells else sa.cast(sa.null(), type_)
            ).label(name)
            for name, type_ in columns.items()
        ),
    )


def _held() -> sa.ColumnElement[bool]:
    stood_in_for = sa.select(Deputyship.absent_id).where(
        Deputyship.deputy_id == actor_reader,
        Deputyship.starts_on <= actor_day,
        Deputyship.ends_on >= actor_day,
    )
    return sa.or_(
        CasePart.membership_id == actor_reader,
        CasePart.membership_id.in_(stood_in_for),
        CasePart.institution_id == actor_reader,
    )


def _runs_today() -> sa.ColumnElement[bool]:
    return sa.and_(
        CasePart.case_id == _CASE_ID,
        CasePart.starts_on <= actor_day,
        sa.or_(CasePart.ends_on.is_(None), CasePart.ends_on >= actor_day),
    )


def _parts() -> Any:
    return (
        _row(
            _Beside.PART,
            id=CasePart.institution_id,
            name=Institution.name,
            words=CasePart.part,
            more=Institution.kind,
            number=sa.case((_held(), 1), else_=0),
        )
        .join_from(CasePart, Institution, Institution.id == CasePart.institution_id)
        .where(_runs_today())
    )


def _grants() -> Any:
    revoked = sa.select(Revocation.procuration_id).where(Revocation.case_id == _CASE_ID)
    replaced = sa.select(_later.replaces_id).where(
        _later.case_id == _CASE_ID,
        _later.replaces_id.is_not(None),
        _later.valid_from <= actor_day,
    )
    return (
        _row(_Beside.GRANT, more=ProcurationLine.kind, number=ProcurationLine.topics)
        .join_from(ProcurationLine, Procuration, Procuration.id == ProcurationLine.procuration_id)
        .where(
            ProcurationLine.case_id == _CASE_ID,
            Procuration.valid_from <= actor_day,
            Procuration.valid_until >= actor_day,
            Procuration.id.not_in(revoked),
            Procuration.id.not_in(replaced),
        )
    )


def _beside() -> Any:
    rows = sa.union_all(
        _parts(),
        _grants(),
        _row(_Beside.DRAFT, at=JournalDraft.saved_at, typed=JournalDraft.typed).where(
            JournalDraft.case_id == _CASE_ID
        ),
        _row(_Beside.OBJECTIVE, id=Objective.id, day=Objective.due_on, words=Objective.goal).where(
            Objective.case_id == _CASE_ID, Objective.state == ObjectiveState.OPEN
        ),
        _row(
            _Beside.APPOINTMENT,
            id=Appointment.id,
            at=Appointment.at,
            words=Appointment.place,
            more=Appointment.about,
        ).where(
            Appointment.case_id == _CASE_ID,
            Appointment.state == AppointmentState.PLANNED,
            Appointment.at >= sa.bindparam("since", type_=Moment()),
        ),
        _row(_Beside.STEP, at=CaseStep.at, words=CaseStep.state).where(
            CaseStep.case_id == _CASE_ID
        ),
    ).subquery("beside")
    return sa.select(rows).order_by(rows.c.what, rows.c.at, rows.c.day).limit(200)


_BESIDE = HotRead(_beside)


@dataclass(frozen=True, slots=True)
class Party:
    """An institution with a part in the case, and what the person opens to it today."""

    institution_id: UUID
    name: str
    kind: Kind
    part: PartKind
    topics: Topic


@dataclass(frozen=True, slots=True)
class Upcoming:
    """An appointment to come."""

    id: UUID
    at: datetime
    place: str
    about: str


@dataclass(frozen=True, slots=True)
class Aim:
    """An objective not yet reached."""

    id: UUID
    goal: str
    due_on: date | None


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside the journal: whose parts the actor holds, a draft, what comes next, who sees what."""

    held: frozenset[PartKind]
    parties: tuple[Party, ...]
    draft: Mapping[str, Any] | None
    draft_saved_at: datetime | None
    objectives: tuple[Aim, ...]
    appointments: tuple[Upcoming, ...]
    steps: tuple[tuple[State, datetime], ...]

    def readers_of_text(self, topic: Topic) -> list[str]:
        """The institutions that read the text of a note on this topic: those to which the person opened it."""
        wanted = topic | Topic.NOTES
        return list(
            dict.fromkeys(
                party.name
                for party in self.parties
                if party.kind in READS_NOTES and party.topics & wanted == wanted
            )
        )


def beside(session: GuardedSession, case_id: UUID) -> Beside:
    """Everything that stands beside the journal, in one reading."""
    found: dict[_Beside, list[Any]] = {each: [] for each in _Beside}
    for what, *cells in _BESIDE.run(session, case_id=case_id, since=moment_of(session.actor.day)):
        found[_Beside(what)].append(cells)
    granted = {Kind(kind): Topic(topics) for *_, kind, topics, _ in found[_Beside.GRANT]}
    draft = found[_Beside.DRAFT][0] if found[_Beside.DRAFT] else None
    return Beside(
        held=frozenset(PartKind(part) for *_, part, _, held, _ in found[_Beside.PART] if held),
        parties=tuple(
            Party(
                institution,
                name,
                Kind(kind),
                PartKind(part),
                opened(Kind(kind), granted.get(Kind(kind), Topic(0))),
            )
            for institution, _, _, name, part, kind, _, _ in found[_Beside.PART]
        ),
        draft=draft[7] if draft else None,
        draft_saved_at=draft[1] if draft else None,
        objectives=tuple(
            sorted(
                (Aim(id_, goal, due) for id_, _, due, _, goal, *_ in found[_Beside.OBJECTIVE]),
                key=lambda aim: (aim.due_on or date.max, aim.goal),
            )
        ),
        appointments=tuple(
            Upcoming(id_, at, place, about)
            for id_, at, _, _, place, about, *_ in found[_Beside.APPOINTMENT]
        ),
        steps=tuple((State(state), at) for _, at, _, _, state, *_ in found[_Beside.STEP]),
    )


_HELD = HotRead(
    lambda: sa.select(sa.type_coerce(CasePart.part, sa.String())).where(_runs_today(), _held())
)


def parts_held(session: GuardedSession, case_id: UUID) -> frozenset[PartKind]:
    """The parts that the actor holds in the case: by name, as a deputy, or as the head of the institution."""
    return frozenset(PartKind(part) for (part,) in _HELD.run(session, case_id=case_id))


@dataclass(frozen=True, slots=True)
class Wording:
    """One version of a note: who wrote it, when, in which words."""

    version: int
    written_at: datetime
    author: str
    text: str


def wordings(session: GuardedSession, entry_id: UUID) -> list[Wording]:
    """Every wording of a note that the actor may read, the latest first."""
    rows = session.execute(
        sa.select(
            JournalText.version,
            JournalText.written_at,
            Person.first_name,
            Person.last_name,
            JournalText.text,
        )
        .join_from(JournalText, Person, Person.id == JournalText.person_id)
        .where(JournalText.entry_id == entry_id)
        .order_by(JournalText.version.desc())
    ).all()
    return [
        Wording(version, at, f"{first} {last}", text) for version, at, first, last, text in rows
    ]


def objectives(session: GuardedSession, case_id: UUID) -> list[Objective]:
    """The objectives of a case: the open ones by their due day, then the others, the last changed first."""
    found = session.exec(select(Objective).where(Objective.case_id == case_id)).all()
    return sorted(
        found,
        key=lambda each: (
            (0, each.due_on or date.max, each.goal)
            if each.state is ObjectiveState.OPEN
            else (1, date.max - (each.state_since - date.min), each.goal)
        ),
    )


def appointments(session: GuardedSession, case_id: UUID) -> list[Appointment]:
    """The appointments of a case, the earliest first."""
    return list(
        session.exec(
            select(Appointment)
            .where(Appointment.case_id == case_id)
            .order_by(Appointment.at, Appointment.id)
        ).all()
    )


@dataclass(frozen=True, slots=True)
class Pending:
    """Something of the coaching that waits: in which case, what, by when."""

    case_id: UUID
    reference: str
    first_name: str | None
    last_name: str | None
    words: str
    at: datetime | None
    due_on: date | None


def appointments_soon(session: GuardedSession, days: int, limit: int = 50) -> list[Pending]:
    """Planned appointments from today on, within this number of days."""
    first = moment_of(session.actor.day)
    return _pending(
        session,
        sa.select(
            Case.id,
            Case.reference,
            CaseIdentity.first_name,
            CaseIdentity.last_name,
            Appointment.place,
            Appointment.at,
            sa.cast(sa.null(), sa.Date()),
        )
        .join_from(Appointment, Case, Case.id == Appointment.case_id)
        .outerjoin(CaseIdentity, CaseIdentity.case_id == Case.id)
        .where(
            Appointment.state == AppointmentState.PLANNED,
            Appointment.at >= first,
            Appointment.at < moment_of(session.actor.day + timedelta(days=days)),
        )
        .order_by(Appointment.at, Appointment.id)
        .limit(limit),
    )


def objectives_overdue(session: GuardedSession, limit: int = 50) -> list[Pending]:
    """Open objectives whose day has passed."""
    return _pending(
        session,
        sa.select(
            Case.id,
            Case.reference,
            CaseIdentity.first_name,
            CaseIdentity.last_name,
            Objective.goal,
            sa.cast(sa.null(), Moment()),
            Objective.due_on,
        )
        .join_from(Objective, Case, Case.id == Objective.case_id)
        .outerjoin(CaseIdentity, CaseIdentity.case_id == Case.id)
        .where(Objective.state == ObjectiveState.OPEN, Objective.due_on < session.actor.day)
        .order_by(Objective.due_on, Objective.id)
        .limit(limit),
    )


def drafts(session: GuardedSession, limit: int = 50) -> list[Pending]:
    """Notes that the actor began and has not published."""
    return _pending(
        session,
        sa.select(
            Case.id,
            Case.reference,
            CaseIdentity.first_name,
            CaseIdentity.last_name,
            sa.literal("", sa.String()),
            JournalDraft.saved_at,
            sa.cast(sa.null(), sa.Date()),
        )
        .join_from(JournalDraft, Case, Case.id == JournalDraft.case_id)
        .outerjoin(CaseIdentity, CaseIdentity.case_id == Case.id)
        .order_by(JournalDraft.saved_at, Case.id)
        .limit(limit),
    )


def _pending(session: GuardedSession, statement: Any) -> list[Pending]:
    return [Pending(*row) for row in session.execute(statement).all()]
