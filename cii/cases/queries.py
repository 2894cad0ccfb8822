"""Named reads: the header of a case, the list of cases, the search, what waits for whom."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import select

from cii.access.actor import Kind, Seat
from cii.access.guard import GuardedSession, Hidden, actor_institution
from cii.access.hot import HotRead
from cii.access.models import CaseAccess
from cii.access.system import SystemSession
from cii.cases.lifecycle import OPEN_STATES, STATE_LABELS, SUSPENDABLE, WITH_A_TANDEM, State
from cii.cases.models import ORIGINS, Case, CaseIdentity, Tandem
from cii.consent.models import Procuration, Revocation
from cii.consent.queries import in_force
from cii.consent.topics import ALL, Topic
from cii.foundation.columns import KeyInWords, unindexed
from cii.foundation.names import search_key
from cii.organisations.models import Commune, Institution, Membership, Person
from cii.programmes.routing import Origin

PAGE = 25

_announcer, _announcer_seat = aliased(Person), aliased(Membership)
_orp, _orp_seat, _orp_office = aliased(Person), aliased(Membership), aliased(Institution)
_cms, _cms_seat, _cms_office = aliased(Person), aliased(Membership), aliased(Institution)
_announcing = aliased(Institution)


def office_name(office: Any) -> sa.ColumnElement[str]:
    """An institution's name in the language of the screen; bind `german`."""
    german = sa.bindparam("german", type_=sa.Boolean())
    return sa.case((german, office.name_de), else_=office.name)


def commune_name(language: Any) -> sa.ColumnElement[str]:
    """A commune's name in a language, if it has one there; else its only one."""
    elsewhere = sa.and_(Commune.language != language, Commune.other_name != "")
    return sa.case((elsewhere, Commune.other_name), else_=Commune.name)


def _commune_on_screen() -> sa.ColumnElement[str]:
    german = sa.bindparam("german", type_=sa.Boolean())
    return commune_name(sa.case((german, "de"), else_="fr"))


def spoken_name(session: GuardedSession) -> Any:
    """The column of an institution's name in the actor's language, for a select that is built each time."""
    return Institution.name_de if session.actor.language == "de" else Institution.name


@dataclass(frozen=True, slots=True)
class Professional:
    """Somebody who works on a case."""

    membership: UUID
    name: str
    phone: str
    institution: str


class CaseHeader(NamedTuple):
    """What stands at the top of every page of a case, as far as the actor sees it."""

    id: UUID
    reference: str
    state: State
    since: datetime
    state_before: State | None
    origin: Origin
    announced_on: date | None
    announcing_institution: UUID
    announcing: Professional
    first_name: str | None
    last_name: str | None
    birth_date: date | None
    commune: str | None
    person_language: str | None
    orp: Professional | None
    cms: Professional | None
    topics: Topic
    path: str

    @property
    def name(self) -> str:
        """The person's name, or the reference where the identity is not open."""
        return f"{self.first_name} {self.last_name}" if self.last_name else self.reference

    @property
    def state_label(self) -> str:
        """Where the case stands, in words."""
        return STATE_LABELS[self.state]

    @property
    def tandem(self) -> tuple[Professional, ...]:
        """The two of the tandem, or nobody yet."""
        return (self.orp, self.cms) if self.orp and self.cms else ()

    @property
    def manager(self) -> Professional:
        """Who manages the case: the tandem's ORP adviser for an ORP-announced case (VS-29, VS-30)."""
        return self.orp if self.origin is Origin.ORP and self.orp else self.announcing

    def opens(self, topics: Topic) -> bool:
        """Whether all of these topics are open to the actor."""
        return self.topics & topics == topics


