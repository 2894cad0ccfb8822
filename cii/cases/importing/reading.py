"""A file of announcements: its columns, what each cell means, and what is wrong with a row."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final
from uuid import UUID

import sqlalchemy as sa
from pydantic import BeforeValidator, Field, StringConstraints, ValidationError
from sqlmodel import select

from cii.access.actor import Kind, Seat
from cii.access.system import SystemSession
from cii.cases.importing import vocabulary as words
from cii.cases.importing.vocabulary import one, parts_of, several, with_more
from cii.cases.inputs import AnnouncementInput
from cii.cases.lifecycle import OPEN_STATES
from cii.cases.models import Case, CaseIdentity
from cii.foundation.avs import AvsError, digits_of, parse_avs
from cii.foundation.cells import Problem, Row, Table, TableError, decode_table
from cii.foundation.fields import PastDay, clean_text, errors_of
from cii.foundation.names import search_key
from cii.foundation.texts import N_, Phrase, WrongInput
from cii.organisations.models import Commune, Institution, Membership, Person

Reference = Annotated[str, BeforeValidator(clean_text), StringConstraints(max_length=40)]
Errors = Mapping[str, Phrase]


class ImportedInput(AnnouncementInput):
    """One row: an announcement, when it was made, and the procuration that was signed for it."""

    reference: Reference = Field(description=N_("Indiquez la référence de l’annonce."))
    announced_on: PastDay = Field(description=N_("Indiquez la date de l’annonce."))
    signed_on: PastDay | None = None
    opened_to: list[Kind] = []


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title, what is written in it, the fields of ImportedInput that it fills, and how."""

    title: str
    content: str
    fields: tuple[str, ...] = ()
    read: Callable[[str], tuple[object, ...]] = lambda cell: (cell,)


def _name(cell: str) -> tuple[object, ...]:
    if "?" in cell:
        raise WrongInput(_LOST_LETTER)
    return (cell,)


def _commune(cell: str) -> tuple[object, ...]:
    if not (cell.isascii() and cell.isdigit() and len(cell) <= 6):
        raise WrongInput(_COMMUNE)
    return (int(cell),)


def _risk_factors(cell: str) -> tuple[object, ...]:
    known = {part: words.FACTORS.find(part) for part in parts_of(cell)}
    keys = dict.fromkeys(key for key in known.values() if key)
    return list(keys), "; ".join(part for part, key in known.items() if not key)


def _past_measure(cell: str) -> tuple[object, ...]:
    kind, name = with_more(words.PAST_MEASURE, cell, _PAST_MEASURE)
    # The text asks for a measure by name (VS-10): without another one the words of the office are it.
    return kind, name or cell


_LOST_LETTER: Final = Phrase(
    "Une lettre s’est perdue à la place du point d’interrogation. Écrivez le nom à nouveau."
)
_COMMUNE: Final = Phrase(
    "Aucune commune du Valais ne porte ce numéro OFS. Écrivez par exemple 6266 pour Sion."
)
_LANGUAGE: Final = Phrase("La langue des lettres est le français (fr) ou l’allemand (de).")
_REGIMES: Final = Phrase("Écrivez LACI, LEMC ou LIAS ; plusieurs régimes avec un point-virgule.")
_YES_NO: Final = Phrase("Écrivez « oui » ou « non ».")
_GROUND: Final = Phrase(
    "Écrivez « cumul de facteurs de risque » ou « problématique multiple complexe »."
)
_DIFFICULTIES: Final = Phrase(
    "Écrivez « activité limitée adaptée », « aptitude au placement discutable » ou les deux, avec un point-virgule."
)
_INSERTION: Final = Phrase("Écrivez « partielle » ou « aucune ».")
_YES_REASON: Final = Phrase("Écrivez « oui : » et les raisons, ou « non ».")
_PAST_MEASURE: Final = Phrase(
    "Écrivez « mesure du programme de base » ou « vérification de l’employabilité »."
)
_INDICATED: Final = Phrase(
    "Écrivez « intégration professionnelle indiquée » ou « intégration professionnelle non indiquée »."
)
_PARTIES: Final = Phrase(
    "Écrivez ORP, CMS, bureau CII, commune, SAS ou LMMT ; plusieurs institutions avec un point-virgule."
)

