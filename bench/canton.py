"""A canton with any number of cases, always the same for the same number, kept under var/bench.

It is written past the screens, in bulk and in the system's own transactions; the access table is
computed by the product's own derivation.
"""

import hashlib
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import SQLModel, select

from cii import tables  # noqa: F401 - every table must be known before the first session
from cii.access.actor import Kind, Seat
from cii.access.migrate import migrate
from cii.access.models import ALWAYS, CaseAccess
from cii.access.store import Store
from cii.access.system import Reason, SystemSession
from cii.audit.models import Act, AuditEvent
from cii.cases.lifecycle import SUSPENDABLE, State
from cii.cases.models import Case, CaseIdentity, CaseStep, Origin, Tandem
from cii.coaching.models import (
    Appointment,
    AppointmentState,
    Domain,
    JournalEntry,
    JournalText,
    NoteKind,
    Objective,
    ObjectiveState,
)
from cii.consent.derive import Grant, Part, Span, lines_of
from cii.consent.models import CasePart, PartKind, Procuration, ProcurationLine
from cii.consent.topics import NEEDS, Topic
from cii.foundation.clock import living_at
from cii.foundation.names import search_key
from cii.organisations.models import Institution, Membership, Person
from cii.organisations.setup import set_up_canton
from cii.signin.models import SignedInSession

# The moment at which the canton is lived in: built and measured, today and next year, it is the same.
MOMENT = datetime(2026, 9, 16, 8, 30, tzinfo=UTC)
YEARS = 3
ADVISERS_CASES = 100
COMMUNES_CASES = 30
PROFESSIONALS = 7  # in each office, beside the head
BATCH = 2500  # cases written at once

# How many in a thousand stand where.
_IN_A_THOUSAND = {
    State.DRAFT: 10,
    State.ANNOUNCED: 5,
    State.TO_COMPLETE: 5,
    State.ADMITTED: 5,
    State.TANDEM_ASSIGNED: 15,
    State.COACHING: 330,
    State.ASSESSED: 30,
    State.SUSPENDED: 20,
    State.REFUSED: 60,
    State.CLOSED: 520,
}
_STEPS = (State.ANNOUNCED, State.ADMITTED, State.TANDEM_ASSIGNED, State.COACHING)
_STATES, _WEIGHTS = list(_IN_A_THOUSAND), list(_IN_A_THOUSAND.values())
_WITH_TANDEM = frozenset(
    {State.TANDEM_ASSIGNED, State.COACHING, State.ASSESSED, State.SUSPENDED, State.CLOSED}
)
_FIRST = [
    "Amélie",
    "Bastien",
    "Céline",
    "Damien",
    "Élodie",
    "Fabrice",
    "Gaëlle",
    "Hugo",
    "Inès",
    "Jérôme",
    "Karin",
    "Laurent",
    "Mélanie",
    "Nicolas",
    "Odile",
    "Patrick",
    "Regula",
    "Stefan",
    "Ursula",
    "Valérie",
    "Yannick",
    "Zoé",
]
_LAST = [
    "Amherd",
    "Bonvin",
    "Bruchez",
    "Carron",
    "Constantin",
    "Darbellay",
    "Dayer",
    "Délèze",
    "Emery",
    "Favre",
    "Fournier",
    "Gay",
    "Imhof",
    "Jacquier",
    "Kalbermatten",
    "Luyet",
    "Mariéthoz",
    "Moulin",
    "Pralong",
    "Rossier",
    "Rudaz",
    "Schmid",
    "Zufferey",
]
_WORDS = [
    "entretien",
    "stage",
    "candidature",
    "permis",
    "atelier",
    "employeur",
    "horaire",
    "transport",
    "formation",
    "bilan",
    "objectif",
    "semaine",
    "réponse",
    "dossier",
    "<convenu>",
    "confirmé",
    "d’accord",
    "à",
    "relancer",
]


@dataclass(frozen=True)
class Visitor:
    """Somebody whose pages are measured; the token is that of his or her session."""

    key: str
    token: str


VISITORS = tuple(Visitor(key, f"bench-{key}") for key in ("bureau", "head", "adviser", "commune"))


@dataclass
class _Office:
    kind: Kind
    id: UUID
    head: UUID
    members: list[UUID]
    people: list[UUID]


@dataclass
class _People:
    orp: list[_Office]
    cms: list[_Office]
    communes: list[tuple[int, UUID]]
    single: dict[Kind, UUID]
    bureau_person: UUID


