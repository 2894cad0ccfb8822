"""The two languages of every screen, letter and mail.

The French text is the message key. French therefore has no catalogue; German stands in
cii/translations/de/<capability>.po, one ordinary gettext file for each capability.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

LANGUAGES: Final = ("fr", "de")
CATALOGUES: Final = Path(__file__).parents[1] / "translations"


def N_(text: str) -> str:  # noqa: N802 - the customary gettext name
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


class WrongInput(ValueError):  # noqa: N818 - it names what the person sees: a refused input
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
        plurals: Mapping[tuple[str, str], tuple[str, str]],
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
            {name: self.say_phrase(value) if isinstance(value, Phrase) else value for name, value in values.items()}
        )


@cache
def texts(language: str) -> Texts:
    """The texts of a language ("fr" or "de"), read from the catalogues once; ValueError for another language."""
    if language not in LANGUAGES:
        raise ValueError(f"No such language: {language!r}. The product speaks {', '.join(LANGUAGES)}.")
    words: dict[str, str] = {}
    plurals: dict[tuple[str, str], tuple[str, str]] = {}
    if language != "fr":
        from babel.messages.pofile import read_po

        for path in sorted((CATALOGUES / language).glob("*.po")):
            with path.open("rb") as file:
                for message in read_po(file, locale=language, abort_invalid=True):
                    if not message.id or message.fuzzy:
                        continue
                    if isinstance(message.id, tuple):
                        if all(message.string):
                            plurals[message.id] = tuple(message.string)
                    elif message.string:
                        words[message.id] = message.string
    return Texts(language, words, plurals)