_HEADER = HotRead(
    lambda: (
        sa.select(
            Case.id,
            Case.reference,
            Case.state,
            Case.since,
            Case.state_before,
            Case.origin,
            Case.announced_on,
            Case.announcing_institution_id,
            CaseAccess.topics,
            CaseIdentity.first_name,
            CaseIdentity.last_name,
            CaseIdentity.birth_date,
            CaseIdentity.language,
            _commune_on_screen(),
            _announcer_seat.id,
            _announcer.first_name,
            _announcer.last_name,
            _announcer.phone,
            office_name(_announcing),
            _orp_seat.id,
            _orp.first_name,
            _orp.last_name,
            _orp.phone,
            office_name(_orp_office),
            _cms_seat.id,
            _cms.first_name,
            _cms.last_name,
            _cms.phone,
            office_name(_cms_office),
        )
        .join_from(Case, CaseAccess, CaseAccess.case_id == Case.id)
        .join(_announcing, _announcing.id == Case.announcing_institution_id)
        .join(_announcer_seat, _announcer_seat.id == Case.announcing_membership_id)
        .join(_announcer, _announcer.id == _announcer_seat.person_id)
        .outerjoin(CaseIdentity, CaseIdentity.case_id == Case.id)
        .outerjoin(Commune, Commune.number == CaseIdentity.commune_number)
        .outerjoin(Tandem, Tandem.case_id == Case.id)
        .outerjoin(_orp_seat, _orp_seat.id == Tandem.orp_membership_id)
        .outerjoin(_orp, _orp.id == _orp_seat.person_id)
        .outerjoin(_orp_office, _orp_office.id == _orp_seat.institution_id)
        .outerjoin(_cms_seat, _cms_seat.id == Tandem.cms_membership_id)
        .outerjoin(_cms, _cms.id == _cms_seat.person_id)
        .outerjoin(_cms_office, _cms_office.id == _cms_seat.institution_id)
        .where(
            Case.id == sa.bindparam("case_id", type_=sa.Uuid()),
            CaseAccess.valid_from <= sa.bindparam("actor_day", type_=sa.Date()),
            CaseAccess.valid_until >= sa.bindparam("actor_day", type_=sa.Date()),
        )
    )
)


def header(session: GuardedSession, case_id: UUID) -> CaseHeader:
    """The header of a case; Hidden when the actor has no part in it."""
    row = _HEADER.one(session, case_id=case_id, german=session.actor.language == "de")
    if row is None:
        raise Hidden("Case")
    session.shown.add(case_id)
    announcing = _professional(row[14:19])
    assert announcing is not None
    first, last, birth, language, commune = row[9:14]
    orp, cms = _professional(row[19:24]), _professional(row[24:29])
    people = [announcing, first, last, birth, commune, language, orp, cms]
    cells: list[Any] = [*row[:8], *people, Topic(row[8]), f"/cases/{row[0]}"]
    return CaseHeader(*cells)


def _professional(cells: tuple[Any, ...]) -> Professional | None:
    membership, first, last, phone, institution = cells
    return Professional(membership, f"{first} {last}", phone, institution) if membership else None


class Listed(NamedTuple):
    """One line of a list of cases."""

    changed_at: datetime
    id: str
    reference: str
    state: State
    since: datetime
    last_name: str | None
    first_name: str | None
    commune: str | None
    institution: str