def path_of(cases: int, folder: Path) -> Path:
    """Where the SQLite database of this size stands; another recipe, another file."""
    recipe = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]
    return folder / f"{cases}-{recipe}.db"


def ensure(cases: int, folder: Path) -> str:
    """The address of the SQLite database of this size: built when it is not there yet, then up to date."""
    path = path_of(cases, folder)
    address = f"sqlite:///{path}"
    if path.exists():
        migrate(address)
        return address
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob(f"{cases}-*"):
        old.unlink()
    half = path.with_suffix(".half")
    half.unlink(missing_ok=True)
    build(f"sqlite:///{half}", cases)
    half.rename(path)
    return address


def build(address: str, cases: int, *, owner: str = "") -> None:
    """Write the whole canton into an empty database."""
    migrate(owner or address, role=sa.make_url(address).username)
    store = Store(address)
    with living_at(MOMENT):
        with store.system(Reason.SET_UP) as session:
            people = _people(session)
        with store.system(Reason.SET_UP) as session, _in_bulk(session):
            for first in range(0, cases, BATCH):
                rows = _Rows()
                chance = random.Random(f"{cases}/{first}")
                for number in range(first, min(first + BATCH, cases)):
                    _case(rows, chance, people, number, cases)
                rows.write(session)
    store.close()


@contextmanager
def _in_bulk(session: SystemSession) -> Iterator[None]:
    """Take the indexes away while rows are written, and put them back in one go."""
    connection = session.connection()
    indexes = [
        index
        for table in SQLModel.metadata.sorted_tables
        for index in table.indexes
        if not index.unique
    ]
    for index in indexes:
        index.drop(connection)
    yield
    for index in indexes:
        index.create(connection)
    connection.exec_driver_sql("ANALYZE")


class _Rows:
    """Rows on their way into the database, by table."""

    def __init__(self) -> None:
        self.by_table: dict[type[SQLModel], list[dict[str, Any]]] = {}

    def add(self, table: type[SQLModel], **values: Any) -> None:
        self.by_table.setdefault(table, []).append(values)

    def write(self, session: SystemSession) -> None:
        for table in sorted(self.by_table, key=_order):
            session.execute(sa.insert(table.__table__), self.by_table[table])


def _order(table: type[SQLModel]) -> int:
    return SQLModel.metadata.sorted_tables.index(table.__table__)


def _key(chance: random.Random, moment: datetime) -> UUID:
    """A key as the product gives them: ordered by time, then random."""
    value = int(moment.timestamp() * 1000) << 80 | chance.getrandbits(80)
    value = value & ~(0xF << 76) | 7 << 76
    return UUID(int=value & ~(0x3 << 62) | 2 << 62)


def _people(session: SystemSession) -> _People:
    set_up_canton(session)
    chance = random.Random(0)
    by_kind: dict[Kind, list[Institution]] = {}
    for institution in session.exec(select(Institution).order_by(Institution.name)).all():
        by_kind.setdefault(institution.kind, []).append(institution)

    def hire(institution: Institution, seat: Seat, number: int) -> tuple[UUID, UUID]:
        person = Person(
            first_name=chance.choice(_FIRST),
            last_name=chance.choice(_LAST),
            email=f"{institution.id.hex}.{number}@example.ch",
            phone="+41 27 000 00 00",
        )
        session.add(person)
        session.flush()
        seated = Membership(person_id=person.id, institution_id=institution.id, seat=seat)
        session.add(seated)
        session.flush()
        return seated.id, person.id

    def office(institution: Institution) -> _Office:
        head, _ = hire(institution, Seat.HEAD, 0)
        hired = [hire(institution, Seat.MEMBER, each + 1) for each in range(PROFESSIONALS)]
        return _Office(
            institution.kind,
            institution.id,
            head,
            [seat for seat, _ in hired],
            [person for _, person in hired],
        )

    communes = [
        (each.commune_number, each.id) for each in by_kind[Kind.COMMUNE] if each.commune_number
    ]
    clerk, _ = hire(by_kind[Kind.COMMUNE][0], Seat.MEMBER, 0)
    coordinator, bureau_person = hire(by_kind[Kind.BUREAU][0], Seat.MEMBER, 0)
    people = _People(
        orp=[office(each) for each in by_kind[Kind.ORP]],
        cms=[office(each) for each in by_kind[Kind.CMS]],
        communes=communes,
        single={kind: by_kind[kind][0].id for kind in (Kind.SAS, Kind.LMMT, Kind.BUREAU)},
        bureau_person=bureau_person,
    )
    seats = (coordinator, people.orp[0].head, people.orp[0].members[0], clerk)
    for visitor, seat in zip(VISITORS, seats, strict=True):
        session.add(
            SignedInSession(
                token_hash=hashlib.sha256(visitor.token.encode()).digest(),
                person_id=session.get_one(Membership, seat).person_id,
                membership_id=seat,
                ends_at=MOMENT + timedelta(hours=12),
                browser="bench",
            )
        )
    return people