INSTITUTION: Final = "annonce_par"
PROFESSIONAL: Final = "professionnel"
REFERENCE: Final = "reference"
AVS_NUMBER: Final = "numero_avs"

COLUMNS: Final = (
    Column(REFERENCE, N_("référence de l’annonce dans votre institution"), ("reference",)),
    Column(INSTITUTION, N_("nom de l’ORP ou du CMS")),
    Column(PROFESSIONAL, N_("adresse électronique de la personne qui annonce")),
    Column("date_annonce", N_("date, comme 31.12.2026"), ("announced_on",)),
    Column("nom", N_("nom"), ("last_name",), _name),
    Column("prenom", N_("prénom"), ("first_name",), _name),
    Column("date_naissance", N_("date, comme 31.12.2026"), ("birth_date",)),
    Column(AVS_NUMBER, N_("treize chiffres, comme 756.1234.5678.97"), ("avs_number",)),
    Column("commune_ofs", N_("numéro OFS, comme 6266 pour Sion"), ("commune",), _commune),
    Column(
        "langue",
        N_("fr ou de"),
        ("language",),
        lambda cell: (one(words.SPOKEN, cell, _LANGUAGE),),
    ),
    Column("telephone", N_("numéro, comme +41 27 000 00 00"), ("phone",)),
    Column(
        "regimes",
        N_("LACI, LEMC, LIAS ; plusieurs avec un point-virgule"),
        ("regimes",),
        lambda cell: (several(words.REGIMES, cell, _REGIMES),),
    ),
    Column(
        "suivi_orp",
        N_("oui ou non"),
        ("followed_by_orp",),
        lambda cell: (one(words.ANSWERS, cell, _YES_NO),),
    ),
    Column(
        "suivi_cms",
        N_("oui ou non"),
        ("followed_by_cms",),
        lambda cell: (one(words.ANSWERS, cell, _YES_NO),),
    ),
    Column(
        "motif",
        N_("cumul de facteurs de risque, ou problématique multiple complexe"),
        ("ground",),
        lambda cell: (one(words.GROUND, cell, _GROUND),),
    ),
    Column(
        "facteurs_de_risque",
        N_("un ou plusieurs, avec un point-virgule"),
        ("risk_factors", "other_risk_factor"),
        _risk_factors,
    ),
    Column(
        "difficultes",
        N_("activité limitée adaptée, aptitude au placement discutable, ou les deux"),
        ("difficulties",),
        lambda cell: (several(words.DIFFICULTY, cell, _DIFFICULTIES),),
    ),
    Column(
        "insertion",
        N_("partielle ou aucune"),
        ("insertion",),
        lambda cell: (one(words.INSERTION, cell, _INSERTION),),
    ),
    Column(
        "potentiel",
        N_("« oui : » et les raisons, ou « non »"),
        ("potential", "potential_reason"),
        lambda cell: with_more(words.ANSWERS, cell, _YES_REASON),
    ),
    Column(
        "coaching_intensif",
        N_("« oui : » et les raisons, ou « non »"),
        ("intensive_coaching", "intensive_coaching_reason"),
        lambda cell: with_more(words.ANSWERS, cell, _YES_REASON),
    ),
    Column(
        "mesure_prealable",
        N_("mesure du programme de base, ou vérification de l’employabilité"),
        ("past_measure", "past_measure_name"),
        _past_measure,
    ),
    Column("mesure_prealable_fin", N_("date, comme 31.12.2026"), ("past_measure_ended_on",)),
    Column(
        "verification_employabilite", N_("date, comme 31.12.2026"), ("employability_verified_on",)
    ),
    Column(
        "verification_resultat",
        N_("intégration professionnelle indiquée, ou non indiquée"),
        ("integration_indicated",),
        lambda cell: (one(words.INDICATED, cell, _INDICATED),),
    ),
    Column("procuration_signee_le", N_("date, comme 31.12.2026"), ("signed_on",)),
    Column(
        "procuration_institutions",
        N_("ORP, CMS, bureau CII, commune, SAS, LMMT ; celles que la procuration nomme"),
        ("opened_to",),
        lambda cell: (several(words.PARTIES, cell, _PARTIES),),
    ),
)
_COLUMN_OF: Final = {field: column.title for column in COLUMNS for field in column.fields}
COLUMN_TITLES: Final = tuple(column.title for column in COLUMNS)
_OTHER_PERSON: Final = Phrase(
    "Une autre personne a déjà été annoncée sous cette référence. Donnez-en une nouvelle."
)
# Two cells of which the first says nothing without the second.
_NEEDS: Final = {
    "mesure_prealable_fin": (
        "mesure_prealable",
        Phrase("Indiquez la mesure qui s’est terminée à cette date."),
    ),
    "procuration_signee_le": (
        "procuration_institutions",
        Phrase("Indiquez les institutions que la procuration nomme."),
    ),
    "procuration_institutions": (
        "procuration_signee_le",
        Phrase("Indiquez le jour où la procuration a été signée."),
    ),
}