def _list(*, after: bool, state: bool) -> HotRead:
    def build() -> Any:
        statement = (
            sa.select(
                CaseAccess.changed_at,
                sa.type_coerce(Case.id, KeyInWords()),
                Case.reference,
                Case.state,
                Case.since,
                CaseIdentity.last_name,
                CaseIdentity.first_name,
                _commune_on_screen(),
                office_name(Institution),
            )
            .join_from(CaseAccess, Case, Case.id == CaseAccess.case_id)
            .join(Institution, Institution.id == unindexed(Case.announcing_institution_id))
            .outerjoin(CaseIdentity, CaseIdentity.case_id == Case.id)
            .outerjoin(Commune, Commune.number == CaseIdentity.commune_number)
            .where(
                CaseAccess.valid_from <= sa.bindparam("actor_day", type_=sa.Date()),
                CaseAccess.valid_until >= sa.bindparam("actor_day", type_=sa.Date()),
                # Said of the line alone: what a partner lost is passed over before its case is looked up.
                CaseAccess.topics.op("&")(sa.bindparam("shown", type_=sa.Integer())) != 0,
                # Without an open topic a partner's list loses the case; the announcing institution
                # and the bureau CII keep its cover.
                sa.or_(
                    CaseAccess.topics.op("&")(int(ALL)) != 0,
                    Case.announcing_institution_id == actor_institution,
                    sa.bindparam("keeps_covers", type_=sa.Boolean()),
                ),
            )
            .order_by(CaseAccess.changed_at.desc(), CaseAccess.case_id.desc())
            .limit(sa.bindparam("limit", type_=sa.Integer()))
        )
        if after:
            statement = statement.where(
                sa.tuple_(CaseAccess.changed_at, CaseAccess.case_id)
                < sa.tuple_(
                    sa.bindparam("after_moment", type_=CaseAccess.changed_at.type),
                    sa.bindparam("after_id", type_=sa.Uuid()),
                )
            )
        if state:
            wanted = sa.bindparam("state", type_=Case.state.type)
            statement = statement.where(CaseAccess.state == wanted)
        return statement

    return HotRead(build)


_LISTS = {
    (after, state): _list(after=after, state=state)
    for after in (False, True)
    for state in (False, True)
}


def cases(
    session: GuardedSession,
    *,
    after: tuple[datetime, UUID] | None = None,
    state: State | None = None,
    limit: int = PAGE,
) -> list[Listed]:
    """The actor's cases, the last changed first; `after` continues behind a line (keyset)."""
    covers = session.actor.kind in {*ORIGINS, Kind.BUREAU}
    values: dict[str, Any] = {
        "limit": limit,
        "shown": int(ALL | Topic.CASE if covers else ALL),
        "keeps_covers": session.actor.kind is Kind.BUREAU,
        "german": session.actor.language == "de",
    }
    if after:
        values |= {"after_moment": after[0], "after_id": after[1]}
    if state:
        values["state"] = state
    return [Listed._make(row) for row in _LISTS[bool(after), bool(state)].run(session, **values)]


