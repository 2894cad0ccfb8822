"""Named reads of consent: the procuration in force, who sees what, and what was signed before."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, reduce
from operator import or_
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import select

from cii.access.actor import SHARED_INBOX, Actor, Kind
from cii.access.guard import GuardedSession
from cii.access.hot import HotRead
from cii.consent.derive import Signed, Span, as_signed, periods
from cii.consent.models import (
    NEEDS_BY_PART,
    CasePart,
    PartKind,
    Procuration,
    ProcurationLine,
    Revocation,
    RevocationGround,
    SignedForm,
)
from cii.consent.topics import ALL, NEEDS, OPENABLE, Topic, opened
from cii.foundation.clock import local
from cii.foundation.texts import N_
from cii.organisations.models import Institution, Membership, Person

# Those who carry the case are shown what the person has closed; to all others it does not exist.
CARRYING = frozenset(
    {PartKind.ANNOUNCING, PartKind.BUREAU, PartKind.TANDEM_ORP, PartKind.TANDEM_CMS}
)
RECORDING = CARRYING - {PartKind.BUREAU}

# What brings an institution of a kind into a case.
ENTERS = {
    Kind.ORP: N_("dès la désignation du tandem"),
    Kind.CMS: N_("dès la désignation du tandem"),
    Kind.COMMUNE: N_("dès qu’une mesure lui est soumise"),
    Kind.SAS: N_("dès qu’une mesure lui est soumise"),
    Kind.LMMT: N_("dès qu’une mesure lui est soumise"),
    Kind.BUREAU: N_("dès l’annonce"),
}


def current_procuration(session: GuardedSession, case_id: UUID, day: date) -> Procuration | None:
    """The procuration of a case that is in force on this day, or None (VS-40)."""
    revoked = set(
        session.exec(select(Revocation.procuration_id).where(Revocation.case_id == case_id))
    )
    signed = session.exec(select(Procuration).where(Procuration.case_id == case_id)).all()
    return in_force(signed, revoked, day)


def in_force(
    signed: Sequence[Procuration], revoked: Container[UUID], day: date
) -> Procuration | None:
    """Which of all procurations of one case is in force on this day, or None."""
    spans = periods(map(as_signed, signed), revoked)
    return next((each for each in signed if _holds(spans.get(each.id), day)), None)


def _holds(span: Span | None, day: date) -> bool:
    return span is not None and span.first <= day <= span.last


class Held(NamedTuple):
    """A part that an institution has in a case, since when, and by whom."""

    part: PartKind
    since: date
    professional: str | None


class Sight(NamedTuple):
    """What one institution sees of a case today; what it wrote itself it always sees."""

    institution: UUID
    kind: Kind
    name: str
    name_de: str
    parts: tuple[Held, ...]
    open: Topic
    closed: Topic

    def name_in(self, language: str) -> str:
        """The institution's name in this language."""
        return self.name_de if language == "de" else self.name

    @property
    def shares_inbox(self) -> bool:
        """Whether everybody there works from the same inbox."""
        return self.kind in SHARED_INBOX

    def sees(self, topic: Topic) -> bool:
        """Whether the topic is open to this institution."""
        return bool(self.open & topic)

    def is_closed_to(self, topic: Topic) -> bool:
        """Whether the institution could need the topic and the person closed it."""
        return bool(self.closed & topic)


def sight_rows() -> Any:
    """The select behind `who_sees_briefly`, for a hot read that takes other rows along; bind `case_id`."""
    return (
        sa.select(
            Institution.id,
            Institution.kind,
            Institution.name,
            Institution.name_de,
            CasePart.part,
            CasePart.starts_on,
            Person.first_name,
            Person.last_name,
            Procuration.id,
            Procuration.valid_from,
            Procuration.valid_until,
            Procuration.replaces_id,
            Revocation.procuration_id,
            ProcurationLine.topics,
        )
        .join_from(CasePart, Institution, Institution.id == CasePart.institution_id)
        .outerjoin(Membership, Membership.id == CasePart.membership_id)
        .outerjoin(Person, Person.id == Membership.person_id)
        .outerjoin(Procuration, Procuration.case_id == CasePart.case_id)
        .outerjoin(Revocation, Revocation.procuration_id == Procuration.id)
        .outerjoin(
            ProcurationLine,
            sa.and_(
                ProcurationLine.procuration_id == Procuration.id,
                ProcurationLine.kind == Institution.kind,
            ),
        )
        .where(
            CasePart.case_id == sa.bindparam("case_id", type_=sa.Uuid()),
            CasePart.starts_on <= sa.bindparam("actor_day", type_=sa.Date()),
            sa.or_(
                CasePart.ends_on.is_(None),
                CasePart.ends_on >= sa.bindparam("actor_day", type_=sa.Date()),
            ),
        )
    )