def read_rows(content: bytes) -> Table:
    """The rows of a file of announcements, by the titles of COLUMNS; TableError when the file is not one.

    Among the problems of the table are references that stand twice: which of both is meant, nobody can tell.
    """
    table = decode_table(content)
    titles = {title: search_key(title).replace(" ", "_") for title in table.columns}
    _check_titles(table, titles)
    if not table.rows:
        raise TableError(Phrase("Le fichier ne contient aucune annonce."))
    rows = tuple(
        Row(row.line, {titles[title]: cell for title, cell in row.cells.items()})
        for row in table.rows
    )
    problems = [
        Problem(each.line, titles[each.column] if each.column else None, each.phrase)
        for each in table.problems
    ]
    return Table(tuple(titles.values()), rows, (*problems, *_repeated(rows)))


def _check_titles(table: Table, titles: Mapping[str, str]) -> None:
    for problem in table.problems:
        if problem.line == 1:
            raise TableError(problem.phrase)
    found = [titles[title] for title in table.columns]
    missing = [column.title for column in COLUMNS if column.title not in found]
    unknown = [title for title in titles if titles[title] not in COLUMN_TITLES]
    twice = [title for title in COLUMN_TITLES if found.count(title) > 1]
    if missing:
        raise TableError(Phrase("Ces colonnes manquent : {columns}.", columns=", ".join(missing)))
    if unknown:
        raise TableError(
            Phrase(
                "Ces colonnes ne sont pas connues : {columns}. Corrigez leur titre ou retirez-les.",
                columns=", ".join(unknown),
            )
        )
    if twice:
        raise TableError(
            Phrase("Ces colonnes figurent plusieurs fois : {columns}.", columns=", ".join(twice))
        )


def _repeated(rows: Iterable[Row]) -> Iterator[Problem]:
    lines: dict[str, list[int]] = {}
    for row in rows:
        if row.cells[REFERENCE]:
            lines.setdefault(row.cells[REFERENCE], []).append(row.line)
    for same in lines.values():
        for line in same if len(same) > 1 else ():
            other = same[1] if line == same[0] else same[0]
            yield Problem(
                line,
                REFERENCE,
                Phrase("Cette référence figure aussi à la ligne {line}.", line=other),
            )


@dataclass(frozen=True, slots=True)
class Office:
    """An ORP or a CMS: those who announce."""

    id: UUID
    kind: Kind
    name: str


@dataclass(frozen=True, slots=True)
class Lookups:
    """What rows are held against; `within` is the only institution for which rows are taken, None for all."""

    communes: frozenset[int]
    offices: Mapping[str, Office]
    professionals: Mapping[tuple[UUID, str], UUID]
    within: Office | None


