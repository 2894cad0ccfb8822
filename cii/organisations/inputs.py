"""What an administrator submits about people, their seats and institutions."""

import re
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, Field, StringConstraints

from cii.access.actor import Kind, Seat
from cii.foundation.fields import Email, Input, Line, Name, Phone
from cii.foundation.texts import LANGUAGES, N_, Phrase, WrongInput

# Communes come from the register, and there is one platform.
ENTERED_KINDS = tuple(kind for kind in Kind if kind not in {Kind.COMMUNE, Kind.PLATFORM})


def _rate(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = value.strip().removesuffix("%").strip().replace(",", ".")
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,2})?", text) or Decimal(text) > 100:
        raise WrongInput(Phrase("Écrivez un pourcentage entre 0 et 100, comme 80 ou 62,5."))
    return Decimal(text)


def _language(value: Any) -> Any:
    if value not in LANGUAGES:
        raise WrongInput(Phrase("Choisissez une des réponses proposées."))
    return value


Rate = Annotated[Decimal, BeforeValidator(_rate)]
Language = Annotated[str, BeforeValidator(_language)]
InstitutionName = Annotated[Line, StringConstraints(min_length=1, max_length=120)]
Title = Annotated[Line, StringConstraints(max_length=120)]


class PersonInput(Input):
    """Who somebody is who works with the product."""

    first_name: Name = Field(description=N_("Indiquez le prénom."))
    last_name: Name = Field(description=N_("Indiquez le nom."))
    email: Email = Field(description=N_("Indiquez l’adresse électronique."))
    language: Language = Field(description=N_("Choisissez la langue."))
    phone: Phone = ""


class SeatInput(Input):
    """What somebody is in an institution; the rate is the percent of a post spent in tandems (VS-15, VS-16)."""

    seat: Seat = Field(description=N_("Choisissez la place dans l’institution."))
    title: Title = ""
    activity_rate: Rate | None = None


class NewSeatInput(SeatInput):
    """A seat in an institution that the administrator chooses."""

    institution_id: UUID = Field(description=N_("Choisissez l’institution."))


class NewPersonInput(PersonInput, SeatInput):
    """Somebody new with a first seat; in one's own institution where none is chosen."""

    institution_id: UUID | None = Field(default=None, description=N_("Choisissez l’institution."))


class InstitutionInput(Input):
    """How an institution is called, and in which language it is written to."""

    name: InstitutionName = Field(description=N_("Indiquez le nom français."))
    name_de: InstitutionName = Field(description=N_("Indiquez le nom allemand."))
    language: Language = Field(description=N_("Choisissez la langue."))


def _kind(value: Any) -> Any:
    if value not in {kind.value for kind in ENTERED_KINDS}:
        raise WrongInput(Phrase("Choisissez une des réponses proposées."))
    return value


class NewInstitutionInput(InstitutionInput):
    """An institution that takes part; communes come from the register and are not entered by hand."""

    kind: Annotated[Kind, BeforeValidator(_kind)] = Field(
        description=N_("Choisissez le genre d’institution.")
    )
