"""People from a file that an office keeps: all rows or none, and the same file twice changes nothing."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import BeforeValidator, Field, ValidationError
from sqlmodel import Session, select

from cii.access.actor import Kind, Seat
from cii.access.guard import GuardedSession
from cii.access.system import SystemSession
from cii.audit.actions import record, record_by_system
from cii.audit.models import Act
from cii.foundation.cells import Problem, Row, TableError, decode_table
from cii.foundation.fields import Email, Input, Line, Name, errors_of
from cii.foundation.names import search_key
from cii.foundation.texts import N_, Phrase, WrongInput
from cii.organisations.inputs import Title
from cii.organisations.models import Institution, Membership, Person

# The column titles of the file, folded, and what each holds; German titles are read as well.
COLUMNS: Final[Mapping[str, str]] = {
    "institution": "institution",
    "nom": "last_name",
    "name": "last_name",
    "prenom": "first_name",
    "vorname": "first_name",
    "courriel": "email",
    "e-mail": "email",
    "fonction": "title",
    "funktion": "title",
    "langue": "language",
    "sprache": "language",
}
# As the product names the columns to somebody whose file lacks one.
TITLES: Final[Mapping[str, str]] = {
    "institution": "institution",
    "last_name": "nom",
    "first_name": "prenom",
    "email": "courriel",
    "title": "fonction",
    "language": "langue",
}
_SEATS: Final[Mapping[str, Seat]] = {
    "direction": Seat.HEAD,
    "leitung": Seat.HEAD,
    "gestion des personnes": Seat.ADMIN,
    "personenverwaltung": Seat.ADMIN,
}
_LANGUAGES: Final[Mapping[str, str]] = {
    "fr": "fr",
    "francais": "fr",
    "franzosisch": "fr",
    "de": "de",
    "allemand": "de",
    "deutsch": "de",
}


def _language(value: Any) -> Any:
    language = _LANGUAGES.get(search_key(str(value)))
    if language is None:
        raise WrongInput(Phrase("Écrivez « fr » ou « de »."))
    return language


class PersonRow(Input):
    """One row: a person, the institution in which he or she works, and the function there."""

    institution: Line = Field(description=N_("Indiquez l’institution."))
    last_name: Name = Field(description=N_("Indiquez le nom."))
    first_name: Name = Field(description=N_("Indiquez le prénom."))
    email: Email = Field(description=N_("Indiquez l’adresse électronique."))
    title: Title = Field(description=N_("Indiquez la fonction."))
    language: Annotated[str, BeforeValidator(_language)] = Field(
        description=N_("Écrivez « fr » ou « de ».")
    )


@dataclass(frozen=True, slots=True)
class ImportReport:
    """How many rows bring somebody new, change something, change nothing; or what is wrong with the file."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    errors: tuple[Problem, ...] = ()


@dataclass(slots=True)
class _Known:
    """What is in the product already, and what earlier rows of the file bring."""

    institutions: Mapping[str, Institution]
    people: dict[str, Person]
    seats: dict[tuple[UUID, UUID], Membership]
    elsewhere: set[UUID]
    lines: dict[tuple[str, UUID], int] = field(default_factory=dict)
    first_lines: dict[str, tuple[int, PersonRow]] = field(default_factory=dict)


def import_people(
    session: GuardedSession | SystemSession,
    content: bytes,
    *,
    within: UUID | None = None,
    only_check: bool = False,
) -> ImportReport:
    """Enter or update the people of a CSV or XLSX file; with a single error nothing is written.

    `within` is the institution outside which nobody may be entered; `only_check` writes nothing. A
    person is known by the e-mail address. The language of somebody known stays: it is his or hers.
    """
    try:
        table = decode_table(content)
    except TableError as error:
        return ImportReport(errors=(Problem(1, None, error.phrase),))
    fields = _fields_of(table.columns)
    errors = [*table.problems, *_missing(table.columns)]
    if errors:
        return ImportReport(errors=tuple(errors))
    known = _known(session, table.rows, fields, within)
    rows: list[tuple[PersonRow, Institution]] = []
    for row in table.rows:
        wrong, read = _read(row, fields, known)
        if read is not None:
            institution = known.institutions[search_key(read.institution)]
            wrong = list(_objections(session, row.line, read, institution, known, within))
            rows.append((read, institution))
        errors += [
            Problem(row.line, fields.get(name) if name else None, phrase) for name, phrase in wrong
        ]
    if errors:
        return ImportReport(errors=tuple(errors))
    outcomes = [_outcome(read, institution, known) for read, institution in rows]
    if not only_check:
        changed = [row for row, outcome in zip(rows, outcomes, strict=True) if outcome]
        _write(session, changed, known)
    return ImportReport(outcomes.count("created"), outcomes.count("updated"), outcomes.count(""))


def _fields_of(columns: Iterable[str]) -> dict[str, str]:
    """The title in this file of each field that is read."""
    return {COLUMNS[search_key(title)]: title for title in columns if search_key(title) in COLUMNS}


def _missing(columns: Iterable[str]) -> Iterator[Problem]:
    read = [COLUMNS[search_key(title)] for title in columns if search_key(title) in COLUMNS]
    for name, title in TITLES.items():
        if name not in read:
            yield Problem(1, title, Phrase("La colonne « {title} » manque.", title=title))
        elif read.count(name) > 1:
            yield Problem(
                1, title, Phrase("La colonne « {title} » figure plusieurs fois.", title=title)
            )