@dataclass(frozen=True, slots=True)
class Announcement:
    """A good row: what is announced, by which institution and which of its professionals."""

    given: ImportedInput
    office: Office
    membership: UUID


@dataclass(frozen=True, slots=True)
class Checked:
    """A row: an announcement, or one that is there already, or its errors by column ("" is the whole row)."""

    announcement: Announcement | None = None
    is_known: bool = False
    errors: Errors = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """The cases that are there already, of the institutions that announced them.

    `numbers` are AVS numbers by the institution's own reference; `references` those of open cases by
    AVS number.
    """

    numbers: Mapping[tuple[UUID, str], str]
    references: Mapping[tuple[UUID, str], str]


def look_up(system: SystemSession, within: UUID | None) -> Lookups:
    """What rows are held against, in three queries."""
    offices: dict[str, Office] = {}
    by_id: dict[UUID, Office] = {}
    for institution in system.exec(
        select(Institution).where(Institution.kind.in_([Kind.ORP, Kind.CMS]), Institution.active)
    ):
        office = Office(institution.id, institution.kind, institution.name)
        by_id[office.id] = offices[search_key(institution.name)] = office
        offices.setdefault(search_key(institution.name_de), office)
    professionals = system.exec(
        select(Membership.institution_id, Person.email, Membership.id)
        .join(Person, Person.id == Membership.person_id)
        .where(
            Membership.institution_id.in_(by_id),
            Membership.seat != Seat.ADMIN,
            Membership.active,
            Person.active,
        )
    )
    return Lookups(
        frozenset(system.exec(select(Commune.number))),
        offices,
        {(institution, email): seat for institution, email, seat in professionals},
        by_id[within] if within else None,
    )


def known_among(system: SystemSession, rows: Iterable[Mapping[str, str]]) -> Known:
    """The cases that carry a reference or an AVS number of one of these rows, in two queries."""
    cells = [(row[REFERENCE], digits_of(row[AVS_NUMBER])) for row in rows]
    columns = (
        Case.announcing_institution_id,
        Case.office_reference,
        Case.reference,
        CaseIdentity.avs_number,
    )
    statement = sa.select(*columns).join_from(Case, CaseIdentity, CaseIdentity.case_id == Case.id)
    by_reference = system.execute(
        statement.where(Case.office_reference.in_([reference for reference, _ in cells]))
    )
    by_number = system.execute(
        statement.where(
            CaseIdentity.avs_number.in_([number for _, number in cells if number]),
            Case.state.in_(OPEN_STATES),
        ).order_by(Case.announced_on, Case.reference)
    )
    return Known(
        {(office, reference): number for office, reference, _, number in by_reference},
        {(office, number): own or reference for office, own, reference, number in by_number},
    )


def _is_right(number: str) -> bool:
    try:
        return bool(parse_avs(number))
    except AvsError:
        return False


def announced_twice(rows: Sequence[Row], lookups: Lookups, system: SystemSession) -> list[Problem]:
    """New rows of a file in which one institution announces one person under several references.

    Rows of an institution for which the reader does not import are not held against what it announced.
    """
    same: dict[tuple[UUID, str], list[Row]] = {}
    for row in rows:
        office, number = _office_in(row.cells, lookups), digits_of(row.cells[AVS_NUMBER])
        if office is not None and lookups.within in {None, office}:
            same.setdefault((office.id, number), []).append(row)
    repeated = {key: group for key, group in same.items() if len(group) > 1 and _is_right(key[1])}
    known = known_among(system, (row.cells for group in repeated.values() for row in group))
    problems = []
    for (office_id, number), group in repeated.items():
        new = [
            row for row in group if known.numbers.get((office_id, row.cells[REFERENCE])) != number
        ]
        for row in new:
            other = next(
                (each for each in new if each.cells[REFERENCE] != row.cells[REFERENCE]), None
            )
            if other is not None:
                phrase = Phrase("Cette personne figure aussi à la ligne {line}.", line=other.line)
                problems.append(Problem(row.line, AVS_NUMBER, phrase))
    return problems


