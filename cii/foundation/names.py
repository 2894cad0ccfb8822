"""Names of people and places: how they are found, and how they are shortened."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

# Letters that Unicode does not split into a base letter and an accent.
_LETTERS: Final = str.maketrans(
    {"œ": "oe", "æ": "ae", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i"}
)
_APOSTROPHES: Final = str.maketrans(
    {"’": "'", "‘": "'", "ʼ": "'", "´": "'", "`": "'", "‐": "-", "‑": "-", "–": "-"}
)


@lru_cache(maxsize=8192)
def search_key(name: str) -> str:
    """A name as it is compared: without accents or capitals, one space between words ("Délèze  Zoé" → "deleze zoe").

    "Müller" becomes "muller", "œ" "oe", "ß" "ss"; typographic apostrophes and hyphens become the plain ones.
    """
    # The apostrophes go first: NFKD turns "´" into a space and an accent.
    plain = name.translate(_APOSTROPHES).casefold()
    split = unicodedata.normalize("NFKD", plain)
    bare = "".join(letter for letter in split if not unicodedata.combining(letter))
    return " ".join(bare.casefold().translate(_LETTERS).split())


def initials(name: str) -> str:
    """The initials of a person: "Zoé Délèze" → "ZD", "Anne-Lise de Preux" → "ALP"; small particles are left out."""
    words = [word for word in re.split(r"[\s\-‐‑–]+", name.strip()) if word]
    capital = [word for word in words if word[0].isupper()]
    return "".join(word[0].upper() for word in capital or words)
