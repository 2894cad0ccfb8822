"""Tables that come in from spreadsheets, and cells that go out to them without doing harm."""

import csv
import io
import re
import unicodedata
import warnings
import zipfile
from codecs import BOM_UTF8
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from cii.foundation.days import format_day
from cii.foundation.texts import Phrase, WrongInput

LARGEST_FILE: Final = 10 * 1024 * 1024  # bytes
MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 200
MOST_CELLS: Final = 1_000_000
LONGEST_CELL: Final = 32_767  # characters: what Excel itself allows

# A workbook is a zip archive: a few kilobytes may unfold into gigabytes.
LARGEST_UNFOLDED: Final = 64 * 1024 * 1024  # bytes, all parts together
LARGEST_RATIO: Final = 100  # unfolded to folded, for a part of more than a megabyte
MOST_PARTS: Final = 500

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# Looked for in a whole line at once: the cells of a good line, nearly all of them, are not looked at one by one.
_SUSPECT: Final = re.compile(_CONTROL.pattern + "|[\ufffd#]")
_SPREADSHEET_ERRORS: Final = frozenset(
    {
        "#N/A",
        "#NAME?",
        "#NULL!",
        "#NUM!",
        "#REF!",
        "#VALUE!",
        "#DIV/0!",
        "#GETTING_DATA",
        "#SPILL!",
        "#CALC!",
    }
)
# Such pairs of signs ("Ã©", "â€™") stand in no French or German text in Windows-1252.
_UTF8_LETTER: Final = re.compile(rb"\xc3[\x80-\xbf]|\xe2\x80[\x90-\xaf]")


class TableError(WrongInput):
    """The file as a whole cannot be read as a table."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: its number as a spreadsheet shows it, and its cells by column title."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in one place of a table; without column, the whole line is meant."""

    line: int
    column: str | None
    phrase: Phrase