def check(cells: Mapping[str, str], lookups: Lookups, known: Known) -> Checked:
    """What a row means; every one of its errors, each beside its column, with what to write instead."""
    values, errors = _meanings(cells)
    office = _office(cells, lookups, errors)
    membership = _professional(cells, office, lookups, errors)
    if office is not None and membership is not None:
        side = "orp" if office.kind is Kind.ORP else "cms"
        if values.get(f"followed_by_{side}"):
            values[f"{side}_professional"] = membership
    given = None
    try:
        given = ImportedInput.model_validate(values)
    except ValidationError as failure:
        for name, phrase in errors_of(failure, ImportedInput).items():
            errors.setdefault(_COLUMN_OF.get(name, ""), phrase)
    if given is not None and office is not None and INSTITUTION not in errors:
        before = known.numbers.get((office.id, given.reference))
        if before == given.avs_number:
            return Checked(is_known=True)
        if before is not None:
            errors[REFERENCE] = _OTHER_PERSON
        elif (office.id, given.avs_number) in known.references:
            errors[AVS_NUMBER] = Phrase(
                "Cette personne est déjà annoncée sous la référence {reference}.",
                reference=known.references[office.id, given.avs_number],
            )
    if given is not None and given.commune not in lookups.communes:
        errors["commune_ofs"] = _COMMUNE
    if errors or given is None or office is None or membership is None:
        return Checked(errors=in_order(errors))
    return Checked(Announcement(given, office, membership))


def in_order(errors: Errors) -> dict[str, Phrase]:
    """The errors of a row in the order of the columns."""
    return {title: errors[title] for title in ("", *COLUMN_TITLES) if title in errors}


def _meanings(cells: Mapping[str, str]) -> tuple[dict[str, object], dict[str, Phrase]]:
    values: dict[str, object] = {}
    errors: dict[str, Phrase] = {}
    for column in COLUMNS:
        cell = cells[column.title]
        if not cell:
            continue
        try:
            values.update(zip(column.fields, column.read(cell), strict=False))
        except WrongInput as wrong:
            errors[column.title] = wrong.phrase
        other = _NEEDS.get(column.title)
        if other is not None and not cells[other[0]]:
            errors[other[0]] = other[1]
    return values, errors


def _office_in(cells: Mapping[str, str], lookups: Lookups) -> Office | None:
    return lookups.offices.get(search_key(cells[INSTITUTION]))


def _office(cells: Mapping[str, str], lookups: Lookups, errors: dict[str, Phrase]) -> Office | None:
    office = _office_in(cells, lookups)
    if not cells[INSTITUTION]:
        errors[INSTITUTION] = Phrase("Indiquez l’institution qui annonce.")
    elif office is None:
        errors[INSTITUTION] = Phrase(
            "Aucun ORP ni CMS ne porte ce nom. Écrivez-le comme dans CII, par exemple « {name} ».",
            name=min(each.name for each in lookups.offices.values()) if lookups.offices else "",
        )
    elif lookups.within is not None and office != lookups.within:
        errors[INSTITUTION] = Phrase(
            "Vous importez les annonces de votre institution seulement : {name}.",
            name=lookups.within.name,
        )
    return office


def _professional(
    cells: Mapping[str, str], office: Office | None, lookups: Lookups, errors: dict[str, Phrase]
) -> UUID | None:
    if not cells[PROFESSIONAL]:
        errors[PROFESSIONAL] = Phrase("Indiquez l’adresse électronique de la personne qui annonce.")
    if office is None or not cells[PROFESSIONAL]:
        return None
    membership = lookups.professionals.get((office.id, cells[PROFESSIONAL].lower()))
    if membership is None:
        errors[PROFESSIONAL] = Phrase(
            "Personne n’a cette adresse dans « {name} ». Écrivez celle de la personne qui annonce, comme dans CII.",
            name=office.name,
        )
    return membership