def _is_one_of(number: int, wanted: int, cases: int, offset: int) -> bool:
    """Whether a case is one of `wanted` that stand evenly among all."""
    step = cases // wanted
    return number % step == offset % step and number // step < wanted


def _case(
    rows: _Rows,
    chance: random.Random,
    people: _People,
    number: int,
    cases: int,
) -> None:
    state = chance.choices(_STATES, _WEIGHTS)[0]
    began = MOMENT - timedelta(days=365 * YEARS) * (1 - number / cases)
    case_id = _key(chance, began)
    advisers = _is_one_of(number, ADVISERS_CASES, cases, 3)
    communes = _is_one_of(number, COMMUNES_CASES, cases, 5)
    if advisers or communes:
        state = State.COACHING
    region = 0 if advisers else chance.randrange(len(people.orp))
    orp, cms = people.orp[region], people.cms[region]
    # The first adviser of the first office and the first commune have their own few and no others.
    orp_place = 0 if advisers else chance.randrange(1, PROFESSIONALS)
    cms_place = chance.randrange(PROFESSIONALS)
    commune_number, commune = people.communes[
        0 if communes else chance.randrange(1, len(people.communes))
    ]
    by_orp = chance.random() < 0.3
    office, place = (orp, orp_place) if by_orp else (cms, cms_place)
    announced = began.date()
    changed = began + (MOMENT - began) * chance.random()
    own = {"case_id": case_id, "institution_id": office.id}
    last, first = chance.choice(_LAST), chance.choice(_FIRST)
    rows.add(
        Case,
        id=case_id,
        reference=f"VS-{announced.year}-{number:06}",
        programme="vs-tandem",
        origin=Origin.ORP if by_orp else Origin.SOCIAL_AID,
        announcing_institution_id=office.id,
        announcing_membership_id=office.members[place],
        state=state,
        state_before=State.COACHING if state is State.SUSPENDED else None,
        since=changed,
        announced_on=None if state is State.DRAFT else announced,
        created_at=began,
    )
    rows.add(
        CaseIdentity,
        **own,
        first_name=first,
        last_name=last,
        search_name=search_key(f"{last} {first}"),
        birth_date=date(1960, 1, 1) + timedelta(days=chance.randrange(16000)),
        avs_number=f"756{number:010}",
        street="Rue de Lausanne 12",
        postcode="1950",
        place="Sion",
        commune_number=commune_number,
        language="fr",
        phone="+41 79 000 00 00",
        email="",
    )
    parts = [(PartKind.ANNOUNCING, office.kind, office.id, office.members[place])]
    if state is not State.DRAFT:
        parts.append((PartKind.BUREAU, Kind.BUREAU, people.single[Kind.BUREAU], None))
    if state in _WITH_TANDEM:
        rows.add(
            Tandem,
            case_id=case_id,
            orp_membership_id=orp.members[orp_place],
            cms_membership_id=cms.members[cms_place],
            named_by=people.bureau_person,
            named_on=announced,
            ended_on=announced + timedelta(days=365) if state is State.CLOSED else None,
        )
        parts += [
            (PartKind.TANDEM_ORP, Kind.ORP, orp.id, orp.members[orp_place]),
            (PartKind.TANDEM_CMS, Kind.CMS, cms.id, cms.members[cms_place]),
            (PartKind.APPROVAL, Kind.COMMUNE, commune, None),
            (PartKind.OPINION, Kind.SAS, people.single[Kind.SAS], None),
        ]
        _coaching(rows, chance, case_id, (orp, orp_place), (cms, cms_place), began)
    for days, reached in enumerate(_STEPS if state in _WITH_TANDEM else _STEPS[:1]):
        rows.add(
            CaseStep,
            id=_key(chance, began),
            case_id=case_id,
            state=reached,
            at=began + timedelta(days=days),
            person_id=office.people[place],
            institution_id=office.id,
            ground="VS-08",
        )
    for _ in range(2):
        at = began + (MOMENT - began) * chance.random()
        rows.add(
            AuditEvent,
            id=_key(chance, at),
            at=at,
            act=Act.CASE_READ,
            person_id=office.people[place],
            institution_id=office.id,
            case_id=case_id,
            subject_id=None,
            ground="VS-40",
            details={"page": "journal"},
        )
    grants = _consent(rows, chance, case_id, office, people, state, announced)
    _access(rows, chance, case_id, state, parts, grants, announced, changed)


