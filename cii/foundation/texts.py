"""The two languages of every screen, letter and mail.

The French text is the message key. French therefore has no catalogue; German stands in
cii/translations/de/<capability>.po, one ordinary gettext file for each capability.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

LANGUAGES: Final = ("fr", "de")
CATALOGUES: Final = Path(__file__).parents[1] / "translations"


def N_(text: str) -> str:
    """Mark a French constant for translation; it is translated where it is shown."""
    return text


class Phrase:
    """A French message and its values, carried along (by an error, for instance) and translated later."""

    __slots__ = ("text", "values")
    text: str
    values: Mapping[str, object]

    def __init__(self, text: str, /, **values: object) -> None:
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "values", MappingProxyType(values))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"A Phrase is frozen: {name} cannot be set.")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Phrase):
            return NotImplemented
        return self.text == other.text and self.values == other.values

    def __hash__(self) -> int:
        return hash((self.text, frozenset(self.values)))

    def __repr__(self) -> str:
        values = "".join(f", {name}={value!r}" for name, value in self.values.items())
        return f"Phrase({self.text!r}{values})"

    def __str__(self) -> str:
        """The French sentence, for logs and tests."""
        return texts("fr").say_phrase(self)


class WrongInput(ValueError):
    """Something a person wrote cannot be read; `phrase` tells that person what to write instead."""

    def __init__(self, phrase: Phrase) -> None:
        super().__init__(phrase)
        self.phrase = phrase

    def __str__(self) -> str:
        return str(self.phrase)


class Texts:
    """The texts of one language: a dictionary in memory, read once per process."""

    __slots__ = ("_plurals", "_words", "language")

    def __init__(
        self,
        language: str,
        words: Mapping[str, str],
        plurals: Mapping[tuple[str, ...], tuple[str, ...]],
    ) -> None:
        self.language = language
        self._words = words
        self._plurals = plurals

    def say(self, french: str, /, **values: object) -> str:
        """The message in this language, its {placeholders} filled; a Phrase among the values is translated too.

        A message without German entry is shown in French rather than not at all.
        """
        text = self._words.get(french, french)
        return self._filled(text, values) if values else text

    def plural(self, one: str, many: str, n: int, /, **values: object) -> str:
        """One of two messages according to `n`, which is a placeholder as well.

        French counts zero and one as singular, German one alone.
        """
        forms = self._plurals.get((one, many), (one, many))
        singular = -2 < n < 2 if self.language == "fr" else n in (1, -1)
        return self._filled(forms[0] if singular else forms[1], {"n": n, **values})

    def say_phrase(self, phrase: Phrase) -> str:
        """The carried message in this language."""
        return self.say(phrase.text, **phrase.values)

    def _filled(self, text: str, values: Mapping[str, object]) -> str:
        return text.format_map(
            {
                name: self.say_phrase(value) if isinstance(value, Phrase) else value
                for name, value in values.items()
            }
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a catalogue: the French message (two forms where it counts) and what stands for it."""

    forms: tuple[str, ...]
    translated: tuple[str, ...]
    path: Path
    line: int


def catalogue_entries(language: str) -> Iterator[Entry]:
    """Every entry of the catalogues of a language, in the order of the files; obsolete (#~) ones have no forms.

    An entry marked as fuzzy counts as not translated.
    """
    # Imported here: a process reads its catalogues once and needs nothing else of Babel.
    from babel.messages.pofile import read_po

    for path in sorted((CATALOGUES / language).glob("*.po")):
        with path.open("rb") as file:
            catalogue = read_po(file, locale=language, abort_invalid=True)
        for message in catalogue:
            if message.id:
                string = "" if message.fuzzy else message.string or ""
                yield Entry(_forms(message.id), _forms(string), path, message.lineno or 0)
        for message in catalogue.obsolete.values():
            yield Entry((), _forms(message.id), path, message.lineno or 0)


def _forms(text: str | Sequence[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


@cache
def texts(language: str) -> Texts:
    """The texts of a language ("fr" or "de"), read once; ValueError for another language."""
    if language not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        raise ValueError(f"No such language: {language!r}. The product speaks {known}.")
    words: dict[str, str] = {}
    plurals: dict[tuple[str, ...], tuple[str, ...]] = {}
    if language != "fr":
        for entry in catalogue_entries(language):
            if len(entry.forms) == 1 and entry.translated[0]:
                words[entry.forms[0]] = entry.translated[0]
            elif len(entry.forms) == 2 and len(entry.translated) == 2 and all(entry.translated):
                plurals[entry.forms] = entry.translated
    return Texts(language, words, plurals)
