"""Entering and changing people, their seats and institutions. Access follows on the next request."""

from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from cii.access.actor import Kind, Seat
from cii.access.guard import GuardedSession
from cii.audit.actions import record
from cii.audit.models import Act
from cii.foundation.names import search_key
from cii.foundation.texts import Phrase, WrongInput
from cii.organisations.inputs import (
    InstitutionInput,
    NewInstitutionInput,
    NewPersonInput,
    NewSeatInput,
    PersonInput,
    SeatInput,
)
from cii.organisations.models import Institution, Membership, Person


class NotPossible(WrongInput):
    """Well written, but it does not go together with what is there; `field` is where to say so."""

    def __init__(self, field: str, phrase: Phrase) -> None:
        super().__init__(phrase)
        self.field = field


_TAKEN_ADDRESS = Phrase("Cette adresse vient d’être inscrite par quelqu’un d’autre.")
_SEATED = Phrase("Cette personne a déjà une place dans cette institution.")
_TAKEN_NAME = Phrase("Une institution porte déjà ce nom.")


def add_person(session: GuardedSession, given: NewPersonInput, institution: Institution) -> Person:
    """Enter somebody with a first seat; somebody known by this address receives the seat.

    NotPossible when the address belongs to somebody of another name, or the seat is there already.
    """
    person = session.exec(select(Person).where(Person.email == given.email)).first()
    if person is None:
        person = Person(
            first_name=given.first_name,
            last_name=given.last_name,
            email=given.email,
            language=given.language,
            phone=given.phone,
        )
        session.add(person)
        _flush(session, NotPossible("email", _TAKEN_ADDRESS))
    elif person.search_name != search_key(f"{given.last_name} {given.first_name}"):
        raise NotPossible("email", Phrase("Cette adresse appartient à {name}.", name=person.name))
    _give_seat(session, person, institution, given)
    return person


def give_seat(session: GuardedSession, person: Person, given: NewSeatInput) -> Membership:
    """Give somebody known a seat in another institution; NotPossible when it is there already."""
    institution = session.get(Institution, given.institution_id)
    if institution is None or not institution.active:
        raise NotPossible("institution_id", Phrase("Choisissez une des réponses proposées."))
    return _give_seat(session, person, institution, given)


def _give_seat(
    session: GuardedSession, person: Person, institution: Institution, given: SeatInput
) -> Membership:
    _check_seat(session, person, institution, given.seat)
    known = session.exec(
        select(Membership).where(
            Membership.person_id == person.id, Membership.institution_id == institution.id
        )
    ).first()
    taken = NotPossible("institution_id" if isinstance(given, NewSeatInput) else "email", _SEATED)
    if known is not None:
        raise taken
    seat = Membership(
        person_id=person.id,
        institution_id=institution.id,
        seat=given.seat,
        title=given.title,
        activity_rate=given.activity_rate,
    )
    session.add(seat)
    _flush(session, taken)
    record(session, Act.PERSON_CHANGED, subject_id=person.id, ground="seat", seat=str(seat.id))
    return seat


def change_person(session: GuardedSession, person: Person, given: PersonInput) -> None:
    """Change who somebody is; NotPossible when the address is somebody else's."""
    other = session.exec(
        select(Person).where(Person.email == given.email, Person.id != person.id)
    ).first()
    if other is not None:
        raise NotPossible("email", Phrase("Cette adresse appartient à {name}.", name=other.name))
    changed = [name for name, value in given.model_dump().items() if getattr(person, name) != value]
    if not changed:
        return
    person.sqlmodel_update(given.model_dump())
    session.add(person)
    _flush(session, NotPossible("email", _TAKEN_ADDRESS))
    record(session, Act.PERSON_CHANGED, subject_id=person.id, ground=" ".join(changed))


def change_seat(
    session: GuardedSession,
    person: Person,
    seat: Membership,
    institution: Institution,
    given: SeatInput,
) -> None:
    """Change what somebody is in an institution; the next request acts with it."""
    if seat.seat is not given.seat:
        _check_seat(session, person, institution, given.seat)
    seat.sqlmodel_update(given.model_dump())
    session.add(seat)
    record(session, Act.PERSON_CHANGED, subject_id=person.id, ground="seat", seat=str(seat.id))