_SIGHT = HotRead(lambda: sight_rows().order_by(CasePart.starts_on, CasePart.id))


def who_sees_briefly(session: GuardedSession, case_id: UUID) -> list[Sight]:
    """Each institution with a part in the case today and the topics open to it; one query (VS-40).

    The actor's own institution stands first, then in the order in which they came.
    """
    return sights_of(_SIGHT.run(session, case_id=case_id), session.actor)


def sights_of(rows: Sequence[tuple[Any, ...]], actor: Actor) -> list[Sight]:
    """What the rows of `sight_rows` say, the actor's own institution first."""
    open_today = _open_on(rows, actor.day)
    found: dict[UUID, _Found] = {}
    for row in rows:
        each = found.get(row[0])
        if each is None:
            each = found[row[0]] = _Found(*row[:4])
        name = f"{row[6]} {row[7]}" if row[7] else None
        each.parts[row[4]] = Held(row[4], row[5], name)
        if row[8] in open_today:
            each.granted = row[13] or Topic(0)
    sights = [each.sight() for each in found.values()]
    return sorted(sights, key=lambda sight: sight.institution != actor.institution)


@dataclass(slots=True)
class _Found:
    institution: UUID
    kind: Kind
    name: str
    name_de: str
    parts: dict[PartKind, Held] = field(default_factory=dict)
    granted: Topic | None = None

    def sight(self) -> Sight:
        parts = self.parts
        if len(parts) > 1:
            parts = {part: parts[part] for part in PartKind if part in parts}
        return Sight(
            self.institution,
            self.kind,
            self.name,
            self.name_de,
            tuple(parts.values()),
            *_open_and_closed(self.kind, tuple(parts), self.granted),
        )


@cache
def _open_and_closed(
    kind: Kind, parts: tuple[PartKind, ...], granted: Topic | None
) -> tuple[Topic, Topic]:
    # Nothing is closed by the person where nothing was signed.
    if granted is None:
        return Topic(0), Topic(0)
    at_most = [NEEDS_BY_PART.get(part, ALL) for part in parts]
    needed = NEEDS.get(kind, Topic(0)) & reduce(or_, at_most, Topic(0))
    return opened(kind, granted & needed), needed & ~granted


def _open_on(rows: Iterable[tuple[Any, ...]], day: date) -> set[UUID]:
    # Every part stands beside every procuration: each of these is looked at once.
    distinct = {row[8]: row for row in rows if row[8]}.values()
    signed = [Signed(row[8], Span(row[9], row[10]), row[11]) for row in distinct]
    revoked = {row[12] for row in distinct if row[12]}
    return {key for key, span in periods(signed, revoked).items() if _holds(span, day)}


@dataclass(frozen=True, slots=True)
class Later:
    """A kind of institution that has no part yet: what would bring it in, and what it would see."""

    kind: Kind
    when: str
    open: Topic
    closed: Topic


IN_FORCE = N_("en vigueur")
TO_COME = N_("à venir")
EXPIRED = N_("échue")
REPLACED = N_("remplacée")
ENDED = N_("terminée")


@dataclass(frozen=True, slots=True)
class Recorded:
    """One procuration in the history of a case, as far as the actor sees it."""

    signed: Procuration
    state: str
    last_day: date | None
    ended_on: date | None
    recorded_on: date
    recorded_by: str | None
    recorded_for: str
    form: SignedForm | None
    ground: RevocationGround | None

    @property
    def is_in_force(self) -> bool:
        """Whether it is the one on which everything rests today."""
        return self.state == IN_FORCE


@dataclass(frozen=True, slots=True)
class Sharing:
    """Who sees what of a case, on which ground."""

    current: Recorded | None
    sights: list[Sight]
    later: list[Later]
    history: list[Recorded]
    shows_closed: bool
    may_record: bool

    @property
    def is_revocable(self) -> bool:
        """Whether there is a procuration left that the person could take back."""
        return any(each.state in {IN_FORCE, TO_COME} for each in self.history)


