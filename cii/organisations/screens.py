"""People and institutions: lists, entering and changing them, importing an office's file."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import closing
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Response, request
from pydantic import BaseModel

from cii.access.actor import Kind, Seat, role_of
from cii.access.guard import GuardedSession, Hidden
from cii.access.permissions import May
from cii.access.screens import access
from cii.foundation.fields import Input
from cii.foundation.texts import N_, Phrase
from cii.organisations import actions, queries
from cii.organisations.inputs import (
    ENTERED_KINDS,
    InstitutionInput,
    NewInstitutionInput,
    NewPersonInput,
    NewSeatInput,
    PersonInput,
    SeatInput,
)
from cii.organisations.models import Institution, Membership, Person
from cii.organisations.people_import import ImportReport, import_people
from cii.web.forms import Form, act, form
from cii.web.pages import page, redirect, say_done

screens = Blueprint("organisations", __name__)

SHOWN_ERRORS = 100
LARGEST_PEOPLE_FILE = 1024 * 1024  # bytes: it travels through the preview's form

SEATS = (
    (
        Seat.MEMBER,
        N_("collaboration"),
        N_(
            "Voit les dossiers auxquels elle ou il participe ; à la commune, au SAS, à la LMMT et au bureau CII, ceux de l’institution."
        ),
    ),
    (Seat.HEAD, N_("direction"), N_("Voit tous les dossiers de l’institution.")),
    (
        Seat.ADMIN,
        N_("gestion des personnes"),
        N_("Inscrit les personnes de l’institution et ne voit aucun dossier."),
    ),
)


@screens.get("/people")
@access(May.MANAGE_PEOPLE)
def people(session: GuardedSession) -> Response:
    """The people of one's institution, or of all."""
    words = request.args.get("q", "").strip()[:100]
    inactive = request.args.get("inactive") == "1"
    found, has_more = queries.people(
        session, words=words, inactive=inactive, after=_after(request.args.get("after", ""))
    )
    more = ""
    if has_more:
        last = found[-1]
        address = {"q": words, "inactive": "1" if inactive else "", "after": _key(last)}
        more = "/people?" + urlencode({name: value for name, value in address.items() if value})
    return page("organisations/people.html", found=found, words=words, inactive=inactive, more=more)


def _key(person: queries.ListedPerson) -> str:
    return f"{person.id.hex}_{person.search_name}"


def _after(text: str) -> tuple[str, UUID] | None:
    key, _, name = text.partition("_")
    try:
        return name, UUID(key)
    except ValueError:
        return None


@screens.route("/people/new", methods=["GET", "POST"])
@access(May.MANAGE_PEOPLE, write=May.MANAGE_PEOPLE)
def new_person(session: GuardedSession) -> Response:
    """Enter somebody with a first seat."""
    choices = _institution_choices(session)
    made = form(NewPersonInput, {"language": session.actor.language, "seat": Seat.MEMBER.value})
    if made.input:
        institution = _chosen_institution(session, made)
        if institution is not None:
            try:
                person = actions.add_person(session, made.input, institution)
            except actions.NotPossible as objection:
                made.refuse(objection.field, objection.phrase)
            else:
                say_done(N_("Inscription enregistrée : {name}."), name=person.name)
                return redirect(f"/people/{person.id}")
    return page(
        "organisations/person_new.html", _status(made), form=made, seats=SEATS, choices=choices
    )


def _institution_choices(session: GuardedSession) -> list[tuple[str, str]]:
    if queries.scope_of(session.actor) is not None:
        return []
    return queries.institution_choices(session)


def _chosen_institution(session: GuardedSession, made: Form[NewPersonInput]) -> Institution | None:
    """The institution of a first seat: one's own, or the one the platform's administrator chose."""
    assert made.input is not None
    scope = queries.scope_of(session.actor)
    key = made.input.institution_id or scope
    institution = session.get(Institution, key) if key else None
    if institution is not None and institution.active and scope in {None, institution.id}:
        return institution
    made.refuse("institution_id", Phrase("Choisissez une des institutions proposées."))
    return None


def _status(made: Form[Any]) -> int:
    return 422 if made.errors else 200


@screens.get("/people/<uuid:person_id>")
@access(May.MANAGE_PEOPLE)
def person(session: GuardedSession, person_id: UUID) -> Response:
    """Who somebody is, with the seats that the actor manages."""
    found = queries.person_file(session, person_id)
    return _person_page(found, Form(PersonInput, _typed(found.person, PersonInput)))


@screens.post("/people/<uuid:person_id>")
@access(May.MANAGE_PEOPLE)
def change_person(session: GuardedSession, person_id: UUID) -> Response:
    """Change who somebody is."""
    found = _whole(session, person_id)
    made = form(PersonInput)
    if made.input:
        try:
            actions.change_person(session, found.person, made.input)
        except actions.NotPossible as objection:
            made.refuse(objection.field, objection.phrase)
        else:
            say_done(N_("Modifications enregistrées."))
            return redirect(f"/people/{person_id}")
    return _person_page(found, made)