def search(session: GuardedSession, words: str, limit: int = 50) -> list[Listed]:
    """The actor's cases by reference, AVS number or the beginning of a name."""
    text = words.strip()
    digits = "".join(letter for letter in text if letter.isdigit())
    if text.upper().startswith("VS-"):
        condition: Any = Case.reference == text.upper()
    elif len(digits) == 13 and digits.startswith("756"):
        condition = CaseIdentity.avs_number == digits
    else:
        key = search_key(text)
        condition = sa.and_(
            CaseIdentity.search_name >= key,
            CaseIdentity.search_name < key + "\U0010ffff",
        )
    statement = (
        sa.select(
            CaseAccess.changed_at,
            sa.type_coerce(Case.id, KeyInWords()),
            Case.reference,
            Case.state,
            Case.since,
            CaseIdentity.last_name,
            CaseIdentity.first_name,
            commune_name(session.actor.language),
            spoken_name(session),
        )
        # What is searched leads to the case, and the case to the actor's line of access.
        .join_from(Case, CaseAccess, CaseAccess.case_id == unindexed(Case.id))
        .join(Institution, Institution.id == unindexed(Case.announcing_institution_id))
        .outerjoin(CaseIdentity, CaseIdentity.case_id == Case.id)
        .outerjoin(Commune, Commune.number == CaseIdentity.commune_number)
        .where(
            CaseAccess.valid_from <= session.actor.day,
            CaseAccess.valid_until >= session.actor.day,
            condition,
        )
        .order_by(CaseIdentity.search_name, Case.reference)
        .limit(limit)
    )
    return [Listed(*row) for row in session.execute(statement).all()]


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who could be in a tandem: how many cases he or she has, and the activity rate."""

    membership: UUID
    name: str
    institution: str
    kind: Kind
    rate: Any
    active_cases: int


def candidates(session: GuardedSession) -> list[Candidate]:
    """ORP advisers and CMS social workers with the load of each (VS-01, VS-15, VS-16).

    The load counts the open tandems that the bureau itself has named.
    """
    load = (
        select(sa.func.count())
        .select_from(Tandem)
        .where(
            Tandem.ended_on.is_(None),
            sa.or_(
                Tandem.orp_membership_id == Membership.id, Tandem.cms_membership_id == Membership.id
            ),
        )
        .correlate(Membership)
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(
            Membership.id,
            Person.first_name,
            Person.last_name,
            spoken_name(session),
            Institution.kind,
            Membership.activity_rate,
            load,
        )
        .join_from(Membership, Person, Person.id == Membership.person_id)
        .join(Institution, Institution.id == Membership.institution_id)
        .where(
            Institution.kind.in_([Kind.ORP, Kind.CMS]),
            Membership.seat == Seat.MEMBER,
            Membership.active,
            Person.active,
        )
        .order_by(spoken_name(session), Person.last_name, Person.first_name)
    ).all()
    return [
        Candidate(seat, f"{first} {last}", office, kind, rate, count)
        for seat, first, last, office, kind, rate, count in rows
    ]


@dataclass(frozen=True, slots=True)
class SamePerson:
    """Another open case with the same AVS number."""

    case_id: UUID
    reference: str
    state: str
    institution_id: UUID
    institution: str


def same_person(session: GuardedSession, avs_number: str, besides: UUID) -> list[SamePerson]:
    """The other open cases with this AVS number whose identity the actor sees, the newest first."""
    rows = session.execute(
        sa.select(Case.id, Case.reference, Case.state, Institution.id, spoken_name(session))
        .join_from(Case, CaseIdentity, CaseIdentity.case_id == Case.id)
        .join(Institution, Institution.id == Case.announcing_institution_id)
        .where(
            CaseIdentity.avs_number == avs_number,
            Case.id != besides,
            Case.state.in_(OPEN_STATES),
        )
        .order_by(sa.desc(Case.announced_on), sa.desc(Case.reference))
    )
    return [
        SamePerson(key, reference, STATE_LABELS[state], institution_id, institution)
        for key, reference, state, institution_id, institution in rows
    ]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A case that waits for somebody: where it stands and since when."""

    id: UUID
    reference: str
    state: State
    since: datetime
    last_name: str | None
    first_name: str | None
    institution: str


def waiting(
    session: GuardedSession, states: Iterable[State], *, own: bool = False, limit: int = 100
) -> list[Waiting]:
    """The actor's cases in each of these states, the longest waiting first; `own`: announced by the actor's institution."""
    statement = _named(_waiting(session).select_from(Case))
    if own:
        statement = statement.where(Case.announcing_institution_id == session.actor.institution)
    # One state at a time: an index has its cases in order, and the first ones are all that is read.
    return [
        Waiting(*row)
        for state in states
        for row in session.execute(statement.where(Case.state == state).limit(limit))
    ]


def to_start(session: GuardedSession, limit: int = 100) -> list[Waiting]:
    """The actor's cases whose tandem is named and has not started the coaching, the longest waiting first."""
    own = _waiting(session).join_from(CaseAccess, Case, Case.id == CaseAccess.case_id)
    to_start = CaseAccess.state == State.TANDEM_ASSIGNED.value
    statement = _named(own).where(*_valid_today(session), to_start)
    return [Waiting(*row) for row in session.execute(statement.limit(limit))]


def without_successor(session: GuardedSession, limit: int = 50) -> list[Waiting]:
    """Cases in whose tandem somebody no longer works, and nobody has taken the place (VS-01)."""
    left: Any = sa.union(_left(Tandem.orp_membership_id), _left(Tandem.cms_membership_id))
    left = left.subquery("left_tandem")
    cases = _waiting(session).join_from(left, Case, Case.id == left.c.case_id)
    statement = _named(cases).where(unindexed(Case.state).in_(WITH_A_TANDEM))
    return [Waiting(*row) for row in session.execute(statement.limit(limit))]


