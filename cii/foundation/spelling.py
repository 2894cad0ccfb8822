"""How French and German are written on screens, in letters and in mails; the tests hold every message against it.

Both institutions of the canton and the Confederation name functions ("la direction") or both forms ("la conseillère
ou le conseiller", "die Beraterin oder der Berater") and use no sign inside a word for it.
"""

import re
from collections.abc import Iterator
from string import Formatter
from typing import Final

_LETTER: Final = r"[^\W\d_]"
_FEMININE: Final = r"(?:e|ne|se|ve|fe|ère|ière|rice|trice|euse|ive|esse)"
_PLACE: Final = re.compile(r"\{[^{}]*\}")
_ADDRESS: Final = re.compile(r"\S+://\S+|\S+@\S+")

# What no message of either language contains: pattern, and what to write instead.
_BOTH: Final = (
    (re.compile(r'"'), "straight double quotes: write « » instead"),
    (re.compile(r"[“”„‟]"), "quotes of another country: write « » instead"),
    (re.compile(r"'"), "typewriter apostrophe: write ’ instead"),
    (re.compile(r"\.\.\."), "three points: write … instead"),
    (
        re.compile(r"^\s|\s$|[\n\t]| {2}"),
        "blank at an end, or several in a row: one plain line of text",
    ),
    (
        re.compile(rf"(?<={_LETTER})[·•‧∙⋅](?={_LETTER})"),
        "point médian: write both forms or a function name",
    ),
    (re.compile(rf"(?<={_LETTER})\*"), "asterisk in a word: write both forms or a function name"),
    (
        re.compile(rf"(?<={_LETTER})_{_LETTER}"),
        "underscore in a word: write both forms or a function name",
    ),
    (
        re.compile(rf"(?<=[a-zà-ÿœ])/-?{_LETTER}"),
        "slash between words: write both forms, a function name, or « ou » / « oder »",
    ),
    (
        re.compile(rf"(?<={_LETTER}):{_LETTER}"),
        "colon in a word: write both forms or a function name",
    ),
    (
        re.compile(r"[a-zà-ÿ](?:In|Innen|E|ES|ÈRE|TRICE|EUSE)\b"),
        "capital inside a word: write both forms or a function name",
    ),
)
_FRENCH: Final = (
    (
        re.compile(rf"{_LETTER}[-‐‑.]{_FEMININE}(?:[-‐‑.]?s)?(?![\w’-])", re.IGNORECASE),
        "feminine ending after a hyphen or point: write both forms or a function name",
    ),
    (
        re.compile(rf"{_LETTER}\(-?{_FEMININE}s?\)", re.IGNORECASE),
        "feminine ending in brackets: write both forms or a function name",
    ),
    (
        re.compile(r"(?<![\u00a0\u202f?!])[;?!»]|(?<![\u00a0\u202f]):(?!\d)"),
        "no-break space (U+00A0 or U+202F) missing before : ; ? ! or »",
    ),
    (re.compile(r"«(?![\u00a0\u202f])"), "no-break space (U+00A0 or U+202F) missing after «"),
)
_GERMAN: Final = (
    (re.compile(r"[ßẞ]"), "ß: Swiss spelling writes ss"),
    (
        re.compile(r"(?<!Check)(?<!Log)(?<!Plug)[-‐‑]in(?:nen)?\b"),
        "feminine ending after a hyphen: write both forms or a function name",
    ),
    (
        re.compile(rf"{_LETTER}[-‐‑](?:r|e|n|m|s)\b"),
        "second ending after a hyphen: write both forms or a function name",
    ),
    (
        re.compile(rf"{_LETTER}\(-?(?:in|innen|r|e|n)\)"),
        "second ending in brackets: write both forms or a function name",
    ),
    (re.compile(r"\s[:;?!]"), "no space stands before : ; ? ! in German"),
    (re.compile(r"«\s|\s»"), "no space stands inside « » in German"),
    (
        re.compile(r"\b(?:ORP|CMS|LMMT|SAS|LACI|LEMC|LIAS|LIPDA|AVS|OACI|LSE)\b"),
        "French abbreviation: the official German one is RAV, SMZ, LAM-Stelle, DSW, AVIG, BMAG, GES, GIDA, AHV, AVIV, AVG",
    ),
)


def mistakes(text: str, language: str) -> list[str]:
    """What is wrong with the spelling of a message in its language, each with what to write instead."""
    plain = _PLACE.sub("X", _ADDRESS.sub("X", text))
    rules = _BOTH + (_FRENCH if language == "fr" else _GERMAN)
    return [
        f"{advice} (at “{_around(plain, found)}”)"
        for pattern, advice in rules
        if (found := pattern.search(plain))
    ]


def places(text: str) -> set[str]:
    """The {named} places of a message; ValueError for one without name or with braces that do not match."""
    names = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    if "" in names or any(name.isdigit() for name in names):
        raise ValueError("a place without name: write {name}")
    return names


def different_places(french: tuple[str, ...], translated: tuple[str, ...]) -> Iterator[str]:
    """Which places a translation misses or invents; only {n} may be left out, where a form says "one" in words."""
    for original, other in zip(french, translated, strict=True):
        optional = {"n"} if len(french) > 1 else set()
        for name in sorted((places(original) ^ places(other)) - optional):
            yield f"{{{name}}} stands in only one of “{original}” and “{other}”"


def _around(text: str, found: re.Match[str]) -> str:
    return text[max(found.start() - 12, 0) : found.end() + 12]