@dataclass(frozen=True, slots=True)
class Table:
    """What a file holds: its column titles in their order (a title may stand twice), its rows, its problems.

    A line with a problem is among the rows as well, as far as it could be read.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]


def harmless_cell(value: object) -> object:
    """A cell for a CSV or XLSX file; a text that a spreadsheet would run as a formula gets an apostrophe in front.

    Numbers, dates and empty cells stay what they are.
    """
    if isinstance(value, str) and value.lstrip(" \n\xa0").startswith(_FORMULA_STARTS):
        return "'" + value
    return value


def decode_table(content: bytes) -> Table:
    """The table in a CSV (UTF-8 with or without BOM, Windows-1252; comma, semicolon or tab) or XLSX
    file.

    The first line that is not empty holds the column titles. Empty lines are left out, cells are trimmed, dates
    of a workbook become 31.12.2026, whole numbers lose their decimals, the apostrophe of harmless_cell goes.
    Raises TableError for a file that is too large, of another kind, or damaged as a whole.
    """
    if len(content) > LARGEST_FILE:
        raise TableError(
            Phrase(
                "Le fichier dépasse {megabytes} Mo. Partagez-le en plusieurs.",
                megabytes=LARGEST_FILE // 1024**2,
            )
        )
    if content.startswith(b"PK\x03\x04"):
        with closing(_workbook_lines(content)) as lines:
            return _table(lines, padded=False)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise TableError(
            Phrase(
                "Ce classeur est protégé par un mot de passe ou dans un ancien format. "
                "Enregistrez-le en XLSX sans mot de passe, ou en CSV."
            )
        )
    if b"\x00" in content or content.startswith(b"%PDF"):
        raise TableError(
            Phrase("Ce fichier n’est ni un CSV ni un XLSX : enregistrez-le dans un de ces formats.")
        )
    return _table(_text_lines(_decode(content)), padded=True)


def _table(lines: Iterator[Sequence[str]], *, padded: bool) -> Table:
    """Sort lines into titles, rows and problems; `padded` says that a line should hold every column."""
    filled = _filled(lines)
    line, titles, _ = next(filled, (0, [], 0))
    if not titles:
        raise TableError(Phrase("Le fichier est vide."))
    places: dict[str, int] = {}
    for place, title in enumerate(titles):
        if title:
            places.setdefault(title, place)
    problems = list(_title_problems(line, titles))
    rows: list[Row] = []
    for line, texts, width in filled:
        if len(rows) == MOST_ROWS:
            raise TableError(
                Phrase(
                    "Le fichier contient plus de {count} lignes. Partagez-le en plusieurs.",
                    count=_number(MOST_ROWS),
                )
            )
        found = max(len(texts), min(width, len(titles)) if padded else len(titles))
        if found != len(titles):
            problems.append(
                Problem(
                    line,
                    None,
                    Phrase(
                        "Cellules dans la ligne : {found} au lieu de {expected}. "
                        "Vérifiez les séparateurs et les guillemets.",
                        found=found,
                        expected=len(titles),
                    ),
                )
            )
        texts += [""] * (len(titles) - len(texts))
        rows.append(Row(line, {title: texts[place] for title, place in places.items()}))
        if _SUSPECT.search("".join(texts)) or max(map(len, texts)) > LONGEST_CELL:
            problems += _cell_problems(line, titles, texts)
    return Table(tuple(title for title in titles if title), tuple(rows), tuple(problems))


def _filled(lines: Iterator[Sequence[str]]) -> Iterator[tuple[int, list[str], int]]:
    """The lines that hold something: number, cells up to the last one that is filled, cells in all."""
    cell_count = 0
    for line, cells in enumerate(lines, start=1):
        cell_count += len(cells)
        if cell_count > MOST_CELLS:
            raise TableError(
                Phrase("Le fichier contient plus de {count} cellules.", count=_number(MOST_CELLS))
            )
        # Accents written in two pieces become one letter, as everywhere else in the product.
        texts = [
            _plain((cell if cell.isascii() else unicodedata.normalize("NFC", cell)).strip())
            for cell in cells
        ]
        while texts and not texts[-1]:
            texts.pop()
        if len(texts) > MOST_COLUMNS:
            raise TableError(
                Phrase("Le fichier contient plus de {count} colonnes.", count=_number(MOST_COLUMNS))
            )
        if texts:
            yield line, texts, len(cells)


def _plain(text: str) -> str:
    """What stood in a cell before harmless_cell: a file that the product wrote can be read back."""
    return text[1:] if text.startswith("'") and harmless_cell(text[1:]) == text else text


def _title_problems(line: int, titles: Sequence[str]) -> Iterator[Problem]:
    for place, title in enumerate(titles, start=1):
        if not title:
            yield Problem(line, None, Phrase("La colonne {place} n’a pas de titre.", place=place))


def _cell_problems(line: int, titles: Sequence[str], texts: Sequence[str]) -> Iterator[Problem]:
    for title, text in zip(titles, texts, strict=False):
        if not text:
            continue
        if len(text) > LONGEST_CELL:
            yield Problem(
                line, title, Phrase("Le texte dépasse {count} signes.", count=_number(LONGEST_CELL))
            )
        if _CONTROL.search(text):
            yield Problem(
                line, title, Phrase("La cellule contient un signe invisible. Écrivez-la à nouveau.")
            )
        if "\ufffd" in text:
            yield Problem(
                line,
                title,
                Phrase(
                    "Une lettre s’est perdue lors d’une conversion. Écrivez la cellule à nouveau."
                ),
            )
        if text in _SPREADSHEET_ERRORS:
            yield Problem(
                line, title, Phrase("La formule du tableur donne l’erreur {error}.", error=text)
            )


def _number(count: int) -> str:
    return f"{count:,}".replace(",", "’")


def _decode(content: bytes) -> str:
    """The text of a CSV file, in whichever of the known encodings it was saved."""
    marked = content.startswith(BOM_UTF8)
    content = content.removeprefix(BOM_UTF8)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        if marked or _UTF8_LETTER.search(content):
            raise TableError(
                Phrase(
                    "Ligne {line} : le fichier mélange deux codages de caractères. Enregistrez-le en CSV UTF-8.",
                    line=line,
                )
            ) from None
        try:
            text = content.decode("cp1252")
        except UnicodeDecodeError as other:
            raise TableError(
                Phrase(
                    "Ligne {line} : une lettre est illisible. Enregistrez le fichier en CSV UTF-8.",
                    line=content.count(b"\n", 0, other.start) + 1,
                )
            ) from None
    return text


def _text_lines(text: str) -> Iterator[Sequence[str]]:
    head = re.sub('"[^"]*"', "", text.lstrip().split("\n", 1)[0])
    delimiter = max(",;\t", key=head.count)
    # Text mode without newline translation: line breaks inside quoted cells stay.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            yield [
                cell.replace("\r\n", "\n").replace("\r", "\n") if "\r" in cell else cell
                for cell in cells
            ]
    except csv.Error:
        raise TableError(
            Phrase(
                "Ligne {line} : un guillemet n’est pas fermé, ou la cellule est trop longue.",
                line=reader.line_num,
            )
        ) from None


def _workbook_lines(content: bytes) -> Generator[Sequence[str]]:
    from openpyxl import load_workbook

    unreadable = Phrase("Ce classeur est illisible. Ouvrez-le et enregistrez-le à nouveau en XLSX.")
    try:
        _refuse_bomb(content)
        with warnings.catch_warnings():
            # openpyxl warns of decorations that it leaves out: they say nothing about the cells.
            warnings.simplefilter("ignore")
            book = load_workbook(
                io.BytesIO(content), read_only=True, data_only=True, keep_links=False
            )
            sheet = next(
                (sheet for sheet in book.worksheets if sheet.sheet_state == "visible"), None
            )
            if sheet is None:
                raise TableError(unreadable)
            # The size that a sheet declares may be wrong, by accident or on purpose: count what is there.
            sheet.reset_dimensions()
            for cells in sheet.iter_rows(values_only=True):
                yield [_workbook_cell(cell) for cell in cells]
    except TableError:
        raise
    except Exception as error:
        # A damaged part makes openpyxl raise whatever it stumbles over; the person needs one sentence.
        raise TableError(unreadable) from error


def _refuse_bomb(content: bytes) -> None:
    """Refuse an archive that would unfold out of all proportion, by the sizes that zipfile enforces when reading."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
    swollen = any(
        part.file_size > 1024**2 and part.file_size > LARGEST_RATIO * max(part.compress_size, 1)
        for part in parts
    )
    if (
        len(parts) > MOST_PARTS
        or swollen
        or sum(part.file_size for part in parts) > LARGEST_UNFOLDED
    ):
        raise TableError(
            Phrase("Ce classeur est trop grand une fois ouvert. Partagez-le en plusieurs.")
        )


def _workbook_cell(value: object) -> str:
    """A cell as a person would have typed it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, float):
        if value.is_integer():
            return str(int(value))
        # Fifteen digits are what a spreadsheet holds; the rest is binary noise.
        return f"{value:.15g}"
    if isinstance(value, datetime):
        if value.time() == time():
            return format_day(value.date())
        return f"{format_day(value.date())}, {value:%H:%M}"
    if isinstance(value, date):
        return format_day(value)
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return str(value)
