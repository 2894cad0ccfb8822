"""Types for what a person submits: a form's values become days, francs, numbers, or a sentence.

An input is a frozen pydantic model that refuses unknown fields. A field's `description` is the
sentence shown beside it when it was left empty.
"""

import unicodedata
from datetime import date, time
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints, ValidationError

from cii.foundation.avs import parse_avs
from cii.foundation.clock import today
from cii.foundation.days import parse_day, parse_time
from cii.foundation.money import parse_francs
from cii.foundation.texts import N_, Phrase, WrongInput


class Input(BaseModel):
    """What one form or one row may contain; anything else is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


def _invisible(letter: str) -> bool:
    return unicodedata.category(letter) in {"Cc", "Cs"} and letter not in "\n\t\r"


def printable(text: str) -> str:
    """The text without control characters, which no page can show."""
    return (
        "".join(letter for letter in text if not _invisible(letter))
        if not text.isprintable()
        else text
    )


def clean_text(value: Any) -> Any:
    """Text in one normal form; control characters, which no keyboard writes, are refused."""
    if not isinstance(value, str):
        return value
    text = unicodedata.normalize("NFC", value).replace("\r\n", "\n")
    if not text.isprintable() and any(_invisible(letter) for letter in text):
        raise WrongInput(Phrase("Ce texte contient un caractère invisible : écrivez-le à nouveau."))
    return text


def _one_line(value: Any) -> Any:
    text = clean_text(value)
    return " ".join(text.split()) if isinstance(text, str) else text


def _name(value: Any) -> Any:
    text = _one_line(value)
    if isinstance(text, str) and not all(
        letter.isalpha() or letter in " '’-.·" or unicodedata.category(letter) == "Mn"
        for letter in text
    ):
        raise WrongInput(
            Phrase(
                "Un nom s’écrit avec des lettres, des espaces, des traits d’union ou des apostrophes."
            )
        )
    return text


def _email(value: Any) -> Any:
    text = _one_line(value)
    if isinstance(text, str):
        local, at, domain = text.partition("@")
        if not (local and at and "." in domain and " " not in text and "@" not in domain):
            raise WrongInput(Phrase("Écrivez l’adresse comme prenom.nom@exemple.ch."))
        return text.lower()
    return text


def _phone(value: Any) -> Any:
    text = _one_line(value)
    if isinstance(text, str) and not (
        5 <= sum(letter.isdigit() for letter in text) <= 20
        and all(c.isdigit() or c in " +()-/." for c in text)
    ):
        raise WrongInput(Phrase("Écrivez le numéro comme +41 27 000 00 00."))
    return text


def _day(value: Any) -> Any:
    return parse_day(value, today()) if isinstance(value, str) else value


def _past_day(value: Any) -> Any:
    day = parse_day(value, today(), past=True) if isinstance(value, str) else value
    if isinstance(day, date) and day > today():
        raise WrongInput(Phrase("Cette date est à venir : indiquez aujourd’hui ou un jour passé."))
    return day


Line = Annotated[str, BeforeValidator(_one_line), StringConstraints(max_length=200)]
ShortLine = Annotated[str, BeforeValidator(_one_line), StringConstraints(max_length=80)]
Name = Annotated[str, BeforeValidator(_name), StringConstraints(min_length=1, max_length=80)]
Text = Annotated[str, BeforeValidator(clean_text), StringConstraints(max_length=2000)]
LongText = Annotated[str, BeforeValidator(clean_text), StringConstraints(max_length=20000)]
Email = Annotated[str, BeforeValidator(_email), StringConstraints(max_length=200)]
Phone = Annotated[str, BeforeValidator(_phone), StringConstraints(max_length=40)]
Day = Annotated[date, BeforeValidator(_day)]
PastDay = Annotated[date, BeforeValidator(_past_day)]
Hour = Annotated[
    time, BeforeValidator(lambda value: parse_time(value) if isinstance(value, str) else value)
]
Francs = Annotated[
    Decimal, BeforeValidator(lambda value: parse_francs(value) if isinstance(value, str) else value)
]
Avs = Annotated[
    str, BeforeValidator(lambda value: parse_avs(value) if isinstance(value, str) else value)
]


_SENTENCES = {
    "missing": N_("Remplissez ce champ."),
    "string_too_short": N_("Remplissez ce champ."),
    "enum": N_("Choisissez une des réponses proposées."),
    "literal_error": N_("Choisissez une des réponses proposées."),
    "uuid_parsing": N_("Choisissez une des réponses proposées."),
    "uuid_type": N_("Choisissez une des réponses proposées."),
    "bool_parsing": N_("Choisissez une des réponses proposées."),
    "int_parsing": N_("Écrivez un nombre entier."),
    "int_parsing_size": N_("Ce nombre est trop grand."),
    "decimal_parsing": N_("Écrivez un nombre."),
}
_OTHERWISE = N_("Cette réponse ne convient pas.")


def errors_of(failure: ValidationError, model: type[BaseModel]) -> dict[str, Phrase]:
    """The first error of each field as a sentence; "" is the form as a whole."""
    errors: dict[str, Phrase] = {}
    for error in failure.errors(include_url=False):
        name = str(error["loc"][0]) if error["loc"] else ""
        if name not in errors:
            errors[name] = _sentence(error, model, name)
    return errors


def _sentence(error: Any, model: type[BaseModel], name: str) -> Phrase:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return Phrase(
            "Ce champ n’existe pas dans ce formulaire : rechargez la page et recommencez."
        )
    if isinstance(context.get("error"), WrongInput):
        wrong: WrongInput = context["error"]
        return wrong.phrase
    if kind in {"missing", "string_too_short", "too_short"} and name in model.model_fields:
        return Phrase(model.model_fields[name].description or _SENTENCES["missing"])
    # Behind a validator of ours, pydantic calls a text that is too long by the name for lists.
    if kind in {"string_too_long", "too_long"}:
        return Phrase("{n} caractères au plus.", n=context["max_length"])
    if kind in {"less_than_equal", "greater_than_equal"}:
        return (
            Phrase("{n} au plus.", n=context["le"])
            if "le" in context
            else Phrase("{n} au moins.", n=context["ge"])
        )
    return Phrase(_SENTENCES.get(kind, _OTHERWISE))


def values_of(kind: type[Enum]) -> list[str]:
    """The values of an enumeration, in order."""
    return [member.value for member in kind]