@screens.post("/people/<uuid:person_id>/active")
@access(May.MANAGE_PEOPLE)
def set_person_active(session: GuardedSession, person_id: UUID) -> Response:
    """Close or give back all access of somebody."""
    found = _whole(session, person_id)
    made = Form(PersonInput, _typed(found.person, PersonInput))
    try:
        if act() == "deactivate":
            actions.deactivate_person(session, found.person)
            say_done(N_("Accès fermé : {name}."), name=found.person.name)
        else:
            actions.reactivate_person(session, found.person)
            say_done(N_("Accès rouvert : {name}."), name=found.person.name)
    except actions.NotPossible as objection:
        made.refuse("", objection.phrase)
        return _person_page(found, made)
    return redirect(f"/people/{person_id}")


def _whole(session: GuardedSession, person_id: UUID) -> queries.PersonFile:
    found = queries.person_file(session, person_id)
    if not found.is_whole:
        raise Hidden("Person")
    return found


def _person_page(found: queries.PersonFile, made: Form[PersonInput]) -> Response:
    return page(
        "organisations/person.html",
        _status(made),
        found=found,
        form=made,
        role_of=role_of,
        percent=_as_typed,
    )


def _typed(row: Person | Membership | Institution, model: type[BaseModel]) -> dict[str, Any]:
    """What stands in a form before anything was typed."""
    return {name: _as_typed(getattr(row, name)) for name in model.model_fields}


def _as_typed(value: Any) -> str:
    if isinstance(value, (Seat, Kind)):
        return str(value.value)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}".replace(".", ",")
    return "" if value is None else str(value)


@screens.route("/people/<uuid:person_id>/seats/new", methods=["GET", "POST"])
@access(May.MANAGE_INSTITUTIONS, write=May.MANAGE_INSTITUTIONS)
def new_seat(session: GuardedSession, person_id: UUID) -> Response:
    """Give somebody known a seat in another institution."""
    found = queries.person_file(session, person_id)
    choices = queries.institution_choices(session)
    made = form(NewSeatInput, {"seat": Seat.MEMBER.value})
    if made.input:
        try:
            actions.give_seat(session, found.person, made.input)
        except actions.NotPossible as objection:
            made.refuse(objection.field, objection.phrase)
        else:
            say_done(N_("La place est enregistrée."))
            return redirect(f"/people/{person_id}")
    return page(
        "organisations/seat.html",
        _status(made),
        form=made,
        person=found.person,
        institution=None,
        seat=None,
        seats=SEATS,
        choices=choices,
    )


@screens.route("/people/<uuid:person_id>/seats/<uuid:membership_id>", methods=["GET", "POST"])
@access(May.MANAGE_PEOPLE, write=May.MANAGE_PEOPLE)
def seat(session: GuardedSession, person_id: UUID, membership_id: UUID) -> Response:
    """What somebody is in one institution."""
    person, held, institution = queries.managed_seat(session, person_id, membership_id)
    made = form(SeatInput, _typed(held, SeatInput))
    if made.input:
        try:
            actions.change_seat(session, person, held, institution, made.input)
        except actions.NotPossible as objection:
            made.refuse(objection.field, objection.phrase)
        else:
            say_done(N_("La place est enregistrée."))
            return redirect(f"/people/{person_id}")
    return _seat_page(person, held, institution, made)


@screens.post("/people/<uuid:person_id>/seats/<uuid:membership_id>/active")
@access(May.MANAGE_PEOPLE)
def set_seat_active(session: GuardedSession, person_id: UUID, membership_id: UUID) -> Response:
    """Close or give back what somebody is in one institution."""
    person, held, institution = queries.managed_seat(session, person_id, membership_id)
    try:
        if act() == "close":
            actions.close_seat(session, person, held)
            say_done(N_("La place est fermée."))
        else:
            actions.reopen_seat(session, person, held)
            say_done(N_("La place est rouverte."))
    except actions.NotPossible as objection:
        made = Form(SeatInput, _typed(held, SeatInput))
        made.refuse("", objection.phrase)
        return _seat_page(person, held, institution, made)
    return redirect(f"/people/{person_id}")


def _seat_page(
    person: Person, held: Membership, institution: Institution, made: Form[SeatInput]
) -> Response:
    return page(
        "organisations/seat.html",
        _status(made),
        form=made,
        person=person,
        institution=institution,
        seat=held,
        seats=SEATS,
        choices=[],
    )


class PeopleFile(Input):
    """The file as the preview carries it on, in letters that a form can hold."""

    content: str = ""


