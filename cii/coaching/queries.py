"""Named reads: a page of the journal, what stands beside it, the plan, what waits for its authors."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import select

from cii.access.guard import GuardedSession, actor_day, actor_reader
from cii.access.hot import HotRead
from cii.access.models import CaseAccess
from cii.cases.lifecycle import State
from cii.cases.models import Case, CaseIdentity, CaseStep
from cii.cases.queries import office_name
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
from cii.consent.models import CasePart, PartKind
from cii.consent.queries import Sight, sight_rows, sights_of
from cii.consent.topics import READS_NOTES, Topic
from cii.foundation.clock import local, moment_of
from cii.foundation.columns import KeyInWords, Moment
from cii.organisations.models import Deputyship, Institution, Person

PAGE = 20
_CASE_ID = sa.bindparam("case_id", type_=sa.Uuid())


class Noted(NamedTuple):
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
                office_name(Institution),
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
    german = session.actor.language == "de"
    values: dict[str, Any] = {"case_id": case_id, "limit": limit, "german": german}
    if before:
        values |= {"before_day": before[0], "before_id": before[1]}
    if kind:
        values["kind"] = kind
    return [Noted._make(row) for row in _JOURNALS[bool(before), bool(kind)].run(session, **values)]


class _Beside(IntEnum):
    """What a row of the reading beside the journal is."""

    SIGHT = 1
    HELD = 2
    DRAFT = 3
    OBJECTIVE = 4
    APPOINTMENT = 5
    STEP = 6


_CELLS: dict[str, Any] = {
    "id": KeyInWords(),
    "at": Moment(),
    "day": sa.Date(),
    "words": sa.String(),
    "more": sa.String(),
    "typed": sa.JSON(),
}


# Where in a row it stands what the row is, and the cells that are no part of sight_rows.
_WHAT, _ID, _AT, _DAY, _WORDS, _MORE, _TYPED = range(-len(_CELLS) - 1, 0)
_PARTS = {each.value: each for each in PartKind}
_STATES = {each.value: each for each in State}


def _row(what: _Beside, **cells: Any) -> Any:
    # Every select of the union has the columns of sight_rows and these, those without value as typed NULL.
    nothing = [sa.cast(sa.null(), column.type) for column in sight_rows().selected_columns]
    return sa.select(*nothing, *_own_cells(what, cells))


def _own_cells(what: _Beside, cells: dict[str, Any]) -> list[Any]:
    return [
        sa.literal(what.value, sa.Integer()).label("what"),
        *(
            sa.type_coerce(cells[name], cell).label(f"cell_{name}")
            if name in cells
            else sa.cast(sa.null(), cell).label(f"cell_{name}")
            for name, cell in _CELLS.items()
        ),
    ]


def _is_held() -> sa.ColumnElement[bool]:
    stood_in_for = sa.select(Deputyship.absent_id).where(
        Deputyship.deputy_id == actor_reader,
        Deputyship.starts_on <= actor_day,
        Deputyship.ends_on >= actor_day,
    )
    return sa.and_(
        CasePart.case_id == _CASE_ID,
        CasePart.starts_on <= actor_day,
        sa.or_(CasePart.ends_on.is_(None), CasePart.ends_on >= actor_day),
        sa.or_(
            CasePart.membership_id == actor_reader,
            CasePart.membership_id.in_(stood_in_for),
            CasePart.institution_id == actor_reader,
        ),
    )


def _beside() -> Any:
    rows = sa.union_all(
        sight_rows().add_columns(*_own_cells(_Beside.SIGHT, {})),
        _row(_Beside.HELD, words=CasePart.part).where(_is_held()),
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
    return sa.select(rows)


_BESIDE = HotRead(_beside)


class Upcoming(NamedTuple):
    """An appointment to come."""

    id: str
    at: datetime
    place: str
    about: str


class Aim(NamedTuple):
    """An objective not yet reached."""

    id: str
    goal: str
    due_on: date | None


class Beside(NamedTuple):
    """What stands beside the journal: the parts the actor holds, a draft, what comes next, who sees what."""

    sights: list[Sight]
    held: frozenset[PartKind]
    draft: Mapping[str, Any] | None
    draft_saved_at: datetime | None
    objectives: list[Aim]
    appointments: list[Upcoming]
    steps: list[tuple[State, datetime]]

    def readers(self, language: str) -> tuple[tuple[str, int], ...]:
        """The institutions that read notes, with the topics that the person opened to them."""
        return tuple(
            (sight.name_in(language), int(sight.open))
            for sight in self.sights
            if sight.kind in READS_NOTES
        )


def beside(session: GuardedSession, case_id: UUID) -> Beside:
    """Everything that stands beside the journal, in one reading."""
    found: list[list[Any]] = [[] for _ in range(len(_Beside) + 1)]
    since = moment_of(session.actor.day)
    for row in _BESIDE.run(session, case_id=case_id, since=since):
        found[row[_WHAT]].append(row)
    # A handful of rows of each kind: they are put in order faster here than within the union.
    came = sorted(found[_Beside.SIGHT], key=itemgetter(5))
    dates = sorted(found[_Beside.APPOINTMENT], key=itemgetter(_AT))
    steps = sorted(found[_Beside.STEP], key=itemgetter(_AT))
    aims = [Aim(row[_ID], row[_WORDS], row[_DAY]) for row in found[_Beside.OBJECTIVE]]
    draft = found[_Beside.DRAFT][0] if found[_Beside.DRAFT] else None
    return Beside(
        sights=sights_of(came, session.actor),
        held=frozenset([_PARTS[row[_WORDS]] for row in found[_Beside.HELD]]),
        draft=draft[_TYPED] if draft else None,
        draft_saved_at=draft[_AT] if draft else None,
        objectives=sorted(aims, key=lambda aim: (aim.due_on or date.max, aim.goal)),
        appointments=[Upcoming(row[_ID], row[_AT], row[_WORDS], row[_MORE]) for row in dates],
        steps=[(_STATES[row[_WORDS]], row[_AT]) for row in steps],
    )


_HELD = HotRead(lambda: sa.select(sa.type_coerce(CasePart.part, sa.String())).where(_is_held()))


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
        .join_from(CaseAccess, Appointment, Appointment.case_id == CaseAccess.case_id)
        .join(Case, Case.id == Appointment.case_id)
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
        .join_from(CaseAccess, Objective, Objective.case_id == CaseAccess.case_id)
        .join(Case, Case.id == Objective.case_id)
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
        .join_from(CaseAccess, JournalDraft, JournalDraft.case_id == CaseAccess.case_id)
        .join(Case, Case.id == JournalDraft.case_id)
        .outerjoin(CaseIdentity, CaseIdentity.case_id == Case.id)
        .order_by(JournalDraft.saved_at, Case.id)
        .limit(limit),
    )


def _pending(session: GuardedSession, statement: Any) -> list[Pending]:
    # Found through the lines of the access table: a professional's own cases are few among all.
    day = session.actor.day
    today = statement.where(CaseAccess.valid_from <= day, CaseAccess.valid_until >= day)
    return [Pending(*row) for row in session.execute(today)]