def _left(place: Any) -> Any:
    # From the staff, which is small, to the tandems.
    return (
        sa.select(Tandem.case_id)
        .join_from(Membership, Person, Person.id == Membership.person_id)
        .join(Tandem, place == unindexed(Membership.id))
        .where(sa.or_(~Membership.active, ~Person.active))
    )


def _waiting(session: GuardedSession) -> Any:
    return sa.select(
        Case.id,
        Case.reference,
        Case.state,
        Case.since,
        CaseIdentity.last_name,
        CaseIdentity.first_name,
        spoken_name(session),
    ).order_by(Case.since, Case.id)


def _named(statement: Any) -> Any:
    announcing = unindexed(Case.announcing_institution_id)
    return statement.join(Institution, Institution.id == announcing).outerjoin(
        CaseIdentity, CaseIdentity.case_id == Case.id
    )


def _valid_today(session: GuardedSession) -> tuple[Any, Any]:
    day = session.actor.day
    return CaseAccess.valid_from <= day, CaseAccess.valid_until >= day


def expiring(
    session: GuardedSession, days: int, limit: int = 50
) -> list[tuple[UUID, str, str | None, str | None, date]]:
    """Open cases whose last procuration ends within this number of days: id, reference, names, last day."""
    successor, actor = aliased(Procuration), session.actor
    chosen = sa.select(
        Case.id,
        Case.reference,
        CaseIdentity.last_name,
        CaseIdentity.first_name,
        Procuration.valid_until,
    )
    ends: Any = Procuration.valid_until
    if actor.reader == actor.membership:
        # A professional's own cases are few: they are the way to what ends soon among them.
        chosen = (
            chosen.join_from(CaseAccess, Case, Case.id == CaseAccess.case_id)
            .join(Procuration, Procuration.case_id == CaseAccess.case_id)
            .where(*_valid_today(session))
        )
        ends = unindexed(ends)
    else:
        chosen = chosen.join_from(Procuration, Case, Case.id == unindexed(Procuration.case_id))
    rows = session.execute(
        chosen.outerjoin(CaseIdentity, CaseIdentity.case_id == Case.id)
        .where(
            unindexed(Case.state).in_(SUSPENDABLE),
            ends.between(actor.day, actor.day + timedelta(days=days)),
            ~sa.exists().where(successor.replaces_id == Procuration.id),
        )
        .order_by(Procuration.valid_until, Case.reference)
        .limit(limit)
    )
    return [(*row,) for row in rows]


def cases_with_ended_procuration(system: SystemSession, day: date) -> list[UUID]:
    """Cases that can be suspended and have no procuration in force on this day (VS-40)."""
    return [case for case, is_open in _consented(system, day, SUSPENDABLE) if not is_open]


def suspended_cases_with_procuration(system: SystemSession, day: date) -> list[UUID]:
    """Suspended cases with a procuration in force on this day: one that began after it was recorded."""
    suspended = _consented(system, day, frozenset({State.SUSPENDED}))
    return [case for case, is_open in suspended if is_open]


def _consented(
    system: SystemSession, day: date, states: frozenset[State]
) -> Iterator[tuple[UUID, bool]]:
    rows = system.execute(
        sa.select(Case.id, Procuration, Revocation.procuration_id)
        .outerjoin_from(Case, Procuration, Procuration.case_id == Case.id)
        .outerjoin(Revocation, Revocation.procuration_id == Procuration.id)
        .where(Case.state.in_(states))
        .order_by(Case.id)
    )
    for case, group in groupby(rows, key=itemgetter(0)):
        signed = [(row[1], row[2]) for row in group if row[1] is not None]
        revoked = {key for _, key in signed if key}
        yield case, in_force([each for each, _ in signed], revoked, day) is not None


def find_case(session: GuardedSession, case_id: UUID) -> Case:
    """The case, locked until the end of the transaction, so that two acts follow one another; or Hidden."""
    case = session.get(Case, case_id, with_for_update=True)
    if case is None:
        raise Hidden("Case")
    return case