def who_sees(session: GuardedSession, case_id: UUID) -> Sharing:
    """Everything that "Qui voit quoi" says of a case today (VS-40)."""
    sights = who_sees_briefly(session, case_id)
    history = procurations(session, case_id)
    current = next((each for each in history if each.is_in_force), None)
    own = {
        held.part
        for sight in sights
        if sight.institution == session.actor.institution
        for held in sight.parts
    }
    shows_closed = bool(own & CARRYING)
    later = _later(session, current, {sight.kind for sight in sights}, sights) if current else []
    return Sharing(
        current,
        sights,
        [each for each in later if each.open or shows_closed],
        history,
        shows_closed,
        may_record=bool(own & RECORDING),
    )


def _later(
    session: GuardedSession, current: Recorded, there: set[Kind], sights: list[Sight]
) -> list[Later]:
    granted = {
        line.kind: line.topics
        for line in session.exec(
            select(ProcurationLine).where(ProcurationLine.procuration_id == current.signed.id)
        )
    }
    parts = {held.part for sight in sights for held in sight.parts}
    if PartKind.TANDEM_ORP not in parts:
        # An office that announces is not the tandem's yet, be it of the same kind.
        there = there - {Kind.ORP, Kind.CMS}
    later = []
    for kind in NEEDS:
        if kind not in there:
            topics = granted.get(kind, Topic(0))
            later.append(Later(kind, ENTERS[kind], opened(kind, topics), NEEDS[kind] & ~topics))
    return later


def procurations(session: GuardedSession, case_id: UUID) -> list[Recorded]:
    """All procurations of a case, the last recorded first."""
    rows = session.execute(
        sa.select(
            Procuration,
            SignedForm,
            Revocation.at,
            RevocationGround,
            Institution,
            Person,
        )
        .join_from(Procuration, Institution, Institution.id == Procuration.recorded_for)
        .outerjoin(Person, Person.id == Procuration.recorded_by)
        .outerjoin(SignedForm, SignedForm.procuration_id == Procuration.id)
        .outerjoin(Revocation, Revocation.procuration_id == Procuration.id)
        .outerjoin(RevocationGround, RevocationGround.procuration_id == Procuration.id)
        .where(Procuration.case_id == case_id)
        .order_by(Procuration.recorded_at.desc(), Procuration.id.desc())
    ).all()
    spans = periods(
        [as_signed(row[0]) for row in rows], {row[0].id for row in rows if row[2] is not None}
    )
    replaced = {row[0].replaces_id for row in rows if row[0].replaces_id}
    german = session.actor.language == "de"
    return [
        Recorded(
            signed=signed,
            state=_state(spans.get(signed.id), session.actor.day, ended, signed.id in replaced),
            last_day=spans[signed.id].last if signed.id in spans else None,
            ended_on=local(ended).date() if ended else None,
            recorded_on=local(signed.recorded_at).date(),
            recorded_by=person.name if person else None,
            recorded_for=institution.name_de if german else institution.name,
            form=form,
            ground=ground,
        )
        for signed, form, ended, ground, institution, person in rows
    ]


def _state(span: Span | None, day: date, ended: datetime | None, replaced: bool) -> str:
    if ended is not None:
        return ENDED
    if span is None or (span.last < day and replaced):
        return REPLACED
    if span.last < day:
        return EXPIRED
    return TO_COME if day < span.first else IN_FORCE


def has_recording_part(session: GuardedSession, case_id: UUID) -> bool:
    """Whether the actor's institution announced the case or is in its tandem: it records procurations."""
    found = session.exec(
        select(CasePart.id).where(
            CasePart.case_id == case_id,
            CasePart.institution_id == session.actor.institution,
            CasePart.part.in_(RECORDING),
            CasePart.starts_on <= session.actor.day,
            sa.or_(
                CasePart.ends_on.is_(None),
                CasePart.ends_on >= session.actor.day,
            ),
        )
    ).first()
    return found is not None


def topics_in(topics: Topic) -> list[Topic]:
    """The topics of a set that a person can open, in the order of the form."""
    return [topic for topic in OPENABLE if topic & topics]