def close_seat(session: GuardedSession, person: Person, seat: Membership) -> None:
    """End what somebody does in one institution; from the next request on nothing of it is open."""
    _set_seat_active(session, person, seat, active=False)


def reopen_seat(session: GuardedSession, person: Person, seat: Membership) -> None:
    """Take somebody back into the seat that he or she had."""
    _set_seat_active(session, person, seat, active=True)


def _set_seat_active(
    session: GuardedSession, person: Person, seat: Membership, *, active: bool
) -> None:
    _check_not_own(session, person)
    seat.active = active
    session.add(seat)
    ground = "seat-reopened" if active else "seat-closed"
    record(session, Act.PERSON_CHANGED, subject_id=person.id, ground=ground, seat=str(seat.id))


def deactivate_person(session: GuardedSession, person: Person) -> None:
    """Close all access of somebody; whoever is signed in is out on the next request."""
    _set_person_active(session, person, active=False)


def reactivate_person(session: GuardedSession, person: Person) -> None:
    """Give somebody back the access that he or she had."""
    _set_person_active(session, person, active=True)


def _set_person_active(session: GuardedSession, person: Person, *, active: bool) -> None:
    _check_not_own(session, person)
    person.active = active
    session.add(person)
    ground = "reactivated" if active else "deactivated"
    record(session, Act.PERSON_CHANGED, subject_id=person.id, ground=ground)


def _check_seat(
    session: GuardedSession, person: Person, institution: Institution, seat: Seat
) -> None:
    _check_not_own(session, person)
    if institution.kind is Kind.PLATFORM and seat is not Seat.ADMIN:
        raise NotPossible(
            "seat",
            Phrase("Dans l’administration de la plateforme, choisissez la gestion des personnes."),
        )


def _check_not_own(session: GuardedSession, person: Person) -> None:
    # Nobody opens cases to himself, and the last administrator cannot shut everybody out.
    if person.id == session.actor.person:
        raise NotPossible(
            "seat", Phrase("Seule une autre personne peut changer votre propre place.")
        )


def add_institution(session: GuardedSession, given: NewInstitutionInput) -> Institution:
    """Enter an institution; NotPossible when its name is taken."""
    _check_names(session, given, None)
    institution = Institution(**given.model_dump())
    session.add(institution)
    _flush(session, NotPossible("name", _TAKEN_NAME))
    record(session, Act.INSTITUTION_CHANGED, subject_id=institution.id, ground="added")
    return institution


def change_institution(
    session: GuardedSession, institution: Institution, given: InstitutionInput
) -> None:
    """Change the names and the language of an institution; NotPossible when a name is taken."""
    _check_names(session, given, institution)
    institution.sqlmodel_update(given.model_dump())
    session.add(institution)
    _flush(session, NotPossible("name", _TAKEN_NAME))
    record(session, Act.INSTITUTION_CHANGED, subject_id=institution.id, ground="changed")


def set_institution_active(
    session: GuardedSession, institution: Institution, *, active: bool
) -> None:
    """Close an institution to its people, or open it again; NotPossible for one's own."""
    if institution.id == session.actor.institution:
        raise NotPossible("active", Phrase("Vous agissez vous-même pour cette institution."))
    institution.active = active
    session.add(institution)
    ground = "reactivated" if active else "deactivated"
    record(session, Act.INSTITUTION_CHANGED, subject_id=institution.id, ground=ground)


def _check_names(
    session: GuardedSession, given: InstitutionInput, institution: Institution | None
) -> None:
    # A file of people names institutions in either language, without minding accents.
    taken = {
        search_key(name)
        for each in session.exec(select(Institution))
        if institution is None or each.id != institution.id
        for name in (each.name, each.name_de)
    }
    for field, name in (("name", given.name), ("name_de", given.name_de)):
        if search_key(name) in taken:
            raise NotPossible(field, _TAKEN_NAME)


def _flush(session: GuardedSession, otherwise: NotPossible) -> None:
    """Write now, so that what somebody else wrote at the same moment is said beside the field."""
    try:
        session.flush()
    except IntegrityError:
        session.rollback()
        raise otherwise from None
