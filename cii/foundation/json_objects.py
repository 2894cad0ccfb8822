"""JSON that another system hands in: one object or a list, read strictly, each complaint naming object and field.

Nothing is guessed: true is not 1, "266" is not 266, a field that stands there twice or that nobody knows is refused.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from cii.foundation.texts import N_, Phrase, texts

LIMIT: Final = 64_000_000
"""Bytes that are read of one input: some three hundred thousand questions."""

_TOLD: Final = 20


class NotOfThisForm(ValueError):
    """The input cannot be used; `complaints` say which object, which field and what was expected."""

    def __init__(self, *complaints: Phrase) -> None:
        super().__init__(*complaints)
        self.complaints = complaints

    def told(self, language: str) -> str:
        """The complaints, one a line; after the first twenty, how many there are besides."""
        said = texts(language)
        lines = [said.say_phrase(complaint) for complaint in self.complaints[:_TOLD]]
        if left := len(self.complaints) - len(lines):
            lines.append(
                said.plural(
                    "{n} autre erreur n’est pas montrée.",
                    "{n} autres erreurs ne sont pas montrées.",
                    left,
                )
            )
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an object: what is expected, in words and as a test; without it `default` holds."""

    expected: Phrase
    accepts: Callable[[object], bool]
    required: bool = True
    default: object = None


@dataclass(frozen=True, slots=True)
class Batch:
    """The objects of an input, each with all of its fields, and whether they came as a list."""

    objects: tuple[Mapping[str, Any], ...]
    as_list: bool


def read_objects(raw: bytes, fields: Mapping[str, Field]) -> Batch:
    """The objects of a UTF-8 input; NotOfThisForm with every complaint when a single one is not of this form."""
    content = _parsed(raw)
    if not isinstance(content, list | _Object):
        raise NotOfThisForm(
            Phrase(
                N_("Attendu : un objet ou une liste d’objets. Reçu : {found}."),
                found=_shown(content),
            )
        )
    items: list[Any] = content if isinstance(content, list) else [content]
    complaints = [
        complaint
        for place, item in enumerate(items, start=1)
        for complaint in _complaints(place, item, fields)
    ]
    if complaints:
        raise NotOfThisForm(*complaints)
    defaults = {name: field.default for name, field in fields.items()}
    objects = tuple(defaults | item.content for item in items)
    return Batch(objects, as_list=isinstance(content, list))


def is_text(value: object) -> bool:
    """Whether a value is a text that can be written again: half of a surrogate pair cannot."""
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_whole_number(value: object) -> bool:
    """Whether a value is a whole number, and neither true nor 1.0."""
    return type(value) is int


def is_truth(value: object) -> bool:
    """Whether a value is true or false."""
    return isinstance(value, bool)


@dataclass(frozen=True, slots=True)
class _Object:
    """An object as it was written: its fields, and the names that stand there twice."""

    content: dict[str, Any]
    twice: tuple[str, ...]


def _object(pairs: list[tuple[str, Any]]) -> _Object:
    content: dict[str, Any] = {}
    twice = []
    for name, value in pairs:
        if name in content:
            twice.append(name)
        content[name] = value
    return _Object(content, tuple(dict.fromkeys(twice)))


def _no_number(name: str) -> NoReturn:
    raise NotOfThisForm(Phrase(N_("{found} n’est pas un nombre en JSON."), found=name))


def _parsed(raw: bytes) -> Any:
    if len(raw) > LIMIT:
        raise NotOfThisForm(
            Phrase(
                N_(
                    "L’entrée dépasse {megabytes} millions d’octets : envoyez-la en plusieurs parties."
                ),
                megabytes=LIMIT // 1_000_000,
            )
        )
    try:
        # Some systems begin a file with a byte order mark.
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotOfThisForm(
            Phrase(N_("L’entrée n’est pas codée en UTF-8 (octet {place})."), place=error.start + 1)
        ) from None
    if not text.strip():
        raise NotOfThisForm(
            Phrase(N_("L’entrée est vide. Attendu : un objet JSON ou une liste d’objets."))
        )
    try:
        content = json.loads(text, object_pairs_hook=_object, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise NotOfThisForm(
            Phrase(
                N_(
                    "L’entrée n’est pas du JSON à partir de la ligne {line}, colonne {column}. Attendu : un objet ou une liste d’objets."
                ),
                line=error.lineno,
                column=error.colno,
            )
        ) from None
    except RecursionError:
        raise NotOfThisForm(Phrase(N_("L’entrée est imbriquée trop profondément."))) from None
    except NotOfThisForm:
        raise
    except ValueError:
        # Python reads no number of more than some thousand digits.
        raise NotOfThisForm(Phrase(N_("L’entrée contient un nombre trop long."))) from None
    return content


def _complaints(place: int, item: object, fields: Mapping[str, Field]) -> Iterator[Phrase]:
    if not isinstance(item, _Object):
        yield Phrase(
            N_("Objet {place}. Attendu : un objet. Reçu : {found}."),
            place=place,
            found=_shown(item),
        )
        return
    content = item.content
    where = Phrase(N_("Objet {place}"), place=place)
    if is_text(content.get("id")):
        where = Phrase(N_("Objet {place} (id {id})"), place=place, id=_shown(content["id"]))
    known = Phrase(N_("l’un des champs {fields}"), fields=", ".join(fields))
    for name in content:
        if name not in fields:
            yield _complaint(where, name, known, Phrase(N_("un champ inconnu")))
    for name in item.twice:
        yield _complaint(where, name, Phrase(N_("une seule fois")), Phrase(N_("plusieurs fois")))
    for name, field in fields.items():
        if name not in content:
            if field.required:
                yield _complaint(where, name, field.expected, Phrase(N_("rien, le champ manque")))
        elif not field.accepts(content[name]):
            yield _complaint(where, name, field.expected, _shown(content[name]))


def _complaint(where: Phrase, name: str, expected: Phrase, found: Phrase | str) -> Phrase:
    return Phrase(
        N_("{object}, champ {field}. Attendu : {expected}. Reçu : {found}."),
        object=where,
        field=_shown(name),
        expected=expected,
        found=found,
    )


_SHOWN: Final = 60


def _shown(value: object) -> Phrase | str:
    """A value as it was written, short, and without anything that a terminal would obey."""
    if isinstance(value, _Object):
        return Phrase(N_("un objet"))
    if isinstance(value, list) and any(isinstance(item, list | _Object) for item in value):
        return Phrase(N_("une liste"))
    text = json.dumps(value, ensure_ascii=False)
    if len(text) > _SHOWN:
        text = text[:_SHOWN] + "…"
    return "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in text)