def _known(
    session: Session, rows: Iterable[Row], fields: Mapping[str, str], within: UUID | None
) -> _Known:
    institutions: dict[str, Institution] = {}
    for institution in session.exec(select(Institution).where(Institution.active)):
        institutions[search_key(institution.name)] = institution
        institutions.setdefault(search_key(institution.name_de), institution)
    emails = {row.cells[fields["email"]].strip().lower() for row in rows}
    people = session.exec(select(Person).where(Person.email.in_(emails))).all()
    seats = session.exec(
        select(Membership).where(Membership.person_id.in_([person.id for person in people]))
    ).all()
    return _Known(
        institutions,
        {person.email: person for person in people},
        {(seat.person_id, seat.institution_id): seat for seat in seats},
        {seat.person_id for seat in seats if within not in {None, seat.institution_id}},
    )


def _read(
    row: Row, fields: Mapping[str, str], known: _Known
) -> tuple[list[tuple[str, Phrase]], PersonRow | None]:
    cells = {name: row.cells[title] for name, title in fields.items() if row.cells[title]}
    wrong: dict[str, Phrase] = {}
    read = None
    try:
        read = PersonRow.model_validate(cells)
    except ValidationError as failure:
        wrong = errors_of(failure, PersonRow)
    institution = cells.get("institution", "")
    if institution and search_key(institution) not in known.institutions:
        wrong["institution"] = Phrase("Aucune institution ne porte ce nom.")
    return list(wrong.items()), None if wrong else read


def _objections(
    session: GuardedSession | SystemSession,
    line: int,
    read: PersonRow,
    institution: Institution,
    known: _Known,
    within: UUID | None,
) -> Iterator[tuple[str, Phrase]]:
    """What is wrong with a well written row beside the other rows and what is known."""
    if within is not None and institution.id != within:
        yield (
            "institution",
            Phrase("Vous inscrivez des personnes dans votre propre institution seulement."),
        )
    place = (read.email, institution.id)
    first_line, first = known.first_lines.setdefault(read.email, (line, read))
    if known.lines.setdefault(place, line) != line:
        yield (
            "email",
            Phrase("Cette adresse figure déjà à la ligne {line}.", line=known.lines[place]),
        )
    elif _name(first) != _name(read):
        yield (
            "last_name",
            Phrase("La même adresse porte un autre nom à la ligne {line}.", line=first_line),
        )
    person = known.people.get(read.email)
    if person is not None:
        yield from _objections_to_person(session, read, person, institution, known, within)


def _objections_to_person(
    session: GuardedSession | SystemSession,
    read: PersonRow,
    person: Person,
    institution: Institution,
    known: _Known,
    within: UUID | None,
) -> Iterator[tuple[str, Phrase]]:
    seat = known.seats.get((person.id, institution.id))
    if not person.active or (seat is not None and not seat.active):
        yield (
            "email",
            Phrase("L’accès de cette personne est fermé. Rouvrez-le d’abord dans sa fiche."),
        )
    renamed = (person.first_name, person.last_name) != _name(read)
    if renamed and person.id in known.elsewhere:
        yield (
            "last_name",
            Phrase(
                "Cette personne travaille aussi ailleurs : seule l’administration de la plateforme peut changer son nom."
            ),
        )
    own = isinstance(session, GuardedSession) and session.actor.person == person.id
    if own and (seat is None or seat.seat is not seat_of(read.title, institution.kind)):
        yield "title", Phrase("Seule une autre personne peut changer votre propre place.")


def _name(read: PersonRow) -> tuple[str, str]:
    return read.first_name, read.last_name


def seat_of(title: str, kind: Kind) -> Seat:
    """The seat that a function gives: the head, who manages people, otherwise a member."""
    if kind is Kind.PLATFORM:
        return Seat.ADMIN
    return _SEATS.get(search_key(title), Seat.MEMBER)


def _outcome(read: PersonRow, institution: Institution, known: _Known) -> str:
    """What one row does: "created", "updated", or "" where nothing changes."""
    person = known.people.get(read.email)
    seat = known.seats.get((person.id, institution.id)) if person else None
    if person is None or seat is None:
        return "created"
    changes = _differs(person, _names(read)) or _differs(seat, _function(read, institution))
    return "updated" if changes else ""


def _write(
    session: GuardedSession | SystemSession,
    rows: Iterable[tuple[PersonRow, Institution]],
    known: _Known,
) -> None:
    seats = []
    for read, institution in rows:
        person = known.people.get(read.email)
        if person is None:
            person = Person(email=read.email, language=read.language, first_name="", last_name="")
            known.people[read.email] = person
        person.sqlmodel_update(_names(read))
        session.add(person)
        seat = known.seats.get((person.id, institution.id))
        if seat is None:
            seat = Membership(person_id=person.id, institution_id=institution.id, seat=Seat.MEMBER)
        seat.sqlmodel_update(_function(read, institution))
        seats.append(seat)
        _record(session, person, institution)
    # A seat names its person: people are written first.
    session.flush()
    session.add_all(seats)


def _names(read: PersonRow) -> dict[str, str]:
    return {"first_name": read.first_name, "last_name": read.last_name}


def _function(read: PersonRow, institution: Institution) -> dict[str, object]:
    return {"seat": seat_of(read.title, institution.kind), "title": read.title}


def _differs(row: Person | Membership, wanted: Mapping[str, object]) -> bool:
    return any(getattr(row, name) != value for name, value in wanted.items())


def _record(
    session: GuardedSession | SystemSession, person: Person, institution: Institution
) -> None:
    if isinstance(session, GuardedSession):
        record(session, Act.PERSON_CHANGED, subject_id=person.id, ground="import")
    else:
        record_by_system(
            session,
            Act.PERSON_CHANGED,
            institution_id=institution.id,
            subject_id=person.id,
            ground="import",
        )
