"""The words that offices write in the cells of an announcement, in French or German, and what they mean."""

import re
from collections.abc import Hashable, Mapping
from functools import cached_property
from typing import Final, Generic, TypeVar

from cii.access.actor import KIND_LABELS, Kind
from cii.cases.models import RISK_FACTORS
from cii.consent.topics import NEEDS
from cii.foundation.names import search_key
from cii.foundation.texts import LANGUAGES, Phrase, WrongInput, texts
from cii.programmes.eligibility import Difficulty, Ground, InsertionStatus, PastMeasureKind, Regime
from cii.programmes.questions import (
    DIFFICULTIES,
    GROUNDS,
    INSERTION_STATUSES,
    INTEGRATION,
    PAST_MEASURE_KINDS,
)

Meaning = TypeVar("Meaning", bound=Hashable)


class Words(Generic[Meaning]):
    """The words for each meaning: the product's own labels in both languages, and what else is usual."""

    def __init__(self, labels: Mapping[Meaning, str], also: Mapping[str, Meaning] = {}) -> None:
        self._labels = labels
        self._also = also

    @cached_property
    def _meanings(self) -> dict[str, Meaning]:
        meanings = {
            search_key(texts(language).say(label)): meaning
            for language in LANGUAGES
            for meaning, label in self._labels.items()
        }
        return meanings | {search_key(word): meaning for word, meaning in self._also.items()}

    def find(self, text: str) -> Meaning | None:
        """What these words mean, however they are accented and capitalised; None for others."""
        return self._meanings.get(search_key(text).rstrip(" ."))


ANSWERS: Final = Words[bool]({}, {"oui": True, "ja": True, "non": False, "nein": False})
SPOKEN: Final = Words[str](
    {},
    {"fr": "fr", "français": "fr", "Französisch": "fr"}
    | {"de": "de", "allemand": "de", "Deutsch": "de"},
)
REGIMES: Final = Words[Regime](
    {each: each.value for each in Regime},
    {"AVIG": Regime.LACI, "BMAG": Regime.LEMC, "GES": Regime.LIAS},
)
GROUND: Final = Words[Ground](GROUNDS, {"cumul de facteurs de risques": Ground.RISK_CUMULATION})
FACTORS: Final = Words[str](RISK_FACTORS)
DIFFICULTY: Final = Words[Difficulty](DIFFICULTIES)
INSERTION: Final = Words[InsertionStatus](
    INSERTION_STATUSES,
    {"partielle": InsertionStatus.PARTIAL, "teilweise": InsertionStatus.PARTIAL}
    | {"aucune": InsertionStatus.NONE, "keine": InsertionStatus.NONE},
)
PAST_MEASURE: Final = Words[PastMeasureKind](PAST_MEASURE_KINDS)
INDICATED: Final = Words[bool](
    INTEGRATION,
    {"indiquée": True, "angezeigt": True, "non indiquée": False, "nicht angezeigt": False},
)
PARTIES: Final = Words[Kind](
    {kind: KIND_LABELS[kind] for kind in NEEDS},
    {"bureau": Kind.BUREAU, "communes": Kind.COMMUNE, "RAV": Kind.ORP, "SMZ": Kind.CMS}
    | {"Gemeinde": Kind.COMMUNE, "DSW": Kind.SAS, "LAM": Kind.LMMT, "LAM-Stelle": Kind.LMMT}
    | {"IIZ-Büro": Kind.BUREAU},
)

_BETWEEN_PHRASES: Final = re.compile(r"[;\n|]")
_BETWEEN_WORDS: Final = re.compile(r"[;\n|,/]")
_AFTER: Final = re.compile(r"\s*(?:[:,\n]|\s[–-]\s)\s*")


def parts_of(cell: str, between: re.Pattern[str] = _BETWEEN_PHRASES) -> list[str]:
    """The entries of a cell that holds several, each once."""
    return list(dict.fromkeys(part for each in between.split(cell) if (part := each.strip())))


def one(words: Words[Meaning], cell: str, advice: Phrase) -> Meaning:
    """What the cell means; WrongInput with the advice for words that mean nothing here."""
    meaning = words.find(cell)
    if meaning is None:
        raise WrongInput(advice)
    return meaning


def several(words: Words[Meaning], cell: str, advice: Phrase) -> list[Meaning]:
    """What each entry of the cell means; WrongInput with the advice if one means nothing here."""
    return list(dict.fromkeys(one(words, part, advice) for part in parts_of(cell, _BETWEEN_WORDS)))


def with_more(words: Words[Meaning], cell: str, advice: Phrase) -> tuple[Meaning, str]:
    """What the words before a colon mean, and what follows it: "oui : deux employeurs", "non"."""
    first, *rest = _AFTER.split(cell, maxsplit=1)
    return one(words, first, advice), "".join(rest)