def _coaching(
    rows: _Rows,
    chance: random.Random,
    case_id: UUID,
    orp: tuple[_Office, int],
    cms: tuple[_Office, int],
    began: datetime,
) -> None:
    def author() -> tuple[dict[str, Any], UUID]:
        office, place = chance.choice((orp, cms))
        person = office.people[place]
        return {"case_id": case_id, "institution_id": office.id, "person_id": person}, person

    def prose(words: int) -> str:
        return " ".join(chance.choices(_WORDS, k=words)).capitalize() + "."

    kinds, domains = list(NoteKind), list(Domain)
    for _ in range(6):
        by, _ = author()
        at = began + (MOMENT - began) * chance.random()
        entry = _key(chance, at)
        topic = chance.choice((Topic.COACHING, Topic.COACHING, Topic.EMPLOYMENT, Topic.SOCIAL))
        rows.add(
            JournalEntry,
            **by,
            id=entry,
            topic=topic,
            kind=chance.choice(kinds),
            domain=chance.choice(domains),
            day=at.date(),
            significant=chance.random() < 0.2,
            version=1,
            published_at=at,
        )
        rows.add(
            JournalText,
            **by,
            entry_id=entry,
            version=1,
            topic=topic | Topic.NOTES,
            written_at=at,
            text=prose(chance.randrange(10, 50)),
        )
    for _ in range(2):
        by, _ = author()
        rows.add(
            Objective,
            **by,
            id=_key(chance, began),
            topic=Topic.COACHING,
            goal=prose(6),
            domain=chance.choice(domains),
            due_on=MOMENT.date() + timedelta(days=chance.randrange(-20, 120)),
            state=ObjectiveState.OPEN,
            state_since=began.date(),
            set_at=began,
            version=1,
        )
    by, _ = author()
    rows.add(
        Appointment,
        **by,
        id=_key(chance, began),
        topic=Topic.COACHING,
        at=MOMENT + timedelta(days=chance.randrange(-5, 30)),
        minutes=60,
        place="ORP",
        about=prose(3),
        state=AppointmentState.PLANNED,
        sequence=0,
    )


def _consent(
    rows: _Rows,
    chance: random.Random,
    case_id: UUID,
    office: _Office,
    people: _People,
    state: State,
    announced: date,
) -> list[Grant]:
    if state in {State.DRAFT, State.TO_COMPLETE}:
        return []
    today = MOMENT.date()
    if state in SUSPENDABLE:
        until = today + timedelta(days=chance.randrange(1, 365))
    else:
        until = min(announced + timedelta(days=365), today - timedelta(days=1))
    starts = min(max(announced, until - timedelta(days=365)), until)
    procuration = _key(chance, datetime.combine(starts, time(8), UTC))
    rows.add(
        Procuration,
        id=procuration,
        case_id=case_id,
        signed_on=starts,
        valid_from=starts,
        valid_until=until,
        replaces_id=None,
        recorded_by=people.bureau_person,
        recorded_for=office.id,
        recorded_at=datetime.combine(starts, time(8), UTC),
    )
    for kind, topics in NEEDS.items():
        rows.add(
            ProcurationLine,
            procuration_id=procuration,
            kind=kind,
            case_id=case_id,
            topics=topics,
        )
    return [Grant(Span(starts, until), tuple(NEEDS.items()))]


def _access(
    rows: _Rows,
    chance: random.Random,
    case_id: UUID,
    state: State,
    parts: list[tuple[PartKind, Kind, UUID, UUID | None]],
    grants: list[Grant],
    announced: date,
    changed: datetime,
) -> None:
    for part, _, institution, membership in parts:
        rows.add(
            CasePart,
            id=_key(chance, changed),
            case_id=case_id,
            institution_id=institution,
            membership_id=membership,
            part=part,
            starts_on=announced,
            ends_on=None,
        )
    always = Span(announced, ALWAYS)
    for line in lines_of(
        [Part(kind, institution, seat, always) for _, kind, institution, seat in parts], grants
    ):
        rows.add(
            CaseAccess,
            reader_id=line.reader,
            case_id=case_id,
            valid_from=line.span.first,
            valid_until=line.span.last,
            topics=int(line.topics),
            changed_at=changed,
            state=state.value,
        )