@screens.route("/people/import", methods=["GET", "POST"])
@access(May.MANAGE_PEOPLE, write=May.MANAGE_PEOPLE)
def import_file(session: GuardedSession) -> Response:
    """Import people from a file: first what it would change, then, on request, all of it."""
    made = form(PeopleFile)
    content = _content(made) if made.input else b""
    report = None
    if content:
        scope = queries.scope_of(session.actor)
        report = import_people(session, content, within=scope, only_check=act() != "import")
        if report.errors:
            return _import_page(made, report)
        if act() == "import":
            say_done(
                N_("Personnes inscrites : {created}. Modifiées : {updated}. Inchangées : {same}."),
                created=report.created,
                updated=report.updated,
                same=report.unchanged,
            )
            return redirect("/people")
        made.typed["content"] = urlsafe_b64encode(content).decode()
    return _import_page(made, report)


def _import_page(made: Form[PeopleFile], report: ImportReport | None) -> Response:
    wrong = bool(made.errors or (report and report.errors))
    return page(
        "organisations/people_import.html",
        422 if wrong else 200,
        form=made,
        report=report,
        shown_errors=SHOWN_ERRORS,
    )


def _content(made: Form[PeopleFile]) -> bytes:
    """The chosen file, or the one that the preview carried on; empty with a sentence beside the field."""
    assert made.input is not None
    file = request.files.get("file")
    if file is None or not file.filename:
        try:
            content = urlsafe_b64decode(made.input.content)
        except (binascii.Error, ValueError):
            content = b""
    else:
        with closing(file):
            content = file.read(LARGEST_PEOPLE_FILE + 1)
    if not content:
        made.refuse("file", Phrase("Choisissez un fichier CSV ou XLSX."))
    elif len(content) > LARGEST_PEOPLE_FILE:
        made.refuse(
            "file",
            Phrase("Le fichier dépasse {megabytes} Mo. Partagez-le en plusieurs.", megabytes=1),
        )
        return b""
    return content


@screens.get("/institutions")
@access(May.MANAGE_INSTITUTIONS)
def institutions(session: GuardedSession) -> Response:
    """All institutions, or those of one kind."""
    try:
        kind = Kind(request.args.get("kind", ""))
    except ValueError:
        kind = None
    return page(
        "organisations/institutions.html",
        found=queries.institutions(session, kind),
        kind=kind,
        kinds=list(Kind),
    )


@screens.route("/institutions/new", methods=["GET", "POST"])
@access(May.MANAGE_INSTITUTIONS, write=May.MANAGE_INSTITUTIONS)
def new_institution(session: GuardedSession) -> Response:
    """Enter an institution."""
    made = form(NewInstitutionInput, {"language": "fr"})
    if made.input:
        try:
            institution = actions.add_institution(session, made.input)
        except actions.NotPossible as objection:
            made.refuse(objection.field, objection.phrase)
        else:
            say_done(N_("L’institution est inscrite."))
            return redirect(f"/institutions?kind={institution.kind.value}")
    return page(
        "organisations/institution.html",
        _status(made),
        form=made,
        institution=None,
        kinds=ENTERED_KINDS,
    )


@screens.route("/institutions/<uuid:institution_id>", methods=["GET", "POST"])
@access(May.MANAGE_INSTITUTIONS, write=May.MANAGE_INSTITUTIONS)
def institution(session: GuardedSession, institution_id: UUID) -> Response:
    """Change how an institution is called."""
    found = _entered(session, institution_id)
    made = form(InstitutionInput, _typed(found, InstitutionInput))
    if made.input:
        try:
            actions.change_institution(session, found, made.input)
        except actions.NotPossible as objection:
            made.refuse(objection.field, objection.phrase)
        else:
            say_done(N_("Modifications enregistrées."))
            return redirect(f"/institutions?kind={found.kind.value}")
    return page(
        "organisations/institution.html", _status(made), form=made, institution=found, kinds=()
    )


@screens.post("/institutions/<uuid:institution_id>/active")
@access(May.MANAGE_INSTITUTIONS)
def set_institution_active(session: GuardedSession, institution_id: UUID) -> Response:
    """Close an institution to its people, or open it again."""
    found = _entered(session, institution_id)
    try:
        actions.set_institution_active(session, found, active=act() == "reactivate")
    except actions.NotPossible as objection:
        made = Form(InstitutionInput, _typed(found, InstitutionInput))
        made.refuse("", objection.phrase)
        return page("organisations/institution.html", 422, form=made, institution=found, kinds=())
    if found.active:
        say_done(N_("L’institution est rouverte."))
    else:
        say_done(
            N_(
                "L’institution est fermée : ses collaboratrices et collaborateurs n’y ont plus accès."
            )
        )
    return redirect(f"/institutions/{institution_id}")


def _entered(session: GuardedSession, institution_id: UUID) -> Institution:
    """An institution that is changed here; communes follow the register."""
    found = session.find(Institution, institution_id)
    if found.kind is Kind.COMMUNE:
        raise Hidden("Institution")
    return found
