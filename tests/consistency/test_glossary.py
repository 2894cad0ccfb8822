"""The glossary says the words that the product says: in names of the code, and in both languages on screens."""

import ast
import re
from pathlib import Path

import pytest

from cii.foundation.texts import catalogue_entries

ROOT = Path(__file__).parents[2]
ROWS = [
    tuple(cell.strip() for cell in line.strip("|\n ").split("|"))[:3]
    for line in (ROOT / "docs/glossary.md").read_text("utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| français")
]
ENTRIES = [entry for entry in catalogue_entries("de") if entry.forms and all(entry.translated)]


def words_of(name: str) -> list[str]:
    """The words of a name: CaseAnswer and case_answer are both "case answer"."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name.replace("_", " "))
    return [part.lower() for part in parts]


def names_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    found = set(path.relative_to(ROOT).with_suffix("").parts)
    for node in ast.walk(tree):
        for field in ("name", "id", "attr", "arg"):
            value = getattr(node, field, None)
            if isinstance(value, str):
                found.add(value)
    return found


@pytest.fixture(scope="module")
def said() -> set[str]:
    """Each name of the code as its words with one space between, and one at both ends."""
    names = {name for path in (ROOT / "cii").rglob("*.py") for name in names_in(path)}
    plural = {f" {' '.join(words_of(name))} " for name in names}
    return plural | {re.sub(r"s ", " ", name) for name in plural}


def test_the_glossary_has_rows():
    assert len(ROWS) > 30
    assert all(len(row) == 3 and all(row) for row in ROWS)


@pytest.mark.parametrize("term", [row[2] for row in ROWS])
def test_the_code_is_written_in_the_words_of_the_glossary(term, said):
    assert any(f" {term} " in name for name in said), f"no name in cii/ says {term!r}"


def says(text: str, term: str) -> bool:
    """Whether a text has these words, whole, in either number and with or without capitals."""
    words = r"[sx]?\s".join(re.escape(word) for word in term.split())
    return bool(re.search(rf"(?<![\w-]){words}[sx]?(?![\w-])", text, re.IGNORECASE))


@pytest.mark.parametrize(("french", "german"), [row[:2] for row in ROWS])
def test_the_catalogues_translate_as_the_glossary_says(french, german):
    found = [
        (form, entry.translated[0])
        for entry in ENTRIES
        for form in entry.forms[:1]
        if says(form, french)
    ]
    assert found, f"no message says {french!r}"
    accepted = [each.strip().casefold() for each in german.split(",")]
    others = [
        f"{form!r}\n    {translated!r}"
        for form, translated in found
        if not any(each in translated.casefold() for each in accepted)
    ]
    assert not others, f"{french!r} is not {german!r} in:\n" + "\n".join(others)
