"""Which passwords are refused: short ones, those everybody tries first, those made of one's own name."""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from cii.foundation.names import search_key
from cii.foundation.texts import Phrase

SHORTEST = 12  # letters; NIST SP 800-63B asks for 8, the product for more since it has no second factor yet
_FEWEST_DIFFERENT = 5
_SHORTEST_NAME = 3
_LOOKS_LIKE = str.maketrans("013457@$!", "oieastasi")


def objection(password: str, own: Iterable[str]) -> Phrase | None:
    """What is wrong with a new password, or None. `own` are the person's names and e-mail address."""
    password = unicodedata.normalize("NFKC", password)
    if len(password) < SHORTEST:
        return Phrase("Le mot de passe compte au moins {n} caractères.", n=SHORTEST)
    if _is_common(search_key(password)):
        return Phrase("Ce mot de passe est trop facile à deviner. Prenez plusieurs mots sans lien.")
    letters = _only_letters(search_key(password))
    if any(name in letters for name in _names(own)):
        return Phrase("Le mot de passe ne contient ni votre nom ni votre adresse électronique.")
    return None


def _is_common(plain: str) -> bool:
    if len(set(plain)) < _FEWEST_DIFFERENT:
        return True
    # "p@ssw0rd2026!" is "password": what stands around the word adds nothing.
    core = re.sub(r"^[^a-z]+|[^a-z]+$", "", plain)
    words = {_only_letters(core), _only_letters(core.translate(_LOOKS_LIKE))}
    return "" in words or any(_once(word) in _common() for word in words)


def _once(word: str) -> str:
    """A word that is only repeated, once: "valaisvalais" is "valais"."""
    return word[: (word + word).index(word, 1)]


def _only_letters(plain: str) -> str:
    return re.sub(r"[^a-z]", "", plain)


def _names(own: Iterable[str]) -> Iterable[str]:
    for text in own:
        mine = text.partition("@")[0]
        for part in re.split(r"[^a-z]+", search_key(mine)):
            if len(part) >= _SHORTEST_NAME:
                yield part


@cache
def _common() -> frozenset[str]:
    lines = Path(__file__).with_name("common_passwords.txt").read_text("utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
